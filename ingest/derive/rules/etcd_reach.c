/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ETCD_REACH: an etcd of the control plane that asks nobody for a certificate and can be reached is
 * the whole cluster.  Its flags say so; with `https`, --client-cert-auth and --trusted-ca-file each
 * make it ask. */
#include <string.h>

#include "ingest/derive/netoutside.h"
#include "ingest/derive/netreach.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

enum { ETCD_PORT = 2379 };

/* How an etcd may be talked to. */
struct etcd {
    const struct fact_pod *pod;
    const struct fact_container *container;
    int32_t port;
    enum verdict verdict; /* BLOCKED: not without a certificate, or from its node only */
    const char *reason;
};

static const struct fact_container *etcd_of(struct rule_ctx *c, const struct fact_pod *p)
{
    struct evidence ev;

    if (!nodes_pod_runs(p) || !nodes_control_plane_pod(p, c->scratch, &ev))
        return NULL;
    for (size_t k = 0; k < p->ncontainers; k++)
        if (strcmp(p->containers[k].name, "etcd") == 0)
            return &p->containers[k];
    return NULL;
}

/* Whether it asks for certificates; unset if a variable says. */
static enum tri asks(const struct texts *flags)
{
    enum tri out = TRI_NO;

    if (facts_has(flags, "--trusted-ca-file") || facts_has(flags, "--client-cert-auth"))
        return TRI_YES;
    if (facts_has(flags, "-trusted-ca-file") || facts_has(flags, "-client-cert-auth"))
        return TRI_UNSET; /* another way to write them, of which we keep less */
    for (size_t i = 0; i < flags->n; i++)
        if (strcmp(flags->v[i], "ETCD_TRUSTED_CA_FILE") == 0 ||
            (strcmp(flags->v[i], "ETCD_CLIENT_CERT_AUTH") == 0 &&
             !facts_has(flags, "--client-cert-auth=f") &&
             !facts_has(flags, "--client-cert-auth=F") &&
             !facts_has(flags, "--client-cert-auth=0")))
            out = TRI_UNSET;
    return out;
}

/* The host and port of "https://10.0.0.1:2379".  Returns: false for what is no such URL. */
static bool read_url(struct arena *a, const char *url, const char **host, int32_t *port)
{
    const char *at = strstr(url, "://"), *colon = strrchr(url, ':');
    guint64 number;

    if (!at || colon <= at || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL))
        return false;
    *host = arena_strndup(a, at + 3, (size_t)(colon - at) - 3);
    *port = (int32_t)number;
    return true;
}

static bool is_local(const char *host)
{
    return g_str_has_prefix(host, "127.") || strcmp(host, "localhost") == 0 ||
           strcmp(host, "[::1]") == 0;
}

static void judge_url(struct rule_ctx *c, const char *url, enum tri certificates, struct etcd *out)
{
    bool http = g_str_has_prefix(url, "http://");
    const char *host;
    int32_t port;
    enum verdict v = http || certificates == TRI_NO ? VERDICT_YES
                     : certificates == TRI_UNSET    ? VERDICT_UNKNOWN
                                                    : VERDICT_BLOCKED;

    if ((!http && !g_str_has_prefix(url, "https://")) || !read_url(c->scratch, url, &host, &port) ||
        v > out->verdict)
        return;
    if (is_local(host)) {
        if (out->verdict == VERDICT_BLOCKED && !out->reason)
            out->reason = "it listens on addresses of its own node only";
        return;
    }
    out->verdict = v;
    out->port = port;
    out->reason = http ? arena_printf(c->scratch, "%s asks nobody for a certificate", url)
                  : v == VERDICT_YES
                      ? arena_printf(c->scratch,
                                     "%s without --client-cert-auth and --trusted-ca-file asks "
                                     "nobody for a certificate",
                                     url)
                  : v == VERDICT_UNKNOWN
                      ? "whether it asks for certificates is said in a way that is not read"
                      : "it asks for the certificates of its clients";
}

static const char *listens(const struct texts *flags)
{
    static const char flag[] = "--listen-client-urls=";

    for (size_t i = flags->n; i-- > 0;) /* the last one counts */
        if (g_str_has_prefix(flags->v[i], flag))
            return flags->v[i] + strlen(flag);
    return NULL;
}

/* Whether all flags are read, and none says where it listens. */
static bool is_default(const struct texts *flags)
{
    static const char *const other[] = {"--listen-client-urls", "-listen-client-urls",
                                        "ETCD_LISTEN_CLIENT_URLS", "ETCD_CONFIG_FILE"};

    for (size_t i = 0; i < ARRAY_LEN(other); i++)
        if (facts_has(flags, other[i]))
            return false;
    return flags->n > 0 &&
           (strcmp(flags->v[0], "etcd") == 0 || strcmp(flags->v[0], "/usr/local/bin/etcd") == 0);
}

static bool has_file(const struct texts *flags)
{
    return facts_has(flags, "--config-file") || facts_has(flags, "-config-file");
}

static void judge(struct rule_ctx *c, struct etcd *out)
{
    const struct texts *flags = &out->container->flags;
    const char *urls = listens(flags);

    if (!urls && !has_file(flags) && is_default(flags)) {
        out->verdict = VERDICT_BLOCKED;
        out->reason = "without --listen-client-urls it listens on addresses of its own node only";
        return;
    }
    if (!urls || has_file(flags)) {
        out->verdict = VERDICT_UNKNOWN;
        out->port = ETCD_PORT;
        out->reason = "its command line does not say where it listens and whom it asks for a "
                      "certificate";
        return;
    }
    g_auto(GStrv) part = g_strsplit(urls, ",", 32);
    out->verdict = VERDICT_BLOCKED;
    for (char **u = part; *u; u++)
        judge_url(c, *u, asks(flags), out);
    if (!out->reason)
        out->reason = "it listens on no address that we can read";
}

/* The etcd of a pod, if it is one of the control plane. */
static bool find(struct rule_ctx *c, const struct fact_pod *p, struct etcd *out)
{
    *out = (struct etcd){.pod = p, .container = etcd_of(c, p)};
    if (out->container)
        judge(c, out);
    return out->container != NULL;
}

static struct evidence evidence(struct rule_ctx *c, const struct etcd *x)
{
    const struct fact_pod *p = x->pod;

    return (struct evidence){
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = arena_printf(c->scratch, "spec.containers[%zu].command",
                              (size_t)(x->container - p->containers)),
        .reason = x->reason,
    };
}

static void draw(struct rule_ctx *c, const struct etcd *x, uint32_t from,
                 const struct netreach_answer *a)
{
    struct evidence ev[] = {evidence(c, x), a->ev};
    enum verdict v = a->open == NETREACH_OPEN && a->sure ? VERDICT_YES : VERDICT_UNKNOWN;

    if (a->open != NETREACH_CLOSED)
        draft_edge(c->d, from, c->as->cluster_admin, EDGE_ETCD_REACH, CLASS_TRIVIAL,
                   v > x->verdict ? v : x->verdict, ev, 2);
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        struct netreach_answer a = {0};
        struct etcd x;

        if (!find(c, &c->f->pods.v[i], &x) || x.verdict == VERDICT_BLOCKED)
            continue;
        struct netreach *nr = hubs_net(c->hubs);
        for (uint32_t s = 0; s < netreach_segments(nr); s++) {
            netreach_pod_untold(nr, s, x.pod, NET_TCP, x.port, &a);
            draw(c, &x, netreach_segment_node(nr, s), &a);
        }
        netoutside_ask(nr, NETREACH_LAN, x.pod, NET_TCP, x.port, &a);
        draw(c, &x, hubs_lan(c->hubs), &a);
    }
}

static bool closed(struct rule_ctx *c, const struct etcd *x, const struct rule_question *q,
                   struct rule_why *out)
{
    const struct netreach *nr = hubs_net(c->hubs);
    uint32_t segment = q->from.kind == NODE_NET_SEGMENT
                           ? netreach_segment_named(nr, q->from.ns, q->from.name)
                           : NETREACH_NONE;
    struct netreach_answer a = {0};

    if (segment != NETREACH_NONE)
        netreach_pod_untold(nr, segment, x->pod, NET_TCP, x->port, &a);
    else if (q->from.kind == NODE_LAN)
        netoutside_ask(nr, NETREACH_LAN, x->pod, NET_TCP, x->port, &a);
    else
        return false;
    return a.open == NETREACH_CLOSED &&
           why_say(out, WHY_ALMOST, a.ev.object, a.ev.uid, a.ev.field, a.ev.reason);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    bool any = false;

    if (q->from.kind == NODE_NODE)
        return why_say(out, WHY_APART, arena_printf(c->scratch, "Node %s", q->from.name), NULL,
                       NULL,
                       "a node that holds the keys of etcd is part of the control plane, see "
                       "CONTROL_PLANE_NODE; others reach it by their network");
    for (size_t i = 0; i < c->f->pods.n; i++) {
        struct etcd x;

        if (!find(c, &c->f->pods.v[i], &x))
            continue;
        if (x.verdict == VERDICT_BLOCKED) {
            struct evidence ev = evidence(c, &x);
            why_say(out, WHY_RELATED, ev.object, ev.uid, ev.field, ev.reason);
        } else if (!closed(c, &x, q, out)) {
            return false;
        }
        any = true;
    }
    return any || why_say(out, WHY_APART, "cluster", NULL, NULL,
                          "no static pod of etcd was read: the control plane is managed, or "
                          "elsewhere");
}

const struct rule rule_etcd_reach = {
    .name = "etcd_reach",
    .version = 1,
    .kinds = {EDGE_ETCD_REACH},
    .derive = derive,
    .missing = missing,
};
