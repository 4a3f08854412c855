/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers, and every pair of them. */
#include "ingest/derive/nettable.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netend.h"

struct peer {
    char *name;
    const char *ns;
    GArray *points; /* uint32_t: the classes of its pods, each once */
};

struct nettable {
    const struct netpol *np;
    const char *ns;
    GPtrArray *peers; /* struct peer * */
    GPtrArray *lines; /* char *: src, dst and ports, separated by tabs */
    GArray *rows;     /* struct nettable_row, pointing into copies of the lines */
    GPtrArray *cells;
    uint64_t *ports;
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

static void add_pod(struct nettable *t, GHashTable *by_name, char *name, const char *ns,
                    uint32_t point)
{
    struct peer *p = g_hash_table_lookup(by_name, name);

    if (!p) {
        p = g_new0(struct peer, 1);
        p->name = name;
        p->ns = ns;
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

static void add_peers(struct nettable *t, const struct facts *f, bool by_pod)
{
    GHashTable *by_name = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < f->pods.n; i++) {
        uint32_t point = netclass_of_pod(netpol_classes(t->np), i);
        add_pod(t, by_name, peer_name(&f->pods.v[i], by_pod), f->pods.v[i].meta.ns, point);
    }
    g_hash_table_destroy(by_name);
}

/* What all of `from` may open to all of `to`, as text; "" for nothing. */
static const char *between(struct nettable *t, const uint32_t *from, size_t nfrom,
                           const uint32_t *to, size_t nto)
{
    const struct netend src = {.points = from, .npoints = nfrom};
    const struct netend dst = {.points = to, .npoints = nto};

    netend_between(t->np, &src, &dst, t->ports, NULL);
    netports_text(netpol_ports(t->np), t->ports, t->text);
    return t->text->str;
}

static const uint32_t *points_of(const struct peer *p)
{
    return (const uint32_t *)(const void *)p->points->data;
}

static void put_row(struct nettable *t, const char *src, const char *dst, const char *conns)
{
    if (*conns)
        g_ptr_array_add(t->lines, g_strdup_printf("%s\t%s\t%s", src, dst, conns));
}

static void put_external(struct nettable *t, const struct peer *p, bool out,
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
static void external_rows(struct nettable *t, const struct peer *p, bool out)
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

static bool wanted(const struct nettable *t, const struct peer *p)
{
    return !t->ns || strcmp(t->ns, p->ns) == 0;
}

static void make_lines(struct nettable *t)
{
    for (guint i = 0; i < t->peers->len; i++) {
        const struct peer *p = t->peers->pdata[i];
        for (guint k = 0; k < t->peers->len; k++) {
            const struct peer *q = t->peers->pdata[k];
            if (i != k && (wanted(t, p) || wanted(t, q)))
                put_row(t, p->name, q->name,
                        between(t, points_of(p), p->points->len, points_of(q), q->points->len));
        }
        if (wanted(t, p)) {
            external_rows(t, p, true);
            external_rows(t, p, false);
        }
    }
    g_ptr_array_sort(t->lines, by_text);
}

/* Cuts the sorted lines into rows. */
static void make_rows(struct nettable *t)
{
    for (guint i = 0; i < t->lines->len; i++) {
        char **c = g_strsplit(t->lines->pdata[i], "\t", 3);
        struct nettable_row row = {c[0], c[1], c[2]};

        g_ptr_array_add(t->cells, c);
        g_array_append_val(t->rows, row);
    }
}

struct nettable *nettable_new(const struct facts *f, const struct netpol *np,
                              const struct nettable_options *o)
{
    struct nettable *t = must_calloc(1, sizeof(*t));

    t->np = np;
    t->ns = o->ns;
    t->peers = g_ptr_array_new_with_free_func(free_peer);
    t->lines = g_ptr_array_new_with_free_func(g_free);
    t->rows = g_array_new(FALSE, FALSE, sizeof(struct nettable_row));
    t->cells = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    t->text = g_string_new(NULL);
    t->ports = must_calloc(netports_words(netpol_ports(np)) + 1, sizeof(*t->ports));
    add_peers(t, f, o->by_pod);
    make_lines(t);
    make_rows(t);
    return t;
}

void nettable_free(struct nettable *t)
{
    if (!t)
        return;
    g_ptr_array_free(t->peers, TRUE);
    g_ptr_array_free(t->lines, TRUE);
    g_ptr_array_free(t->cells, TRUE);
    g_array_free(t->rows, TRUE);
    g_string_free(t->text, TRUE);
    free(t->ports);
    free(t);
}

const struct nettable_row *nettable_rows(const struct nettable *t, size_t *n)
{
    *n = t->rows->len;
    return (const struct nettable_row *)(const void *)t->rows->data;
}

size_t nettable_cost(const struct facts *f, const struct nettable_options *o)
{
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTable *own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        g_hash_table_add(all, peer_name(p, o->by_pod));
        if (!o->ns || strcmp(o->ns, p->meta.ns) == 0)
            g_hash_table_add(own, peer_name(p, o->by_pod));
    }
    size_t cost = (size_t)g_hash_table_size(all) * g_hash_table_size(own);
    g_hash_table_destroy(all);
    g_hash_table_destroy(own);
    return cost;
}
