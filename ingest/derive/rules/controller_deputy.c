/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CONTROLLER_DEPUTY: whoever writes a custom resource lets its controller act for him.  What is
 * known of each controller is a row of deputies.def. */
#include <string.h>

#include "ingest/derive/rbac_right.h"
#include "ingest/derive/runners.h"

enum where { ANYWHERE, HOME, CLUSTER };
enum target { ACCOUNT, ADMIN, ALL_NODES };

static const struct deputy {
    const char *controller, *group, *resource;
    enum where where;
    const char *image, *account;
    enum target target;
    enum edge_class class;
    enum verdict verdict;
    const char *sentence;
} deputies[] = {
#define DEPUTY(controller, group, resource, where, image, account, target, class, verdict, text)   \
    {controller, group,         resource,          where, image, account,                          \
     target,     CLASS_##class, VERDICT_##verdict, text},
#include "ingest/derive/deputies.def"
#undef DEPUTY
};

/* One row, and one controller that was found for it. */
struct order {
    struct rule_ctx *c;
    const struct deputy *d;
    bool crd_known;         /* the kind is sure to be installed */
    bool sure;              /* the controller is sure to run */
    uint32_t to;            /* what it leads to */
    const char *home;       /* namespace of the controller */
    struct evidence engine; /* that it runs */
};

static bool in_scope(const struct order *o, const char *ns)
{
    return !*ns || (o->d->where == HOME ? strcmp(ns, o->home) == 0 : o->d->where == ANYWHERE);
}

static void hit(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    const struct order *o = arg;
    struct evidence why[] = {h->why[0], h->why[1], o->engine};
    enum verdict verdict = o->d->verdict;
    const char *reason = arena_printf(c->scratch, "%s; %s", why[1].reason, o->d->sentence);

    if (!in_scope(o, h->binding->meta.ns))
        return;
    if (!o->crd_known)
        reason = arena_printf(c->scratch, "%s; whether the kind is installed was not read", reason);
    if (!o->sure)
        reason = arena_printf(c->scratch, "%s; whether the controller runs was not read", reason);
    if (h->name)
        reason = arena_printf(c->scratch, "%s; whether %.80s exists is not read", reason, h->name);
    if (!o->crd_known || !o->sure || h->name)
        verdict = VERDICT_UNKNOWN;
    why[1].reason = reason;
    draft_edge(c->d, h->set, o->to, EDGE_CONTROLLER_DEPUTY, o->d->class, verdict, why, 3);
}

/* The rights that let one write the row's resource. */
static void draw(struct order *o)
{
#define RIGHT(a_verb, by_name)                                                                     \
    {                                                                                              \
        .verb = a_verb, .group = o->d->group, .resource = o->d->resource, .subresource = "",       \
        .named = by_name                                                                           \
    }
    const struct rbac_right rights[] = {RIGHT("create", false), RIGHT("patch", true),
                                        RIGHT("update", true)};
#undef RIGHT

    rbac_right_each(o->c, rights, ARRAY_LEN(rights), hit, o);
}

static uint32_t target_of(const struct order *o, const struct fact_serviceaccount *sa)
{
    if (o->d->target == ACCOUNT)
        return sa->meta.ix;
    return o->d->target == ADMIN ? o->c->as->cluster_admin : o->c->as->nodes;
}

static void found(void *arg, const struct fact_pod *p, const struct fact_container *container)
{
    struct order *o = arg;
    struct arena *a = o->c->scratch;
    const struct fact_serviceaccount *sa = facts_sa(o->c->f, p->meta.ns, p->service_account);

    if (!sa)
        return;
    o->sure = true;
    o->to = target_of(o, sa);
    o->home = p->meta.ns;
    o->engine = (struct evidence){
        .object = arena_printf(a, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = "spec.serviceAccountName",
        .reason = arena_printf(a, "runs %s as %.80s (image %.120s)", o->d->controller,
                               p->service_account, container->image),
    };
    draw(o);
}

/* Built into the kubelet's own binary: no pod shows it. */
static void built_in(struct order *o)
{
    const struct facts *f = o->c->f;

    for (size_t i = 0; i < f->nodes.n; i++) {
        const struct fact_node *n = &f->nodes.v[i];

        if (!strstr(n->kubelet, o->d->image))
            continue;
        o->sure = true;
        o->to = target_of(o, NULL);
        o->home = "";
        o->engine = (struct evidence){
            .object = arena_printf(o->c->scratch, "Node %s", n->meta.name),
            .uid = n->meta.uid,
            .field = "status.nodeInfo.kubeletVersion",
            .reason = arena_printf(o->c->scratch, "the cluster is %s", o->d->controller),
        };
        draw(o);
        return;
    }
}

/* Without pods, an account of the usual name is all there is to go by. */
static void guess(struct order *o)
{
    const struct deputy *d = o->d;
    const char *slash = strrchr(d->image, '/');
    const char *usual = *d->account ? d->account : slash ? slash + 1 : d->image;
    const struct facts *f = o->c->f;

    for (size_t i = 0; i < f->serviceaccounts.n; i++) {
        const struct fact_serviceaccount *sa = &f->serviceaccounts.v[i];

        if (!g_str_has_suffix(sa->meta.name, usual))
            continue;
        o->sure = false;
        o->to = target_of(o, sa);
        o->home = sa->meta.ns;
        o->engine = (struct evidence){
            .object =
                arena_printf(o->c->scratch, "ServiceAccount %s/%s", sa->meta.ns, sa->meta.name),
            .uid = sa->meta.uid,
            .reason = arena_printf(o->c->scratch, "is the usual account of %s", d->controller),
        };
        draw(o);
    }
}

static void derive(struct rule_ctx *c)
{
    bool crds_read = facts_read(c->f, FACTS_CRDS), pods_read = facts_read(c->f, FACTS_PODS);
    AUTO(runners) rs = runners_new(c->f);

    for (size_t i = 0; i < ARRAY_LEN(deputies); i++) {
        const struct deputy *d = &deputies[i];
        struct order o = {.c = c, .d = d};

        o.crd_known = facts_crd(c->f, d->group, d->resource);
        if (!o.crd_known && crds_read)
            continue;
        if (*d->image == '+') {
            built_in(&o);
            continue;
        }
        runners_each(rs, &(struct runners_query){d->image, d->account, 0}, found, &o);
        if (!o.sure && !pods_read)
            guess(&o);
    }
}

const struct rule rule_controller_deputy = {
    .name = "controller_deputy",
    .version = 2,
    .kinds = {EDGE_CONTROLLER_DEPUTY},
    .derive = derive,
};
