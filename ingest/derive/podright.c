/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hub of all pods serves as long as every pod in scope is worth a plain yes. */
#include "ingest/derive/podright.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/why.h"

struct podright_hubs {
    struct rule_ctx *c;
    const struct podright *kind;
    GHashTable *by_name; /* pods across namespaces */
    GHashTable *of_ns;   /* namespace -> GPtrArray of const struct fact_pod *: running ones */
    GHashTable *hubs;    /* namespace, "" the cluster -> node + 1 of its hub; 0: nothing to take */
};

static void free_list(gpointer list)
{
    g_ptr_array_free(list, TRUE);
}

static bool judge(const struct podright_hubs *w, const struct fact_pod *p, enum verdict *out,
                  struct evidence *why)
{
    *out = VERDICT_YES;
    *why = (struct evidence){0};
    return !w->kind->judge || w->kind->judge(w->c, p, out, why);
}

static void index_pods(struct podright_hubs *w)
{
    const struct facts *f = w->c->f;

    w->by_name = RBAC_RIGHT_BY_NAME(w->c, f->pods);
    w->of_ns = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    w->hubs = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        GPtrArray *list = g_hash_table_lookup(w->of_ns, p->meta.ns);

        if (!nodes_pod_runs(p))
            continue;
        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(w->of_ns, (gpointer)p->meta.ns, list);
        }
        g_ptr_array_add(list, (gpointer)p);
    }
}

static uint32_t own_hub(const struct podright_hubs *w, const char *ns)
{
    uint32_t hub = draft_node(w->c->d, NODE_PODS, ns, w->kind->set);

    draft_set_name(
        w->c->d, hub,
        arena_printf(w->c->scratch, "%s of %s", w->kind->what, *ns ? ns : "the cluster"));
    return hub;
}

static void add_members(const struct podright_hubs *w, uint32_t hub, const GPtrArray *pods)
{
    for (guint i = 0; i < pods->len; i++) {
        const struct fact_pod *p = pods->pdata[i];
        struct evidence why;
        enum verdict v;

        if (!judge(w, p, &v, &why))
            continue;
        if (!why.object)
            why = (struct evidence){
                .object = rule_pod(w->c, p),
                .uid = p->meta.uid,
            };
        draft_edge(w->c->d, hub, p->meta.ix, EDGE_HUB_MEMBER, CLASS_STRUCTURAL, v, &why, 1);
    }
}

static uint32_t make_ns_hub(const struct podright_hubs *w, const struct asset_ns *ns)
{
    const GPtrArray *pods = g_hash_table_lookup(w->of_ns, ns->name);
    bool all = pods || !w->kind->present, any = !pods && all;

    for (guint i = 0; pods && i < pods->len; i++) {
        struct evidence why;
        enum verdict v;
        bool fits = judge(w, pods->pdata[i], &v, &why);

        any = any || fits;
        all = all && fits && v == VERDICT_YES;
    }
    if (all)
        return ns->pods;
    if (!any)
        return UINT32_MAX;
    uint32_t hub = own_hub(w, ns->name);
    add_members(w, hub, pods);
    return hub;
}

static uint32_t ns_hub(const struct podright_hubs *w, const struct asset_ns *ns)
{
    gpointer known;

    if (!w->kind->judge)
        return ns->pods;
    if (!g_hash_table_lookup_extended(w->hubs, ns->name, NULL, &known)) {
        known = GUINT_TO_POINTER(make_ns_hub(w, ns) + 1);
        g_hash_table_insert(w->hubs, (gpointer)ns->name, known);
    }
    return GPOINTER_TO_UINT(known) - 1;
}

static uint32_t make_cluster_hub(const struct podright_hubs *w)
{
    const struct assets *as = w->c->as;
    bool all = true, any = as->nnamespaces == 0;

    for (size_t i = 0; i < as->nnamespaces; i++) {
        uint32_t hub = ns_hub(w, &as->namespaces[i]);

        all = all && hub == as->namespaces[i].pods;
        /* a hub without a pod is nothing to take */
        any = any || (hub != UINT32_MAX && g_hash_table_contains(w->of_ns, as->namespaces[i].name));
    }
    if (all)
        return as->pods;
    if (!any)
        return UINT32_MAX;
    uint32_t hub = own_hub(w, "");
    for (size_t i = 0; i < as->nnamespaces; i++) {
        struct evidence ev = {
            .object = arena_printf(w->c->scratch, "Namespace %s", as->namespaces[i].name)};
        uint32_t part = ns_hub(w, &as->namespaces[i]);

        if (part != UINT32_MAX)
            draft_edge_yes(w->c->d, hub, part, EDGE_HUB_MEMBER, &ev);
    }
    return hub;
}

static uint32_t cluster_hub(const struct podright_hubs *w)
{
    gpointer known;

    if (!w->kind->judge)
        return w->c->as->pods;
    if (!g_hash_table_lookup_extended(w->hubs, "", NULL, &known)) {
        known = GUINT_TO_POINTER(make_cluster_hub(w) + 1);
        g_hash_table_insert(w->hubs, (gpointer) "", known);
    }
    return GPOINTER_TO_UINT(known) - 1;
}

static void draw(const struct podright_hubs *w, const struct rbac_right_hit *h,
                 const struct fact_pod *p, enum verdict verdict, const struct evidence *why)
{
    struct evidence ev[] = {why[0], why[1], {0}};
    enum verdict v;

    if (!nodes_pod_runs(p) || !judge(w, p, &v, &ev[2]))
        return;
    draft_edge(w->c->d, h->set, p->meta.ix, w->kind->kind, h->class, v > verdict ? v : verdict, ev,
               ev[2].object ? 3 : 2);
}

static void draw_named(const struct podright_hubs *w, const struct rbac_right_hit *h,
                       enum verdict verdict, const struct evidence *why)
{
    const char *ns = h->binding->meta.ns;
    const GPtrArray *all = *ns ? NULL : g_hash_table_lookup(w->by_name, h->name);
    const struct fact_pod *pod = *ns ? facts_pod(w->c->f, ns, h->name) : NULL;

    if (pod)
        draw(w, h, pod, verdict, why);
    for (guint i = 0; all && i < all->len; i++)
        draw(w, h, all->pdata[i], verdict, why);
}

/* Whether `get` alone suffices; false if it does not. */
static bool get_suffices(const struct facts *f, enum verdict *out, const char **about)
{
    enum tri holds = gates_hold(f, GATE_EXEC_BY_GET);

    *out = holds == TRI_UNSET ? VERDICT_UNKNOWN : VERDICT_YES;
    *about = holds == TRI_UNSET
                 ? "get suffices before server version 1.35 only, and the version is not known"
                 : "get suffices over WebSocket on this server version";
    return holds != TRI_NO;
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *work)
{
    const struct podright_hubs *w = work;
    const char *where = h->binding->meta.ns, *about = NULL;
    struct evidence why[] = {h->why[0], h->why[1]};
    enum verdict verdict = VERDICT_YES;

    if (w->kind->by_get && strcmp(h->right->verb, "get") == 0 &&
        !get_suffices(c->f, &verdict, &about))
        return;
    if (w->kind->doubt) {
        verdict = VERDICT_UNKNOWN;
        about = w->kind->doubt;
    }
    if (about)
        why[1].reason = arena_printf(c->scratch, "%s; %s", why[1].reason, about);
    if (h->name) {
        draw_named(w, h, verdict, why);
        return;
    }
    uint32_t hub = podright_hubs_of(work, where);
    if (hub != UINT32_MAX)
        draft_edge(c->d, h->set, hub, w->kind->kind, h->class, verdict, why, 2);
}

struct podright_hubs *podright_hubs_new(struct rule_ctx *c, const struct podright *kind)
{
    struct podright_hubs *w = must_calloc(1, sizeof(*w));

    *w = (struct podright_hubs){.c = c, .kind = kind};
    index_pods(w);
    return w;
}

void podright_hubs_free(struct podright_hubs *w)
{
    if (!w)
        return;
    g_hash_table_destroy(w->by_name);
    g_hash_table_destroy(w->of_ns);
    g_hash_table_destroy(w->hubs);
    free(w);
}

uint32_t podright_hubs_of(struct podright_hubs *w, const char *ns)
{
    const struct asset_ns *one = *ns ? assets_ns(w->c->as, ns) : NULL;

    return !*ns ? cluster_hub(w) : one ? ns_hub(w, one) : UINT32_MAX;
}

void podright_each(struct rule_ctx *c, const struct podright *kind)
{
    AUTO(podright_hubs) w = podright_hubs_new(c, kind);

    rbac_right_each(c, kind->rights, kind->n, hit, w);
}

bool podright_missing(struct rule_ctx *c, const struct rule_question *q, const struct rule_wants *w,
                      struct rule_why *out)
{
    bool get = gates_hold(c->f, GATE_EXEC_BY_GET) != TRI_NO;
    struct rule_wants now = *w;

    if (q->to.pod && why_ended(c, out, q->to.pod))
        return true;
    /* the tables have `create` first */
    now.n = get ? w->n : 1;
    if (!rbac_miss_say(c, q, &now, out))
        return false;
    if (!get && strstr(out->ev.reason, "gives get on pods/"))
        out->ev.reason = arena_printf(
            c->scratch, "%s; from server version 1.35 on that no longer suffices", out->ev.reason);
    return true;
}
