/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SECRET_CREDENTIAL: what a Secret opens, told by its type, its labels, its names and its use. What
 * it holds is never read, so no edge of these is sure. */
#include <string.h>

#include "ingest/derive/bootstrap.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

static void draw(struct rule_ctx *c, const struct fact_secret *s, uint32_t to, const char *field,
                 const char *reason, const struct evidence *more)
{
    struct evidence why[2] = {
        {.object = arena_printf(c->scratch, "Secret %s/%s", s->meta.ns, s->meta.name),
         .uid = s->meta.uid,
         .field = field,
         .reason = reason},
    };

    if (more)
        why[1] = *more;
    draft_edge(c->d, s->meta.ix, to, EDGE_SECRET_CREDENTIAL, CLASS_MODERATE, VERDICT_UNKNOWN, why,
               more ? 2 : 1);
}

/* --- clusters ------------------------------------------------------------------------------ */

/* What marks a credential of a whole cluster; the first row that holds counts.  All that a row says
 * must hold. */
static const struct {
    const char *type;         /* of the Secret */
    const char *label, *is;   /* a label and its value */
    const char *name_end;     /* how its name ends */
    const char *key, *ends;   /* a key that it has; or how one ends */
    const char *field, *says; /* evidence */
} clusters[] = {
    {.label = "argocd.argoproj.io/secret-type",
     .is = "cluster",
     .field = "metadata.labels[argocd.argoproj.io/secret-type]",
     .says = "Argo CD deploys to a cluster with it"},
    {.type = "cluster.x-k8s.io/secret",
     .field = "type",
     .says = "Cluster API keeps the keys of a cluster that it made in it"},
    {.key = "kubeconfig", .field = "data", .says = "one of its keys is called kubeconfig"},
    {.ends = ".kubeconfig", .field = "data", .says = "one of its keys ends in .kubeconfig"},
    {.key = "kubeconfig.yaml", .field = "data", .says = "one of its keys is kubeconfig.yaml"},
    {.name_end = "-kubeconfig", .field = "metadata.name", .says = "its name ends in -kubeconfig"},
};

static bool has_key_ending(const struct fact_secret *s, const char *end)
{
    for (size_t i = 0; i < s->keys.n; i++)
        if (g_str_has_suffix(s->keys.v[i], end))
            return true;
    return false;
}

static bool marks_cluster(const struct fact_secret *s, size_t row)
{
    const char *label = clusters[row].label ? facts_label(&s->meta, clusters[row].label) : NULL;

    if (clusters[row].label)
        return label && strcmp(label, clusters[row].is) == 0;
    if (clusters[row].type)
        return strcmp(s->type, clusters[row].type) == 0;
    if (clusters[row].key)
        return facts_has(&s->keys, clusters[row].key);
    if (clusters[row].ends)
        return has_key_ending(s, clusters[row].ends);
    return g_str_has_suffix(s->meta.name, clusters[row].name_end);
}

/* A node of its own for each Secret: which cluster it is, and whether two of them are the same,
 * only the values say. */
static void of_cluster(struct rule_ctx *c, const struct fact_secret *s)
{
    for (size_t k = 0; k < ARRAY_LEN(clusters); k++) {
        if (!marks_cluster(s, k))
            continue;
        uint32_t other = draft_node(c->d, NODE_CLUSTER, s->meta.ns, s->meta.name);

        draft_set_name(
            c->d, other,
            arena_printf(c->scratch, "another cluster, by Secret %s/%s", s->meta.ns, s->meta.name));
        draft_set_props(c->d, other, "{\"external\":true}");
        draw(c, s, other, clusters[k].field,
             arena_printf(c->scratch,
                          "%s; which cluster it is, perhaps this one, and what it may do there "
                          "only its values say",
                          clusters[k].says),
             NULL);
        return;
    }
}

/* --- groups -------------------------------------------------------------------------------- */

static void to_group(struct rule_ctx *c, uint32_t group, void *secret)
{
    draw(c, secret, group, "type",
         "a bootstrap token; which groups it lists, whether it may authenticate and whether it "
         "has expired only its values say",
         NULL);
}

/* --- registries ---------------------------------------------------------------------------- */

/* "quay.io" of quay.io/team/app:1; images without a host come from Docker's. */
static const char *registry_of(struct arena *a, const char *image)
{
    size_t n = strcspn(image, "/");
    const char *host = arena_strndup(a, image, n);

    if (image[n] == '\0' || (!strpbrk(host, ".:") && strcmp(host, "localhost") != 0) ||
        strcmp(host, "index.docker.io") == 0)
        return "docker.io";
    return host;
}

static bool may_be_for_registry(const struct fact_secret *s)
{
    return !*s->type || strcmp(s->type, "kubernetes.io/dockerconfigjson") == 0 ||
           strcmp(s->type, "kubernetes.io/dockercfg") == 0;
}

static void pulls(struct rule_ctx *c, const struct fact_pod *p, const struct fact_secret *s)
{
    struct evidence use = {
        .object = rule_pod(c, p),
        .uid = p->meta.uid,
        .field = "spec.imagePullSecrets",
        .reason = "the pod pulls its images with it",
    };

    for (size_t i = 0; i < p->ncontainers; i++) {
        const char *host = registry_of(c->scratch, p->containers[i].image);

        if (*p->containers[i].image)
            draw(c, s, draft_node(c->d, NODE_REGISTRY, "", host), *s->type ? "type" : NULL,
                 "a credential of image registries; of which ones only its values say", &use);
    }
}

static void of_pod(struct rule_ctx *c, const struct fact_pod *p)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    const struct texts *names = &p->image_pull_secrets;

    /* Admission copies them into the pod, so only pods that did not pass it need this. */
    if (sa && !p->token_mounts_known && names->n == 0)
        names = &sa->image_pull_secrets;
    for (size_t i = 0; i < names->n; i++) {
        const struct fact_secret *s = facts_secret(c->f, p->meta.ns, names->v[i]);

        if (s && may_be_for_registry(s))
            pulls(c, p, s);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->secrets.n; i++) {
        const struct fact_secret *s = &c->f->secrets.v[i];

        of_cluster(c, s);
        if (bootstrap_is_token(s))
            bootstrap_groups(c, to_group, (void *)s);
    }
    for (size_t i = 0; i < c->f->pods.n; i++)
        of_pod(c, &c->f->pods.v[i]);
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_secret *s = q->from.secret;
    bool marked = !s;

    for (size_t k = 0; s && k < ARRAY_LEN(clusters); k++)
        marked |= marks_cluster(s, k);
    return !marked && q->to.kind == NODE_CLUSTER &&
           why_say(out, WHY_APART,
                   arena_printf(c->scratch, "Secret %s/%s", s->meta.ns, s->meta.name), s->meta.uid,
                   "metadata", "no label, type, name or key of it says that it opens a cluster");
}

const struct rule rule_secret_credential = {
    .name = "secret_credential",
    .version = 1,
    .kinds = {EDGE_SECRET_CREDENTIAL},
    .derive = derive,
    .missing = missing,
};
