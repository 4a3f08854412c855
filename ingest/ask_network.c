/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The complete table, for comparison with engines that print one: never for large clusters. */
#include "ingest/ask_network.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netkey.h"
#include "ingest/derive/netpol.h"

/* A row of the table without its source: the other end and what is open to it. */
struct cell {
    const char *name;
    uint32_t conns;
};

/* Peers whose pods are of the same classes: what holds for one holds for all. */
struct group {
    GArray *points;     /* uint32_t, ascending */
    uint32_t *to;       /* connections to each group, made when first asked for */
    GArray *out, *into; /* struct cell: ranges of addresses outside, sorted */
};

struct peer {
    char *name;
    GArray *points; /* uint32_t: the classes of its pods, each once */
    uint32_t group;
};

struct table {
    const struct netpol *np;
    GPtrArray *peers;  /* struct peer *, sorted by name */
    GArray *groups;    /* struct group */
    GHashTable *sets;  /* netkey_table of port sets */
    GPtrArray *conns;  /* char *: the texts of those sets; "" for the empty one */
    GHashTable *names; /* char *: texts of ranges */
    uint64_t *ports, *one;
};

/* A connection from outside: rows that do not begin with a peer. */
struct inbound {
    const char *src;
    const struct peer *dst;
    uint32_t conns;
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

/* Cells of a table in the order of its bytes: a tab ends them. */
static int by_cell(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return (int)(unsigned char)(*a ? *a : '\t') - (int)(unsigned char)(*b ? *b : '\t');
}

static int by_peer_name(gconstpointer a, gconstpointer b)
{
    return by_cell((*(struct peer *const *)a)->name, (*(struct peer *const *)b)->name);
}

static int by_cell_name(gconstpointer a, gconstpointer b)
{
    return by_cell(((const struct cell *)a)->name, ((const struct cell *)b)->name);
}

static int by_inbound(gconstpointer a, gconstpointer b)
{
    const struct inbound *x = a, *y = b;
    int order = by_cell(x->src, y->src);

    return order ? order : by_cell(x->dst->name, y->dst->name);
}

static int by_point(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
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
    g_ptr_array_sort(t->peers, by_peer_name);
}

static void make_groups(struct table *t)
{
    GHashTable *by_points = netkey_table();
    g_autoptr(GString) key = g_string_new(NULL);
    bool fresh;

    for (guint i = 0; i < t->peers->len; i++) {
        struct peer *p = t->peers->pdata[i];
        struct group g = {.points = p->points};

        g_array_sort(p->points, by_point);
        g_string_truncate(key, 0);
        g_string_append_len(key, p->points->data, (gssize)(p->points->len * sizeof(uint32_t)));
        p->group = netkey_number(by_points, key, &fresh);
        if (fresh)
            g_array_append_val(t->groups, g);
    }
    g_hash_table_destroy(by_points);
}

static struct group *group_at(const struct table *t, size_t i)
{
    return &g_array_index(t->groups, struct group, i);
}

/* The number of the set in t->ports. */
static uint32_t set_number(struct table *t)
{
    const struct netports *ports = netpol_ports(t->np);
    g_autoptr(GString) text = g_string_new(NULL);
    bool fresh;

    g_string_append_len(text, (const char *)t->ports,
                        (gssize)(netports_words(ports) * sizeof(*t->ports)));
    uint32_t id = netkey_number(t->sets, text, &fresh);
    if (fresh) {
        netports_text(ports, t->ports, text);
        g_ptr_array_add(t->conns, g_strdup(text->str));
    }
    return id;
}

/* What all of `from` may open to all of `to`, as the number of a set. */
static uint32_t between(struct table *t, const uint32_t *from, size_t nfrom, const uint32_t *to,
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
    return set_number(t);
}

static const uint32_t *points_of(const struct group *g)
{
    return (const uint32_t *)(const void *)g->points->data;
}

static const char *conns_text(const struct table *t, uint32_t conns)
{
    return t->conns->pdata[conns];
}

/* "10.0.0.0-10.0.0.255", kept by the table. */
static const char *range_name(struct table *t, const struct netclass_range *first,
                              const struct netclass_range *last)
{
    char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, first->first, from, sizeof(from));
    inet_ntop(AF_INET, last->last, to, sizeof(to));
    char *name = g_strdup_printf("%s-%s", from, to);
    char *known = g_hash_table_lookup(t->names, name);
    if (!known)
        g_hash_table_add(t->names, known = name);
    else
        g_free(name);
    return known;
}

/* IPv4 ranges next to each other with the same connections are one cell. */
static GArray *outside_of(struct table *t, const struct group *g, bool out)
{
    size_t n, start = 0;
    const struct netclass_range *r = netclass_ranges(netpol_classes(t->np), &n);
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
    struct cell c = {NULL, 0};

    for (size_t i = 0; i < n && !r[i].v6; i++) {
        uint32_t now = out ? between(t, points_of(g), g->points->len, &r[i].point, 1)
                           : between(t, &r[i].point, 1, points_of(g), g->points->len);
        if (i == 0 || now != c.conns)
            start = i;
        c.conns = now;
        if (i > start)
            g_array_set_size(cells, cells->len - 1);
        c.name = range_name(t, &r[start], &r[i]);
        g_array_append_val(cells, c);
    }
    g_array_sort(cells, by_cell_name);
    return cells;
}

/* What a group opens to each group. */
static const uint32_t *row_of(struct table *t, struct group *g)
{
    if (g->to)
        return g->to;
    g->to = must_calloc(t->groups->len, sizeof(*g->to));
    for (guint i = 0; i < t->groups->len; i++) {
        const struct group *h = group_at(t, i);
        g->to[i] = between(t, points_of(g), g->points->len, points_of(h), h->points->len);
    }
    return g->to;
}

static void put_row(const struct table *t, const char *src, const char *dst, uint32_t conns,
                    FILE *out)
{
    const char *text = conns_text(t, conns);

    if (!*text)
        return;
    fputs(src, out);
    fputc('\t', out);
    fputs(dst, out);
    fputc('\t', out);
    fputs(text, out);
    fputc('\n', out);
}

/* All rows that begin with one peer: to other peers and to ranges outside, in the order of names.
 */
static void put_peer(struct table *t, const struct peer *p, FILE *out)
{
    struct group *g = group_at(t, p->group);
    const uint32_t *to = row_of(t, g);
    guint at = 0;

    for (guint i = 0; i <= t->peers->len; i++) {
        const struct peer *q = i < t->peers->len ? t->peers->pdata[i] : NULL;

        for (; at < g->out->len; at++) {
            const struct cell *c = &g_array_index(g->out, struct cell, at);
            if (q && by_cell(c->name, q->name) > 0)
                break;
            put_row(t, p->name, c->name, c->conns, out);
        }
        if (q && q != p)
            put_row(t, p->name, q->name, to[q->group], out);
    }
}

static GArray *inbound_rows(const struct table *t)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct inbound));

    for (guint i = 0; i < t->peers->len; i++) {
        const struct peer *p = t->peers->pdata[i];
        const GArray *into = group_at(t, p->group)->into;

        for (guint k = 0; k < into->len; k++) {
            const struct cell *c = &g_array_index(into, struct cell, k);
            struct inbound row = {c->name, p, c->conns};
            if (*conns_text(t, c->conns))
                g_array_append_val(rows, row);
        }
    }
    g_array_sort(rows, by_inbound);
    return rows;
}

static void put_rows(struct table *t, FILE *out)
{
    for (guint i = 0; i < t->groups->len; i++) {
        struct group *g = group_at(t, i);
        g->out = outside_of(t, g, true);
        g->into = outside_of(t, g, false);
    }
    g_autoptr(GArray) inbound = inbound_rows(t);
    guint at = 0;
    fputs("src\tdst\tconns\n", out);
    for (guint i = 0; i <= t->peers->len; i++) {
        const struct peer *p = i < t->peers->len ? t->peers->pdata[i] : NULL;

        for (; at < inbound->len; at++) {
            const struct inbound *r = &g_array_index(inbound, struct inbound, at);
            if (p && by_cell(r->src, p->name) > 0)
                break;
            put_row(t, r->src, r->dst->name, r->conns, out);
        }
        if (p)
            put_peer(t, p, out);
    }
}

/* What netpol_new makes of a peer that it cannot evaluate. */
static const char *taken_for(const struct fact_netrule *rule, const struct fact_netpeer *p)
{
    return rule->action == NET_ALLOW ? "nobody"
           : p->by_node              ? "all that is no pod"
                                     : "a denial to all";
}

/* Why a peer is not evaluated; NULL if it is. */
static const char *unread(const struct facts *f, const struct fact_netpeer *p)
{
    return p->by_node && !facts_read(f, FACTS_NODES) ? "nodes" : p->unread;
}

static void warn_of(const struct facts *f, const struct fact_netpol *p, const char *way,
                    const struct fact_netrule *rules, size_t n, FILE *warn)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++) {
            const char *why = unread(f, &rules[i].peers[k]);
            if (why)
                fprintf(warn,
                        "%s %s%s%s: spec.%s[%zu], peer %zu: %s: not evaluated, taken for %s\n",
                        p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name, way, i, k, why,
                        taken_for(&rules[i], &rules[i].peers[k]));
        }
}

static void warn_all(const struct facts *f, FILE *warn)
{
    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];

        if (p->subject.unread)
            fprintf(warn, "%s %s: spec.subject: %s: not evaluated, the policy selects nothing\n",
                    p->kind, p->meta.name, p->subject.unread);
        warn_of(f, p, "ingress", p->ingress, p->ningress, warn);
        warn_of(f, p, "egress", p->egress, p->negress, warn);
    }
}

static void free_groups(GArray *groups)
{
    for (guint i = 0; i < groups->len; i++) {
        struct group *g = &g_array_index(groups, struct group, i);
        free(g->to);
        g_array_free(g->out, TRUE);
        g_array_free(g->into, TRUE);
    }
    g_array_free(groups, TRUE);
}

void ask_network(const struct facts *f, const struct ask_network_options *o, FILE *out, FILE *warn)
{
    AUTO(netpol) np = netpol_new(f, o->blocks_match_pods);
    size_t words = netports_words(netpol_ports(np));
    g_autofree uint64_t *room = g_new0(uint64_t, 2 * words);
    struct table t = {.np = np, .ports = room, .one = room + words};

    t.peers = g_ptr_array_new_with_free_func(free_peer);
    t.groups = g_array_new(FALSE, FALSE, sizeof(struct group));
    t.sets = netkey_table();
    t.conns = g_ptr_array_new_with_free_func(g_free);
    t.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    warn_all(f, warn);
    add_peers(&t, f, o->by_pod);
    make_groups(&t);
    put_rows(&t, out);
    free_groups(t.groups);
    g_ptr_array_free(t.peers, TRUE);
    g_ptr_array_free(t.conns, TRUE);
    g_hash_table_destroy(t.sets);
    g_hash_table_destroy(t.names);
}
