/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Everybody but these" in the words that NetworkPolicies have, which know no "but". */
#include "ingest/derive/netcut.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/netcheck.h"
#include "ingest/derive/netgroup.h"
#include "ingest/derive/nodes.h"

enum { MOST_NOTES = 4, LONGEST_NAME = 200, LEAST_BITS_4 = 8, LEAST_BITS_6 = 16 };

/* One end, by namespace. */
struct side {
    const struct netend *end;
    const struct netgroup *groups;
    size_t n;
    struct netend whole; /* with all pods of the groups */
};

struct maker {
    const struct facts *f;
    const struct netpol *np;
    const struct netcut_wish *wish;
    struct arena *a;
    struct side from, to;
    GArray *ours; /* struct fact_cidr: where pods' addresses are */
    struct netcut *out;
    const char **notes;
};

static void note(struct maker *m, const char *text)
{
    if (m->out->nnotes < MOST_NOTES)
        m->notes[m->out->nnotes++] = text;
}

static bool refuse(struct maker *m, const char *why)
{
    m->out->why_not = why;
    return false;
}

/* Groups of an end's pods, each with a selector of its own. */
static bool split(struct maker *m, const struct netend *end, struct side *out)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    out->end = end;
    out->n = netgroup_split(m->f, end->pods, end->npods, m->a, &out->groups);
    out->whole = *end;
    for (size_t i = 0; i < out->n; i++)
        g_array_append_vals(all, out->groups[i].pods, (guint)out->groups[i].n);
    if (out->n)
        netend_pods(m->np, (const uint32_t *)(const void *)all->data, all->len, m->a, &out->whole);
    g_array_free(all, TRUE);
    for (size_t i = 0; i < out->whole.npods; i++) {
        const struct fact_pod *p = &m->f->pods.v[out->whole.pods[i]];
        if (p->host_network)
            return refuse(m, arena_printf(m->a,
                                          "%s/%s uses the network of its node: NetworkPolicies "
                                          "neither select it nor know it as a peer",
                                          p->meta.ns, p->meta.name));
    }
    for (size_t i = 0; i < out->n; i++)
        if (out->groups[i].why)
            return refuse(m, out->groups[i].why);
    return true;
}

static void see_namespaced(void *arg, const struct netpol_step *s)
{
    bool *isolated = arg;

    *isolated |= !s->rule && s->policy->tier == NET_NAMESPACED;
}

/* Whether a NetworkPolicy selects any of the pods in that direction. */
static bool isolated(const struct maker *m, enum net_way way, const struct netend *end)
{
    uint64_t *set = arena_calloc(m->a, netports_words(netpol_ports(m->np)) + 1, sizeof(*set));
    bool yes = false;

    for (size_t i = 0; i < end->npoints; i++)
        netpol_trace(m->np, way, end->points[i], end->points[i], set, see_namespaced, &yes);
    return yes;
}

static bool is_node_address(const struct facts *f, const struct fact_cidr *block)
{
    struct fact_cidr c;

    for (size_t i = 0; i < f->pods.n; i++)
        for (size_t k = 0; f->pods.v[i].host_network && k < f->pods.v[i].pod_ips.n; k++)
            if (netend_parse(f->pods.v[i].pod_ips.v[k], &c) && netend_holds(block, c.addr, c.v6))
                return true;
    for (size_t i = 0; i < f->nodes.n; i++)
        for (size_t k = 0; k < f->nodes.v[i].addresses.n; k++) {
            const char *eq = strchr(f->nodes.v[i].addresses.v[k], '=');
            if (eq && netend_parse(eq + 1, &c) && netend_holds(block, c.addr, c.v6))
                return true;
        }
    return false;
}

/* Makes a block as wide as it must be to hold one more address. */
static void widen(struct fact_cidr *block, const struct fact_cidr *with)
{
    while (!netend_holds(block, with->addr, with->v6)) {
        block->bits--;
        block->addr[block->bits / 8] &= (uint8_t) ~(0x80 >> block->bits % 8);
    }
}

/* The block of one family that holds the addresses of all pods and of nothing else we know of;
 * false if there is none. */
static bool pod_block(const struct facts *f, bool v6, struct fact_cidr *out)
{
    struct fact_cidr c;
    bool any = false;

    for (size_t i = 0; i < f->pods.n; i++)
        for (size_t k = 0; !f->pods.v[i].host_network && k < f->pods.v[i].pod_ips.n; k++) {
            if (!netend_parse(f->pods.v[i].pod_ips.v[k], &c) || c.v6 != v6)
                continue;
            if (!any)
                *out = c;
            any = true;
            widen(out, &c);
        }
    return any && out->bits >= (v6 ? LEAST_BITS_6 : LEAST_BITS_4) && !is_node_address(f, out);
}

/* Blocks of addresses that "all addresses" must leave out, since many plugins take pods for
 * addresses too: all of the pods', else those of the pods in question. */
static void find_ours(struct maker *m, const struct side *peers)
{
    struct fact_cidr c;

    for (unsigned v6 = 0; v6 < 2; v6++) {
        if (pod_block(m->f, v6, &c)) {
            g_array_append_val(m->ours, c);
            continue;
        }
        bool any = false;
        for (size_t i = 0; i < peers->whole.npods; i++) {
            const struct texts *ips = &m->f->pods.v[peers->whole.pods[i]].pod_ips;
            for (size_t k = 0; k < ips->n; k++)
                if (netend_parse(ips->v[k], &c) && c.v6 == v6) {
                    g_array_append_val(m->ours, c);
                    any = true;
                }
        }
        if (any)
            note(m, "It names addresses of single pods: make it anew when these pods are "
                    "replaced.");
    }
}

static void add_everywhere(struct maker *m, GArray *peers, const struct fact_cidr *but, size_t n)
{
    for (unsigned v6 = 0; v6 < 2; v6++) {
        struct fact_cidr *all = arena_calloc(m->a, 1, sizeof(*all));
        struct fact_cidr *holes = arena_calloc(m->a, n + 1, sizeof(*holes));
        struct fact_netpeer p = {.blocks = all, .nblocks = 1, .holes = holes};

        all->v6 = v6;
        for (size_t i = 0; i < n; i++)
            if (but[i].v6 == (bool)v6)
                holes[p.nholes++] = but[i];
        if (p.nholes == 1 && holes[0].bits == 0)
            continue;
        g_array_append_val(peers, p);
    }
}

static void add_private(GArray *peers)
{
    size_t n;
    const struct fact_cidr *v = netend_private(&n);

    for (size_t i = 0; i < n; i++) {
        struct fact_netpeer p = {.blocks = &v[i], .nblocks = 1};
        g_array_append_val(peers, p);
    }
}

/* Peers that are everybody but `side`. */
static void add_others(struct maker *m, const struct side *side, GArray *peers)
{
    struct fact_netpeer rest = {.by_namespace = true, .by_pod = true};

    if (side->n)
        rest.namespaces = netgroup_namespaces(side->groups, side->n, false, m->a);
    g_array_append_val(peers, rest);
    for (size_t i = 0; i < side->n; i++)
        netgroup_others(&side->groups[i], m->a, peers);
    if (side->end->internet)
        add_private(peers);
    else if (side->n)
        add_everywhere(m, peers, (const struct fact_cidr *)(const void *)m->ours->data,
                       m->ours->len);
    else
        add_everywhere(m, peers, side->end->blocks, side->end->nblocks);
}

/* Peers that are `side`. */
static void add_same(struct maker *m, const struct side *side, GArray *peers)
{
    for (size_t i = 0; i < side->n; i++)
        netgroup_peer(&side->groups[i], m->a, peers);
    if (side->end->internet)
        add_everywhere(m, peers, NULL, 0);
    for (size_t i = 0; i < side->end->nblocks && !side->end->internet; i++) {
        struct fact_netpeer p = {.blocks = &side->end->blocks[i], .nblocks = 1};
        g_array_append_val(peers, p);
    }
}

static int by_number(const void *x, const void *y)
{
    const struct netwhy_port *a = x, *b = y;

    return a->number < b->number ? -1 : a->number > b->number;
}

/* All ports but those asked about. */
static const struct fact_netport *other_ports(struct maker *m, size_t *n)
{
    const struct netcut_wish *w = m->wish;
    struct netwhy_port *v = arena_memdup(m->a, w->ports, w->nports * sizeof(*v));
    struct fact_netport *out = arena_calloc(m->a, w->nports + 3, sizeof(*out));

    *n = 0;
    qsort(v, w->nports, sizeof(*v), by_number);
    for (unsigned bit = NET_TCP; bit <= NET_SCTP; bit *= 2) {
        int32_t next = 1;
        for (size_t i = 0; i < w->nports; i++) {
            if (v[i].protocol != bit || v[i].number < next)
                continue;
            if (v[i].number > next)
                out[(*n)++] = (struct fact_netport){"", bit, next, v[i].number - 1};
            next = v[i].number + 1;
        }
        if (next <= 65535)
            out[(*n)++] = (struct fact_netport){"", bit, next, 65535};
    }
    return out;
}

static struct fact_netrule rule_of(struct maker *m, GArray *peers)
{
    struct fact_netrule r = {.name = "", .action = NET_ALLOW, .any_port = true};

    r.npeers = peers->len;
    r.peers = arena_memdup(m->a, peers->data, peers->len * sizeof(*r.peers));
    g_array_free(peers, TRUE);
    return r;
}

static const struct fact_netrule *make_rules(struct maker *m, const struct side *peers, size_t *n)
{
    struct fact_netrule *rules = arena_calloc(m->a, 2, sizeof(*rules));
    GArray *others = g_array_new(FALSE, TRUE, sizeof(struct fact_netpeer));

    add_others(m, peers, others);
    rules[0] = rule_of(m, others);
    *n = 1;
    if (!m->wish->nports)
        return rules;
    GArray *same = g_array_new(FALSE, TRUE, sizeof(struct fact_netpeer));
    add_same(m, peers, same);
    rules[1] = rule_of(m, same);
    rules[1].any_port = false;
    rules[1].ports = other_ports(m, &rules[1].nports);
    *n = 2;
    return rules;
}

/* "graphd-cut-customer-db-from-storefront-1a2b3c4d": the same for the same question. */
static const char *policy_name(const struct maker *m)
{
    const struct netcut_wish *w = m->wish;
    g_autoptr(GString) all = g_string_new(NULL);

    g_string_append_printf(all, "%s\n%s\n", w->from_name, w->to_name);
    for (size_t i = 0; i < w->nports; i++)
        g_string_append_printf(all, "%d:%d\n", w->ports[i].protocol, w->ports[i].number);
    g_autofree char *text = g_strdup_printf("%s-from-%s", w->to_name, w->from_name);
    for (char *c = text; *c; c++)
        *c = g_ascii_isalnum(*c) ? g_ascii_tolower(*c) : '-';
    return arena_printf(m->a, NETCUT_PREFIX "%.*s-%08x", LONGEST_NAME, text, g_str_hash(all->str));
}

static void make_policies(struct maker *m)
{
    bool in = m->out->way == NET_INGRESS;
    const struct side *own = in ? &m->to : &m->from, *peers = in ? &m->from : &m->to;
    struct fact_netpol *v = arena_calloc(m->a, own->n, sizeof(*v));
    size_t n;

    find_ours(m, peers);
    const struct fact_netrule *rules = make_rules(m, peers, &n);
    for (size_t i = 0; i < own->n; i++) {
        v[i] = (struct fact_netpol){.kind = "NetworkPolicy", .tier = NET_NAMESPACED};
        v[i].meta = (struct meta){.ns = own->groups[i].ns, .name = policy_name(m), .uid = ""};
        v[i].meta.owner_kind = v[i].meta.owner_name = "";
        v[i].subject = (struct fact_netpeer){.by_pod = true, .pods = own->groups[i].selector};
        v[i].isolates_ingress = in;
        v[i].isolates_egress = !in;
        *(in ? &v[i].ingress : &v[i].egress) = rules;
        *(in ? &v[i].ningress : &v[i].negress) = n;
    }
    m->out->policies = v;
    m->out->n = own->n;
    m->out->pods = own->whole.pods;
    m->out->npods = own->whole.npods;
}

/* Which end to isolate. */
static bool choose(struct maker *m)
{
    if (!m->to.n && !m->from.n)
        return refuse(m, "neither end is a pod");
    if (m->to.n && !isolated(m, NET_INGRESS, &m->to.whole)) {
        m->out->way = NET_INGRESS;
        return true;
    }
    if (m->from.n && !isolated(m, NET_EGRESS, &m->from.whole)) {
        m->out->way = NET_EGRESS;
        return true;
    }
    if (m->to.n && m->from.n)
        return refuse(m, "policies select both ends already, and one more could only open more: "
                         "change a rule that opens it (would_change)");
    return refuse(m, "policies select the pod already, and one more could only open more: change a "
                     "rule that opens it (would_change)");
}

static void check(struct maker *m)
{
    struct netcheck_wish w = {
        .from = &m->from.whole,
        .to = &m->to.whole,
        .ports = m->wish->ports,
        .nports = m->wish->nports,
        .ours = (const struct fact_cidr *)(const void *)m->ours->data,
        .nours = m->ours->len,
    };
    struct err e = {0};

    if (netcheck_cut(m->f, m->out->policies, m->out->n, &w, &e))
        return;
    m->out->n = 0;
    refuse(m, arena_printf(m->a, "a policy was made and failed its check: %s", e.msg));
}

void netcut_make(const struct facts *f, const struct netpol *np, const struct netcut_wish *wish,
                 struct arena *a, struct netcut *out)
{
    struct maker m = {.f = f, .np = np, .wish = wish, .a = a, .out = out};

    *out = (struct netcut){0};
    m.notes = arena_calloc(a, MOST_NOTES, sizeof(*m.notes));
    out->notes = m.notes;
    m.ours = g_array_new(FALSE, FALSE, sizeof(struct fact_cidr));
    if (split(&m, wish->from, &m.from) && split(&m, wish->to, &m.to) && choose(&m)) {
        make_policies(&m);
        if (out->way == NET_EGRESS)
            note(&m, "It holds pods by their labels: one that is made later with other labels is "
                     "not held.");
        if (!m.from.n)
            note(&m, "A load balancer or node port may hide the client behind the address of a "
                     "node (externalTrafficPolicy: Cluster): then the pod sees the node, and this "
                     "policy lets it in.");
        check(&m);
    }
    g_array_free(m.ours, TRUE);
}
