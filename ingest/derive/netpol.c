/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policies as lists of rules per point and direction; a rule knows its peers as points and its
 * ports as pieces. */
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netpol_inside.h"
#include "ingest/derive/netsame.h"

enum { WORD = 64 };

/* States all conditions, cuts all ports. */
static void state_rules(struct netpol *np, const struct fact_netpol *p,
                        const struct fact_netrule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < rules[i].npeers; k++)
            netclass_condition(np->classes, &rules[i].peers[k], p->meta.ns);
        for (size_t k = 0; k < rules[i].nports; k++) {
            const struct fact_netport *port = &rules[i].ports[k];
            if (*port->name) {
                netclass_named_port(np->classes, port->name);
                g_hash_table_add(np->port_names, (gpointer)port->name);
            } else {
                netports_cut(np->ports, port->protocols, port->from, port->to);
            }
        }
    }
}

/* A port name in use means a number on each pod. */
static void cut_named(struct netpol *np)
{
    for (size_t i = 0; i < np->f->pods.n; i++) {
        const struct fact_pod *p = &np->f->pods.v[i];
        for (size_t c = 0; c < p->ncontainers; c++)
            for (size_t k = 0; k < p->containers[c].nports; k++) {
                const struct fact_port *port = &p->containers[c].ports[k];
                if (g_hash_table_contains(np->port_names, port->name))
                    netports_cut(np->ports, netports_protocol(port->protocol), port->number,
                                 port->number);
            }
    }
}

static size_t point_words(const struct netpol *np)
{
    return (netclass_points(np->classes) + WORD - 1) / WORD;
}

/* What one peer matches; NULL: every point.  One that cannot be evaluated matches nothing where the
 * rule opens; where it does not, nodes are all that is no ordinary pod, and all else closes. */
static const uint64_t *points_of(const struct netpol *np, const struct fact_netpol *p,
                                 struct netrule *r, size_t peer)
{
    const struct fact_netpeer *fact = &r->fact->peers[peer];
    uint32_t c = netclass_condition(np->classes, fact, p->meta.ns);

    if (c != NETCLASS_NONE)
        return netclass_matches(np->classes, c);
    if (r->action == NET_ALLOW)
        return np->nobody;
    if (fact->by_node)
        return np->nodes;
    r->action = NET_DENY;
    return NULL;
}

static void find_peers(const struct netpol *np, const struct fact_netpol *p, struct netrule *r)
{
    const struct fact_netrule *fact = r->fact;
    size_t n = point_words(np);

    if (fact->any_peer)
        return;
    r->peers = fact->npeers ? points_of(np, p, r, 0) : np->nobody;
    for (size_t i = 1; i < fact->npeers && r->peers; i++) {
        const uint64_t *more = points_of(np, p, r, i);
        if (!r->own && more) {
            r->own = must_calloc(n, sizeof(*r->own));
            memcpy(r->own, r->peers, n * sizeof(*r->own));
        }
        for (size_t k = 0; more && k < n; k++)
            r->own[k] |= more[k];
        r->peers = more ? r->own : NULL;
    }
}

static void compile_rule(const struct netpol *np, const struct fact_netpol *p,
                         const struct fact_netrule *fact, struct netrule *out)
{
    *out = (struct netrule){.fact = fact, .action = fact->action};
    find_peers(np, p, out);
    out->ports = must_calloc(np->words, sizeof(uint64_t));
    if (fact->any_port)
        netports_all(np->ports, out->ports);
    for (size_t i = 0; i < fact->nports; i++) {
        const struct fact_netport *port = &fact->ports[i];
        if (*port->name)
            out->named = true;
        else
            netports_add(np->ports, out->ports, port->protocols, port->from, port->to);
    }
}

static void compile_way(struct netpol *np, const struct fact_netpol *p, enum net_way way)
{
    const struct fact_netrule *rules = way == NET_INGRESS ? p->ingress : p->egress;
    struct netpolicy c = {.fact = p, .nrules = way == NET_INGRESS ? p->ningress : p->negress};

    if (p->tier == NET_NAMESPACED &&
        !(way == NET_INGRESS ? p->isolates_ingress : p->isolates_egress))
        return;
    c.rules = must_calloc(c.nrules ? c.nrules : 1, sizeof(*c.rules));
    for (size_t i = 0; i < c.nrules; i++)
        compile_rule(np, p, &rules[i], &c.rules[i]);
    g_array_append_val(np->policies[way], c);
}

/* By priority, then by name, so that the answer does not depend on the order of the input. */
static int by_priority(gconstpointer a, gconstpointer b)
{
    const struct fact_netpol *x = ((const struct netpolicy *)a)->fact,
                             *y = ((const struct netpolicy *)b)->fact;

    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    int order = strcmp(x->meta.ns, y->meta.ns);
    return order ? order : strcmp(x->meta.name, y->meta.name);
}

static GArray *list_of(struct selected *s, enum net_tier tier)
{
    GArray **list = tier == NET_ADMIN      ? &s->admin
                    : tier == NET_BASELINE ? &s->baseline
                                           : &s->namespaced;

    if (!*list)
        *list = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return *list;
}

static void select_points(struct netpol *np, enum net_way way)
{
    size_t n = netclass_pod_points(np->classes);

    np->by_point[way] = must_calloc(n ? n : 1, sizeof(*np->by_point[way]));
    for (uint32_t i = 0; i < np->policies[way]->len; i++) {
        const struct fact_netpol *p = netpol_policy(np, way, i)->fact;
        uint32_t c = netclass_condition(np->classes, &p->subject, p->meta.ns);

        if (c == NETCLASS_NONE)
            continue;
        const uint64_t *bits = netclass_matches(np->classes, c);
        for (size_t w = 0; w * WORD < n; w++)
            for (uint64_t left = bits[w]; left; left &= left - 1) {
                size_t at = w * WORD + (size_t)__builtin_ctzll(left);
                if (at < n)
                    g_array_append_val(list_of(&np->by_point[way][at], p->tier), i);
            }
    }
}

static void free_named(gpointer list)
{
    g_array_free(list, TRUE);
}

/* Notes what the port names in use mean, for the classes of pods. */
static void note_named(struct netpol *np)
{
    for (uint32_t at = 0; at < netclass_pod_points(np->classes); at++) {
        const struct fact_pod *p = netclass_example(np->classes, at);
        for (size_t c = 0; c < p->ncontainers; c++)
            for (size_t k = 0; k < p->containers[c].nports; k++) {
                const struct fact_port *port = &p->containers[c].ports[k];
                struct named_port one = {at, netports_protocol(port->protocol), port->number};
                GArray *list = g_hash_table_lookup(np->named, port->name);

                if (!g_hash_table_contains(np->port_names, port->name))
                    continue;
                if (!list) {
                    list = g_array_new(FALSE, FALSE, sizeof(one));
                    g_hash_table_insert(np->named, (gpointer)port->name, list);
                }
                g_array_append_val(list, one);
            }
    }
}

static void find_nodes(struct netpol *np)
{
    np->nobody = must_calloc(point_words(np), sizeof(*np->nobody));
    np->nodes = must_calloc(point_words(np), sizeof(*np->nodes));
    for (uint32_t i = 0; i < netclass_points(np->classes); i++)
        if (i >= netclass_pod_points(np->classes) || netclass_example(np->classes, i)->host_network)
            np->nodes[i / WORD] |= UINT64_C(1) << i % WORD;
}

struct netprofile netpol_plain(bool blocks_match_pods)
{
    return (struct netprofile){
        .plugin = "",
        .said_by = "",
        .enforced = true,
        .blocks_match_pods = blocks_match_pods,
        .blocks_match_nodes = blocks_match_pods,
        .end_port = true,
        .sctp = true,
        .admin_tiers = true,
    };
}

struct netpol *netpol_new(const struct facts *f, bool blocks_match_pods)
{
    struct netprofile plain = netpol_plain(blocks_match_pods);

    return netpol_of(f, &plain, NULL, 0);
}

struct netpol *netpol_of(const struct facts *f, const struct netprofile *profile,
                         const struct fact_pod *candidates, size_t ncandidates)
{
    struct netpol *np = must_calloc(1, sizeof(*np));

    np->f = f;
    np->profile = *profile;
    np->all = netsame_policies(f);
    np->classes = netclass_new(f, profile);
    np->doubts = netdoubt_new(f, np->all, &np->profile, np->classes);
    np->ports = netports_new();
    np->port_names = g_hash_table_new(g_str_hash, g_str_equal);
    np->named = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_named);
    for (size_t i = 0; i < ncandidates; i++)
        netclass_candidate(np->classes, &candidates[i]);
    for (size_t i = 0; i < np->all->len; i++) {
        const struct fact_netpol *p = netpol_fact(np, i);
        netclass_condition(np->classes, &p->subject, p->meta.ns);
        state_rules(np, p, p->ingress, p->ningress);
        state_rules(np, p, p->egress, p->negress);
    }
    cut_named(np);
    netports_done(np->ports);
    netclass_done(np->classes);
    netdoubt_done(np->doubts);
    note_named(np);
    np->words = netports_words(np->ports);
    find_nodes(np);
    for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++) {
        np->policies[way] = g_array_new(FALSE, FALSE, sizeof(struct netpolicy));
        for (size_t i = 0; i < np->all->len; i++)
            compile_way(np, netpol_fact(np, i), way);
        g_array_sort(np->policies[way], by_priority);
        select_points(np, way);
    }
    return np;
}

static void free_selected(struct selected *s)
{
    GArray *const lists[] = {s->admin, s->namespaced, s->baseline};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (lists[i])
            g_array_free(lists[i], TRUE);
}

static void free_way(struct netpol *np, enum net_way way)
{
    for (size_t i = 0; i < np->policies[way]->len; i++) {
        struct netpolicy *p = netpol_policy(np, way, i);
        for (size_t k = 0; k < p->nrules; k++) {
            free(p->rules[k].own);
            free(p->rules[k].ports);
        }
        free(p->rules);
    }
    g_array_free(np->policies[way], TRUE);
    for (size_t i = 0; i < netclass_pod_points(np->classes); i++)
        free_selected(&np->by_point[way][i]);
    free(np->by_point[way]);
}

void netpol_free(struct netpol *np)
{
    if (!np)
        return;
    for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++)
        free_way(np, way);
    g_hash_table_destroy(np->named);
    g_hash_table_destroy(np->port_names);
    free(np->nobody);
    free(np->nodes);
    netports_free(np->ports);
    netdoubt_free(np->doubts);
    netclass_free(np->classes);
    g_array_free(np->all, TRUE);
    free(np);
}

const struct netclass *netpol_classes(const struct netpol *np)
{
    return np->classes;
}

const struct netports *netpol_ports(const struct netpol *np)
{
    return np->ports;
}

const struct netdoubt *netpol_doubts(const struct netpol *np)
{
    return np->doubts;
}

const uint64_t *netpol_nodes(const struct netpol *np)
{
    return np->nodes;
}

bool netpol_outside(const struct netpol *np, enum net_way way, uint32_t other)
{
    return way == NET_EGRESS && np->nodes[other / WORD] >> other % WORD & 1;
}

/* Adds what a port name means on a pod. */
static void add_named(const struct netpol *np, const struct fact_netport *want,
                      const struct fact_pod *p, uint64_t *set)
{
    for (size_t c = 0; c < p->ncontainers; c++)
        for (size_t k = 0; k < p->containers[c].nports; k++) {
            const struct fact_port *port = &p->containers[c].ports[k];
            unsigned bit = netports_protocol(port->protocol);
            if (strcmp(port->name, want->name) == 0 && want->protocols & bit)
                netports_add(np->ports, set, bit, port->number, port->number);
        }
}

/* The ports of a rule on a destination, which may be outside of the cluster. */
static const uint64_t *ports_on(const struct netpol *np, const struct netrule *r, uint32_t dst,
                                uint64_t *room)
{
    if (!r->named || dst >= netclass_pod_points(np->classes))
        return r->ports;
    memcpy(room, r->ports, np->words * sizeof(*room));
    for (size_t i = 0; i < r->fact->nports; i++)
        if (*r->fact->ports[i].name)
            add_named(np, &r->fact->ports[i], netclass_example(np->classes, dst), room);
    return room;
}

/* Who wants to know what each policy and rule does; NULL: nobody. */
struct listener {
    void (*each)(void *arg, const struct netpol_step *s);
    void *arg;
};

/* One direction at work. */
struct asking {
    const struct netpol *np;
    enum net_way way;
    uint32_t subject, peer, dst;
    uint64_t *open, *left, *room; /* decided as open; not decided */
    const struct listener *listener;
};

/* Tells of a policy (`r` NULL), or of a rule of it and the ports on which it has a say. */
static void tell(const struct asking *q, const struct netpolicy *p, const struct netrule *r,
                 const uint64_t *ports)
{
    size_t words = q->np->words;

    if (!q->listener)
        return;
    struct netpol_step s = {.policy = p->fact};
    uint64_t *hit = must_calloc(words ? words : 1, sizeof(*hit));
    if (r) {
        s.rule = r->fact;
        s.index = (size_t)(r - p->rules);
        for (size_t w = 0; w < words; w++)
            hit[w] = ports[w] & q->left[w];
    }
    s.ports = hit;
    q->listener->each(q->listener->arg, &s);
    free(hit);
}

static bool takes_peer(const struct asking *q, const struct netrule *r)
{
    return !r->peers || r->peers[q->peer / WORD] >> q->peer % WORD & 1;
}

/* Rules that decide in order: the first that matches a port has the last word in its tier.  Passed
 * ports are left to the next tier. */
static void ask_ordered(struct asking *q, const GArray *list)
{
    size_t words = q->np->words;
    uint64_t *passed = must_calloc(words, sizeof(*passed));

    for (guint i = 0; list && i < list->len; i++) {
        const struct netpolicy *p = netpol_policy(q->np, q->way, g_array_index(list, uint32_t, i));

        tell(q, p, NULL, NULL);
        for (size_t k = 0; k < p->nrules; k++) {
            const struct netrule *r = &p->rules[k];
            if (!takes_peer(q, r))
                continue;
            const uint64_t *ports = ports_on(q->np, r, q->dst, q->room);
            tell(q, p, r, ports);
            for (size_t w = 0; w < words; w++) {
                uint64_t hit = ports[w] & q->left[w];
                q->left[w] &= ~hit;
                q->open[w] |= r->action == NET_ALLOW ? hit : 0;
                passed[w] |= r->action == NET_PASS ? hit : 0;
            }
        }
    }
    for (size_t w = 0; w < words; w++)
        q->left[w] |= passed[w];
    free(passed);
}

/* NetworkPolicies: what any rule opens is open, nothing else. */
static void ask_union(struct asking *q, const GArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        const struct netpolicy *p = netpol_policy(q->np, q->way, g_array_index(list, uint32_t, i));

        tell(q, p, NULL, NULL);
        for (size_t k = 0; k < p->nrules; k++) {
            if (!takes_peer(q, &p->rules[k]))
                continue;
            const uint64_t *ports = ports_on(q->np, &p->rules[k], q->dst, q->room);
            tell(q, p, &p->rules[k], ports);
            for (size_t w = 0; w < q->np->words; w++)
                q->open[w] |= ports[w] & q->left[w];
        }
    }
    memset(q->left, 0, q->np->words * sizeof(*q->left));
}

/* Takes from `out` what one end does not let through. */
static void restrict_to(const struct netpol *np, enum net_way way, uint32_t src, uint32_t dst,
                        uint64_t *out, const struct listener *listener)
{
    uint32_t subject = way == NET_INGRESS ? dst : src;

    if (subject >= netclass_pod_points(np->classes))
        return;
    const struct selected *s = &np->by_point[way][subject];
    if (!s->admin && !s->namespaced && !s->baseline)
        return;
    uint64_t *room = must_calloc(3 * np->words, sizeof(*room));
    struct asking q = {np,      way,  subject,          way == NET_INGRESS ? src : dst,
                       dst,     room, room + np->words, room + 2 * np->words,
                       listener};

    netports_all(np->ports, q.left);
    ask_ordered(&q, s->admin);
    if (s->namespaced)
        ask_union(&q, s->namespaced);
    else
        ask_ordered(&q, s->baseline);
    for (size_t w = 0; w < np->words; w++)
        out[w] &= q.open[w] | q.left[w];
    free(room);
}

void netpol_pair(const struct netpol *np, uint32_t src, uint32_t dst, uint64_t *out)
{
    netports_all(np->ports, out);
    restrict_to(np, NET_EGRESS, src, dst, out, NULL);
    restrict_to(np, NET_INGRESS, src, dst, out, NULL);
}

void netpol_trace(const struct netpol *np, enum net_way way, uint32_t src, uint32_t dst,
                  uint64_t *out, void (*each)(void *arg, const struct netpol_step *s), void *arg)
{
    const struct listener listener = {each, arg};

    netports_all(np->ports, out);
    restrict_to(np, way, src, dst, out, &listener);
}
