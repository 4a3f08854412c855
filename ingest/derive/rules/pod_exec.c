/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running commands in pods.  `create` on pods/exec always serves; `get` alone did, over WebSocket,
 * until servers of 1.35 began to ask for `create` there too. */
#include <string.h>

#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/why.h"

#define EXEC                                                                                       \
    .group = "", .resource = "pods", .subresource = "exec", .class = CLASS_TRIVIAL, .named = true, \
    .named_class = CLASS_TRIVIAL

static const struct rbac_right rights[] = {
    {.verb = "create", EXEC},
    {.verb = "get", EXEC},
};

/* Whether `get` alone suffices; false if it does not. */
static bool get_suffices(const struct facts *f, enum verdict *out)
{
    enum tri holds = gates_hold(f, GATE_EXEC_BY_GET);

    *out = holds == TRI_UNSET ? VERDICT_UNKNOWN : VERDICT_YES;
    return holds != TRI_NO;
}

static const char *about_get(enum verdict v)
{
    return v == VERDICT_UNKNOWN
               ? "get suffices before server version 1.35 only, and the version is not known"
               : "get suffices over WebSocket on this server version";
}

static void draw(struct rule_ctx *c, const struct rbac_right_hit *h, const struct fact_pod *pod,
                 enum verdict verdict, const struct evidence *why)
{
    if (nodes_pod_runs(pod))
        draft_edge(c->d, h->set, pod->meta.ix, EDGE_POD_EXEC, h->class, verdict, why, 2);
}

static void draw_named(struct rule_ctx *c, const struct rbac_right_hit *h, GHashTable *by_name,
                       enum verdict verdict, const struct evidence *why)
{
    const char *ns = h->binding->meta.ns;
    const GPtrArray *all = *ns ? NULL : g_hash_table_lookup(by_name, h->name);
    const struct fact_pod *pod = *ns ? facts_pod(c->f, ns, h->name) : NULL;

    if (pod)
        draw(c, h, pod, verdict, why);
    for (guint i = 0; all && i < all->len; i++)
        draw(c, h, all->pdata[i], verdict, why);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *by_name)
{
    const char *where = h->binding->meta.ns;
    const struct asset_ns *ns = assets_ns(c->as, where);
    struct evidence why[] = {h->why[0], h->why[1]};
    enum verdict verdict = VERDICT_YES;

    if (strcmp(h->right->verb, "get") == 0) {
        if (!get_suffices(c->f, &verdict))
            return;
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, about_get(verdict));
    }
    if (h->name)
        draw_named(c, h, by_name, verdict, why);
    else if (!*where)
        draft_edge(c->d, h->set, c->as->pods, EDGE_POD_EXEC, h->class, verdict, why, 2);
    else if (ns)
        draft_edge(c->d, h->set, ns->pods, EDGE_POD_EXEC, h->class, verdict, why, 2);
}

static void derive(struct rule_ctx *c)
{
    GHashTable *by_name = RBAC_RIGHT_BY_NAME(c->f->pods);

    rbac_right_each(c, rights, ARRAY_LEN(rights), hit, by_name);
    g_hash_table_destroy(by_name);
}

/* On servers that want `create` a near miss is `get`. */
static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    bool get = gates_hold(c->f, GATE_EXEC_BY_GET) != TRI_NO;

    if (q->to.pod && why_ended(c, out, q->to.pod))
        return true;
    if (!rbac_miss_say(c, q, rights, get ? ARRAY_LEN(rights) : 1, out))
        return false;
    if (!get && strstr(out->ev.reason, "gives get on pods/exec"))
        out->ev.reason = arena_printf(c->scratch,
                                      "%s; from server version 1.35 on that no longer "
                                      "suffices",
                                      out->ev.reason);
    return true;
}

const struct rule rule_pod_exec = {
    .name = "pod_exec",
    .version = 2,
    .kinds = {EDGE_POD_EXEC},
    .derive = derive,
    .missing = missing,
    .rights = rights,
    .nrights = ARRAY_LEN(rights),
};
