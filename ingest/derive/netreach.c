/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of a cluster put together: policies, plugin, targets, segments; and what it answers.
 */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netpeers.h"
#include "ingest/derive/netreach_inside.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"

uint32_t netreach_point(const struct netreach *nr, const struct fact_pod *p)
{
    return netclass_of_pod(netpol_classes(nr->np), (size_t)(p - nr->f->pods.v));
}

static uint32_t point_of_node(const struct netreach *nr, const struct fact_node *n)
{
    const char *address = n->is_virtual ? NULL : nettargets_address(n);

    return address ? netclass_of_address(netpol_classes(nr->np), address) : NETREACH_NONE;
}

static void add_source(GHashTable *seen, GArray *sources, uint32_t point)
{
    if (point != NETREACH_NONE && g_hash_table_add(seen, GUINT_TO_POINTER(point)))
        g_array_append_val(sources, point);
}

static void make_matrix(struct netreach *nr)
{
    GHashTable *seen = g_hash_table_new(NULL, NULL);
    GArray *sources = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (size_t i = 0; i < nr->f->pods.n; i++)
        if (nodes_pod_runs(&nr->f->pods.v[i]))
            add_source(seen, sources, netreach_point(nr, &nr->f->pods.v[i]));
    for (size_t i = 0; i < nr->f->nodes.n; i++)
        add_source(seen, sources, point_of_node(nr, &nr->f->nodes.v[i]));
    for (size_t i = 0; i < nr->slots.n; i++)
        add_source(seen, sources, netclass_of_candidate(netpol_classes(nr->np), i));
    nr->matrix = netmatrix_new(nr->np, nr->targets, sources);
    g_array_free(sources, TRUE);
    g_hash_table_destroy(seen);
}

/* `pod` is the one that the segment is known by. */
static void add_once(struct netreach *nr, size_t ns, uint32_t segment, const struct fact_pod *pod)
{
    GArray *list = nr->slot_segments[ns];

    for (guint i = 0; i < list->len; i++)
        if (g_array_index(list, uint32_t, i) == segment)
            return;
    g_array_append_val(list, segment);
    g_array_append_val(nr->slot_pods[ns], pod);
}

static void add_candidates(struct netreach *nr, size_t ns, size_t from, size_t to)
{
    const struct netclass *nc = netpol_classes(nr->np);

    for (size_t k = from; k < to; k++)
        add_once(nr, ns, netmatrix_segment(nr->matrix, netclass_of_candidate(nc, k)),
                 &nr->slots.pods[k]);
}

static void add_running(struct netreach *nr)
{
    for (size_t i = 0; i < nr->f->pods.n; i++) {
        const struct fact_pod *p = &nr->f->pods.v[i];
        size_t ns = GPOINTER_TO_SIZE(g_hash_table_lookup(nr->namespaces, p->meta.ns));
        uint32_t segment = netreach_of_pod(nr, p);

        if (ns && segment != NETREACH_NONE && !p->host_network)
            add_once(nr, ns - 1, segment, NULL);
    }
}

/* The plainest way to be in a segment comes first: no labels, those of a pod that is there, those
 * that policies ask for. */
static void make_slots(struct netreach *nr)
{
    const struct facts *f = nr->f;
    const size_t *first = nr->slots.first;

    nr->slot_segments = must_calloc(f->namespaces.n + 1, sizeof(GArray *));
    nr->slot_pods = must_calloc(f->namespaces.n + 1, sizeof(GArray *));
    nr->namespaces = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->namespaces.n; i++) {
        nr->slot_segments[i] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        nr->slot_pods[i] = g_array_new(FALSE, FALSE, sizeof(struct fact_pod *));
        g_hash_table_insert(nr->namespaces, (gpointer)f->namespaces.v[i].meta.name,
                            GSIZE_TO_POINTER(i + 1));
        add_candidates(nr, i, first[i], first[i] + 1);
    }
    add_running(nr);
    for (size_t i = 0; i < f->namespaces.n; i++)
        add_candidates(nr, i, first[i] + 1, first[i + 1]);
}

/* Sorts the targets by set, so that those of a set are found at once. */
static void index_sets(struct netreach *nr)
{
    size_t n = netmatrix_sets(nr->matrix), ntargets = nettargets_count(nr->targets);
    uint32_t *first = must_calloc(n + 2, sizeof(*first)), *next;

    nr->by_set = must_calloc(ntargets + 1, sizeof(*nr->by_set));
    for (size_t i = 0; i < ntargets; i++)
        if (nettargets_at(nr->targets, i)->set != NETREACH_NONE)
            first[nettargets_at(nr->targets, i)->set + 1]++;
    for (size_t i = 0; i < n; i++)
        first[i + 1] += first[i];
    next = g_memdup2(first, (n + 2) * sizeof(*first));
    for (uint32_t i = 0; i < ntargets; i++)
        if (nettargets_at(nr->targets, i)->set != NETREACH_NONE)
            nr->by_set[next[nettargets_at(nr->targets, i)->set]++] = i;
    g_free(next);
    nr->set_first = first;
}

static uint32_t *no_nodes(size_t n)
{
    uint32_t *v = must_malloc((n + 1) * sizeof(*v));

    memset(v, 0xff, (n + 1) * sizeof(*v));
    return v;
}

/* Policies tell few of the nodes' addresses apart, if any. */
static void find_node_points(struct netreach *nr)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    nr->node_points = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (size_t i = 0; i < nr->f->nodes.n; i++) {
        const char *a = nettargets_address(&nr->f->nodes.v[i]);
        uint32_t point = a ? netclass_of_address(netpol_classes(nr->np), a) : 0;

        if (a && g_hash_table_add(seen, GUINT_TO_POINTER(point)))
            g_array_append_val(nr->node_points, point);
    }
}

struct netreach *netreach_new(const struct facts *f, const struct ports *ps, struct draft *d)
{
    struct netreach *nr = must_calloc(1, sizeof(*nr));

    nr->f = f;
    nr->d = d;
    netprofile_of(f, &nr->profile);
    netslots_of(f, f->arena, &nr->slots);
    nr->np = netpol_of(f, &nr->profile, nr->slots.pods, nr->slots.n);
    find_node_points(nr);
    nr->targets = nettargets_new(f, nr->np, ps);
    make_matrix(nr);
    index_sets(nr);
    netreach_names(nr);
    make_slots(nr);
    nr->segment_nodes = no_nodes(netmatrix_segments(nr->matrix));
    nr->set_nodes = no_nodes(netmatrix_sets(nr->matrix));
    return nr;
}

void netreach_free(struct netreach *nr)
{
    if (!nr)
        return;
    for (size_t i = 0; i < nr->f->namespaces.n; i++) {
        g_array_free(nr->slot_segments[i], TRUE);
        g_array_free(nr->slot_pods[i], TRUE);
    }
    free(nr->slot_segments);
    free(nr->slot_pods);
    free(nr->segment_nodes);
    free(nr->set_nodes);
    free(nr->set_first);
    free(nr->by_set);
    g_hash_table_destroy(nr->namespaces);
    g_clear_pointer(&nr->pods_of, g_hash_table_destroy);
    g_array_free(nr->node_points, TRUE);
    netmatrix_free(nr->matrix);
    nettargets_free(nr->targets);
    netpol_free(nr->np);
    free(nr);
}

const struct netpol *netreach_netpol(const struct netreach *nr)
{
    return nr->np;
}

const struct netprofile *netreach_profile(const struct netreach *nr)
{
    return &nr->profile;
}

size_t netreach_segments(const struct netreach *nr)
{
    return netmatrix_segments(nr->matrix);
}

uint32_t netreach_segment_node(struct netreach *nr, uint32_t segment)
{
    uint32_t *ix = &nr->segment_nodes[segment];

    if (*ix == NETREACH_NONE) {
        const struct netname *name = &nr->segment_names[segment];
        *ix = draft_node(nr->d, NODE_NET_SEGMENT, name->ns, name->name);
        draft_set_name(nr->d, *ix, arena_printf(nr->f->arena, "network of %s", name->shown));
    }
    return *ix;
}

uint32_t netreach_of_pod(const struct netreach *nr, const struct fact_pod *p)
{
    if (!nodes_pod_runs(p))
        return NETREACH_NONE;
    return netmatrix_segment(nr->matrix, netreach_point(nr, p));
}

uint32_t netreach_of_node(const struct netreach *nr, const struct fact_node *n)
{
    return netmatrix_segment(nr->matrix, point_of_node(nr, n));
}

const uint32_t *netreach_slot(const struct netreach *nr, const char *ns, size_t *n)
{
    size_t at = GPOINTER_TO_SIZE(g_hash_table_lookup(nr->namespaces, ns));

    *n = at ? nr->slot_segments[at - 1]->len : 0;
    return at ? (const uint32_t *)(const void *)nr->slot_segments[at - 1]->data : NULL;
}

const struct fact_pod *netreach_slot_pod(const struct netreach *nr, const char *ns, size_t at)
{
    size_t i = GPOINTER_TO_SIZE(g_hash_table_lookup(nr->namespaces, ns));

    return i ? g_array_index(nr->slot_pods[i - 1], const struct fact_pod *, at) : NULL;
}

size_t netreach_sets(const struct netreach *nr)
{
    return netmatrix_sets(nr->matrix);
}

static void count_port(void *arg, const struct netreach_port *p)
{
    const struct netreach_port **first = arg;

    first[first[0] ? 1 : 0] = p;
}

bool netreach_single(const struct netreach *nr, uint32_t set)
{
    const struct netreach_port *first[2] = {NULL, NULL};

    netreach_ports(nr, set, count_port, first);
    return !first[1];
}

uint32_t netreach_set_node(struct netreach *nr, uint32_t set)
{
    const struct netreach_port *first[2] = {NULL, NULL};
    uint32_t *ix = &nr->set_nodes[set];

    if (*ix != NETREACH_NONE)
        return *ix;
    netreach_ports(nr, set, count_port, first);
    if (!first[1])
        return *ix = ports_endpoint(nr->d, first[0]->pod, first[0]->protocol, first[0]->number);
    const struct netname *name = &nr->set_names[set];
    *ix = draft_node(nr->d, NODE_ENDPOINTS, name->ns, name->name);
    draft_set_name(nr->d, *ix, arena_printf(nr->f->arena, "ports %s", name->shown));
    return *ix;
}

static uint32_t named(const struct netname *names, size_t n, const char *ns, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(names[i].name, name) == 0 && strcmp(names[i].ns, ns) == 0)
            return i;
    return NETREACH_NONE;
}

uint32_t netreach_segment_named(const struct netreach *nr, const char *ns, const char *name)
{
    return named(nr->segment_names, netreach_segments(nr), ns, name);
}

uint32_t netreach_set_named(const struct netreach *nr, const char *ns, const char *name)
{
    return named(nr->set_names, netreach_sets(nr), ns, name);
}

uint32_t netreach_set_of(const struct netreach *nr, const struct fact_pod *p,
                         enum net_protocol protocol, int32_t port)
{
    uint32_t point = netreach_point(nr, p);

    for (size_t i = 0; i < nettargets_count(nr->targets); i++) {
        const struct nettarget *t = nettargets_at(nr->targets, i);
        if (t->point == point && t->protocol == protocol && t->port == port)
            return t->set;
    }
    return NETREACH_NONE;
}

static void ports_of_target(const struct nettarget *t,
                            void (*each)(void *arg, const struct netreach_port *p), void *arg)
{
    for (guint k = 0; k < t->pods->len; k++)
        each(arg, &g_array_index(t->pods, struct netreach_port, k));
}

void netreach_ports(const struct netreach *nr, uint32_t set,
                    void (*each)(void *arg, const struct netreach_port *p), void *arg)
{
    if (set == NETREACH_NONE)
        for (size_t i = 0; i < nettargets_count(nr->targets); i++)
            ports_of_target(nettargets_at(nr->targets, i), each, arg);
    else
        for (uint32_t i = nr->set_first[set]; i < nr->set_first[set + 1]; i++)
            ports_of_target(nettargets_at(nr->targets, nr->by_set[i]), each, arg);
}

static const char *way_name(enum net_way way)
{
    return way == NET_INGRESS ? "ingress" : "egress";
}

void netreach_explain(const struct netreach *nr, enum net_way way,
                      const struct netpeers_decision *d, struct evidence *ev)
{
    struct arena *a = nr->f->arena;
    const struct fact_netpol *p = d->policy;

    *ev = (struct evidence){.object = "NetworkPolicy"};
    if (!p) {
        ev->object = "cluster";
        ev->reason = way == NET_INGRESS ? "no network policy decides about what the port receives"
                                        : "no network policy decides about what the pod sends";
        return;
    }
    ev->object =
        arena_printf(a, "%s %s%s%s", p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name);
    ev->uid = p->meta.uid;
    if (d->rule)
        ev->field = arena_printf(a, "spec.%s[%zu]", way_name(way), d->rule_ix);
    ev->reason = d->open   ? "its rule lets the connection through"
                 : d->rule ? "its rule denies the connection"
                 : way == NET_INGRESS
                     ? "it isolates the pod for ingress, and no policy lets the connection in"
                     : "it isolates the pod for egress, and no policy lets the connection out";
}

/* One connection between points. */
static void judge(const struct netreach *nr, uint32_t src, uint32_t dst, const struct nettarget *to,
                  struct netreach_answer *out)
{
    struct netpeers_decision ends[NET_WAYS];
    const struct netdoubt *nd = netpol_doubts(nr->np);
    const uint32_t at[NET_WAYS] = {[NET_INGRESS] = dst, [NET_EGRESS] = src};
    static const enum net_way order[] = {NET_EGRESS, NET_INGRESS}; /* as a packet meets them */

    *out = (struct netreach_answer){.open = NETREACH_OPEN, .sure = true};
    for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++)
        netpeers_decide(nr->np, way, src, dst, to->protocol, to->port, &ends[way]);
    netreach_explain(nr, ends[NET_INGRESS].policy ? NET_INGRESS : NET_EGRESS,
                     ends[NET_INGRESS].policy ? &ends[NET_INGRESS] : &ends[NET_EGRESS], &out->ev);
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        enum net_way way = order[i];
        enum netmatrix_state s =
            netmatrix_end(nr->np, way, at[way], way == NET_EGRESS ? dst : src, ends[way].open);

        if (s == NETMATRIX_CLOSED) {
            out->open = NETREACH_CLOSED;
            out->sure = true;
            netreach_explain(nr, way, &ends[way], &out->ev);
            return;
        }
        if (s == NETMATRIX_UNSURE && out->sure) {
            out->sure = false;
            if (ends[way].open)
                netdoubt_may_close(nd, way, at[way], &out->ev);
            else
                netdoubt_may_open(nd, way, at[way], netpol_outside(nr->np, way, dst), &out->ev);
        }
    }
}

void netreach_pod(const struct netreach *nr, uint32_t segment, const struct fact_pod *to,
                  enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    struct nettarget t = {.point = netreach_point(nr, to), .protocol = protocol, .port = port};

    judge(nr, netmatrix_source(nr->matrix, segment), t.point, &t, out);
}

bool netreach_reaches(const struct netreach *nr, uint32_t segment, uint32_t set)
{
    return netmatrix_at(nr->matrix, segment, set) != NETMATRIX_CLOSED;
}

void netreach_to_set(const struct netreach *nr, uint32_t segment, uint32_t set,
                     struct netreach_answer *out)
{
    const struct nettarget *t = netmatrix_target(nr->matrix, set);

    judge(nr, netmatrix_source(nr->matrix, segment), t->point, t, out);
}

void netreach_point_address(const struct netreach *nr, uint32_t point, const char *address,
                            enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    struct nettarget t = {.protocol = protocol, .port = port};

    t.point = netclass_of_address(netpol_classes(nr->np), address);
    if (t.point == NETCLASS_NONE)
        *out = (struct netreach_answer){
            .open = NETREACH_SOME,
            .ev = {.object = "cluster", .reason = "the address is not known"}};
    else
        judge(nr, point, t.point, &t, out);
}

void netreach_address(const struct netreach *nr, uint32_t segment, const char *address,
                      enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    netreach_point_address(nr, netmatrix_source(nr->matrix, segment), address, protocol, port, out);
}

/* Joins answers about several addresses: SOME if they differ. */
static void join(struct netreach_answer *all, const struct netreach_answer *one, bool *any)
{
    bool keep = *any && (all->open != NETREACH_CLOSED || one->open == NETREACH_CLOSED);

    if (*any && all->open != one->open) {
        struct netreach_answer some = keep ? *all : *one;
        some.open = NETREACH_SOME;
        *all = some;
    } else if (!*any) {
        *all = *one;
    }
    all->sure = all->sure && one->sure;
    *any = true;
}

/* Adds the answers of all points of a segment. */
static void join_points(const struct netreach *nr, uint32_t segment, const struct nettarget *t,
                        struct netreach_answer *out, bool *any)
{
    size_t n = netclass_points(netpol_classes(nr->np));

    for (uint32_t p = 0; p < n; p++) {
        struct netreach_answer one;

        if (netmatrix_segment(nr->matrix, p) != segment)
            continue;
        judge(nr, p, t->point, t, &one);
        join(out, &one, any);
    }
}

void netreach_pod_untold(const struct netreach *nr, uint32_t segment, const struct fact_pod *to,
                         enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    struct nettarget t = {.point = netreach_point(nr, to), .protocol = protocol, .port = port};
    bool any = false;

    *out = (struct netreach_answer){.open = NETREACH_CLOSED, .sure = true};
    join_points(nr, segment, &t, out, &any);
}

void netreach_address_untold(const struct netreach *nr, uint32_t segment, const char *address,
                             enum net_protocol protocol, int32_t port, struct netreach_answer *out)
{
    struct nettarget t = {.protocol = protocol, .port = port};
    bool any = false;

    t.point = netclass_of_address(netpol_classes(nr->np), address);
    *out = (struct netreach_answer){
        .open = NETREACH_SOME, .ev = {.object = "cluster", .reason = "the address is not known"}};
    if (t.point != NETCLASS_NONE)
        join_points(nr, segment, &t, out, &any);
}

void netreach_anywhere(const struct netreach *nr, uint32_t segment, enum net_protocol protocol,
                       int32_t port, struct netreach_answer *out)
{
    size_t n;
    const struct netclass_range *r = netclass_ranges(netpol_classes(nr->np), &n);
    bool any = false;

    *out = (struct netreach_answer){.open = NETREACH_SOME, .ev = {.object = "cluster"}};
    for (size_t i = 0; i < n && !(any && out->open == NETREACH_SOME && !out->sure); i++) {
        struct nettarget t = {.point = r[i].point, .protocol = protocol, .port = port};

        if (!r[i].v6)
            join_points(nr, segment, &t, out, &any);
    }
}

void netreach_node_ports(const struct netreach *nr, uint32_t segment, struct netreach_answer *out)
{
    bool any = false;

    *out = (struct netreach_answer){
        .open = NETREACH_CLOSED,
        .sure = true,
        .ev = {.object = "cluster", .reason = "no Service has a NodePort"}};
    for (size_t i = 0; i < nettargets_count(nr->targets); i++) {
        const struct nettarget *t = nettargets_at(nr->targets, i);
        struct netreach_answer one;

        if (!t->node_port)
            continue;
        judge(nr, netmatrix_source(nr->matrix, segment), t->point, t, &one);
        join(out, &one, &any);
    }
}
