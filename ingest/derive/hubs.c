/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hubs on demand.  A hub is there if the draft has its node: only then has it its members. */
#include "ingest/derive/hubs.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/tokens.h"

struct hubs {
    const struct facts *f;
    const struct assets *as;
    struct draft *d;
    GHashTable *workloads_in; /* namespace -> GPtrArray of const struct fact_workload *; NULL: not
                                 made yet */
    GHashTable *pods_of; /* node name -> GPtrArray of const struct fact_pod *; NULL: not made yet */
    GArray *absent;      /* struct hubs_absent; NULL: not looked for yet */
    struct netreach *net; /* NULL: not asked for yet */
    struct ports *ports;  /* the same */
};

static void free_list(gpointer list)
{
    g_ptr_array_free(list, TRUE);
}

struct hubs *hubs_new(const struct facts *f, const struct assets *as, struct draft *d)
{
    struct hubs *h = must_calloc(1, sizeof(*h));

    *h = (struct hubs){.f = f, .as = as, .d = d};
    return h;
}

void hubs_free(struct hubs *h)
{
    if (!h)
        return;
    g_clear_pointer(&h->pods_of, g_hash_table_destroy);
    g_clear_pointer(&h->workloads_in, g_hash_table_destroy);
    if (h->absent)
        g_array_free(h->absent, TRUE);
    netreach_free(h->net);
    ports_free(h->ports);
    free(h);
}

/* The node of the hub; *made says that it lacks its members. */
static uint32_t get(struct hubs *h, enum node_kind kind, const char *ns, const char *name,
                    const char *what, bool *made)
{
    uint32_t ix = draft_find(h->d, kind, ns, name);

    *made = ix == UINT32_MAX;
    if (*made) {
        ix = draft_node(h->d, kind, ns, name);
        draft_set_name(h->d, ix, what);
    }
    return ix;
}

static void member(struct hubs *h, uint32_t hub, uint32_t node, const char *object, const char *why)
{
    struct evidence ev = {.object = object, .reason = why};

    draft_edge_yes(h->d, hub, node, EDGE_HUB_MEMBER, &ev);
}

static void index_pods(struct hubs *h)
{
    h->pods_of = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    for (size_t i = 0; i < h->f->pods.n; i++) {
        const struct fact_pod *p = &h->f->pods.v[i];
        GPtrArray *list = g_hash_table_lookup(h->pods_of, p->node);

        if (!*p->node || !nodes_pod_runs(p))
            continue;
        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(h->pods_of, (gpointer)p->node, list);
        }
        g_ptr_array_add(list, (gpointer)p);
    }
}

uint32_t hubs_node_pods(struct hubs *h, const struct fact_node *n)
{
    struct arena *a = h->f->arena;
    const char *what = arena_printf(a, "all pods of node %s", n->meta.name);
    const char *object = arena_printf(a, "Node %s", n->meta.name);
    bool made;
    uint32_t hub = get(h, NODE_NODE_PODS, "", n->meta.name, what, &made);

    if (!made)
        return hub;
    if (!h->pods_of)
        index_pods(h);
    const GPtrArray *pods = g_hash_table_lookup(h->pods_of, n->meta.name);
    for (guint i = 0; pods && i < pods->len; i++)
        member(h, hub, ((const struct fact_pod *)pods->pdata[i])->meta.ix, object,
               "the pod runs on the node");
    return hub;
}

static void credentials_of(struct hubs *h, uint32_t hub, const struct fact_pod *p)
{
    const char *object = draft_object(h->d, p->meta.ix);
    struct token t;

    for (size_t i = 0; i < p->nvolumes; i++) {
        const struct fact_volume *v = &p->volumes[i];

        if (tokens_of_volume(h->f, p, v, &t))
            member(h, hub, v->ix, object, "the volume holds a token");
        if (v->type == VOLUME_CSI) /* the Secret goes to the driver, not into the files */
            continue;
        for (size_t k = 0; k < v->secrets.n; k++) {
            const struct fact_secret *s = facts_secret(h->f, p->meta.ns, v->secrets.v[k]);
            if (s)
                member(h, hub, s->meta.ix, object, "a volume of the pod shows the Secret");
        }
    }
}

uint32_t hubs_node_volumes(struct hubs *h, const struct fact_node *n)
{
    const char *what = arena_printf(h->f->arena, "credentials in volumes of node %s", n->meta.name);
    bool made;
    uint32_t hub = get(h, NODE_NODE_VOLUMES, "", n->meta.name, what, &made);

    if (!made)
        return hub;
    if (!h->pods_of)
        index_pods(h);
    const GPtrArray *pods = g_hash_table_lookup(h->pods_of, n->meta.name);
    for (guint i = 0; pods && i < pods->len; i++)
        credentials_of(h, hub, pods->pdata[i]);
    return hub;
}

uint32_t hubs_nodes_volumes(struct hubs *h)
{
    bool made;
    /* no node can have this name */
    uint32_t all =
        get(h, NODE_NODE_VOLUMES, "", "(all)", "credentials in volumes of all nodes", &made);

    for (size_t i = 0; made && i < h->f->nodes.n; i++) {
        const struct fact_node *n = &h->f->nodes.v[i];

        if (!nodes_virtual(n))
            member(h, all, hubs_node_volumes(h, n),
                   arena_printf(h->f->arena, "Node %s", n->meta.name), NULL);
    }
    return all;
}

/* "deployments"; kinds of workloads all take a plain s. */
static const char *plural(struct arena *a, const char *kind)
{
    g_autofree char *lower = g_ascii_strdown(kind, -1);

    return arena_printf(a, "%ss", lower);
}

static void index_workloads(struct hubs *h)
{
    h->workloads_in = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    for (size_t i = 0; i < h->f->workloads.n; i++) {
        const struct fact_workload *w = &h->f->workloads.v[i];
        GPtrArray *list = g_hash_table_lookup(h->workloads_in, w->meta.ns);

        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(h->workloads_in, (gpointer)w->meta.ns, list);
        }
        g_ptr_array_add(list, (gpointer)w);
    }
}

static uint32_t workloads_of(struct hubs *h, const char *ns, const char *kind, const char *plurals)
{
    struct arena *a = h->f->arena;
    bool made;
    uint32_t hub =
        get(h, NODE_WORKLOADS, ns, plurals, arena_printf(a, "all %s of %s", plurals, ns), &made);

    if (!made)
        return hub;
    if (!h->workloads_in)
        index_workloads(h);
    const GPtrArray *list = g_hash_table_lookup(h->workloads_in, ns);
    for (guint i = 0; list && i < list->len; i++) {
        const struct fact_workload *w = list->pdata[i];

        if (strcmp(w->kind, kind) == 0)
            member(h, hub, w->meta.ix, arena_printf(a, "%s %s/%s", kind, ns, w->meta.name), NULL);
    }
    return hub;
}

uint32_t hubs_workloads(struct hubs *h, const char *ns, const char *kind)
{
    struct arena *a = h->f->arena;
    const char *plurals = plural(a, kind);
    bool made;

    if (*ns)
        return workloads_of(h, ns, kind, plurals);
    uint32_t all = get(h, NODE_WORKLOADS, "", plurals,
                       arena_printf(a, "all %s of the cluster", plurals), &made);
    for (size_t i = 0; made && i < h->f->workloads.n; i++) {
        const struct fact_workload *w = &h->f->workloads.v[i];

        if (strcmp(w->kind, kind) == 0)
            member(h, all, w->meta.ix, arena_printf(a, "%s %s/%s", kind, w->meta.ns, w->meta.name),
                   NULL);
    }
    return all;
}

/* Whether a subject is a service account that was not seen. */
static bool is_absent(const struct hubs *h, const struct fact_subject *s, struct hubs_absent *out)
{
    g_autofree char *ns = NULL;

    *out = (struct hubs_absent){.ns = s->ns, .name = s->name};
    if (s->kind == SUBJECT_GROUP ||
        (s->kind == SUBJECT_USER && !rbac_user_is_sa(s->name, &ns, &out->name)))
        return false;
    if (ns)
        out->ns = arena_strdup(h->f->arena, ns);
    if (facts_sa(h->f, out->ns, out->name))
        return false;
    out->ix = assets_subject(h->f, h->d, s);
    return true;
}

const struct hubs_absent *hubs_absent_accounts(struct hubs *h, size_t *n)
{
    if (!h->absent) {
        GHashTable *seen = g_hash_table_new(NULL, NULL);
        struct hubs_absent one;

        h->absent = g_array_new(FALSE, FALSE, sizeof(one));
        for (size_t i = 0; i < h->f->bindings.n; i++)
            for (size_t j = 0; j < h->f->bindings.v[i].nsubjects; j++)
                if (is_absent(h, &h->f->bindings.v[i].subjects[j], &one) &&
                    g_hash_table_add(seen, GUINT_TO_POINTER(one.ix)))
                    g_array_append_val(h->absent, one);
        g_hash_table_destroy(seen);
    }
    *n = h->absent->len;
    return (const struct hubs_absent *)(const void *)h->absent->data;
}

uint32_t hubs_spoken_accounts(struct hubs *h, const char *ns)
{
    const struct asset_ns *home = *ns ? assets_ns(h->as, ns) : NULL;
    uint32_t there = home ? home->sas : h->as->sas, hub = there;
    struct arena *a = h->f->arena;
    size_t n;
    const struct hubs_absent *all = hubs_absent_accounts(h, &n);
    bool made = true;

    for (size_t i = 0; made && i < n; i++) {
        if (*ns && strcmp(all[i].ns, ns) != 0)
            continue;
        if (hub == there) { /* the first of them */
            hub = get(h, NODE_SERVICEACCOUNTS, ns, "spoken",
                      arena_printf(a, "all service accounts of %s, whether they exist or not",
                                   *ns ? ns : "the cluster"),
                      &made);
            if (made)
                member(h, hub, there, *ns ? arena_printf(a, "Namespace %s", ns) : "cluster", NULL);
        }
        if (made)
            member(h, hub, all[i].ix,
                   arena_printf(a, "ServiceAccount %s/%s", all[i].ns, all[i].name),
                   "a binding names it, and its name can be spoken for whether it exists or not");
    }
    return hub;
}

static bool is_masters(const char *group)
{
    return strcmp(group, RBAC_MASTERS) == 0;
}

static bool is_kubelet(const char *user)
{
    return g_str_has_prefix(user, "system:node:");
}

/* Users or groups that bindings name, each by the first; `but` (may be NULL) says who is left out.
 */
static void named(struct hubs *h, uint32_t hub, enum subject_kind kind, bool (*but)(const char *))
{
    GHashTable *seen = g_hash_table_new(NULL, NULL);

    for (size_t i = 0; i < h->f->bindings.n; i++) {
        const struct fact_binding *b = &h->f->bindings.v[i];

        for (size_t j = 0; j < b->nsubjects; j++) {
            const struct fact_subject *s = &b->subjects[j];

            if (s->kind != kind || (but && but(s->name)))
                continue;
            uint32_t ix = assets_subject(h->f, h->d, s);
            if (draft_kind(h->d, ix) == NODE_SERVICEACCOUNT ||
                !g_hash_table_add(seen, GUINT_TO_POINTER(ix + 1)))
                continue;
            struct evidence ev = rbac_right_evidence(h->f->arena, b);
            ev.field = arena_printf(h->f->arena, "subjects[%zu]", j);
            ev.reason = "names it as a subject";
            draft_edge_yes(h->d, hub, ix, EDGE_HUB_MEMBER, &ev);
        }
    }
    g_hash_table_destroy(seen);
}

uint32_t hubs_users(struct hubs *h)
{
    bool made;
    uint32_t hub = get(h, NODE_USERS, "", "all", "all users", &made);

    if (!made)
        return hub;
    named(h, hub, SUBJECT_USER, NULL);
    member(h, hub, hubs_node_users(h), "cluster", "the users of the kubelets");
    return hub;
}

uint32_t hubs_node_users(struct hubs *h)
{
    struct arena *a = h->f->arena;
    bool made;
    uint32_t hub = get(h, NODE_USERS, "", "nodes", "the users of all kubelets", &made);

    for (size_t i = 0; made && i < h->f->nodes.n; i++) {
        const char *node = h->f->nodes.v[i].meta.name;

        member(h, hub, draft_node(h->d, NODE_USER, "", arena_printf(a, "system:node:%s", node)),
               arena_printf(a, "Node %s", node), "the user name of its kubelet");
    }
    return hub;
}

uint32_t hubs_plain_users(struct hubs *h)
{
    bool made;
    uint32_t hub = get(h, NODE_USERS, "", "plain", "all users but those of nodes", &made);

    if (made)
        named(h, hub, SUBJECT_USER, is_kubelet);
    return hub;
}

uint32_t hubs_ns_admins(struct hubs *h)
{
    bool made;
    uint32_t hub = get(h, NODE_NS_ADMINS, "", "all", "administrator of any namespace", &made);

    for (size_t i = 0; made && i < h->as->nnamespaces; i++)
        member(h, hub, h->as->namespaces[i].admin,
               arena_printf(h->f->arena, "Namespace %s", h->as->namespaces[i].name), NULL);
    return hub;
}

uint32_t hubs_groups(struct hubs *h)
{
    bool made;
    uint32_t hub = get(h, NODE_GROUPS, "", "all", "all groups but system:masters", &made);

    if (made)
        named(h, hub, SUBJECT_GROUP, is_masters);
    return hub;
}

/* "web of shop", "node w1", "the cluster": what a gain is about. */
static const char *about(struct arena *a, const char *ns, const char *name, const char *sub)
{
    if (sub && strcmp(sub, "selectorless") == 0)
        return arena_printf(a, "Services without a selector of %s", *ns ? ns : "the cluster");
    if (*ns)
        return strcmp(name, "all") == 0 ? ns : arena_printf(a, "%s of %s", name, ns);
    if (sub)
        return arena_printf(a, "%s %s", sub, name);
    return strcmp(name, "all") == 0 ? "the cluster" : name;
}

static uint32_t gain(struct hubs *h, enum node_kind kind, const char *what, const char *ns,
                     const char *name, const char *sub)
{
    uint32_t ix = draft_node_sub(h->d, kind, ns, name, sub);

    draft_set_name(h->d, ix,
                   arena_printf(h->f->arena, "%s of %s", what, about(h->f->arena, ns, name, sub)));
    return ix;
}

uint32_t hubs_traffic(struct hubs *h, const char *ns, const char *name, const char *sub)
{
    return gain(h, NODE_TRAFFIC, "traffic", ns, name, sub);
}

uint32_t hubs_logs(struct hubs *h, const char *ns, const char *name, const char *sub)
{
    return gain(h, NODE_LOGS, "logs", ns, name, sub);
}

const struct ports *hubs_ports(struct hubs *h)
{
    if (!h->ports)
        h->ports = ports_new(h->f);
    return h->ports;
}

struct netreach *hubs_net(struct hubs *h)
{
    if (!h->net)
        h->net = netreach_new(h->f, hubs_ports(h), h->d);
    return h->net;
}

uint32_t hubs_lan(struct hubs *h)
{
    bool made;

    return get(h, NODE_LAN, "", "lan", "the network of the nodes", &made);
}

uint32_t hubs_node_ports(struct hubs *h)
{
    bool made;

    return get(h, NODE_LAN, "", HUBS_NODE_PORTS, "NodePorts of the nodes", &made);
}

static void endpoint_member(void *arg, const struct netreach_port *p)
{
    struct hubs *h = arg;
    uint32_t hub = draft_find(h->d, NODE_ENDPOINTS, p->pod->meta.ns, "all");

    if (strcmp(p->protocol, "TCP") != 0)
        return;
    member(h, hub, ports_endpoint(h->d, p->pod, p->protocol, p->number),
           arena_printf(h->f->arena, "Pod %s/%s", p->pod->meta.ns, p->pod->meta.name),
           "it is a port of the pod");
}

/* Hubs of all namespaces are made at once, with the one of the cluster above them. */
static void make_endpoints(struct hubs *h, uint32_t all)
{
    for (size_t i = 0; i < h->f->namespaces.n; i++) {
        const char *ns = h->f->namespaces.v[i].meta.name;
        bool made;
        uint32_t hub = get(h, NODE_ENDPOINTS, ns, "all",
                           arena_printf(h->f->arena, "all TCP ports of pods of %s", ns), &made);

        member(h, all, hub, arena_printf(h->f->arena, "Namespace %s", ns),
               "it is one of the namespaces");
    }
    netreach_ports(hubs_net(h), NETREACH_NONE, endpoint_member, h);
}

uint32_t hubs_endpoints(struct hubs *h, const char *ns)
{
    bool made;
    uint32_t all = get(h, NODE_ENDPOINTS, "", "all", "all TCP ports of pods of the cluster", &made);

    if (made)
        make_endpoints(h, all);
    return *ns ? draft_find(h->d, NODE_ENDPOINTS, ns, "all") : all;
}
