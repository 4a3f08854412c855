/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Few words, so that selectors, names and blocks meet often. */
#include "tests/support/netpol_world.h"

#include <arpa/inet.h>
#include <string.h>

enum { MAX_PODS = 9, NUMBERS = 6, NAMESPACES = 3, NODES = 3 };

static const int32_t numbers[NUMBERS] = {1, 80, 81, 443, 8080, 65535};
static const char *const names[] = {"web", "dns", "none"}; /* no pod declares the last */
static const char *const keys[] = {"app", "tier"}, *const values[] = {"a", "b", ""};
static const char *const protocols[] = {"TCP", "UDP", "SCTP"};
static const char *const blocks[] = {
    "10.0.0.0/24", "10.0.0.0/28", "10.0.1.0/24",   "0.0.0.0/0",   "192.0.2.7/32",    "fd00::/64",
    "fd00::/124",  "::/0",        "2001:db8::/32", "10.0.0.3/32", "fd00:0:0:1::/64", "0.0.0.0/1"};
/* n0 to n2 are there; pods of "ghost" have no Namespace object; "nobody" has policies only */
static const char *const spaces[] = {"n0", "n1", "n2", "ghost", "nobody"};

static size_t pick(struct netpol_world *w, size_t n)
{
    return (size_t)g_rand_int_range(w->r, 0, (gint32)n);
}

static bool chance(struct netpol_world *w, size_t of_ten)
{
    return pick(w, 10) < of_ten;
}

static const struct label *some_labels(struct netpol_world *w, size_t *n)
{
    struct label *l = arena_calloc(w->a, 2, sizeof(*l));

    *n = 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (chance(w, 6))
            l[(*n)++] = (struct label){keys[i], values[pick(w, ARRAY_LEN(values))]};
    return l;
}

static struct texts some_values(struct netpol_world *w)
{
    const char **v = arena_calloc(w->a, 2, sizeof(*v));

    v[0] = values[pick(w, ARRAY_LEN(values))];
    v[1] = values[pick(w, ARRAY_LEN(values))];
    return (struct texts){v, 1 + pick(w, 2)};
}

/* Empty in a quarter of all cases. */
static struct fact_selector some_selector(struct netpol_world *w, bool of_namespaces)
{
    struct fact_selector s = {0};
    struct fact_requirement *q = arena_calloc(w->a, 2, sizeof(*q));
    struct label *l = arena_calloc(w->a, 2, sizeof(*l));

    if (of_namespaces && chance(w, 2)) {
        l[s.nlabels++] = (struct label){"kubernetes.io/metadata.name", spaces[pick(w, 5)]};
    } else if (chance(w, 5)) {
        l[s.nlabels++] = (struct label){keys[pick(w, 2)], values[pick(w, 3)]};
        if (chance(w, 2))
            l[s.nlabels++] = (struct label){keys[pick(w, 2)], values[pick(w, 3)]};
    }
    for (size_t i = 0; i < 2 && chance(w, 4); i++)
        q[s.nrequirements++] = (struct fact_requirement){
            keys[pick(w, 2)], (enum selector_operator)pick(w, 4), some_values(w)};
    s.labels = l;
    s.requirements = q;
    return s;
}

/* One of our own texts; host bits are 0. */
static struct fact_cidr block(const char *text)
{
    g_auto(GStrv) part = g_strsplit(text, "/", 2);
    struct fact_cidr c = {.bits = (uint8_t)g_ascii_strtoull(part[1], NULL, 10),
                          .v6 = strchr(text, ':') != NULL};

    inet_pton(c.v6 ? AF_INET6 : AF_INET, part[0], c.addr);
    return c;
}

static struct fact_netpeer some_blocks(struct netpol_world *w, bool admin)
{
    struct fact_cidr *c = arena_calloc(w->a, 4, sizeof(*c));
    struct fact_netpeer p = {.blocks = c, .nblocks = admin ? 1 + pick(w, 2) : 1};

    for (size_t i = 0; i < p.nblocks; i++)
        c[i] = block(blocks[pick(w, ARRAY_LEN(blocks))]);
    if (admin || c[0].bits > 64 || chance(w, 5))
        return p;
    c[2] = block(c[0].v6 ? "fd00::/124" : "10.0.0.0/28");
    c[3] = block(c[0].v6 ? "fd00::8/125" : "10.0.1.0/26");
    p.holes = c + 2;
    p.nholes = 1 + pick(w, 2);
    return p;
}

/* One or both of the label keys. */
static struct texts some_keys(struct netpol_world *w)
{
    size_t from = pick(w, ARRAY_LEN(keys));

    return (struct texts){keys + from, 1 + pick(w, ARRAY_LEN(keys) - from)};
}

static struct fact_netpeer some_peer(struct netpol_world *w, bool admin)
{
    struct fact_netpeer p = {0};

    if (chance(w, 3))
        return some_blocks(w, admin);
    if (pick(w, 12) == 0) {
        p.by_node = admin && chance(w, 5); /* known only if there is a profile */
        if (p.by_node)
            p.nodes = some_selector(w, false);
        else
            p.unread = "a peer of an unknown kind";
        return p;
    }
    p.by_namespace = admin || chance(w, 5);
    p.by_pod = !p.by_namespace || chance(w, 6);
    if (p.by_namespace)
        p.namespaces = some_selector(w, true);
    if (p.by_pod)
        p.pods = some_selector(w, false);
    if (w->profile && admin && chance(w, 2))
        *(chance(w, 5) ? &p.same : &p.not_same) = some_keys(w);
    return p;
}

static struct fact_netport some_port(struct netpol_world *w, bool admin)
{
    struct fact_netport p = {.name = "", .protocols = 1u << pick(w, 3)};
    size_t from = pick(w, NUMBERS);

    if (chance(w, 3)) {
        p.name = names[pick(w, ARRAY_LEN(names))];
        p.protocols = admin ? NET_ALL : p.protocols;
        return p;
    }
    p.from = numbers[from];
    p.to = chance(w, 6) ? p.from : numbers[from + pick(w, NUMBERS - from)];
    if (chance(w, 1)) { /* a protocol without ports */
        p.from = 1;
        p.to = 65535;
    }
    return p;
}

static const struct fact_netrule *some_rules(struct netpol_world *w, bool admin, size_t *n)
{
    struct fact_netrule *r = arena_calloc(w->a, 3, sizeof(*r));

    *n = pick(w, admin ? 4 : 3);
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

static struct meta meta_of(const char *ns, const char *name)
{
    return (struct meta){.ns = ns, .name = name, .uid = "", .owner_kind = "", .owner_name = ""};
}

/* Priorities meet: then the order is that of names. */
static void add_policy(struct netpol_world *w, size_t i)
{
    enum net_tier tier = (enum net_tier)(chance(w, 4) ? NET_NAMESPACED : pick(w, 3));
    bool admin = tier != NET_NAMESPACED;
    struct fact_netpol p = {.kind = "x", .tier = tier, .priority = (int32_t)pick(w, 5)};

    p.meta = meta_of(admin ? "" : spaces[pick(w, 5)], arena_printf(w->a, "p%zu", i));
    p.subject.by_namespace = admin;
    p.subject.by_pod = !admin || chance(w, 6);
    if (admin)
        p.subject.namespaces = some_selector(w, true);
    if (p.subject.by_pod)
        p.subject.pods = some_selector(w, false);
    if (admin && pick(w, 20) == 0)
        p.subject = (struct fact_netpeer){.unread = "namespaces.sameLabels"};
    p.ingress = some_rules(w, admin, &p.ningress);
    p.egress = some_rules(w, admin, &p.negress);
    p.isolates_ingress = chance(w, 7);
    p.isolates_egress = chance(w, 5);
    FACTS_ADD(w->f, netpols, p);
}

/* Of a plugin: in a namespace or of all, only seen. */
static void add_foreign(struct netpol_world *w, size_t i)
{
    struct fact_foreignpol p = {.kind = "Other", .engine = "other"};
    bool all = chance(w, 3);

    p.meta = meta_of(all ? "" : spaces[pick(w, 5)], arena_printf(w->a, "f%zu", i));
    p.subject.by_namespace = all;
    p.subject.by_pod = !all || chance(w, 6);
    if (all)
        p.subject.namespaces = some_selector(w, true);
    if (p.subject.by_pod)
        p.subject.pods = some_selector(w, false);
    p.ingress = chance(w, 7);
    p.egress = chance(w, 5);
    p.may_open = chance(w, 5);
    FACTS_ADD(w->f, foreignpols, p);
}

static const struct fact_container *some_containers(struct netpol_world *w, size_t *n)
{
    struct fact_container *c = arena_calloc(w->a, 2, sizeof(*c));

    *n = 1 + pick(w, 2);
    for (size_t i = 0; i < *n; i++) {
        struct fact_port *ports = arena_calloc(w->a, 2, sizeof(*ports));

        c[i] = (struct fact_container){.name = arena_printf(w->a, "c%zu", i),
                                       .image = "",
                                       .id = "",
                                       .apparmor = "",
                                       .seccomp = "",
                                       .proc_mount = "",
                                       .target = "",
                                       .ports = ports,
                                       .nports = pick(w, 3)};
        for (size_t k = 0; k < c[i].nports; k++)
            ports[k] = (struct fact_port){chance(w, 2) ? "" : names[pick(w, 2)],
                                          protocols[pick(w, 3)], numbers[pick(w, NUMBERS)], 0, ""};
    }
    return c;
}

/* One family, the other, both, or not known yet; on a node's network those of the node. */
static void give_addresses(struct netpol_world *w, struct fact_pod *p)
{
    const char **ip = arena_calloc(w->a, 2, sizeof(*ip));
    size_t families = pick(w, 10), n = 0;

    if (w->profile && p->host_network) {
        p->node = arena_printf(w->a, "node%zu", pick(w, NODES));
        ip[0] = arena_printf(w->a, "10.0.0.10%c", p->node[4]);
        p->pod_ips = (struct texts){ip, chance(w, 5)};
        p->pod_ip = p->pod_ips.n ? ip[0] : "";
        return;
    }
    if (families > 2)
        ip[n++] = arena_printf(w->a, "10.0.%zu.%zu", pick(w, 2), 1 + pick(w, 40));
    if (families && families < 7)
        ip[n++] = arena_printf(w->a, "fd00:0:0:%zu::%zx", pick(w, 2), 1 + pick(w, 40));
    p->pod_ip = n ? ip[0] : "";
    p->pod_ips = (struct texts){ip, n};
}

static void add_pod(struct netpol_world *w, size_t i)
{
    struct fact_pod p = {.node = "n",
                         .service_account = "default",
                         .phase = "Running",
                         .runtime_class = "",
                         .workload_kind = "",
                         .workload_name = ""};

    p.meta = meta_of(spaces[pick(w, 4)], arena_printf(w->a, "pod%zu", i));
    p.meta.labels = some_labels(w, &p.meta.nlabels);
    p.host_network = pick(w, 7) == 0;
    p.containers = some_containers(w, &p.ncontainers);
    give_addresses(w, &p);
    FACTS_ADD(w->f, pods, p);
}

static void add_node(struct netpol_world *w, size_t i)
{
    const char **addresses = arena_calloc(w->a, 2, sizeof(*addresses));
    struct fact_node n = {.meta = meta_of("", arena_printf(w->a, "node%zu", i)),
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

void netpol_world_make(struct netpol_world *w)
{
    w->f->listed[FACTS_NODES] = w->profile != NULL;
    for (size_t i = 0; w->profile && i < NODES; i++)
        add_node(w, i);
    for (size_t i = 0; i < NAMESPACES; i++) {
        struct fact_namespace n = {.meta = meta_of("", spaces[i])};
        n.meta.labels = some_labels(w, &n.meta.nlabels);
        FACTS_ADD(w->f, namespaces, n);
    }
    for (size_t i = 0, n = 2 + pick(w, MAX_PODS - 1); i < n; i++)
        add_pod(w, i);
    for (size_t i = 0, n = pick(w, 8); i < n; i++)
        add_policy(w, i);
    for (size_t i = 0, n = w->foreign ? 1 + pick(w, 2) : 0; i < n; i++)
        add_foreign(w, i);
    facts_index(w->f);
}
