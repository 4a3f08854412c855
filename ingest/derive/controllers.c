/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Controllers by image, and admission webhooks by configuration -> Service -> pods -> account. */
#include "ingest/derive/controllers.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/image.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/runners.h"

/* The end of an image's repository, as published by its makers; mirrors keep it.  `port`: only a
 * container that declares it, where the same image also serves as a client beside applications. */
static const struct known {
    const char *image, *product;
    enum jewel jewel;
    int32_t port;
} known[] = {
    {"argoproj/argocd", "Argo CD", JEWEL_CI_GITOPS, 0},
    {"argoproj-labs/argocd-image-updater", "Argo CD", JEWEL_CI_GITOPS, 0},
    {"argoprojlabs/argocd-image-updater", "Argo CD", JEWEL_CI_GITOPS, 0},
    {"argoproj/workflow-controller", "Argo Workflows", JEWEL_CI_GITOPS, 0},
    {"openshift-gitops-1/argocd-rhel8", "Argo CD", JEWEL_CI_GITOPS, 0},
    {"bitnami/argo-cd", "Argo CD", JEWEL_CI_GITOPS, 0},
    {"fluxcd/source-controller", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/kustomize-controller", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/helm-controller", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/notification-controller", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/image-automation-controller", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/image-reflector-controller", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/flux", "Flux", JEWEL_CI_GITOPS, 0},
    {"fluxcd/helm-operator", "Flux", JEWEL_CI_GITOPS, 0},
    {"controlplaneio-fluxcd/flux-operator", "Flux", JEWEL_CI_GITOPS, 0},
    {"rancher/fleet", "Fleet", JEWEL_CI_GITOPS, 0},
    {"rancher/fleet-agent", "Fleet", JEWEL_CI_GITOPS, 0},
    {"jenkins/jenkins", "Jenkins", JEWEL_CI_GITOPS, 0},
    {"gitlab-org/gitlab-runner", "GitLab Runner", JEWEL_CI_GITOPS, 0},
    {"gitlab/gitlab-runner", "GitLab Runner", JEWEL_CI_GITOPS, 0},
    {"actions/gha-runner-scale-set-controller", "GitHub Actions", JEWEL_CI_GITOPS, 0},
    {"summerwind/actions-runner-controller", "GitHub Actions", JEWEL_CI_GITOPS, 0},
    {"tektoncd/pipeline/cmd/controller", "Tekton", JEWEL_CI_GITOPS, 0},
    {"hashicorp/vault", "Vault", JEWEL_SECRETS_CLUSTER, 8200},
    {"hashicorp/vault-enterprise", "Vault", JEWEL_SECRETS_CLUSTER, 8200},
    {"openbao/openbao", "OpenBao", JEWEL_SECRETS_CLUSTER, 8200},
    {"hashicorp/vault-secrets-operator", "Vault Secrets Operator", JEWEL_SECRETS_CLUSTER, 0},
    {"banzaicloud/vault-operator", "Vault", JEWEL_SECRETS_CLUSTER, 0},
    {"bank-vaults/vault-operator", "Vault", JEWEL_SECRETS_CLUSTER, 0},
    {"external-secrets/external-secrets", "External Secrets", JEWEL_SECRETS_CLUSTER, 0},
    {"external-secrets/kubernetes-external-secrets", "External Secrets", JEWEL_SECRETS_CLUSTER, 0},
    {"bitnami/sealed-secrets-controller", "Sealed Secrets", JEWEL_SECRETS_CLUSTER, 0},
    {"bitnami/sealed-secrets", "Sealed Secrets", JEWEL_SECRETS_CLUSTER, 0},
    {"kyverno/kyverno", "Kyverno", JEWEL_ADMISSION, 0},
    {"kyverno/background-controller", "Kyverno", JEWEL_ADMISSION, 0},
    {"kyverno/cleanup-controller", "Kyverno", JEWEL_ADMISSION, 0},
    {"openpolicyagent/gatekeeper", "Gatekeeper", JEWEL_ADMISSION, 0},
    {"openpolicyagent/kube-mgmt", "OPA", JEWEL_ADMISSION, 0},
    {"kubewarden/policy-server", "Kubewarden", JEWEL_ADMISSION, 0},
    {"kubewarden/kubewarden-controller", "Kubewarden", JEWEL_ADMISSION, 0},
    {"loftsh/jspolicy", "jsPolicy", JEWEL_ADMISSION, 0},
    {"portieris/portieris", "Portieris", JEWEL_ADMISSION, 0},
    {"securesystemsengineering/connaisseur", "Connaisseur", JEWEL_ADMISSION, 0},
    {"hashicorp/vault-k8s", "Vault injector", JEWEL_ADMISSION, 0},
};

struct controllers {
    const struct facts *f;
    GHashTable *of;     /* const struct fact_serviceaccount * -> struct controller * */
    GHashTable *rights; /* accounts called "default" that a binding names */
};

static void note(struct controllers *cs, const struct fact_pod *p, const struct controller *what)
{
    const struct fact_serviceaccount *sa = facts_sa(cs->f, p->meta.ns, p->service_account);
    const struct controller *have = sa ? g_hash_table_lookup(cs->of, sa) : NULL;

    if (!sa || (have && kinds_jewel(have->jewel)->weight >= kinds_jewel(what->jewel)->weight))
        return;
    if (strcmp(sa->meta.name, "default") == 0 && !g_hash_table_contains(cs->rights, sa))
        return;
    g_hash_table_insert(cs->of, (gpointer)sa, arena_memdup(cs->f->arena, what, sizeof(*what)));
}

/* "Deployment argocd/argocd-server": what the pod is one of. */
static const char *owner_of(const struct facts *f, const struct fact_pod *p)
{
    bool owned = *p->workload_kind;

    return arena_printf(f->arena, "%s %s/%s", owned ? p->workload_kind : "Pod", p->meta.ns,
                        owned ? p->workload_name : p->meta.name);
}

/* One row while its accounts are found. */
struct row {
    struct controllers *cs;
    const struct known *known;
};

static void runs(void *arg, const struct fact_pod *p, const struct fact_container *c)
{
    const struct row *row = arg;
    const struct facts *f = row->cs->f;
    struct controller what = {
        .jewel = row->known->jewel,
        .thing = arena_printf(f->arena, "%s of %s", row->known->product, p->meta.ns),
        .why = arena_printf(f->arena, "%s runs %.*s", owner_of(f, p),
                            (int)image_repository(c->image), c->image),
        .heuristic = true,
    };

    note(row->cs, p, &what);
}

static void by_image(struct controllers *cs)
{
    AUTO(runners) rs = runners_new(cs->f);

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        struct row row = {cs, &known[i]};

        runners_each(rs, &(struct runners_query){known[i].image, "", known[i].port}, runs, &row);
    }
}

struct webhook {
    struct controllers *cs;
    const struct fact_webhook *config;
};

static void backend(void *arg, const struct port_target *t)
{
    const struct webhook *w = arg;
    const struct facts *f = w->cs->f;
    struct controller what = {
        .jewel = JEWEL_ADMISSION,
        .thing = arena_printf(f->arena, "admission webhook %s of %s", t->service->meta.name,
                              t->service->meta.ns),
        .why =
            arena_printf(f->arena, "%s answers for %sWebhookConfiguration %s", owner_of(f, t->pod),
                         w->config->mutating ? "Mutating" : "Validating", w->config->meta.name),
    };

    note(w->cs, t->pod, &what);
}

/* Only webhooks that see new pods: one that looks after the objects of its own operator is no gate.
 */
static void by_webhook(struct controllers *cs)
{
    const struct facts *f = cs->f;
    AUTO(ports) ps = f->webhooks.n ? ports_new(f) : NULL;
    g_autoptr(GString) key = g_string_new(NULL);

    for (size_t i = 0; i < f->webhooks.n; i++) {
        struct webhook w = {cs, &f->webhooks.v[i]};

        for (size_t k = 0; k < w.config->nhooks; k++) {
            const struct fact_hook *h = &w.config->hooks[k];

            if (!h->covers_pods || !h->service_name || !*h->service_name)
                continue;
            g_string_printf(key, "%s/%s", h->service_ns, h->service_name);
            const struct fact_service *s = g_hash_table_lookup(f->service_by_name, key->str);
            if (s)
                ports_of_service(ps, s, f->arena, backend, &w);
        }
    }
}

/* Accounts called "default" that a binding names, alone or with all of their namespace. */
static void index_rights(struct controllers *cs)
{
    static const char group[] = "system:serviceaccounts:";
    const struct facts *f = cs->f;

    for (size_t i = 0; i < f->bindings.n; i++) {
        const struct fact_binding *b = &f->bindings.v[i];

        for (size_t k = 0; b->role && b->role->nrules && k < b->nsubjects; k++) {
            const struct fact_subject *s = &b->subjects[k];
            const char *ns = s->kind == SUBJECT_SERVICEACCOUNT ? s->ns
                             : s->kind == SUBJECT_GROUP && g_str_has_prefix(s->name, group)
                                 ? s->name + strlen(group)
                                 : NULL;
            const struct fact_serviceaccount *sa = ns ? facts_sa(f, ns, "default") : NULL;

            if (sa && (s->kind == SUBJECT_GROUP || strcmp(s->name, "default") == 0))
                g_hash_table_add(cs->rights, (gpointer)sa);
        }
    }
}

struct controllers *controllers_new(const struct facts *f)
{
    struct controllers *cs = must_calloc(1, sizeof(*cs));

    cs->f = f;
    cs->of = g_hash_table_new(g_direct_hash, g_direct_equal);
    cs->rights = g_hash_table_new(g_direct_hash, g_direct_equal);
    index_rights(cs);
    by_image(cs); /* first, since its name for the thing is better */
    by_webhook(cs);
    return cs;
}

void controllers_free(struct controllers *cs)
{
    if (!cs)
        return;
    g_hash_table_destroy(cs->of);
    g_hash_table_destroy(cs->rights);
    free(cs);
}

const struct controller *controllers_of(const struct controllers *cs,
                                        const struct fact_serviceaccount *sa)
{
    return g_hash_table_lookup(cs->of, sa);
}
