/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POD_PROXY: the API server passes an HTTP request on to a port of a pod.  The verb is that of the
 * method, the name is "pod", "pod:port" or "scheme:pod:port" as it is asked for. */
#include <string.h>

#include "ingest/derive/apiproxy.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/porthubs.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define PROXY                                                                                      \
    .group = "", .resource = "pods", .subresource = "proxy", .class = CLASS_EASY, .named = true,   \
    .named_class = CLASS_EASY

static const struct rbac_right rights[] = {
    {.verb = "get", PROXY},   {.verb = "create", PROXY}, {.verb = "update", PROXY},
    {.verb = "patch", PROXY}, {.verb = "delete", PROXY},
};

struct work {
    struct porthubs *hubs;
    GHashTable *by_name; /* NULL: not asked for yet */
};

/* Without a port in the request: the first that a container declares. */
static int32_t first_port(const struct fact_pod *p)
{
    for (size_t k = 0; k < p->ncontainers; k++)
        if (p->containers[k].type == CONTAINER_MAIN && p->containers[k].nports)
            return p->containers[k].ports[0].number;
    return 0;
}

static int32_t port_of(const struct fact_pod *p, const struct apiproxy_name *n)
{
    return *n->port ? apiproxy_number(n->port) : first_port(p);
}

static void draw(struct rule_ctx *c, const struct work *w, const struct rbac_right_hit *h,
                 const struct fact_pod *p, const struct apiproxy_name *name)
{
    struct evidence why[] = {h->why[0], h->why[1], {0}};
    size_t n;
    const int32_t *ports = porthubs_of_pod(w->hubs, p, &n);
    int32_t port = port_of(p, name);

    for (size_t i = 0; i < n; i++) {
        if (ports[i] != port)
            continue;
        enum verdict v = apiproxy_judge(c, p, port, &why[2]);
        draft_edge(c->d, h->set, ports_endpoint(c->d, p, "TCP", port), EDGE_POD_PROXY, h->class, v,
                   why, why[2].object ? 3 : 2);
    }
}

static void draw_named(struct rule_ctx *c, struct work *w, const struct rbac_right_hit *h)
{
    const char *ns = h->binding->meta.ns;
    struct apiproxy_name name;

    if (!apiproxy_split(c->scratch, h->name, &name))
        return;
    if (!w->by_name)
        w->by_name = APIPROXY_BY_NAME(c->f->pods);
    const GPtrArray *all = g_hash_table_lookup(w->by_name, name.name);
    for (guint i = 0; all && i < all->len; i++) {
        const struct fact_pod *p = all->pdata[i];

        if ((!*ns || strcmp(ns, p->meta.ns) == 0) && nodes_pod_runs(p))
            draw(c, w, h, p, &name);
    }
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct evidence why[] = {h->why[0], h->why[1]};

    if (h->name) {
        draw_named(c, arg, h);
        return;
    }
    why[1].reason = arena_printf(c->scratch,
                                 "%s; the requests come from the API server, so a pod that a "
                                 "policy isolates may refuse them",
                                 why[1].reason);
    draft_edge(c->d, h->set, hubs_endpoints(c->hubs, h->binding->meta.ns), EDGE_POD_PROXY, h->class,
               VERDICT_YES, why, 2);
}

static void derive(struct rule_ctx *c)
{
    struct porthubs *hubs = porthubs_of(c);
    struct work w = {.hubs = hubs};

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, &w);
    g_clear_pointer(&w.by_name, g_hash_table_destroy);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_POD_PROXY, .rights = rights, .n = ARRAY_LEN(rights)},
};

struct asked {
    const struct fact_pod *pod;
    int32_t port;
};

static bool fits(void *arg, const struct apiproxy_name *n)
{
    const struct asked *q = arg;

    return strcmp(n->name, q->pod->meta.name) == 0 && port_of(q->pod, n) == q->port;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    struct rule_question now = *q;

    if (q->to.kind == NODE_ENDPOINT && !g_str_has_prefix(q->to.sub, "tcp:"))
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "port %s", q->to.sub), NULL, NULL,
                       "requests of the API server are HTTP, over TCP");
    if (q->to.pod) {
        struct asked a = {q->to.pod, apiproxy_number(q->to.sub + strlen("tcp:"))};

        if (why_ended(c, out, q->to.pod))
            return true;
        const char *name =
            q->from.binding ? apiproxy_named(c->scratch, q->from.binding->role, fits, &a) : NULL;
        /* one that it is not named after would be taken for the right one */
        now.to.name = name ? name : arena_printf(c->scratch, "%s:%d", q->to.name, a.port);
    }
    return rbac_miss_say(c, &now, &wants[0], out);
}

const struct rule rule_pod_proxy = {
    .name = "pod_proxy",
    .version = 1,
    .kinds = {EDGE_POD_PROXY},
    .derive = derive,
    .missing = missing,
};
