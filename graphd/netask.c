/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From text to pods and addresses, and from these to a verdict. */
#include "graphd/netask.h"

#include <string.h>

#include "graphd/query_args.h"
#include "graphd/service.h"
#include "ingest/derive/netdoubt.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"
#include "schema/key.h"

static const node_kinds ends = (node_kinds)1 << NODE_POD | (node_kinds)1 << NODE_CONTAINER |
                               (node_kinds)1 << NODE_WORKLOAD | (node_kinds)1 << NODE_SERVICE |
                               (node_kinds)1 << NODE_ENDPOINT | (node_kinds)1 << NODE_NODE |
                               (node_kinds)1 << NODE_INTERNET | (node_kinds)1 << NODE_LAN;

static bool wrong(struct http_req *req, const char *param)
{
    http_point_at(req, param);
    return false;
}

static bool read_end(struct http_req *req, const struct graph *g, const char *param,
                     struct netask_end *out, struct err *e)
{
    *out = (struct netask_end){.node = NODE_NONE};
    if (!http_arg_need(req, param, &out->text, e))
        return false;
    out->name = out->text;
    if (strcmp(out->text, "internet") == 0) {
        out->kind = NODE_INTERNET;
        out->node = graph_find(g, "internet");
        return true;
    }
    if (netend_parse(out->text, &out->block))
        return true;
    if (!query_args_node(req, g, param, &out->node, e))
        return false;
    struct graph_node n = graph_node(g, out->node);
    out->kind = n.kind;
    out->name = n.name;
    if (ends >> n.kind & 1)
        return true;
    wrong(req, param);
    return err_set(e, ERR_INPUT,
                   "%s: %.200s is a %s; want a pod, container, workload, service, endpoint or "
                   "node, internet, or an address",
                   param, n.key, kinds_node(n.kind)->name);
}

static bool read_ports(struct http_req *req, struct netask *q, struct err *e)
{
    static const struct {
        const char *name;
        enum net_protocol bit;
    } protocols[] = {{"TCP", NET_TCP}, {"UDP", NET_UDP}, {"SCTP", NET_SCTP}};
    const char *protocol;
    uint32_t port;

    if (!http_arg_u32(req, "port", 1, 65535, 0, &port, e) ||
        !http_arg_str(req, "protocol", "", &protocol, e))
        return false;
    if (!port && *protocol) {
        wrong(req, "protocol");
        return err_set(e, ERR_INPUT, "protocol: means nothing without port");
    }
    for (size_t i = 0; port && i < ARRAY_LEN(protocols); i++)
        if (strcmp(*protocol ? protocol : "TCP", protocols[i].name) == 0)
            q->ports[q->nports++] = (struct netwhy_port){protocols[i].bit, (int32_t)port};
    if (!port || q->nports)
        return true;
    wrong(req, "protocol");
    return err_set(e, ERR_INPUT, "protocol: want TCP, UDP or SCTP, got \"%.20s\"", protocol);
}

const struct graph_part *netask_part(struct http_req *req, const struct graph *g,
                                     const char *cluster, struct err *e)
{
    size_t n;
    const struct graph_part *p = graph_parts(g, &n);

    for (size_t i = 0; i < n; i++)
        if (*cluster ? strcmp(p[i].cluster, cluster) == 0 : n == 1)
            return &p[i];
    wrong(req, "cluster");
    if (*cluster)
        err_set(e, ERR_MISSING, "cluster: none is called \"%.100s\"", cluster);
    else
        err_set(e, ERR_INPUT, "cluster: is needed, since %zu clusters are loaded", n);
    return NULL;
}

/* Both ends must be of one cluster, and one of them must say which. */
static bool find_part(struct http_req *req, const struct graph *g, struct netask *q, struct err *e)
{
    const char *of[2] = {"", ""};
    const struct netask_end *const both[] = {&q->from, &q->to};

    for (size_t i = 0; i < 2; i++)
        if (both[i]->node != NODE_NONE && both[i]->kind != NODE_INTERNET)
            of[i] = graph_node(g, both[i]->node).cluster;
    if (*of[0] && *of[1] && strcmp(of[0], of[1]) != 0) {
        wrong(req, "to");
        return err_set(e, ERR_INPUT, "to: is in cluster %.100s, from in %.100s", of[1], of[0]);
    }
    if (!*of[0] && !*of[1]) {
        wrong(req, "to");
        return err_set(e, ERR_INPUT, "to: neither end is in a cluster");
    }
    q->part = netask_part(req, g, *of[0] ? of[0] : of[1], e);
    return q->part;
}

bool netask_read(struct http_req *req, const struct graph *g, struct netask *q, struct err *e)
{
    *q = (struct netask){.req = req};
    return read_end(req, g, "from", &q->from, e) && read_end(req, g, "to", &q->to, e) &&
           read_ports(req, q, e) && find_part(req, g, q, e);
}

bool netask_take(struct http_req *req, const struct graph_part *part, struct err *e)
{
    if (recalled_take(req->service->recalled, req, part, e))
        return true;
    if (e->kind == ERR_MISSING)
        return err_set(e, ERR_BUSY, "a newer generation of cluster %.100s is being loaded",
                       part->cluster);
    return err_wrap(e, "network policies stand in the stored objects");
}

void netask_done(struct http_req *req)
{
    recalled_done(req->service->recalled);
}

/* Pods as they are found. */
struct finder {
    const struct facts *f;
    uint32_t *pods;
    size_t n;
    bool *seen;
    struct netwhy_port *ports;
    size_t *nports;
};

static void add_pod(struct finder *s, const struct fact_pod *p)
{
    size_t at = (size_t)(p - s->f->pods.v);

    if (s->seen[at])
        return;
    s->seen[at] = true;
    s->pods[s->n++] = (uint32_t)at;
}

static enum net_protocol protocol_of(const char *name)
{
    if (g_ascii_strcasecmp(name, "UDP") == 0)
        return NET_UDP;
    return g_ascii_strcasecmp(name, "SCTP") == 0 ? NET_SCTP : NET_TCP;
}

static void add_port(struct finder *s, enum net_protocol protocol, int32_t number)
{
    for (size_t i = 0; i < *s->nports; i++)
        if (s->ports[i].protocol == protocol && s->ports[i].number == number)
            return;
    if (*s->nports < NETASK_MOST_PORTS)
        s->ports[(*s->nports)++] = (struct netwhy_port){protocol, number};
}

static void add_target(void *arg, const struct port_target *t)
{
    struct finder *s = arg;

    add_pod(s, t->pod);
    add_port(s, protocol_of(t->protocol), t->number);
}

static void find_service(struct finder *s, const struct key_parts *k, struct arena *a)
{
    AUTO(ports) ps = ports_new(s->f);

    for (size_t i = 0; i < s->f->services.n; i++) {
        const struct fact_service *sv = &s->f->services.v[i];
        if (strcmp(sv->meta.ns, k->ns) == 0 && strcmp(sv->meta.name, k->name) == 0)
            ports_of_service(ps, sv, a, add_target, s);
    }
}

static void find_workload(struct finder *s, const struct key_parts *k)
{
    for (size_t i = 0; i < s->f->pods.n; i++) {
        const struct fact_pod *p = &s->f->pods.v[i];
        if (nodes_pod_runs(p) && strcmp(p->meta.ns, k->ns) == 0 &&
            strcmp(p->workload_name, k->name) == 0 &&
            (!k->sub || strcmp(p->workload_kind, k->sub) == 0))
            add_pod(s, p);
    }
}

/* "tcp:8080" */
static void find_endpoint(struct finder *s, const struct key_parts *k)
{
    const char *colon = k->sub ? strchr(k->sub, ':') : NULL;

    if (colon && strncmp(k->sub, "udp", 3) == 0)
        add_port(s, NET_UDP, (int32_t)strtol(colon + 1, NULL, 10));
    else if (colon)
        add_port(s, strncmp(k->sub, "sctp", 4) == 0 ? NET_SCTP : NET_TCP,
                 (int32_t)strtol(colon + 1, NULL, 10));
}

uint32_t netask_pod(const struct facts *f, const char *key, struct arena *a)
{
    struct key_parts k;
    struct err e;

    if (!key_parse(a, key, &k, &e) || !*k.ns)
        return NETASK_NO_POD;
    const struct fact_pod *p = facts_pod(f, k.ns, k.name);
    return p ? (uint32_t)(p - f->pods.v) : NETASK_NO_POD;
}

size_t netask_pods(const struct facts *f, const char *key, struct arena *a, const uint32_t **out,
                   struct netwhy_port ports[NETASK_MOST_PORTS], size_t *nports)
{
    struct finder s = {.f = f, .ports = ports, .nports = nports};
    const struct fact_pod *pod = NULL;
    struct key_parts k;
    struct err e;

    s.pods = arena_calloc(a, f->pods.n + 1, sizeof(*s.pods));
    s.seen = arena_calloc(a, f->pods.n + 1, sizeof(*s.seen));
    *out = s.pods;
    if (!key_parse(a, key, &k, &e))
        return 0;
    if (k.kind == NODE_SERVICE)
        find_service(&s, &k, a);
    else if (k.kind == NODE_WORKLOAD)
        find_workload(&s, &k);
    else if (k.kind == NODE_POD || k.kind == NODE_CONTAINER || k.kind == NODE_ENDPOINT)
        pod = facts_pod(f, k.ns, k.name);
    if (k.kind == NODE_ENDPOINT)
        find_endpoint(&s, &k);
    if (pod)
        add_pod(&s, pod);
    return s.n;
}

static size_t node_blocks(const struct facts *f, const char *name, struct arena *a,
                          struct fact_cidr **out)
{
    const struct fact_node *node = facts_node(f, name);
    size_t n = 0;

    *out = arena_calloc(a, node ? node->addresses.n + 1 : 1, sizeof(**out));
    for (size_t i = 0; node && i < node->addresses.n; i++) {
        const char *eq = strchr(node->addresses.v[i], '=');
        if (eq && netend_parse(eq + 1, &(*out)[n]))
            n++;
    }
    return n;
}

/* An address that is a pod's means the pod. */
static size_t pods_at(const struct facts *f, const struct fact_cidr *c, struct arena *a,
                      const uint32_t **out)
{
    uint32_t *pods = arena_calloc(a, f->pods.n + 1, sizeof(*pods));
    struct fact_cidr own;
    size_t n = 0;

    *out = pods;
    for (uint32_t i = 0; i < f->pods.n && c->bits == (c->v6 ? 128 : 32); i++) {
        const struct fact_pod *p = &f->pods.v[i];
        for (size_t k = 0; !p->host_network && nodes_pod_runs(p) && k < p->pod_ips.n; k++)
            if (netend_parse(p->pod_ips.v[k], &own) && netend_holds(c, own.addr, own.v6))
                pods[n++] = i;
    }
    return n;
}

static bool find_end(struct netask *q, struct netask_end *end, const char *param, struct err *e)
{
    struct arena *a = q->req->arena;
    const struct graph *g = q->req->graph;
    const uint32_t *pods;
    struct fact_cidr *blocks;
    size_t n, nprivate;

    if (end->kind == NODE_INTERNET) {
        netend_internet(q->np, a, &end->end);
        return true;
    }
    if (end->kind == NODE_LAN) {
        const struct fact_cidr *home = netend_private(&nprivate);
        netend_blocks(q->np, home, nprivate, a, &end->end);
        return true;
    }
    if (end->kind == NODE_NODE) {
        end->on_node = true;
        n = node_blocks(q->f, graph_node(g, end->node).name, a, &blocks);
        netend_blocks(q->np, blocks, n, a, &end->end);
        if (n)
            return true;
    } else {
        n = end->node == NODE_NONE ? pods_at(q->f, &end->block, a, &pods)
                                   : netask_pods(q->f, graph_node(g, end->node).key, a, &pods,
                                                 end->ports, &end->nports);
        if (n) {
            const struct fact_pod *p = &q->f->pods.v[pods[0]];
            end->name = end->kind == NODE_SERVICE ? end->name
                        : *p->workload_name       ? p->workload_name
                                                  : p->meta.name;
            netend_pods(q->np, pods, n, a, &end->end);
            return true;
        }
        if (end->node == NODE_NONE) {
            netend_blocks(q->np, &end->block, 1, a, &end->end);
            return true;
        }
    }
    wrong(q->req, param);
    return err_set(e, ERR_SEMANTIC, "%s: %.200s has no %s", param, end->text,
                   end->kind == NODE_NODE ? "address that is known" : "running pods");
}

bool netask_find(struct netask *q, struct err *e)
{
    struct recalled *r = q->req->service->recalled;

    q->f = recalled_facts(r);
    q->np = recalled_netpol(r);
    if (!find_end(q, &q->from, "from", e) || !find_end(q, &q->to, "to", e))
        return false;
    for (size_t i = 0; !q->nports && i < q->to.nports; i++)
        q->ports[i] = q->to.ports[i];
    if (!q->nports)
        q->nports = q->to.nports;
    return true;
}

static bool has_ports(const struct netask *q, const uint64_t *set)
{
    const struct netports *ports = netpol_ports(q->np);

    for (size_t i = 0; i < q->nports; i++)
        if (!netports_has(ports, set, q->ports[i].protocol, q->ports[i].number))
            return false;
    for (size_t w = 0; !q->nports && w < netports_words(ports); w++)
        if (set[w])
            return true;
    return q->nports;
}

/* Whether any of the asked ports is in the set. */
static bool has_some(const struct netask *q, const uint64_t *set)
{
    for (size_t i = 0; i < q->nports; i++)
        if (netports_has(netpol_ports(q->np), set, q->ports[i].protocol, q->ports[i].number))
            return true;
    return !q->nports && has_ports(q, set);
}

static const struct fact_pod *pod_at_point(const struct netask *q, const struct netend *end,
                                           uint32_t point)
{
    for (size_t i = 0; i < end->npods; i++)
        if (netclass_of_pod(netpol_classes(q->np), end->pods[i]) == point)
            return &q->f->pods.v[end->pods[i]];
    return NULL;
}

/* The pair to explain: one that is closed where not all are open, else the first. */
static void choose_pair(const struct netask *q, struct netask_verdict *out)
{
    const struct netend *from = &q->from.end, *to = &q->to.end;
    uint64_t *set =
        arena_calloc(q->req->arena, netports_words(netpol_ports(q->np)) + 1, sizeof(*set));
    bool found = false;

    out->question.src = from->points[0];
    out->question.dst = to->points[0];
    for (size_t i = 0; i < from->npoints && !found; i++)
        for (size_t k = 0; k < to->npoints && !found; k++) {
            netpol_pair(q->np, from->points[i], to->points[k], set);
            found = !has_ports(q, set);
            if (found) {
                out->question.src = from->points[i];
                out->question.dst = to->points[k];
            }
        }
    out->src_pod = pod_at_point(q, from, out->question.src);
    out->dst_pod = pod_at_point(q, to, out->question.dst);
    out->question.src_pod = out->src_pod;
    out->question.dst_pod = out->dst_pod;
    out->question.asked = q->ports;
    out->question.nasked = q->nports;
}

static const char *evidence_words(struct arena *a, const struct evidence *ev)
{
    bool object = ev->object && *ev->object;

    return arena_printf(a, "%s%s%s", object ? ev->object : "", object ? ": " : "",
                        ev->reason ? ev->reason : "");
}

/* What the pair that is explained may be in truth; NULL if it is as the policies say. */
static const char *doubt(const struct netask *q, const struct netask_verdict *v)
{
    const struct netdoubt *nd = netpol_doubts(q->np);
    struct evidence ev = {0};
    uint32_t at[] = {[NET_INGRESS] = v->question.dst, [NET_EGRESS] = v->question.src};

    if (v->why.open && !facts_read(q->f, FACTS_NETWORKPOLICIES))
        return "not all NetworkPolicies were read, and one of them may close it";
    for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++) {
        if (v->why.open && netdoubt_may_close(nd, way, at[way], &ev))
            return evidence_words(q->req->arena, &ev);
        if (!v->why.open && !v->why.ways[way].open &&
            !netdoubt_may_open(nd, way, at[way], netpol_outside(q->np, way, v->question.dst), &ev))
            return NULL; /* closed for certain in one direction is closed */
    }
    return v->why.open ? NULL : evidence_words(q->req->arena, &ev);
}

/* A node and its own pods: no policy stops that. */
static bool is_own_node(const struct netask *q)
{
    if (!q->from.on_node || !q->to.end.npods)
        return false;
    for (size_t i = 0; i < q->to.end.npods; i++)
        if (strcmp(q->f->pods.v[q->to.end.pods[i]].node,
                   graph_node(q->req->graph, q->from.node).name) != 0)
            return false;
    return true;
}

void netask_judge(const struct netask *q, struct netask_verdict *out)
{
    struct arena *a = q->req->arena;
    const struct netports *ports = netpol_ports(q->np);
    uint64_t *all = arena_calloc(a, netports_words(ports) + 1, sizeof(*all));
    uint64_t *some = arena_calloc(a, netports_words(ports) + 1, sizeof(*some));
    g_autoptr(GString) text = g_string_new(NULL);

    *out = (struct netask_verdict){.ports = all};
    netend_between(q->np, &q->from.end, &q->to.end, all, some);
    if (is_own_node(q)) {
        netports_all(ports, all);
        netports_all(ports, some);
    }
    netports_text(ports, all, text);
    out->all = arena_strdup(a, text->str);
    netports_text(ports, some, text);
    out->some = arena_strdup(a, text->str);
    choose_pair(q, out);
    netwhy_ask(q->np, &out->question, a, &out->why);
    out->unsure = is_own_node(q) ? NULL : doubt(q, out);
    out->allowed = has_ports(q, all) ? "yes" : has_some(q, some) ? "some" : "no";
    if (out->unsure)
        out->allowed = "unknown";
}
