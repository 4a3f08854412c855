/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Load balancers, node ports and external addresses of Services. */
#include "ingest/derive/published.h"

#include <arpa/inet.h>
#include <string.h>

static const char AWS_INTERNAL[] = "service.beta.kubernetes.io/aws-load-balancer-internal";

/* How providers are told to give a private address; NULL means any value but "" and "false". */
static const struct {
    const char *annotation, *value;
} internal_marks[] = {
    {AWS_INTERNAL, NULL},
    {"service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"},
    {"service.beta.kubernetes.io/azure-load-balancer-internal", "true"},
    {"networking.gke.io/load-balancer-type", "internal"},
    {"cloud.google.com/load-balancer-type", "internal"},
    {"service.beta.kubernetes.io/openstack-internal-load-balancer", "true"},
    {"service.beta.kubernetes.io/oci-load-balancer-internal", "true"},
    {"service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", "intranet"},
    {"service.beta.kubernetes.io/do-loadbalancer-network", "internal"},
    {"service.kubernetes.io/qcloud-loadbalancer-internal-subnetid", NULL},
    {"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"},
};

static const char AWS_SCHEME[] = "service.beta.kubernetes.io/aws-load-balancer-scheme";
static const char AWS_TYPE[] = "service.beta.kubernetes.io/aws-load-balancer-type";
static const char TAILSCALE[] = "tailscale"; /* its names are public, its addresses are not */

/* Further lists of source ranges, which the field wins over. */
static const char *const source_ranges[] = {
    "service.beta.kubernetes.io/load-balancer-source-ranges",
    "service.beta.kubernetes.io/azure-allowed-ip-ranges",
};

/* AWS's own controller, alone or as part of EKS Auto Mode, makes internal balancers unless told
 * otherwise, the in-tree one public. */
static bool aws_controller(const struct fact_service *s)
{
    const char *type = facts_annotation(&s->meta, AWS_TYPE);

    return strcmp(s->lb_class, "service.k8s.aws/nlb") == 0 ||
           strcmp(s->lb_class, "eks.amazonaws.com/nlb") == 0 ||
           (type && (strcmp(type, "external") == 0 || strcmp(type, "nlb-ip") == 0));
}

/* Its older annotation; "internal" there was looked at before. */
static bool told_public(const struct fact_service *s)
{
    const char *v = facts_annotation(&s->meta, AWS_INTERNAL);

    return v && g_ascii_strcasecmp(v, "false") == 0;
}

static bool marked_internal(const struct fact_service *s)
{
    for (size_t i = 0; i < ARRAY_LEN(internal_marks); i++) {
        const char *v = facts_annotation(&s->meta, internal_marks[i].annotation);
        const char *want = internal_marks[i].value;
        if (v &&
            (want ? g_ascii_strcasecmp(v, want) == 0 : *v && g_ascii_strcasecmp(v, "false") != 0))
            return true;
    }
    return aws_controller(s) && !facts_annotation(&s->meta, AWS_SCHEME) && !told_public(s);
}

static bool within(const unsigned char *addr, const char *net, int family, unsigned bits)
{
    unsigned char base[16];

    inet_pton(family, net, base);
    for (unsigned i = 0; i < bits; i++)
        if ((addr[i / 8] ^ base[i / 8]) >> (7 - i % 8) & 1)
            return false;
    return true;
}

/* Addresses that the internet does not route. */
static const struct {
    int family;
    const char *net;
    unsigned bits;
    bool lan; /* neighbours may have them; the others mean this machine only, or nothing */
} private_nets[] = {
#define PRIVATE_NET(family, net, bits, lan) {family, net, bits, lan},
#include "ingest/derive/netoutside.h"
#include "ingest/derive/privatenets.def"
#undef PRIVATE_NET
};

/* Which of them holds all of a range of `bits`.  Returns: -1 if none does, also for what is no
 * address. */
static int private_net(const char *ip, unsigned bits)
{
    unsigned char addr[16];

    for (size_t i = 0; i < ARRAY_LEN(private_nets); i++)
        if (bits >= private_nets[i].bits && inet_pton(private_nets[i].family, ip, addr) == 1 &&
            within(addr, private_nets[i].net, private_nets[i].family, private_nets[i].bits))
            return (int)i;
    return -1;
}

static bool is_loopback(const char *ip)
{
    int net = private_net(ip, 128);

    return (net >= 0 && !private_nets[net].lan) || strcmp(ip, "localhost") == 0;
}

bool published_is_public(const char *address)
{
    return *address && private_net(address, 128) < 0 && strcmp(address, "localhost") != 0 &&
           !g_str_has_prefix(address, "internal-") && !g_str_has_suffix(address, ".local") &&
           !g_str_has_suffix(address, ".internal");
}

enum reach { OPEN, SOME, NOBODY };

/* Which of those who come from the internet, or the LAN, one source range lets in. */
static enum reach range_reach(const char *cidr, enum netreach_who who)
{
    const char *slash = strchr(cidr, '/');
    g_autofree char *ip = slash ? g_strndup(cidr, (gsize)(slash - cidr)) : g_strdup(cidr);

    /* Halves of the address space are the usual way around rules against 0.0.0.0/0. */
    if (slash && (strcmp(slash, "/0") == 0 || strcmp(slash, "/1") == 0))
        return OPEN;
    guint64 bits = 128;
    if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, 128, &bits, NULL))
        return SOME;
    if (who == NETREACH_LAN) /* its addresses are not known, and may be public ones */
        return SOME;
    return private_net(ip, (unsigned)bits) >= 0 ? NOBODY : SOME;
}

static enum reach widest(enum reach a, enum reach b)
{
    return a < b ? a : b;
}

static enum reach sources(const struct fact_service *s, enum netreach_who who)
{
    enum reach best = NOBODY;
    bool any = s->lb_source_ranges.n > 0;

    for (size_t i = 0; i < s->lb_source_ranges.n; i++)
        best = widest(best, range_reach(s->lb_source_ranges.v[i], who));
    for (size_t k = 0; !s->lb_source_ranges.n && k < ARRAY_LEN(source_ranges); k++) {
        const char *more = facts_annotation(&s->meta, source_ranges[k]);
        g_auto(GStrv) parts = g_strsplit(more ? more : "", ",", 64);

        for (size_t i = 0; parts[i]; i++) {
            if (*g_strstrip(parts[i])) {
                best = widest(best, range_reach(parts[i], who));
                any = true;
            }
        }
    }
    return any ? best : OPEN;
}

/* Says that the Service is not published in that way at all. */
static void say_unused(struct published_answer *out, const char *field, const char *reason)
{
    *out = (struct published_answer){PUBLISHED_NO, true, out->ev};
    out->ev.field = field;
    out->ev.reason = reason;
}

/* Fills in all but the object, which stays. */
static void say(struct published_answer *out, enum published_open open, const char *field,
                const char *reason)
{
    out->open = open;
    out->unused = false;
    out->ev.field = field;
    out->ev.reason = reason;
}

static void about_service(struct published_answer *out, const struct fact_service *s,
                          struct arena *a)
{
    out->ev = (struct evidence){
        .object = arena_printf(a, "Service %s/%s", s->meta.ns, s->meta.name),
        .uid = s->meta.uid,
    };
}

/* The address of the load balancer that is public, or that is not; NULL if there is none. */
static const char *lb_address(const struct fact_service *s, bool public)
{
    for (size_t i = 0; i < s->lb_ingress.n; i++)
        if (published_is_public(s->lb_ingress.v[i]) == public)
            return s->lb_ingress.v[i];
    return NULL;
}

/* While no address is assigned: the one that is asked for, else it may be of any sort. */
static void lb_pending(const struct fact_service *s, enum netreach_who who, struct arena *a,
                       struct published_answer *out)
{
    bool internal = marked_internal(s), asks = *s->lb_ip != '\0';
    bool public = asks && published_is_public(s->lb_ip);

    if (who == NETREACH_INTERNET && asks && !public)
        say(out, PUBLISHED_NO, "spec.loadBalancerIP",
            arena_printf(a, "it asks for the private address %.100s", s->lb_ip));
    else if (who == NETREACH_LAN && public && !internal)
        say(out, PUBLISHED_NO, "spec.loadBalancerIP",
            arena_printf(a, "it asks for the public address %.100s", s->lb_ip));
    else
        say(out, PUBLISHED_MAYBE, "status.loadBalancer.ingress",
            internal || asks           ? "no address is assigned yet"
            : who == NETREACH_INTERNET ? "no address is assigned yet; it may be a public one"
                                       : "no address is assigned yet; it may be a private one");
}

/* Where somebody in the network of the nodes, and nobody from the internet, is let in, a public
 * address serves the LAN. */
static void lb_address_of(const struct fact_service *s, enum netreach_who who, struct arena *a,
                          struct published_answer *out)
{
    const char *public = lb_address(s, true), *private = lb_address(s, false);
    const char *mine = who == NETREACH_INTERNET ? public : private;

    if (who == NETREACH_LAN && !mine && public && marked_internal(s))
        mine = public; /* names of private addresses look like any name */
    if (mine)
        say(out, PUBLISHED_YES, "status.loadBalancer.ingress",
            arena_printf(a, "published at %.100s", mine));
    else if (who == NETREACH_INTERNET)
        say(out, PUBLISHED_NO, "status.loadBalancer.ingress",
            arena_printf(a, "its address %.100s is a private one", private));
    else if (sources(s, NETREACH_INTERNET) == NOBODY)
        say(out, PUBLISHED_MAYBE, "spec.loadBalancerSourceRanges",
            arena_printf(a, "published at %.100s to private addresses only", public));
    else
        say(out, PUBLISHED_NO, "status.loadBalancer.ingress",
            arena_printf(a, "its address %.100s is a public one", public));
}

void published_lb(const struct fact_service *s, enum netreach_who who, struct arena *a,
                  struct published_answer *out)
{
    enum reach reach = sources(s, who);

    about_service(out, s, a);
    if (strcmp(s->type, "LoadBalancer") != 0)
        say_unused(out, "spec.type",
                   arena_printf(a, "it is of type %s: no load balancer publishes it",
                                *s->type ? s->type : "ClusterIP"));
    else if (strcmp(s->lb_class, TAILSCALE) == 0)
        say(out, PUBLISHED_NO, "spec.loadBalancerClass", "only members of the tailnet reach it");
    else if (who == NETREACH_INTERNET && marked_internal(s))
        say(out, PUBLISHED_NO, "metadata.annotations",
            "its annotations or class ask for an internal load balancer");
    else if (reach == NOBODY)
        say(out, PUBLISHED_NO, "spec.loadBalancerSourceRanges",
            "only private addresses may use the load balancer");
    else if (!s->lb_ingress.n)
        lb_pending(s, who, a, out);
    else
        lb_address_of(s, who, a, out);
    if (out->open == PUBLISHED_YES && reach == SOME)
        say(out, PUBLISHED_MAYBE, "spec.loadBalancerSourceRanges",
            arena_printf(a, "%s to some addresses only", out->ev.reason));
}

/* The address of "InternalIP=10.0.0.1"; NULL for names. */
static const char *node_ip(const char *address)
{
    static const char *const types[] = {"ExternalIP=", "InternalIP="};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (g_str_has_prefix(address, types[i]))
            return address + strlen(types[i]);
    return NULL;
}

/* A public address of a node; NULL if it has none. */
static const char *node_public(const struct fact_node *n)
{
    for (size_t i = 0; i < n->addresses.n; i++) {
        const char *ip = node_ip(n->addresses.v[i]);
        if (ip && published_is_public(ip))
            return ip;
    }
    return NULL;
}

struct published_nodes published_nodes(const struct facts *f)
{
    struct published_nodes pn = {.f = f, .all_read = facts_read(f, FACTS_NODES)};

    for (size_t i = 0; i < f->nodes.n && !pn.public_node; i++) {
        const struct fact_node *n = &f->nodes.v[i];
        const char *ip = n->is_virtual ? NULL : node_public(n);
        if (ip) {
            pn.public_node = n;
            pn.public_address = ip;
        }
    }
    return pn;
}

/* The node that has the address; NULL if none that was read has. */
static const struct fact_node *node_with(const struct facts *f, const char *ip)
{
    for (size_t i = 0; i < f->nodes.n; i++)
        for (size_t k = 0; k < f->nodes.v[i].addresses.n; k++) {
            const char *have = node_ip(f->nodes.v[i].addresses.v[k]);
            if (have && strcmp(have, ip) == 0)
                return &f->nodes.v[i];
        }
    return NULL;
}

static void one_external_ip(const struct published_nodes *pn, const char *ip, enum netreach_who who,
                            struct arena *a, struct published_answer *out)
{
    const struct fact_node *n = node_with(pn->f, ip);
    bool public = published_is_public(ip);

    if (is_loopback(ip))
        say(out, PUBLISHED_NO, "spec.externalIPs",
            arena_printf(a, "%.100s is nobody's address", ip));
    else if (who == NETREACH_LAN && n)
        say(out, PUBLISHED_YES, "spec.externalIPs",
            arena_printf(a, "%.100s is the address of node %s", ip, n->meta.name));
    else if (who == NETREACH_INTERNET && public)
        say(out, PUBLISHED_MAYBE, "spec.externalIPs",
            arena_printf(a,
                         "nodes answer for %.100s, a public address; whether the internet is led "
                         "there, past which firewall, is not seen in the cluster",
                         ip));
    else if (who == NETREACH_LAN && !public)
        say(out, PUBLISHED_MAYBE, "spec.externalIPs",
            arena_printf(a,
                         "nodes answer for %.100s; whether the network leads there is not seen in "
                         "the cluster",
                         ip));
    else
        say(out, PUBLISHED_NO, "spec.externalIPs",
            arena_printf(a, "its external address %.100s is a %s one", ip,
                         public ? "public" : "private"));
}

void published_external_ip(const struct published_nodes *pn, const struct fact_service *s,
                           enum netreach_who who, struct arena *a, struct published_answer *out)
{
    struct published_answer one;

    about_service(out, s, a);
    say_unused(out, "spec.externalIPs", "it has no external addresses");
    if (strcmp(s->type, "ExternalName") == 0)
        return;
    for (size_t i = 0; i < s->external_ips.n; i++) {
        one = *out;
        one_external_ip(pn, s->external_ips.v[i], who, a, &one);
        if (i == 0 || one.open > out->open)
            *out = one;
    }
}

bool published_has_node_port(const struct fact_service *s, const struct fact_service_port *p)
{
    if (strcmp(s->type, "NodePort") == 0)
        return true;
    /* Those that were there when allocation was switched off stay. */
    return strcmp(s->type, "LoadBalancer") == 0 && (p->node_port > 0 || s->lb_node_ports != TRI_NO);
}

void published_node_port(const struct published_nodes *pn, const struct fact_service *s,
                         enum netreach_who who, struct arena *a, struct published_answer *out)
{
    bool any = false;

    about_service(out, s, a);
    for (size_t i = 0; i < s->nports; i++)
        any |= published_has_node_port(s, &s->ports[i]);
    if (!any)
        say_unused(out,
                   strcmp(s->type, "LoadBalancer") == 0 ? "spec.allocateLoadBalancerNodePorts"
                                                        : "spec.type",
                   arena_printf(a, "it is of type %s and opens no port of the nodes",
                                *s->type ? s->type : "ClusterIP"));
    else if (who == NETREACH_LAN)
        say(out, PUBLISHED_YES, "spec.ports", "every node forwards a port of its own to it");
    else if (pn->public_node)
        say(out, PUBLISHED_MAYBE, "spec.ports",
            arena_printf(a, "node %s has the public address %s; the cloud's firewall decides",
                         pn->public_node->meta.name, pn->public_address));
    else if (!pn->all_read)
        say(out, PUBLISHED_MAYBE, "spec.ports",
            "nodes were not read: whether one has a public address is not known");
    else
        say(out, PUBLISHED_NO, "spec.ports", "no node has a public address");
}

void published_service(const struct published_nodes *pn, const struct fact_service *s,
                       enum netreach_who who, struct arena *a, struct published_answer *out)
{
    struct published_answer next;

    published_lb(s, who, a, out);
    published_external_ip(pn, s, who, a, &next);
    if (next.open > out->open)
        *out = next;
    published_node_port(pn, s, who, a, &next);
    if (next.open > out->open)
        *out = next;
}

void published_host(const struct fact_node *n, enum netreach_who who, struct arena *a,
                    struct published_answer *out)
{
    const char *ip = n ? node_public(n) : NULL;

    out->ev = (struct evidence){
        .object = n ? arena_printf(a, "Node %s", n->meta.name) : "Node",
        .uid = n ? n->meta.uid : NULL,
    };
    if (n && n->is_virtual)
        say(out, PUBLISHED_NO, "metadata.labels", "the node is no machine with addresses");
    else if (who == NETREACH_LAN)
        say(out, PUBLISHED_YES, "status.addresses", "the port is one of the node's addresses");
    else if (ip)
        say(out, PUBLISHED_MAYBE, "status.addresses",
            arena_printf(a, "the node has the public address %s; the cloud's firewall decides",
                         ip));
    else if (!n || !n->addresses.n)
        say(out, PUBLISHED_MAYBE, "status.addresses",
            "whether the node has a public address is not known");
    else
        say(out, PUBLISHED_NO, "status.addresses", "the node has no public address");
}

enum published_open published_bound(const char *address, enum netreach_who who)
{
    if (!*address || strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0)
        return PUBLISHED_YES;
    if (is_loopback(address) || (who == NETREACH_INTERNET && !published_is_public(address)))
        return PUBLISHED_NO;
    return PUBLISHED_YES;
}

enum published_open published_sources(const char *ranges, enum netreach_who who)
{
    g_auto(GStrv) parts = g_strsplit(ranges, ",", 1024);
    enum reach best = NOBODY;
    bool any = false;

    for (char **part = parts; *part; part++)
        if (*g_strstrip(*part)) {
            best = widest(best, range_reach(*part, who));
            any = true;
        }
    if (!any || best == OPEN)
        return PUBLISHED_YES;
    return best == SOME ? PUBLISHED_MAYBE : PUBLISHED_NO;
}
