/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The complete table, for comparison with engines that print one: never for large clusters. */
#include "ingest/ask_network.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/backends.h"
#include "ingest/derive/netpol.h"

struct peer {
    char *name;
    GArray *points; /* uint32_t: the classes of its pods, each once */
};

struct table {
    const struct netpol *np;
    GPtrArray *peers; /* struct peer * */
    GPtrArray *rows;  /* char * */
    uint64_t *ports, *one;
    GString *text;
};

/* The controller that a pod belongs to; a static pod belongs to itself. */
static char *peer_name(const struct fact_pod *p, bool by_pod)
{
    const char *kind = *p->meta.owner_kind ? p->meta.owner_kind : "Pod";

    if (by_pod)
        return g_strdup_printf("%s/%s", p->meta.ns, p->meta.name);
    if (p->meta.predicted)
        return g_strdup_printf("%s/%s[%s]", p->meta.ns, p->workload_name, p->workload_kind);
    if (!*p->meta.owner_name || strcmp(kind, "Node") == 0)
        return g_strdup_printf("%s/%s[Pod]", p->meta.ns, p->meta.name);
    return g_strdup_printf("%s/%s[%s]", p->meta.ns, p->meta.owner_name, kind);
}

static void free_peer(gpointer at)
{
    struct peer *p = at;

    g_free(p->name);
    g_array_free(p->points, TRUE);
    g_free(p);
}

static void add_pod(struct table *t, GHashTable *by_name, char *name, uint32_t point)
{
    struct peer *p = g_hash_table_lookup(by_name, name);

    if (!p) {
        p = g_new0(struct peer, 1);
        p->name = name;
        p->points = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_hash_table_insert(by_name, name, p);
        g_ptr_array_add(t->peers, p);
    } else {
        g_free(name);
    }
    for (guint i = 0; i < p->points->len; i++)
        if (g_array_index(p->points, uint32_t, i) == point)
            return;
    g_array_append_val(p->points, point);
}

static void add_peers(struct table *t, const struct facts *f, bool by_pod)
{
    GHashTable *by_name = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < f->pods.n; i++) {
        uint32_t point = netclass_of_pod(netpol_classes(t->np), i);
        add_pod(t, by_name, peer_name(&f->pods.v[i], by_pod), point);
    }
    g_hash_table_destroy(by_name);
}

/* What all of `from` may open to all of `to`, as text; "" for nothing. */
static const char *between(struct table *t, const uint32_t *from, size_t nfrom, const uint32_t *to,
                           size_t nto)
{
    const struct netports *ports = netpol_ports(t->np);
    size_t words = netports_words(ports);

    netports_all(ports, t->ports);
    for (size_t i = 0; i < nfrom; i++)
        for (size_t k = 0; k < nto; k++) {
            netpol_pair(t->np, from[i], to[k], t->one);
            for (size_t w = 0; w < words; w++)
                t->ports[w] &= t->one[w];
        }
    netports_text(ports, t->ports, t->text);
    return t->text->str;
}

static const uint32_t *points_of(const struct peer *p)
{
    return (const uint32_t *)(const void *)p->points->data;
}

static void put_row(struct table *t, const char *src, const char *dst, const char *conns)
{
    if (*conns)
        g_ptr_array_add(t->rows, g_strdup_printf("%s\t%s\t%s", src, dst, conns));
}

static void put_external(struct table *t, const struct peer *p, bool out,
                         const struct netclass_range *first, const struct netclass_range *last,
                         const char *conns)
{
    char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, first->first, from, sizeof(from));
    inet_ntop(AF_INET, last->last, to, sizeof(to));
    g_autofree char *range = g_strdup_printf("%s-%s", from, to);
    put_row(t, out ? p->name : range, out ? range : p->name, conns);
}

/* IPv4 ranges next to each other with the same connections are one row. */
static void external_rows(struct table *t, const struct peer *p, bool out)
{
    size_t n, start = 0;
    const struct netclass_range *r = netclass_ranges(netpol_classes(t->np), &n);
    g_autofree char *before = NULL;

    for (size_t i = 0; i < n && !r[i].v6; i++) {
        const uint32_t *own = points_of(p);
        const char *now = out ? between(t, own, p->points->len, &r[i].point, 1)
                              : between(t, &r[i].point, 1, own, p->points->len);
        if (before && strcmp(before, now) == 0)
            continue;
        if (before)
            put_external(t, p, out, &r[start], &r[i - 1], before);
        g_free(before);
        before = g_strdup(now);
        start = i;
    }
    size_t v4 = 0;
    while (v4 < n && !r[v4].v6)
        v4++;
    if (before)
        put_external(t, p, out, &r[start], &r[v4 - 1], before);
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void make_rows(struct table *t)
{
    for (guint i = 0; i < t->peers->len; i++) {
        const struct peer *p = t->peers->pdata[i];
        for (guint k = 0; k < t->peers->len; k++) {
            const struct peer *q = t->peers->pdata[k];
            if (i != k)
                put_row(t, p->name, q->name,
                        between(t, points_of(p), p->points->len, points_of(q), q->points->len));
        }
        external_rows(t, p, true);
        external_rows(t, p, false);
    }
}

/* Ports of the pods behind one peer, as routes are followed. */
struct lead {
    GHashTable *open, *closed; /* port number -> itself */
};

struct leads {
    struct table *t;
    const struct facts *f;
    uint32_t from;
    bool by_pod;
    GHashTable *by_name; /* peer -> struct lead * */
};

static void free_lead(gpointer at)
{
    struct lead *l = at;

    g_hash_table_destroy(l->open);
    g_hash_table_destroy(l->closed);
    g_free(l);
}

static struct lead *lead_of(struct leads *ls, const struct fact_pod *p)
{
    char *name = peer_name(p, ls->by_pod);
    struct lead *l = g_hash_table_lookup(ls->by_name, name);

    if (l) {
        g_free(name);
        return l;
    }
    l = g_new0(struct lead, 1);
    l->open = g_hash_table_new(NULL, NULL);
    l->closed = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(ls->by_name, name, l);
    return l;
}

static bool declares(const struct fact_pod *p, int32_t number)
{
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t i = 0; i < p->containers[k].nports; i++)
            if (p->containers[k].ports[i].number == number)
                return true;
    return false;
}

static void follow(void *arg, const struct port_target *target)
{
    struct leads *ls = arg;
    struct table *t = ls->t;
    uint32_t to = netclass_of_pod(netpol_classes(t->np), (size_t)(target->pod - ls->f->pods.v));
    struct lead *l = lead_of(ls, target->pod);

    if (!declares(target->pod, target->number) || strcmp(target->protocol, "TCP") != 0)
        return;
    netpol_pair(t->np, ls->from, to, t->one);
    bool open = netports_has(netpol_ports(t->np), t->one, NET_TCP, target->number);
    g_hash_table_add(open ? l->open : l->closed, GINT_TO_POINTER(target->number));
}

static int by_number(gconstpointer a, gconstpointer b)
{
    return GPOINTER_TO_INT(a) - GPOINTER_TO_INT(b);
}

static void put_run(GString *text, int first, int last)
{
    if (last < first)
        return;
    g_string_append_printf(text, "%s%d", text->len ? "," : "TCP:", first);
    if (last > first)
        g_string_append_printf(text, "-%d", last);
}

/* "TCP:80,8000-8001" of the ports that all pods of the peer take; "" for none. */
static const char *lead_text(const struct lead *l, GString *text)
{
    GList *ports = g_list_sort(g_hash_table_get_keys(l->open), by_number);
    int first = 0, last = -1;

    g_string_truncate(text, 0);
    for (GList *p = ports; p; p = p->next) {
        int number = GPOINTER_TO_INT(p->data);
        if (g_hash_table_contains(l->closed, p->data))
            continue;
        if (number != last + 1) {
            put_run(text, first, last);
            first = number;
        }
        last = number;
    }
    put_run(text, first, last);
    g_list_free(ports);
    return text->str;
}

static void controller_rows(struct table *t, const struct facts *f, bool by_pod)
{
    AUTO(ports) ps = ports_new(f);
    AUTO(arena) a = arena_new();
    struct leads ls = {
        .t = t, .f = f, .by_pod = by_pod, .from = netclass_of_candidate(netpol_classes(t->np), 0)};
    GHashTableIter it;
    gpointer name, l;

    ls.by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_lead);
    for (size_t i = 0; i < f->routes.n; i++)
        for (size_t k = 0; k < f->routes.v[i].nbackends; k++)
            backends_targets(f, ps, &f->routes.v[i], &f->routes.v[i].backends[k], a, follow, &ls);
    g_hash_table_iter_init(&it, ls.by_name);
    while (g_hash_table_iter_next(&it, &name, &l))
        put_row(t, "{ingress-controller}", name, lead_text(l, t->text));
    g_hash_table_destroy(ls.by_name);
}

static void warn_of(const struct fact_netpol *p, const char *way, const struct fact_netrule *rules,
                    size_t n, FILE *warn)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++)
            if (rules[i].peers[k].unread)
                fprintf(warn,
                        "%s %s%s%s: spec.%s[%zu], peer %zu: %s: not evaluated, taken for %s\n",
                        p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name, way, i, k,
                        rules[i].peers[k].unread,
                        rules[i].action == NET_ALLOW ? "nobody" : "everybody");
}

static void warn_all(const struct facts *f, FILE *warn)
{
    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];

        if (p->subject.unread)
            fprintf(warn, "%s %s: spec.subject: %s: not evaluated, the policy selects nothing\n",
                    p->kind, p->meta.name, p->subject.unread);
        warn_of(p, "ingress", p->ingress, p->ningress, warn);
        warn_of(p, "egress", p->egress, p->negress, warn);
    }
}

void ask_network(const struct facts *f, const struct ask_network_options *o, FILE *out, FILE *warn)
{
    static const struct fact_pod controller = {
        .meta = {.ns = "ingress-controller-ns", .name = "ingress-controller", .uid = ""},
        .node = "",
        .phase = "",
        .pod_ip = "",
    };
    const struct netprofile plain = netpol_plain(o->blocks_match_pods);
    AUTO(netpol) np = netpol_of(f, &plain, &controller, o->ingress_controller);
    size_t words = netports_words(netpol_ports(np));
    g_autofree uint64_t *room = g_new0(uint64_t, 2 * words);
    struct table t = {.np = np, .ports = room, .one = room + words};

    t.peers = g_ptr_array_new_with_free_func(free_peer);
    t.rows = g_ptr_array_new_with_free_func(g_free);
    t.text = g_string_new(NULL);
    warn_all(f, warn);
    add_peers(&t, f, o->by_pod);
    make_rows(&t);
    if (o->ingress_controller)
        controller_rows(&t, f, o->by_pod);
    g_ptr_array_sort(t.rows, by_text);
    fputs("src\tdst\tconns\n", out);
    for (guint i = 0; i < t.rows->len; i++)
        fprintf(out, "%s\n", (const char *)t.rows->pdata[i]);
    g_ptr_array_free(t.peers, TRUE);
    g_ptr_array_free(t.rows, TRUE);
    g_string_free(t.text, TRUE);
}
