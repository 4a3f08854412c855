/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPOSE_LB: a load balancer with a public address leads to ports of pods. */
#include <arpa/inet.h>
#include <string.h>

#include "ingest/derive/ports.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

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
    {"service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", "private"},
};

static const char AWS_SCHEME[] = "service.beta.kubernetes.io/aws-load-balancer-scheme";
static const char AWS_TYPE[] = "service.beta.kubernetes.io/aws-load-balancer-type";

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
    if (strcmp(s->lb_class, "tailscale") == 0) /* its names are public, its addresses are not */
        return true;
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

/* Whether a range of `bits` holds only addresses that the internet does not route.  Returns: false
 * also for what is no address. */
static bool is_private_range(const char *ip, unsigned bits)
{
    static const struct {
        int family;
        const char *net;
        unsigned bits;
    } nets[] = {
        {AF_INET, "10.0.0.0", 8},    {AF_INET, "172.16.0.0", 12}, {AF_INET, "192.168.0.0", 16},
        {AF_INET, "100.64.0.0", 10}, {AF_INET, "127.0.0.0", 8},   {AF_INET, "169.254.0.0", 16},
        {AF_INET, "0.0.0.0", 8},     {AF_INET6, "fc00::", 7},     {AF_INET6, "fe80::", 10},
        {AF_INET6, "::1", 128},
    };
    unsigned char addr[16];

    for (size_t i = 0; i < ARRAY_LEN(nets); i++)
        if (bits >= nets[i].bits && inet_pton(nets[i].family, ip, addr) == 1 &&
            within(addr, nets[i].net, nets[i].family, nets[i].bits))
            return true;
    return false;
}

static bool is_private(const char *ip)
{
    return is_private_range(ip, 128);
}

static bool is_private_host(const char *host)
{
    return is_private(host) || strcmp(host, "localhost") == 0 ||
           g_str_has_prefix(host, "internal-") || g_str_has_suffix(host, ".local") ||
           g_str_has_suffix(host, ".internal");
}

enum reach { OPEN, SOME, NOBODY };

/* Who one source range lets in. */
static enum reach range_reach(const char *cidr)
{
    const char *slash = strchr(cidr, '/');
    g_autofree char *ip = slash ? g_strndup(cidr, (gsize)(slash - cidr)) : g_strdup(cidr);

    /* Halves of the address space are the usual way around rules against 0.0.0.0/0. */
    if (slash && (strcmp(slash, "/0") == 0 || strcmp(slash, "/1") == 0))
        return OPEN;
    guint64 bits = 128;
    if (slash && !g_ascii_string_to_unsigned(slash + 1, 10, 0, 128, &bits, NULL))
        return SOME;
    return is_private_range(ip, (unsigned)bits) ? NOBODY : SOME;
}

static enum reach widest(enum reach a, enum reach b)
{
    return a < b ? a : b;
}

static enum reach sources(const struct fact_service *s)
{
    enum reach best = NOBODY;
    bool any = s->lb_source_ranges.n > 0;

    for (size_t i = 0; i < s->lb_source_ranges.n; i++)
        best = widest(best, range_reach(s->lb_source_ranges.v[i]));
    for (size_t k = 0; !s->lb_source_ranges.n && k < ARRAY_LEN(source_ranges); k++) {
        const char *more = facts_annotation(&s->meta, source_ranges[k]);
        g_auto(GStrv) parts = g_strsplit(more ? more : "", ",", 64);

        for (size_t i = 0; parts[i]; i++) {
            if (*g_strstrip(parts[i])) {
                best = widest(best, range_reach(parts[i]));
                any = true;
            }
        }
    }
    return any ? best : OPEN;
}

struct drawing {
    struct rule_ctx *c;
    struct evidence ev;
    enum verdict verdict;
};

static void draw(void *arg, const struct port_target *t)
{
    struct drawing *dr = arg;
    struct evidence ev[2] = {dr->ev, {.object = t->object, .uid = t->uid}};

    ev[1].reason = arena_printf(dr->c->scratch, "port %d leads to port %d of pod %s", t->port,
                                t->number, t->pod->meta.name);
    draft_edge(dr->c->d, dr->c->as->internet,
               ports_endpoint(dr->c->d, t->pod, t->protocol, t->number), EDGE_EXPOSE_LB,
               CLASS_STRUCTURAL, dr->verdict, ev, 2);
}

/* Whether the Service is published, and how sure that is. */
static bool published(struct rule_ctx *c, const struct fact_service *s, struct drawing *dr)
{
    const char *public = NULL;
    enum reach reach = sources(s);

    if (strcmp(s->type, "LoadBalancer") != 0 || marked_internal(s) || reach == NOBODY)
        return false;
    for (size_t i = 0; i < s->lb_ingress.n && !public; i++)
        if (!is_private_host(s->lb_ingress.v[i]))
    public = s->lb_ingress.v[i];
    if (s->lb_ingress.n && !public)
        return false;

    dr->verdict = VERDICT_YES;
    dr->ev.field = "status.loadBalancer.ingress";
    dr->ev.reason = arena_printf(c->scratch, "published at %.100s", public ? public : "");
    if (!public) {
        dr->verdict = VERDICT_UNKNOWN;
        dr->ev.reason = "no address is assigned yet; it may be a public one";
    } else if (reach == SOME) {
        dr->verdict = VERDICT_UNKNOWN;
        dr->ev.field = "spec.loadBalancerSourceRanges";
        dr->ev.reason =
            arena_printf(c->scratch, "published at %.100s to some addresses only", public);
    }
    return true;
}

static void derive(struct rule_ctx *c)
{
    AUTO(ports) ps = ports_new(c->f);

    for (size_t i = 0; i < c->f->services.n; i++) {
        const struct fact_service *s = &c->f->services.v[i];
        struct drawing dr = {.c = c};

        if (!published(c, s, &dr))
            continue;
        dr.ev.object = arena_printf(c->scratch, "Service %s/%s", s->meta.ns, s->meta.name);
        dr.ev.uid = s->meta.uid;
        ports_of_service(ps, s, c->scratch, draw, &dr);
    }
}

struct looking {
    const struct rule_end *port;
    bool found;
};

static void look(void *arg, const struct port_target *t)
{
    struct looking *l = arg;
    g_autofree char *proto = g_ascii_strdown(t->protocol, -1);
    g_autofree char *sub = g_strdup_printf("%s:%d", proto, t->number);

    l->found |= t->pod == l->port->pod && strcmp(sub, l->port->sub) == 0;
}

/* Why a Service that leads to the port is not published. */
static bool missing_public(struct rule_ctx *c, const struct fact_service *s, struct rule_why *out)
{
    const char *object = arena_printf(c->scratch, "Service %s/%s", s->meta.ns, s->meta.name);

    if (strcmp(s->type, "LoadBalancer") != 0)
        return why_say(out, WHY_RELATED, object, s->meta.uid, "spec.type",
                       arena_printf(c->scratch, "it is of type %s: no load balancer publishes it",
                                    *s->type ? s->type : "ClusterIP"));
    if (marked_internal(s))
        return why_say(out, WHY_ALMOST, object, s->meta.uid, "metadata.annotations",
                       "its annotations or class ask for an internal load balancer");
    if (sources(s) == NOBODY)
        return why_say(out, WHY_ALMOST, object, s->meta.uid, "spec.loadBalancerSourceRanges",
                       "only private addresses may use the load balancer");
    for (size_t i = 0; i < s->lb_ingress.n; i++)
        if (!is_private_host(s->lb_ingress.v[i]))
            return false;
    return s->lb_ingress.n &&
           why_say(
               out, WHY_ALMOST, object, s->meta.uid, "status.loadBalancer.ingress",
               arena_printf(c->scratch, "its address %.100s is a private one", s->lb_ingress.v[0]));
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    AUTO(ports) ps = ports_new(c->f);
    bool said = false;

    if (!q->to.pod)
        return false;
    for (size_t i = 0; i < c->f->services.n; i++) {
        struct looking l = {.port = &q->to};
        struct rule_why why;

        if (strcmp(c->f->services.v[i].meta.ns, q->to.ns) != 0)
            continue;
        ports_of_service(ps, &c->f->services.v[i], c->scratch, look, &l);
        if (l.found && !missing_public(c, &c->f->services.v[i], &why))
            return false;
        if (l.found && (!said || why.near > out->near)) {
            *out = why;
            said = true;
        }
    }
    return said ||
           why_pod(c, out, WHY_APART, q->to.pod, "metadata.labels",
                   arena_printf(c->scratch, "no Service leads to port %s of the pod", q->to.sub));
}

const struct rule rule_expose_lb = {
    .name = "expose_lb",
    .version = 2,
    .kinds = {EDGE_EXPOSE_LB},
    .derive = derive,
    .missing = missing,
};
