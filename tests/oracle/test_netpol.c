/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network engine against a direct reading of the API's text: random clusters and policies,
 * every pair of ends, every port at a border.  The oracle knows no classes, no pieces and no order
 * but the one that the text gives. */
#include <stdio.h>
#include <string.h>

#include "ingest/derive/netpol.h"
#include "ingest/derive/selector.h"
#include "tests/test.h"

enum { CLUSTERS = 1500, MAX_PODS = 9, NUMBERS = 6, NODES = 3 };

static const int32_t numbers[NUMBERS] = {1, 80, 81, 443, 8080, 65535};
static const char *const names[] = {"web", "dns"};
static const char *const keys[] = {"app", "tier"}, *const values[] = {"a", "b", ""};
static const char *const blocks[] = {"10.0.0.0/24", "10.0.0.0/28", "10.0.1.0/24", "0.0.0.0/0",
                                     "192.0.2.7/32"};

struct world {
    struct facts *f;
    struct arena *a;
    GRand *r;
    struct netprofile profile;
};

static size_t pick(struct world *w, size_t n)
{
    return (size_t)g_rand_int_range(w->r, 0, (gint32)n);
}

static bool chance(struct world *w, size_t of_ten)
{
    return pick(w, 10) < of_ten;
}

static const struct label *some_labels(struct world *w, size_t *n)
{
    struct label *l = arena_calloc(w->a, 2, sizeof(*l));

    *n = 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (chance(w, 6))
            l[(*n)++] = (struct label){keys[i], values[pick(w, ARRAY_LEN(values))]};
    return l;
}

static struct fact_selector some_selector(struct world *w)
{
    struct fact_selector s = {0};
    struct fact_requirement *q = arena_calloc(w->a, 1, sizeof(*q));
    const char **v = arena_calloc(w->a, 1, sizeof(*v));

    if (chance(w, 5)) {
        struct label *l = arena_calloc(w->a, 1, sizeof(*l));
        *l = (struct label){keys[pick(w, 2)], values[pick(w, 3)]};
        s.labels = l;
        s.nlabels = 1;
    }
    if (chance(w, 4)) {
        v[0] = values[pick(w, 3)];
        *q =
            (struct fact_requirement){keys[pick(w, 2)], (enum selector_operator)pick(w, 4), {v, 1}};
        s.requirements = q;
        s.nrequirements = 1;
    }
    return s;
}

static struct fact_cidr block(const char *text)
{
    struct fact_cidr c = {.bits = (uint8_t)g_ascii_strtoull(strchr(text, '/') + 1, NULL, 10)};
    g_auto(GStrv) part = g_strsplit_set(text, "./", 5);

    for (size_t i = 0; i < 4; i++)
        c.addr[i] = (uint8_t)g_ascii_strtoull(part[i], NULL, 10);
    return c;
}

/* One or both of the label keys. */
static struct texts some_keys(struct world *w)
{
    size_t from = pick(w, ARRAY_LEN(keys));

    return (struct texts){keys + from, 1 + pick(w, ARRAY_LEN(keys) - from)};
}

static struct fact_netpeer some_peer(struct world *w, bool admin)
{
    struct fact_netpeer p = {0};
    struct fact_cidr *c = arena_calloc(w->a, 2, sizeof(*c));

    if (admin && chance(w, 1)) {
        p.by_node = true;
        p.nodes = some_selector(w);
        return p;
    }

    if (chance(w, 3)) {
        c[0] = block(blocks[pick(w, ARRAY_LEN(blocks))]);
        p.blocks = c;
        p.nblocks = 1;
        if (!admin && c[0].bits < 24 && chance(w, 5)) {
            c[1] = block("10.0.0.0/28");
            p.holes = c + 1;
            p.nholes = 1;
        }
        return p;
    }
    p.by_namespace = admin || chance(w, 5);
    p.by_pod = !p.by_namespace || chance(w, 6);
    if (p.by_namespace)
        p.namespaces = some_selector(w);
    if (p.by_pod)
        p.pods = some_selector(w);
    if (admin && chance(w, 2))
        *(chance(w, 5) ? &p.same : &p.not_same) = some_keys(w);
    return p;
}

static struct fact_netport some_port(struct world *w, bool admin)
{
    struct fact_netport p = {.name = "", .protocols = 1u << pick(w, 3)};
    size_t from = pick(w, NUMBERS);

    if (chance(w, 3)) {
        p.name = names[pick(w, 2)];
        p.protocols = admin ? NET_ALL : p.protocols;
        return p;
    }
    p.from = numbers[from];
    p.to = chance(w, 6) ? p.from : numbers[from + pick(w, NUMBERS - from)];
    return p;
}

static const struct fact_netrule *some_rules(struct world *w, bool admin, size_t *n)
{
    struct fact_netrule *r = arena_calloc(w->a, 3, sizeof(*r));

    *n = pick(w, 3);
    for (size_t i = 0; i < *n; i++) {
        struct fact_netpeer *peers = arena_calloc(w->a, 2, sizeof(*peers));
        struct fact_netport *ports = arena_calloc(w->a, 2, sizeof(*ports));

        r[i] = (struct fact_netrule){.name = "", .peers = peers, .ports = ports};
        r[i].npeers = admin ? 1 + pick(w, 2) : pick(w, 3);
        r[i].nports = pick(w, 3);
        r[i].any_peer = r[i].npeers == 0;
        r[i].any_port = r[i].nports == 0;
        r[i].action = admin ? (enum net_action)pick(w, 3) : NET_ALLOW;
        for (size_t k = 0; k < r[i].npeers; k++)
            peers[k] = some_peer(w, admin);
        for (size_t k = 0; k < r[i].nports; k++)
            ports[k] = some_port(w, admin);
    }
    return r;
}

static void add_policy(struct world *w, size_t i)
{
    enum net_tier tier = (enum net_tier)(chance(w, 5) ? NET_NAMESPACED : pick(w, 3));
    bool admin = tier != NET_NAMESPACED;
    struct fact_netpol p = {.kind = "x", .tier = tier, .priority = (int32_t)i};

    p.meta = (struct meta){.ns = admin ? "" : arena_printf(w->a, "n%zu", pick(w, 3)),
                           .name = arena_printf(w->a, "p%zu", i),
                           .uid = "",
                           .owner_kind = "",
                           .owner_name = ""};
    do
        p.subject = some_peer(w, admin);
    while (p.subject.nblocks || p.subject.by_node || p.subject.same.n || p.subject.not_same.n ||
           (!admin && p.subject.by_namespace));
    p.ingress = some_rules(w, admin, &p.ningress);
    p.egress = some_rules(w, admin, &p.negress);
    p.isolates_ingress = chance(w, 7);
    p.isolates_egress = chance(w, 5);
    FACTS_ADD(w->f, netpols, p);
}

static void add_pod(struct world *w, size_t i)
{
    struct fact_pod p = {.node = "n",
                         .service_account = "default",
                         .phase = "Running",
                         .runtime_class = "",
                         .workload_kind = "",
                         .workload_name = ""};
    struct fact_container *c = arena_calloc(w->a, 1, sizeof(*c));
    struct fact_port *ports = arena_calloc(w->a, 2, sizeof(*ports));
    const char **ip = arena_calloc(w->a, 1, sizeof(*ip));

    p.meta = (struct meta){.ns = arena_printf(w->a, "n%zu", pick(w, 3)),
                           .name = arena_printf(w->a, "pod%zu", i),
                           .uid = "",
                           .owner_kind = "",
                           .owner_name = ""};
    p.meta.labels = some_labels(w, &p.meta.nlabels);
    ip[0] = arena_printf(w->a, "10.0.%zu.%zu", pick(w, 2), 1 + pick(w, 40));
    p.pod_ip = ip[0];
    p.pod_ips = (struct texts){ip, 1};
    p.host_network = chance(w, 2);
    if (p.host_network) {
        p.node = arena_printf(w->a, "node%zu", pick(w, NODES));
        ip[0] = arena_printf(w->a, "10.0.0.10%c", p.node[4]);
        p.pod_ip = ip[0];
        p.pod_ips.n = chance(w, 5); /* else it is known by its node only */
    }
    *c = (struct fact_container){.name = "c",
                                 .image = "",
                                 .id = "",
                                 .apparmor = "",
                                 .seccomp = "",
                                 .proc_mount = "",
                                 .target = "",
                                 .ports = ports,
                                 .nports = 2};
    for (size_t k = 0; k < 2; k++)
        ports[k] = (struct fact_port){names[pick(w, 2)],
                                      (const char *const[]){"TCP", "UDP", "SCTP"}[pick(w, 3)],
                                      numbers[pick(w, NUMBERS)], 0};
    p.containers = c;
    p.ncontainers = 1;
    FACTS_ADD(w->f, pods, p);
}

static void add_node(struct world *w, size_t i)
{
    const char **addresses = arena_calloc(w->a, 2, sizeof(*addresses));
    struct fact_node n = {.meta = {.ns = "",
                                   .name = arena_printf(w->a, "node%zu", i),
                                   .uid = "",
                                   .owner_kind = "",
                                   .owner_name = ""},
                          .os = "",
                          .os_image = "",
                          .kernel = "",
                          .runtime = "",
                          .kubelet = "",
                          .arch = "",
                          .provider_id = ""};

    n.meta.labels = some_labels(w, &n.meta.nlabels);
    addresses[0] = arena_printf(w->a, "Hostname=%s", n.meta.name);
    addresses[1] = arena_printf(w->a, "InternalIP=10.0.0.10%zu", i);
    n.addresses = (struct texts){addresses, 2};
    FACTS_ADD(w->f, nodes, n);
}

static void make_world(struct world *w)
{
    w->f->listed[FACTS_NODES] = true;
    for (size_t i = 0; i < NODES; i++)
        add_node(w, i);
    for (size_t i = 0; i < 3; i++) {
        struct fact_namespace n = {.meta = {.ns = "",
                                            .name = arena_printf(w->a, "n%zu", i),
                                            .uid = "",
                                            .owner_kind = "",
                                            .owner_name = ""}};
        n.meta.labels = some_labels(w, &n.meta.nlabels);
        FACTS_ADD(w->f, namespaces, n);
    }
    for (size_t i = 0, n = 2 + pick(w, MAX_PODS - 1); i < n; i++)
        add_pod(w, i);
    for (size_t i = 0, n = pick(w, 6); i < n; i++)
        add_policy(w, i);
    facts_index(w->f);
}

/* An end of a connection: a pod, or (pod NULL) an address outside. */
struct end {
    const struct fact_pod *pod;
    uint8_t addr[16];
    uint32_t point;
};

static bool in_block(const struct fact_cidr *c, const uint8_t addr[16])
{
    for (size_t bit = 0; bit < c->bits; bit++)
        if ((addr[bit / 8] ^ c->addr[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

/* The node whose address an end has. */
static const struct fact_node *node_of(const struct world *w, const struct end *x)
{
    for (size_t i = 0; i < NODES; i++)
        if (x->addr[0] == 10 && !x->addr[1] && !x->addr[2] && x->addr[3] == 100 + i)
            return &w->f->nodes.v[i];
    return NULL;
}

static bool blocks_hold(const struct world *w, const struct fact_netpeer *p, const struct end *x)
{
    bool in = false, out = false;

    for (size_t i = 0; i < p->nblocks; i++)
        in = in || in_block(&p->blocks[i], x->addr);
    for (size_t i = 0; i < p->nholes; i++)
        out = out || in_block(&p->holes[i], x->addr);
    return in && !out &&
           (node_of(w, x) ? w->profile.blocks_match_nodes
                          : !x->pod || w->profile.blocks_match_pods);
}

static const char *ns_label(const struct world *w, const struct end *x, const char *key)
{
    return facts_label(&facts_namespace(w->f, x->pod->meta.ns)->meta, key);
}

/* The text of sameLabels and notSameLabels, word for word. */
static bool like_subject(const struct world *w, const struct fact_netpeer *p,
                         const struct end *subject, const struct end *x)
{
    const struct texts *t = p->same.n ? &p->same : &p->not_same;
    size_t equal = 0;

    for (size_t i = 0; i < t->n; i++) {
        const char *own = ns_label(w, subject, t->v[i]), *its = ns_label(w, x, t->v[i]);
        if (!its)
            return false;
        equal += own && strcmp(own, its) == 0;
    }
    return !t->n || (p->same.n ? equal == t->n : equal < t->n);
}

/* Whether an end is what a peer of a policy says; `subject` is the other end. */
static bool is_peer(const struct world *w, const struct fact_netpeer *p, const char *ns,
                    const struct end *subject, const struct end *x)
{
    if (p->nblocks)
        return blocks_hold(w, p, x);
    if (p->by_node) {
        const struct fact_node *n = node_of(w, x);
        return n && selector_matches(&p->nodes, n->meta.labels, n->meta.nlabels);
    }
    if (!x->pod || (x->pod->host_network && !w->profile.selects_host_network))
        return false;
    if (p->by_namespace
            ? !selector_matches_namespace(&p->namespaces, facts_namespace(w->f, x->pod->meta.ns))
            : strcmp(x->pod->meta.ns, ns) != 0)
        return false;
    return like_subject(w, p, subject, x) &&
           (!p->by_pod || selector_matches(&p->pods, x->pod->meta.labels, x->pod->meta.nlabels));
}

static unsigned bit_of(const char *protocol)
{
    return strcmp(protocol, "TCP") == 0   ? NET_TCP
           : strcmp(protocol, "UDP") == 0 ? NET_UDP
                                          : NET_SCTP;
}

static bool is_port(const struct fact_netport *p, const struct end *dst, unsigned protocol,
                    int32_t port)
{
    if (!*p->name)
        return p->protocols & protocol && p->from <= port && port <= p->to;
    for (size_t i = 0; dst->pod && i < dst->pod->containers[0].nports; i++) {
        const struct fact_port *have = &dst->pod->containers[0].ports[i];
        if (strcmp(have->name, p->name) == 0 && bit_of(have->protocol) == protocol &&
            p->protocols & protocol && have->number == port)
            return true;
    }
    return false;
}

static bool rule_matches(const struct world *w, const struct fact_netpol *p,
                         const struct fact_netrule *r, const struct end *subject,
                         const struct end *peer, const struct end *dst, unsigned protocol,
                         int32_t port)
{
    bool who = r->any_peer, what = r->any_port;

    for (size_t i = 0; i < r->npeers; i++)
        who = who || is_peer(w, &r->peers[i], p->meta.ns, subject, peer);
    for (size_t i = 0; i < r->nports; i++)
        what = what || is_port(&r->ports[i], dst, protocol, port);
    return who && what;
}

/* What the first rule of a tier that matches says; NET_PASS if none does. */
static enum net_action first_of(const struct world *w, enum net_tier tier, bool in,
                                const struct end *subject, const struct end *peer,
                                const struct end *dst, unsigned protocol, int32_t port)
{
    for (int32_t priority = 0; priority < 16; priority++)
        for (size_t i = 0; i < w->f->netpols.n; i++) {
            const struct fact_netpol *p = &w->f->netpols.v[i];
            const struct fact_netrule *rules = in ? p->ingress : p->egress;

            if (p->tier != tier || p->priority != priority ||
                !is_peer(w, &p->subject, p->meta.ns, subject, subject))
                continue;
            for (size_t k = 0; k < (in ? p->ningress : p->negress); k++)
                if (rule_matches(w, p, &rules[k], subject, peer, dst, protocol, port))
                    return rules[k].action;
        }
    return NET_PASS;
}

/* NetworkPolicies: whether any isolates, and whether any of those lets it through. */
static bool isolated(const struct world *w, bool in, const struct end *subject,
                     const struct end *peer, const struct end *dst, unsigned protocol, int32_t port,
                     bool *open)
{
    bool any = false;

    *open = false;
    for (size_t i = 0; i < w->f->netpols.n; i++) {
        const struct fact_netpol *p = &w->f->netpols.v[i];
        const struct fact_netrule *rules = in ? p->ingress : p->egress;

        if (p->tier != NET_NAMESPACED || !(in ? p->isolates_ingress : p->isolates_egress) ||
            !is_peer(w, &p->subject, p->meta.ns, subject, subject))
            continue;
        any = true;
        for (size_t k = 0; k < (in ? p->ningress : p->negress); k++)
            *open = *open || rule_matches(w, p, &rules[k], subject, peer, dst, protocol, port);
    }
    return any;
}

static bool direction(const struct world *w, bool in, const struct end *src, const struct end *dst,
                      unsigned protocol, int32_t port)
{
    const struct end *subject = in ? dst : src, *peer = in ? src : dst;
    bool open;

    if (!subject->pod)
        return true;
    enum net_action a = first_of(w, NET_ADMIN, in, subject, peer, dst, protocol, port);
    if (a != NET_PASS)
        return a == NET_ALLOW;
    if (isolated(w, in, subject, peer, dst, protocol, port, &open))
        return open;
    return first_of(w, NET_BASELINE, in, subject, peer, dst, protocol, port) != NET_DENY;
}

static void parse_ip(const char *text, uint8_t out[16])
{
    g_auto(GStrv) part = g_strsplit(text, ".", 4);

    memset(out, 0, 16);
    for (size_t i = 0; i < 4; i++)
        out[i] = (uint8_t)g_ascii_strtoull(part[i], NULL, 10);
}

/* All pods, all nodes, and the first and last address of each range outside. */
static GArray *ends_of(const struct world *w, const struct netpol *np)
{
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct end));
    size_t n;
    const struct netclass_range *ranges = netclass_ranges(netpol_classes(np), &n);

    for (size_t i = 0; i < w->f->pods.n; i++) {
        struct end x = {.pod = &w->f->pods.v[i], .point = netclass_of_pod(netpol_classes(np), i)};
        parse_ip(x.pod->pod_ip, x.addr);
        g_array_append_val(all, x);
    }
    for (size_t i = 0; i < NODES; i++) {
        g_autofree char *ip = g_strdup_printf("10.0.0.10%zu", i);
        struct end x = {.point = netclass_of_address(netpol_classes(np), ip)};
        parse_ip(ip, x.addr);
        g_array_append_val(all, x);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t last = 0; last < 2 && !ranges[i].v6; last++) {
            struct end x = {.point = ranges[i].point};
            memcpy(x.addr, last ? ranges[i].last : ranges[i].first, 16);
            g_array_append_val(all, x);
        }
    return all;
}

static size_t check_pair(const struct world *w, const struct netpol *np, const struct end *src,
                         const struct end *dst, uint64_t *set, gint32 seed)
{
    size_t asked = 0;

    netpol_pair(np, src->point, dst->point, set);
    for (unsigned protocol = NET_TCP; protocol <= NET_SCTP; protocol <<= 1)
        for (size_t i = 0; i < NUMBERS; i++)
            for (int32_t port = numbers[i] - 1; port <= numbers[i] + 1; port++) {
                if (port < 1 || port > 65535)
                    continue;
                bool want = direction(w, false, src, dst, protocol, port) &&
                            direction(w, true, src, dst, protocol, port);
                bool got = netports_has(netpol_ports(np), set, (enum net_protocol)protocol, port);

                asked++;
                cr_assert_eq(got, want, "seed %d: %s -> %s, protocol %u, port %d: %d, want %d",
                             seed, src->pod ? src->pod->meta.name : "outside",
                             dst->pod ? dst->pod->meta.name : "outside", protocol, port, got, want);
            }
    return asked;
}

static size_t try_seed(gint32 seed)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    g_autoptr(GRand) r = g_rand_new_with_seed((guint32)seed);
    struct world w = {f,
                      a,
                      r,
                      {.plugin = "",
                       .said_by = "",
                       .enforced = true,
                       .blocks_match_pods = seed % 2 == 0,
                       .blocks_match_nodes = seed % 3 > 0,
                       .selects_host_network = seed % 7 == 0,
                       .end_port = true,
                       .sctp = true,
                       .admin_tiers = true}};
    size_t asked = 0;

    make_world(&w);
    AUTO(netpol) np = netpol_of(f, &w.profile, NULL, 0);
    g_autofree uint64_t *set = g_new0(uint64_t, netports_words(netpol_ports(np)));
    g_autoptr(GArray) ends = ends_of(&w, np);
    for (guint i = 0; i < ends->len; i++)
        for (guint k = 0; k < ends->len; k++) {
            const struct end *src = &g_array_index(ends, struct end, i),
                             *dst = &g_array_index(ends, struct end, k);
            if (i != k && (src->pod || dst->pod))
                asked += check_pair(&w, np, src, dst, set, seed);
        }
    return asked;
}

Test(netpol_oracle, says_the_same, .timeout = 300)
{
    size_t asked = 0;

    for (gint32 seed = 1; seed <= CLUSTERS; seed++)
        asked += try_seed(seed);
    printf("netpol oracle: %d clusters, %zu questions, all the same\n", CLUSTERS, asked);
    cr_expect_gt(asked, 0);
}
