/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two ends of every connection are judged apart, a whole set of points at a time; a row is put
 * together from them and grouped with rows that are the same. */
#include "ingest/derive/netmatrix.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netpeers.h"

enum { WORD = 64 };

/* A row or column: which are open, and which at least not closed. */
struct line {
    uint64_t *open, *maybe;
};

/* One protocol and number that targets have. */
struct port {
    enum net_protocol protocol;
    int32_t number;
};

struct netmatrix {
    const struct netpol *np;
    struct nettargets *targets;
    size_t npoints, ntargets, nsegments, nsets;
    uint32_t *segment_of;  /* by point */
    GArray *segment_point; /* uint32_t: some source of each */
    GArray *set_target;    /* uint32_t: some target of each */
    GPtrArray *rows;       /* uint64_t *, of each segment: open over targets, then maybe */
    /* while it is made */
    struct line *ingress; /* by target: over points */
    GArray *ports;        /* struct port */
    uint32_t *port_of;    /* by target */
};

static size_t words(size_t bits)
{
    return (bits + WORD - 1) / WORD;
}

static bool has(const uint64_t *set, size_t i)
{
    return set[i / WORD] >> i % WORD & 1;
}

static void put(uint64_t *set, size_t i)
{
    set[i / WORD] |= UINT64_C(1) << i % WORD;
}

enum netmatrix_state netmatrix_end(const struct netpol *np, enum net_way way, uint32_t at,
                                   uint32_t other, bool open)
{
    const struct netdoubt *nd = netpol_doubts(np);

    if (open)
        return netdoubt_may_close(nd, way, at, NULL) ? NETMATRIX_UNSURE : NETMATRIX_OPEN;
    return netdoubt_may_open(nd, way, at, netpol_outside(np, way, other), NULL) ? NETMATRIX_UNSURE
                                                                                : NETMATRIX_CLOSED;
}

/* What one end says to each point at the other, about one port. */
static void judge(const struct netmatrix *m, enum net_way way, uint32_t at, struct port port,
                  struct line *out)
{
    const struct netdoubt *nd = netpol_doubts(m->np);
    size_t n = words(m->npoints);

    netpeers_of(m->np, way, at, port.protocol, port.number, out->open);
    memcpy(out->maybe, out->open, n * sizeof(*out->open));
    if (netdoubt_may_close(nd, way, at, NULL))
        memset(out->open, 0, n * sizeof(*out->open));
    if (netdoubt_may_open(nd, way, at, false, NULL))
        memset(out->maybe, 0xff, n * sizeof(*out->maybe));
    else if (netdoubt_may_open(nd, way, at, way == NET_EGRESS, NULL))
        for (size_t w = 0; w < n; w++)
            out->maybe[w] |= netpol_nodes(m->np)[w];
}

static struct line new_line(size_t bits)
{
    uint64_t *room = must_calloc(2 * words(bits) + 1, sizeof(*room));

    return (struct line){room, room + words(bits)};
}

static void judge_targets(struct netmatrix *m)
{
    m->ingress = must_calloc(m->ntargets + 1, sizeof(*m->ingress));
    for (size_t i = 0; i < m->ntargets; i++) {
        const struct nettarget *t = nettargets_at(m->targets, i);

        m->ingress[i] = new_line(m->npoints);
        judge(m, NET_INGRESS, t->point, (struct port){t->protocol, t->port}, &m->ingress[i]);
    }
}

/* The number of a port, counted from 0. */
static uint32_t port_number(struct netmatrix *m, GHashTable *by, struct port port)
{
    gpointer key = GUINT_TO_POINTER((guint)port.number << 3 | (guint)port.protocol);
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(by, key));

    if (!id) {
        g_array_append_val(m->ports, port);
        id = m->ports->len;
        g_hash_table_insert(by, key, GUINT_TO_POINTER(id));
    }
    return id - 1;
}

static void number_ports(struct netmatrix *m)
{
    GHashTable *by = g_hash_table_new(NULL, NULL);

    m->ports = g_array_new(FALSE, FALSE, sizeof(struct port));
    m->port_of = must_calloc(m->ntargets + 1, sizeof(*m->port_of));
    for (size_t i = 0; i < m->ntargets; i++) {
        const struct nettarget *t = nettargets_at(m->targets, i);
        m->port_of[i] = port_number(m, by, (struct port){t->protocol, t->port});
    }
    g_hash_table_destroy(by);
}

/* Whether one end treats all others alike on all ports, so that one port tells of all. */
static bool unselected(const struct netmatrix *m, uint32_t source)
{
    return !netpeers_selected(m->np, NET_EGRESS, source);
}

/* The row of a source, from what it may send (`egress`, by port) and what targets take. */
static void fill_row(const struct netmatrix *m, uint32_t source, const struct line *egress,
                     bool alike, struct line *row)
{
    for (size_t i = 0; i < m->ntargets; i++) {
        const struct line *in = &m->ingress[i], *out = &egress[alike ? 0 : m->port_of[i]];
        uint32_t dst = nettargets_at(m->targets, i)->point;

        if (has(in->open, source) && has(out->open, dst))
            put(row->open, i);
        if (has(in->maybe, source) && has(out->maybe, dst))
            put(row->maybe, i);
    }
}

/* The number of equal bytes, counted from 0; `room` is borrowed if it is new. */
static uint32_t number(GHashTable *by, uint64_t *room, size_t nwords, bool *fresh)
{
    GBytes *key = g_bytes_new_static(room, nwords * sizeof(*room));
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(by, key));

    *fresh = id == 0;
    if (id) {
        g_bytes_unref(key);
        return id - 1;
    }
    id = g_hash_table_size(by) + 1;
    g_hash_table_insert(by, key, GUINT_TO_POINTER(id));
    return id - 1;
}

static void make_segments(struct netmatrix *m, const GArray *sources)
{
    GHashTable *by =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    struct line *egress = must_calloc(m->ports->len + 1, sizeof(*egress));
    bool fresh;

    for (guint k = 0; k <= m->ports->len; k++)
        egress[k] = new_line(m->npoints);
    for (guint i = 0; i < sources->len; i++) {
        uint32_t source = g_array_index(sources, uint32_t, i);
        bool alike = unselected(m, source);
        struct line row = new_line(m->ntargets);

        for (guint k = 0; k < (alike ? MIN(m->ports->len, 1) : m->ports->len); k++)
            judge(m, NET_EGRESS, source, g_array_index(m->ports, struct port, k), &egress[k]);
        fill_row(m, source, egress, alike, &row);
        m->segment_of[source] = number(by, row.open, 2 * words(m->ntargets), &fresh);
        if (fresh) {
            g_array_append_val(m->segment_point, source);
            g_ptr_array_add(m->rows, row.open);
        } else {
            free(row.open);
        }
    }
    m->nsegments = m->rows->len;
    for (guint k = 0; k <= m->ports->len; k++)
        free(egress[k].open);
    free(egress);
    g_hash_table_destroy(by);
}

static const uint64_t *row_at(const struct netmatrix *m, size_t segment)
{
    return m->rows->pdata[segment];
}

/* Targets that the same segments reach are one set.  Addresses are in none. */
static void make_sets(struct netmatrix *m)
{
    GHashTable *by =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    GPtrArray *kept = g_ptr_array_new_with_free_func(free);
    size_t half = words(m->ntargets);

    for (uint32_t i = 0; i < m->ntargets; i++) {
        struct nettarget *t = nettargets_at(m->targets, i);
        struct line column = new_line(m->nsegments);
        bool any = false, fresh;

        for (size_t s = 0; s < m->nsegments && t->pods->len; s++) {
            if (has(row_at(m, s), i))
                put(column.open, s);
            if (has(row_at(m, s) + half, i))
                put(column.maybe, s);
            any |= has(row_at(m, s) + half, i);
        }
        g_ptr_array_add(kept, column.open);
        if (!any)
            continue;
        t->set = number(by, column.open, 2 * words(m->nsegments), &fresh);
        if (fresh)
            g_array_append_val(m->set_target, i);
    }
    m->nsets = m->set_target->len;
    g_hash_table_destroy(by);
    g_ptr_array_free(kept, TRUE);
}

/* What is only needed to make it. */
static void drop_work(struct netmatrix *m)
{
    for (size_t i = 0; i < m->ntargets; i++)
        free(m->ingress[i].open);
    g_clear_pointer(&m->ingress, free);
    g_clear_pointer(&m->port_of, free);
    g_array_free(m->ports, TRUE);
}

struct netmatrix *netmatrix_new(const struct netpol *np, struct nettargets *targets,
                                const GArray *sources)
{
    struct netmatrix *m = must_calloc(1, sizeof(*m));

    m->np = np;
    m->targets = targets;
    m->npoints = netclass_points(netpol_classes(np));
    m->ntargets = nettargets_count(targets);
    m->segment_of = must_malloc((m->npoints + 1) * sizeof(*m->segment_of));
    memset(m->segment_of, 0xff, (m->npoints + 1) * sizeof(*m->segment_of));
    m->segment_point = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    m->set_target = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    m->rows = g_ptr_array_new_with_free_func(free);
    judge_targets(m);
    number_ports(m);
    make_segments(m, sources);
    make_sets(m);
    drop_work(m);
    return m;
}

void netmatrix_free(struct netmatrix *m)
{
    if (!m)
        return;
    free(m->segment_of);
    g_array_free(m->segment_point, TRUE);
    g_array_free(m->set_target, TRUE);
    g_ptr_array_free(m->rows, TRUE);
    free(m);
}

uint32_t netmatrix_segment(const struct netmatrix *m, uint32_t source)
{
    return source < m->npoints ? m->segment_of[source] : NETREACH_NONE;
}

size_t netmatrix_segments(const struct netmatrix *m)
{
    return m->nsegments;
}

size_t netmatrix_sets(const struct netmatrix *m)
{
    return m->nsets;
}

uint32_t netmatrix_source(const struct netmatrix *m, uint32_t segment)
{
    return g_array_index(m->segment_point, uint32_t, segment);
}

const struct nettarget *netmatrix_target(const struct netmatrix *m, uint32_t set)
{
    return nettargets_at(m->targets, g_array_index(m->set_target, uint32_t, set));
}

enum netmatrix_state netmatrix_at(const struct netmatrix *m, uint32_t segment, uint32_t set)
{
    uint32_t target = g_array_index(m->set_target, uint32_t, set);
    const uint64_t *row = row_at(m, segment);

    if (has(row, target))
        return NETMATRIX_OPEN;
    return has(row + words(m->ntargets), target) ? NETMATRIX_UNSURE : NETMATRIX_CLOSED;
}
