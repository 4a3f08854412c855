/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SCC_USE: on OpenShift a pod is as privileged as the constraints that its maker or its service
 * account may use. */
#include <string.h>

#include "ingest/derive/podmaking.h"
#include "ingest/derive/podsecurity.h"
#include "ingest/derive/why.h"

#define GROUP "security.openshift.io"

static const struct rbac_right uses[] = {
    {.verb = "use",
     .group = GROUP,
     .resource = "securitycontextconstraints",
     .subresource = "",
     .class = CLASS_TRIVIAL,
     .named = true,
     .named_class = CLASS_TRIVIAL},
};

/* The constraints that come with the cluster and give no way to the node. */
static const char *const harmless[] = {
    "anyuid",     "hostnetwork",   "hostnetwork-v2", "nonroot",          "nonroot-v2",
    "restricted", "restricted-v2", "restricted-v3",  "nested-container",
};

/* OpenShift marks its namespaces and has a CRD; charts for anywhere ask for SCCs in vain. */
static enum tri openshift(const struct facts *f)
{
    for (size_t i = 0; i < f->namespaces.n; i++)
        if (facts_annotation(&f->namespaces.v[i].meta, "openshift.io/sa.scc.uid-range"))
            return TRI_YES;
    if (facts_crd(f, GROUP, "securitycontextconstraints"))
        return TRI_YES;
    for (size_t i = 0; !facts_read(f, FACTS_CRDS) && i < f->roles.n; i++)
        for (size_t k = 0; k < f->roles.v[i].nrules; k++)
            if (facts_has(&f->roles.v[i].rules[k].groups, GROUP))
                return TRI_UNSET;
    return TRI_NO;
}

/* What the best of the constraints is worth; false if nothing. */
static bool worth(struct arena *a, const struct rbac_held *held, enum tri sure, enum verdict *v,
                  const char **reason)
{
    *v = sure == TRI_YES ? VERDICT_YES : VERDICT_UNKNOWN;
    *reason = sure == TRI_YES ? "the SCC privileged may be used"
                              : "the SCC privileged may be used; that this is OpenShift is only "
                                "known from roles";
    if (held->all || facts_has(&held->names, "privileged"))
        return true;
    for (size_t i = 0; i < held->names.n; i++) {
        bool known = false;

        for (size_t k = 0; k < ARRAY_LEN(harmless); k++)
            known = known || strcmp(held->names.v[i], harmless[k]) == 0;
        if (known)
            continue;
        *v = VERDICT_UNKNOWN;
        *reason = arena_printf(a, "the SCC %.80s may be used; what it allows is not read",
                               held->names.v[i]);
        return true;
    }
    return false;
}

/* SCCs say nothing against the label of the namespace, which is asked as well. */
static enum verdict label(struct rule_ctx *c, const struct fact_namespace *ns, struct evidence *ev)
{
    struct podsecurity ps = podsecurity_of(c->f, ns, c->scratch);
    bool open = ps.level == PODSECURITY_PRIVILEGED;

    *ev =
        (struct evidence){arena_printf(c->scratch, "Namespace %s", ns->meta.name), ns->meta.uid,
                          ps.field, open ? "Pod Security admits privileged pods here" : ps.reason};
    return open ? VERDICT_YES : ps.privileged;
}

static void draw(struct rule_ctx *c, const struct rbac_union_hit *u, uint32_t from,
                 const struct fact_namespace *ns, enum verdict v, const char *reason)
{
    struct evidence *why = arena_alloc(c->scratch, (u->nwhy + 2) * sizeof(*why));
    enum verdict there = label(c, ns, &why[u->nwhy + 1]);

    memcpy(why, u->why, u->nwhy * sizeof(*why));
    why[u->nwhy] = (struct evidence){
        .object = arena_printf(c->scratch, "Cluster %s", c->f->cluster), .reason = reason};
    draft_edge(c->d, from, c->as->nodes, EDGE_SCC_USE, CLASS_TRIVIAL, v > there ? v : there, why,
               u->nwhy + 2);
}

/* The maker has the use of it: one edge, by the namespace where it is worth most. */
static void by_maker(struct rule_ctx *c, const struct podmaking_hit *h, void *arg)
{
    const struct fact_namespace *best = NULL;
    enum verdict v, least = VERDICT_COUNT;
    struct evidence ev;
    const char *reason;
    size_t end;

    if (!worth(c->scratch, &h->u->parts[0], *(const enum tri *)arg, &v, &reason))
        return;
    for (size_t i = podmaking_scope(c, h, &end); i < end && least != VERDICT_YES; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];

        if (!podmaking_in(c, h, ns) || label(c, ns, &ev) >= least)
            continue;
        least = label(c, ns, &ev);
        best = ns;
    }
    if (best)
        draw(c, h->u, h->u->identity, best, v, reason);
}

/* Whether the subject is a service account of the namespace, or a group of all of them. */
static bool runs_there(struct rule_ctx *c, const struct fact_subject *s, const char *ns)
{
    g_autofree char *home = NULL;
    const char *name;

    if (s->kind == SUBJECT_SERVICEACCOUNT)
        return strcmp(s->ns, ns) == 0 && facts_sa(c->f, ns, s->name);
    if (s->kind == SUBJECT_USER)
        return rbac_user_is_sa(s->name, &home, &name) && strcmp(home, ns) == 0 &&
               facts_sa(c->f, ns, name);
    return strcmp(s->name, "system:authenticated") == 0 ||
           strcmp(s->name, "system:serviceaccounts") == 0 ||
           (g_str_has_prefix(s->name, "system:serviceaccounts:") &&
            strcmp(s->name + strlen("system:serviceaccounts:"), ns) == 0);
}

/* A service account has the use of it: then whoever makes pods beside it. */
static void by_account(struct rule_ctx *c, const struct rbac_union_hit *u, void *arg)
{
    const char *reason;
    enum verdict v;

    if (!worth(c->scratch, &u->parts[0], *(const enum tri *)arg, &v, &reason))
        return;
    for (size_t i = 0; i < c->f->namespaces.n; i++) {
        const struct fact_namespace *ns = &c->f->namespaces.v[i];

        if (!ns->meta.terminating && (!*u->ns || strcmp(u->ns, ns->meta.name) == 0) &&
            runs_there(c, u->subject, ns->meta.name))
            draw(c, u, c->as->namespaces[i].slot, ns, v, reason);
    }
}

static void derive(struct rule_ctx *c)
{
    const struct rbac_part parts[] = {{uses, ARRAY_LEN(uses), false}};

    enum tri sure = openshift(c->f);

    if (sure == TRI_NO)
        return;
    podmaking_each(c, parts, ARRAY_LEN(parts), by_maker, &sure);
    rbac_union_each(c, parts, ARRAY_LEN(parts), by_account, &sure);
}

static const struct rbac_part use[] = {{uses, ARRAY_LEN(uses), false}};
static const struct rule_wants wants[] = {
    {.kind = EDGE_SCC_USE, .parts = use, .nparts = ARRAY_LEN(use)}};

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    (void)q;
    return openshift(c->f) == TRI_NO &&
           why_say(out, WHY_RELATED, arena_printf(c->scratch, "Cluster %s", c->f->cluster), NULL,
                   NULL,
                   "nothing says that this is OpenShift: no security context constraints "
                   "apply");
}

const struct rule rule_scc_use = {
    .name = "scc_use",
    .version = 1,
    .kinds = {EDGE_SCC_USE},
    .derive = derive,
    .missing = missing,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
