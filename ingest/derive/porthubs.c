/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hub is there if the draft has its node: only then has it its members. */
#include "ingest/derive/porthubs.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"

struct porthubs {
    struct rule_ctx *c;
    GHashTable *of_pod;   /* const struct fact_pod * -> GArray of int32_t */
    GHashTable *services; /* namespace -> GPtrArray of const struct fact_service * */
    GHashTable *on_node;  /* node -> GPtrArray of const struct fact_pod * on its network */
    GHashTable *in_ns;    /* namespace -> the same */
};

static void free_numbers(gpointer list)
{
    g_array_free(list, TRUE);
}

static GHashTable *lists_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
}

static void push(GHashTable *t, const char *key, const void *value)
{
    GPtrArray *list = g_hash_table_lookup(t, key);

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(t, (gpointer)key, list);
    }
    g_ptr_array_add(list, (gpointer)value);
}

static bool is_tcp(const char *protocol)
{
    return !*protocol || strcmp(protocol, "TCP") == 0;
}

static void add_number(struct porthubs *ph, const struct fact_pod *p, int32_t number)
{
    GArray *list = g_hash_table_lookup(ph->of_pod, p);

    if (!list) {
        list = g_array_new(FALSE, FALSE, sizeof(int32_t));
        g_hash_table_insert(ph->of_pod, (gpointer)p, list);
    }
    g_array_append_val(list, number);
}

static void add_port(void *arg, const struct netreach_port *p)
{
    if (is_tcp(p->protocol))
        add_number(arg, p->pod, p->number);
}

static void add_pod(struct porthubs *ph, const struct fact_pod *p)
{
    if (!p->host_network || !nodes_pod_runs(p))
        return;
    push(ph->in_ns, p->meta.ns, p);
    if (p->on && !nodes_virtual(p->on))
        push(ph->on_node, p->on->meta.name, p);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static void sort(gpointer key, gpointer value, gpointer arg)
{
    GArray *list = value;

    (void)key;
    (void)arg;
    g_array_sort(list, by_number);
}

static struct porthubs *make(struct rule_ctx *c)
{
    struct porthubs *ph = must_calloc(1, sizeof(*ph));

    *ph = (struct porthubs){
        .c = c,
        .of_pod = g_hash_table_new_full(NULL, NULL, NULL, free_numbers),
        .services = lists_new(),
        .on_node = lists_new(),
        .in_ns = lists_new(),
    };
    for (size_t i = 0; i < c->f->pods.n; i++)
        add_pod(ph, &c->f->pods.v[i]);
    for (size_t i = 0; i < c->f->services.n; i++)
        push(ph->services, c->f->services.v[i].meta.ns, &c->f->services.v[i]);
    netreach_ports(hubs_net(c->hubs), NETREACH_NONE, add_port, ph);
    g_hash_table_foreach(ph->of_pod, sort, NULL);
    return ph;
}

struct porthubs *porthubs_of(struct rule_ctx *c)
{
    if (!c->porthubs)
        c->porthubs = make(c);
    return c->porthubs;
}

void porthubs_free(struct porthubs *ph)
{
    if (!ph)
        return;
    g_hash_table_destroy(ph->of_pod);
    g_hash_table_destroy(ph->services);
    g_hash_table_destroy(ph->on_node);
    g_hash_table_destroy(ph->in_ns);
    free(ph);
}

const int32_t *porthubs_of_pod(const struct porthubs *ph, const struct fact_pod *p, size_t *n)
{
    const GArray *list = g_hash_table_lookup(ph->of_pod, p);

    *n = list ? list->len : 0;
    return list ? (const int32_t *)(const void *)list->data : NULL;
}

const GPtrArray *porthubs_host_pods(const struct porthubs *ph, const char *node)
{
    return g_hash_table_lookup(ph->on_node, node);
}

/* The node of a hub; *made says that it lacks its members. */
static uint32_t get(struct porthubs *ph, const char *ns, const char *name, const char *sub,
                    const char *what, bool *made)
{
    size_t before = draft_nodes(ph->c->d);
    uint32_t ix = draft_node_sub(ph->c->d, NODE_ENDPOINTS, ns, name, sub);

    *made = draft_nodes(ph->c->d) > before;
    if (*made)
        draft_set_name(ph->c->d, ix, what);
    return ix;
}

static void member(struct porthubs *ph, uint32_t hub, uint32_t node, const char *object,
                   const char *uid, const char *why)
{
    struct evidence ev = {.object = object, .uid = uid, .reason = why};

    draft_edge_yes(ph->c->d, hub, node, EDGE_HUB_MEMBER, &ev);
}

static const char *ns_object(struct porthubs *ph, const char *ns)
{
    return arena_printf(ph->c->scratch, "Namespace %s", ns);
}

static void pod_members(struct porthubs *ph, uint32_t hub, const struct fact_pod *p,
                        const char *why)
{
    size_t n;
    const int32_t *v = porthubs_of_pod(ph, p, &n);

    for (size_t i = 0; i < n; i++)
        member(ph, hub, ports_endpoint(ph->c->d, p, "TCP", v[i]),
               arena_printf(ph->c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name), p->meta.uid,
               why);
}

static bool has_ports(const struct porthubs *ph, const GPtrArray *pods)
{
    size_t n = 0;

    for (guint i = 0; n == 0 && pods && i < pods->len; i++)
        porthubs_of_pod(ph, pods->pdata[i], &n);
    return n > 0;
}

uint32_t porthubs_node(struct porthubs *ph, const char *node)
{
    const GPtrArray *pods = porthubs_host_pods(ph, node);
    bool made;

    if (!has_ports(ph, pods))
        return UINT32_MAX;
    uint32_t hub =
        get(ph, "", node, "node",
            arena_printf(ph->c->scratch, "ports on the network of node %s", node), &made);
    for (guint i = 0; made && i < pods->len; i++)
        pod_members(ph, hub, pods->pdata[i], "the pod is on the network of the node");
    return hub;
}

uint32_t porthubs_nodes(struct porthubs *ph)
{
    const struct facts *f = ph->c->f;
    uint32_t hub = UINT32_MAX;
    bool made = true;

    for (size_t i = 0; made && i < f->nodes.n; i++) {
        const char *name = f->nodes.v[i].meta.name;
        uint32_t part = porthubs_node(ph, name);

        if (part == UINT32_MAX)
            continue;
        if (hub == UINT32_MAX)
            hub = get(ph, "", "all", "nodes", "ports on the networks of all nodes", &made);
        if (made)
            member(ph, hub, part, arena_printf(ph->c->scratch, "Node %s", name), NULL, NULL);
    }
    return hub;
}

struct filling {
    struct porthubs *ph;
    uint32_t hub;
};

/* The API server speaks only to addresses that say whose they are. */
static void add_served(void *arg, const struct port_target *t)
{
    const struct filling *fi = arg;

    if (is_tcp(t->protocol) && !t->by_address)
        member(fi->ph, fi->hub, ports_endpoint(fi->ph->c->d, t->pod, "TCP", t->number), t->object,
               t->uid,
               arena_printf(fi->ph->c->scratch, "port %d of Service %s leads there", t->port,
                            t->service->meta.name));
}

static uint32_t services_of(struct porthubs *ph, const char *ns)
{
    const GPtrArray *all = g_hash_table_lookup(ph->services, ns);
    struct filling fi = {.ph = ph};
    bool made;

    fi.hub = get(ph, ns, "all", "services",
                 arena_printf(ph->c->scratch, "ports behind Services of %s", ns), &made);
    for (guint i = 0; made && all && i < all->len; i++)
        ports_of_service(hubs_ports(ph->c->hubs), all->pdata[i], ph->c->scratch, add_served, &fi);
    return fi.hub;
}

uint32_t porthubs_services(struct porthubs *ph, const char *ns)
{
    const struct assets *as = ph->c->as;
    bool made;

    if (*ns)
        return services_of(ph, ns);
    uint32_t all = get(ph, "", "all", "services", "ports behind all Services", &made);
    for (size_t i = 0; made && i < as->nnamespaces; i++) {
        const char *one = as->namespaces[i].name;

        if (g_hash_table_contains(ph->services, one))
            member(ph, all, services_of(ph, one), ns_object(ph, one), NULL, NULL);
    }
    return all;
}

/* The nodes whose networks pods of a namespace are on. */
static void add_networks(struct porthubs *ph, uint32_t hub, const GPtrArray *pods)
{
    for (guint i = 0; i < pods->len; i++) {
        const struct fact_pod *p = pods->pdata[i];
        uint32_t net = p->on ? porthubs_node(ph, p->on->meta.name) : UINT32_MAX;

        if (net != UINT32_MAX)
            member(ph, hub, net,
                   arena_printf(ph->c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name), p->meta.uid,
                   "the pod is on the network of the node");
    }
}

uint32_t porthubs_inside(struct porthubs *ph, const char *ns)
{
    const GPtrArray *host = *ns ? g_hash_table_lookup(ph->in_ns, ns) : NULL;
    uint32_t all = hubs_endpoints(ph->c->hubs, ns);
    bool made;

    if (!host)
        return all;
    uint32_t hub =
        get(ph, ns, "all", "inside",
            arena_printf(ph->c->scratch, "ports inside the networks of pods of %s", ns), &made);
    if (made) {
        member(ph, hub, all, ns_object(ph, ns), NULL, NULL);
        add_networks(ph, hub, host);
    }
    return hub;
}
