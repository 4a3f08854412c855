/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From keys to facts, and from a kind to the rules that draw it. */
#include "ingest/derive/missing.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/bindable.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/porthubs.h"
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/why.h"
#include "schema/key.h"

struct missing {
    struct draft *draft;
    struct arena *arena; /* of the draft's rows */
    struct rule_ctx ctx;
    struct assets *assets;
    struct hubs *hubs;
    struct rbac *rbac;
};

struct missing *missing_new(struct facts *f)
{
    struct missing *m = must_calloc(1, sizeof(*m));
    AUTO(arena) scratch = arena_new();

    bindable_drop(f);
    m->arena = arena_new();
    m->draft = draft_new(m->arena, f->cluster);
    m->assets = assets_new(f, m->draft);
    m->hubs = hubs_new(f, m->assets, m->draft);
    m->rbac = rbac_new(f);
    m->ctx = (struct rule_ctx){.f = f,
                               .rbac = m->rbac,
                               .as = m->assets,
                               .hubs = m->hubs,
                               .d = m->draft,
                               .scratch = scratch};
    if (bindable_add(f, &m->ctx, m->assets)) { /* bindings have moved */
        rbac_free(m->rbac);
        m->rbac = rbac_new(f);
    }
    m->ctx.rbac = m->rbac;
    m->ctx.scratch = NULL;
    return m;
}

void missing_free(struct missing *m)
{
    if (!m)
        return;
    rbac_free(m->rbac);
    porthubs_free(m->ctx.porthubs);
    hubs_free(m->hubs);
    assets_free(m->assets);
    draft_free(m->draft);
    arena_free(m->arena);
    free(m);
}

/* One that could be made is told from those there are by the third part of its key. */
static const struct fact_binding *binding_of(const struct facts *f, const struct key_parts *k)
{
    for (size_t i = 0; i < f->bindings.n; i++) {
        const struct fact_binding *b = &f->bindings.v[i];

        if (b->could_be == (k->sub != NULL) && strcmp(b->meta.ns, k->ns) == 0 &&
            strcmp(b->meta.name, k->name) == 0 &&
            (!k->sub || b->to_clusterrole == (strcmp(k->sub, "clusterrole") == 0)))
            return b;
    }
    return NULL;
}

static void find_pod(const struct facts *f, struct rule_end *end)
{
    end->pod = facts_pod(f, end->ns, end->name);
    for (size_t i = 0; end->pod && end->kind == NODE_CONTAINER && i < end->pod->ncontainers; i++)
        if (strcmp(end->pod->containers[i].name, end->sub) == 0)
            end->container = &end->pod->containers[i];
    for (size_t i = 0; end->pod && end->kind == NODE_VOLUME && i < end->pod->nvolumes; i++)
        if (strcmp(end->pod->volumes[i].name, end->sub) == 0)
            end->volume = &end->pod->volumes[i];
}

static bool find_end(const struct facts *f, const char *key, struct arena *a, struct rule_end *end,
                     struct err *e)
{
    struct key_parts k;

    if (!key_parse(a, key, &k, e))
        return false;
    *end = (struct rule_end){.kind = k.kind, .ns = k.ns, .name = k.name, .sub = k.sub ? k.sub : ""};
    switch (k.kind) {
    case NODE_POD:
    case NODE_CONTAINER:
    case NODE_VOLUME:
    case NODE_ENDPOINT:
        find_pod(f, end);
        break;
    case NODE_NODE:
        end->node = facts_node(f, k.name);
        break;
    case NODE_PERMISSION_SET:
        end->binding = binding_of(f, &k);
        break;
    case NODE_SERVICEACCOUNT:
    case NODE_SA_MINT:
        end->sa = facts_sa(f, k.ns, k.name);
        break;
    case NODE_SECRET:
        end->secret = facts_secret(f, k.ns, k.name);
        break;
    default:
        break;
    }
    end->ns_fact = facts_namespace(f, k.kind == NODE_NAMESPACE ? k.name : k.ns);
    return true;
}

/* "container or node", at most a few of a set. */
static const char *kinds_in_words(node_kinds set, struct arena *a)
{
    const char *all = "";
    size_t n = 0;

    for (unsigned k = 1; k < NODE_KIND_LIMIT; k++)
        if (set >> k & 1 && kinds_node(k) && n++ < 6)
            all = arena_printf(a, "%s%s%s", all, n > 1 ? " or " : "", kinds_node(k)->name);
    return n > 6 ? arena_printf(a, "%s and others", all) : all;
}

void missing_kind(enum edge_kind kind, enum node_kind from, enum node_kind to, struct arena *a,
                  struct rule_why *out)
{
    const struct edge_kind_info *k = kinds_edge(kind);

    if (!(k->from >> from & 1)) {
        why_say(out, WHY_APART, NULL, NULL, NULL,
                arena_printf(a, "%s begins at a %s; this one is a %s", k->label,
                             kinds_in_words(k->from, a), kinds_node(from)->name));
        return;
    }
    if (!(k->to >> to & 1)) {
        why_say(out, WHY_APART, NULL, NULL, NULL,
                arena_printf(a, "%s leads to a %s; this one is a %s", k->label,
                             kinds_in_words(k->to, a), kinds_node(to)->name));
        return;
    }
    *out =
        (struct rule_why){.ev.reason = arena_printf(a, "%s wants this: %s", k->label, k->sentence)};
}

static bool draws(const struct rule *r, enum edge_kind kind)
{
    for (size_t i = 0; r->kinds[i]; i++)
        if (r->kinds[i] == kind)
            return true;
    return false;
}

static bool is_identity(enum node_kind k)
{
    return k == NODE_SERVICEACCOUNT || k == NODE_USER || k == NODE_GROUP;
}

/* Alternatives: the nearest of those that apply.  If one of them holds, rights are not what is
 * missing. */
static bool wants_say(struct rule_ctx *c, const struct rule *r, const struct rule_question *q,
                      struct rule_why *out)
{
    bool said = false;

    for (size_t i = 0; i < r->nwants; i++) {
        const struct rule_wants *w = &r->wants[i];
        struct rule_why why;

        if (w->kind != q->kind || (w->to && !(w->to >> q->to.kind & 1)) ||
            !(w->rights ? q->from.kind == NODE_PERMISSION_SET : is_identity(q->from.kind)))
            continue;
        if (!(w->rights ? rbac_miss_say(c, q, w, &why) : rbac_miss_union(c, q, w, &why)))
            return false;
        if (!said || why.near > out->near)
            *out = why;
        said = true;
    }
    return said;
}

static bool rule_says(struct rule_ctx *c, const struct rule *r, const struct rule_question *q,
                      struct rule_why *out)
{
    return (r->missing && r->missing(c, q, out)) || wants_say(c, r, q, out);
}

/* What no rule says, since the asset stage makes it: what a set contains. */
static bool not_in_set(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    if (q->kind != EDGE_HUB_MEMBER)
        return false;
    if (q->to.kind == NODE_POD && q->to.pod && why_ended(c, out, q->to.pod))
        return true;
    if (q->to.node && nodes_virtual(q->to.node))
        return why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", q->to.name),
                       q->to.node->meta.uid, "metadata.labels",
                       "a virtual node is no machine that somebody could take");
    if (q->from.kind == NODE_ENDPOINTS && strcmp(q->from.name, "all") != 0)
        return false; /* named after a member: what it holds is for NET_REACH to say */
    if (*q->from.ns && *q->to.ns && strcmp(q->from.ns, q->to.ns) != 0)
        return why_say(
            out, WHY_APART, NULL, NULL, NULL,
            arena_printf(c->scratch, "the set holds what is in namespace %s only", q->from.ns));
    return !*q->from.ns && *q->to.ns && !kinds_node(q->to.kind)->hub &&
           why_say(
               out, WHY_HELD, NULL, NULL, NULL,
               "the set of the cluster holds the sets of the namespaces, and those their members");
}

/* A name that only a role knows. */
static bool no_such_pod(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    return q->to.kind == NODE_POD && !q->to.pod &&
           why_say(out, WHY_APART, arena_printf(c->scratch, "Pod %s/%s", q->to.ns, q->to.name),
                   NULL, NULL, "no pod of that name was read");
}

bool missing_ask(struct missing *m, const char *from, const char *to, enum edge_kind kind,
                 struct arena *a, struct rule_why *out, struct err *e)
{
    struct rule_question q = {.kind = kind};
    struct rule_why why;

    if (!find_end(m->ctx.f, from, a, &q.from, e) || !find_end(m->ctx.f, to, a, &q.to, e))
        return false;
    missing_kind(kind, q.from.kind, q.to.kind, a, out);
    if (out->specific)
        return true;
    m->ctx.scratch = a;
    if (no_such_pod(&m->ctx, &q, out) || not_in_set(&m->ctx, &q, out))
        return true;
    for (size_t i = 0; rules[i] && kind != EDGE_HUB_MEMBER; i++)
        if (draws(rules[i], kind) && rule_says(&m->ctx, rules[i], &q, &why) &&
            (!out->specific || why.near > out->near))
            *out = why;
    m->ctx.scratch = NULL;
    return true;
}

bool missing_identity(struct missing *m, const char *container, struct arena *a, const char **to,
                      struct rule_why *out)
{
    struct rule_end end;
    struct err e;

    if (!find_end(m->ctx.f, container, a, &end, &e) || !end.pod)
        return false;
    *to = key_make(a, m->ctx.f->cluster, NODE_SERVICEACCOUNT, end.pod->meta.ns,
                   end.pod->service_account, NULL);
    return missing_ask(m, container, *to, EDGE_IDENTITY_ASSUME, a, out, &e) && out->specific;
}
