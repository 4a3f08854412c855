/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADMISSION_DISABLE: who may make pods in a namespace where an engine has a say, and may take that
 * engine out of the way.  Only where nothing else stands against a privileged pod. */
#include <string.h>

#include "ingest/derive/admission.h"
#include "ingest/derive/podmaking.h"
#include "ingest/derive/podsecurity.h"
#include "ingest/derive/rbac_union.h"
#include "ingest/derive/why.h"

#define RIGHT(a_verb, api_group, plural, by_name)                                                  \
    {                                                                                              \
        .verb = a_verb, .group = api_group, .resource = plural, .subresource = "",                 \
        .class = CLASS_EASY, .named = by_name, .named_class = CLASS_EASY                           \
    }
#define CHANGE(group, plural)                                                                      \
    RIGHT("delete", group, plural, true), RIGHT("patch", group, plural, true),                     \
        RIGHT("update", group, plural, true), RIGHT("deletecollection", group, plural, false)
#define REGISTRATION "admissionregistration.k8s.io"

static const struct rbac_right webhooks[] = {
    CHANGE(REGISTRATION, "validatingwebhookconfigurations")};
static const struct rbac_right policies[] = {CHANGE(REGISTRATION, "validatingadmissionpolicies")};
static const struct rbac_right bindings[] = {
    CHANGE(REGISTRATION, "validatingadmissionpolicybindings")};
static const struct rbac_right kyverno[] = {CHANGE("kyverno.io", "clusterpolicies")};
static const struct rbac_right gatekeeper[] = {
    CHANGE("templates.gatekeeper.sh", "constrainttemplates")};

#define PART(rights)                                                                               \
    {                                                                                              \
        rights, ARRAY_LEN(rights), true                                                            \
    }

/* How engines go: by which of the parts, counted from 1; 0 not at all. */
static const struct way {
    struct rbac_part parts[2];
    size_t n;
    size_t webhook, policy, binding;
    const char *engine; /* it only serves against this one, by its policies */
    const char *doubt;  /* NULL: it surely goes */
} ways[] = {
    {{PART(webhooks)}, 1, 1, 0, 0, NULL, NULL},
    {{PART(policies)}, 1, 0, 1, 0, NULL, NULL},
    {{PART(bindings)}, 1, 0, 0, 1, NULL, NULL},
    {{PART(webhooks), PART(policies)}, 2, 1, 2, 0, NULL, NULL},
    {{PART(webhooks), PART(bindings)}, 2, 1, 0, 2, NULL, NULL},
    {{PART(gatekeeper)}, 1, 1, 0, 0, "gatekeeper", NULL},
    {{PART(kyverno)},
     1,
     1,
     0,
     0,
     "kyverno",
     "Kyverno's other kinds of policy may refuse such pods as well, which are not read"},
};

/* A namespace where engines alone stand in the way. */
struct guarded {
    const struct fact_namespace *ns;
    enum verdict after; /* of a privileged pod once they are gone */
    const char *reason; /* for it */
    GArray *judges;     /* of struct admission_judge */
};

struct search {
    GArray *guarded;
    const struct way *way;
};

static void add_judge(void *arg, const struct admission_judge *j)
{
    g_array_append_vals(arg, j, 1);
}

static bool removable(const GArray *judges)
{
    for (guint i = 0; i < judges->len; i++) {
        enum admission_engine kind = g_array_index(judges, struct admission_judge, i).kind;
        if (kind != ADMISSION_WEBHOOK && kind != ADMISSION_POLICY)
            return false;
    }
    return judges->len > 0;
}

static GArray *find_guarded(struct rule_ctx *c)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct guarded));

    for (size_t i = 0; i < c->f->namespaces.n; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];
        struct podsecurity ps = podsecurity_without_engines(c->f, ns, c->scratch);
        struct guarded g = {ns, ps.privileged, ps.reason, NULL};

        if (ns->meta.terminating || ps.level != PODSECURITY_PRIVILEGED)
            continue;
        g.judges = g_array_new(FALSE, FALSE, sizeof(struct admission_judge));
        admission_each(c->f, ns, c->scratch, add_judge, g.judges);
        if (removable(g.judges))
            g_array_append_val(all, g);
        else
            g_array_free(g.judges, TRUE);
    }
    return all;
}

static bool covers(const struct rbac_union_hit *h, size_t part, const char *name)
{
    return part > 0 && (h->parts[part - 1].all || facts_has(&h->parts[part - 1].names, name));
}

static bool goes(const struct way *w, const struct rbac_union_hit *h,
                 const struct admission_judge *j)
{
    if (w->engine) /* by all of its policies, whatever they are called */
        return j->kind == ADMISSION_WEBHOOK && strcmp(j->engine, w->engine) == 0 &&
               h->parts[w->webhook - 1].all;
    return j->kind == ADMISSION_WEBHOOK
               ? covers(h, w->webhook, j->name)
               : covers(h, w->policy, j->name) || covers(h, w->binding, j->binding);
}

static bool all_go(const struct way *w, const struct rbac_union_hit *h, const struct guarded *g)
{
    for (guint i = 0; i < g->judges->len; i++)
        if (!goes(w, h, &g_array_index(g->judges, struct admission_judge, i)))
            return false;
    return true;
}

/* The rights, the namespace, and what stands in the way there. */
static void draw(struct rule_ctx *c, const struct rbac_union_hit *h, const struct way *w,
                 const struct guarded *g)
{
    enum verdict verdict = w->doubt ? VERDICT_UNKNOWN : g->after;
    size_t n = 0;
    struct evidence *why = arena_alloc(c->scratch, (h->nwhy + g->judges->len + 1) * sizeof(*why));

    why[n++] = (struct evidence){
        .object = arena_printf(c->scratch, "Namespace %s", g->ns->meta.name),
        .uid = g->ns->meta.uid,
        .reason = arena_printf(c->scratch, "%s%s%s", g->reason, w->doubt ? "; " : "",
                               w->doubt ? w->doubt : ""),
    };
    for (guint i = 0; i < g->judges->len; i++) {
        const struct admission_judge *j = &g_array_index(g->judges, struct admission_judge, i);

        why[n] = j->why;
        why[n++].reason = arena_printf(
            c->scratch, "%s %.80s has a say about pods there, and can be taken out of the way",
            j->kind == ADMISSION_WEBHOOK ? "the webhook" : "the policy", j->name);
    }
    memcpy(&why[n], h->why, h->nwhy * sizeof(*why));
    draft_edge(c->d, h->identity, c->as->nodes, EDGE_ADMISSION_DISABLE, CLASS_EASY, verdict, why,
               n + h->nwhy);
}

/* One namespace is enough; a sure one is better. */
static void hit(struct rule_ctx *c, const struct podmaking_hit *h, void *arg)
{
    const struct search *s = arg;
    const struct guarded *best = NULL;

    for (guint i = 0; i < s->guarded->len && !(best && best->after == VERDICT_YES); i++) {
        const struct guarded *g = &g_array_index(s->guarded, struct guarded, i);

        if ((!best || g->after < best->after) && all_go(s->way, h->u, g) &&
            podmaking_in(c, h, g->ns))
            best = g;
    }
    if (best)
        draw(c, h->u, s->way, best);
}

static void derive(struct rule_ctx *c)
{
    struct search s = {.guarded = find_guarded(c)};

    for (size_t i = 0; s.guarded->len > 0 && i < ARRAY_LEN(ways); i++) {
        s.way = &ways[i];
        podmaking_each(c, s.way->parts, s.way->n, hit, &s);
    }
    for (guint i = 0; i < s.guarded->len; i++)
        g_array_free(g_array_index(s.guarded, struct guarded, i).judges, TRUE);
    g_array_free(s.guarded, TRUE);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[0].parts, .nparts = 1},
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[1].parts, .nparts = 1},
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[2].parts, .nparts = 1},
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[3].parts, .nparts = 2},
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[4].parts, .nparts = 2},
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[5].parts, .nparts = 1},
    {.kind = EDGE_ADMISSION_DISABLE, .parts = ways[6].parts, .nparts = 1},
};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    GArray *guarded = find_guarded(c);
    bool none = guarded->len == 0;

    (void)q;
    for (guint i = 0; i < guarded->len; i++)
        g_array_free(g_array_index(guarded, struct guarded, i).judges, TRUE);
    g_array_free(guarded, TRUE);
    return none && why_say(out, WHY_RELATED, arena_printf(c->scratch, "Cluster %s", c->f->cluster),
                           NULL, NULL,
                           "in no namespace is an admission engine, that can be taken away, all "
                           "that refuses privileged pods");
}

const struct rule rule_admission_disable = {
    .name = "admission_disable",
    .version = 1,
    .kinds = {EDGE_ADMISSION_DISABLE},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
