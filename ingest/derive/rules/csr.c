/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client certificates by the certificates API: who may have one issued in whose name.
 *
 * Requests are cluster-scoped, so only ClusterRoleBindings count.  The approval code asks for
 * `approve` on the signer by its name, then on its domain with a star as the last part; other names
 * with stars are plain names. */
#include <string.h>

#include "ingest/derive/managed.h"
#include "ingest/derive/rbac_union.h"

#define CSR(v, sub, c)                                                                             \
    {                                                                                              \
        .verb = v, .group = "certificates.k8s.io", .resource = "certificatesigningrequests",       \
        .subresource = sub, .class = CLASS_##c, .named = sub[0] != 0, .named_class = CLASS_##c     \
    }
#define SIGNERS(v, c)                                                                              \
    {                                                                                              \
        .verb = v, .group = "certificates.k8s.io", .resource = "signers", .subresource = "",       \
        .class = CLASS_##c, .named = true, .named_class = CLASS_##c                                \
    }

static const struct rbac_right create[] = {CSR("create", "", EASY)};
static const struct rbac_right approval[] = {CSR("update", "approval", EASY),
                                             CSR("patch", "approval", EASY)};
static const struct rbac_right approve[] = {SIGNERS("approve", EASY)};
static const struct rbac_right status[] = {CSR("update", "status", HARD),
                                           CSR("patch", "status", HARD)};
static const struct rbac_right sign[] = {SIGNERS("sign", HARD)};
/* The approving controller asks about it without a name, so a rule with names never gives it. */
static const struct rbac_right by_itself[] = {{.verb = "create",
                                               .group = "certificates.k8s.io",
                                               .resource = "certificatesigningrequests",
                                               .subresource = "nodeclient",
                                               .class = CLASS_MODERATE}};

#define PART(rights)                                                                               \
    {                                                                                              \
        rights, ARRAY_LEN(rights), true                                                            \
    }
static const struct rbac_part approves[] = {PART(create), PART(approval), PART(approve)};
static const struct rbac_part signs[] = {PART(status), PART(sign)};
static const struct rbac_part bootstraps[] = {PART(create), PART(by_itself)};

#define ANYBODY "kubernetes.io/kube-apiserver-client"
#define KUBELETS "kubernetes.io/kube-apiserver-client-kubelet"
#define DOMAIN "kubernetes.io/*"

/* One way to a certificate while its hits come. */
struct way {
    enum edge_kind kind;
    size_t signer; /* which part is about signers; SIZE_MAX: none */
    enum verdict verdict;
    const char *but; /* what a verdict that is not yes says; NULL with yes */
    struct evidence provider;
};

static bool holds_signer(const struct rbac_held *h, const char *signer)
{
    return h->all || facts_has(&h->names, signer) || facts_has(&h->names, DOMAIN);
}

static void draw(struct rule_ctx *c, const struct rbac_union_hit *h, const struct way *way,
                 uint32_t to)
{
    size_t n = h->nwhy;
    struct evidence *why = arena_alloc(c->scratch, (n + 1) * sizeof(*why));

    memcpy(why + 1, h->why, n * sizeof(*why));
    if (!way->but) {
        draft_edge(c->d, h->identity, to, way->kind, h->class, way->verdict, why + 1, n);
        return;
    }
    why[0] = way->provider;
    if (!why[0].object)
        why[0].object = "cluster";
    why[0].reason = way->but;
    draft_edge(c->d, h->identity, to, way->kind, h->class, way->verdict, why, n + 1);
}

/* A request for system:masters is refused when it is made, so the groups are all others.  The
 * kubelets' signer insists on a kubelet's user name. */
static void hit(struct rule_ctx *c, const struct rbac_union_hit *h, void *arg)
{
    const struct way *way = arg;

    if (*h->ns)
        return;
    if (way->signer != SIZE_MAX && holds_signer(&h->parts[way->signer], ANYBODY)) {
        draw(c, h, way, hubs_users(c->hubs));
        draw(c, h, way, hubs_groups(c->hubs));
        draw(c, h, way, hubs_spoken_accounts(c->hubs, ""));
    } else if (way->signer == SIZE_MAX || holds_signer(&h->parts[way->signer], KUBELETS)) {
        draw(c, h, way, hubs_node_users(c->hubs));
    }
}

/* How the provider's control plane treats approved requests for client certificates. */
static void judge_issue(const struct facts *f, struct way *way)
{
    struct managed m = managed_by(f);
    static const struct {
        enum verdict verdict;
        const char *but;
    } answers[] = {
        [MANAGED_NO] = {VERDICT_YES, NULL},
        [MANAGED_EKS] = {VERDICT_BLOCKED, "the node belongs to EKS, whose control plane issues no "
                                          "client certificates"},
        [MANAGED_MAYBE_EKS] = {VERDICT_UNKNOWN,
                               "the node is a machine of AWS and no control plane node is seen: on "
                               "EKS no client certificate would be issued"},
        [MANAGED_GKE] = {VERDICT_UNKNOWN, "the node belongs to GKE; whether its control plane "
                                          "issues client certificates is not known"},
        [MANAGED_AKS] = {VERDICT_UNKNOWN, "the node belongs to AKS; whether its control plane "
                                          "issues client certificates is not known"},
        [MANAGED_NOT_KNOWN] = {VERDICT_UNKNOWN, "nodes were not read, so it may be EKS, which "
                                                "issues no client certificates"},
    };

    way->verdict = answers[m.by].verdict;
    way->but = answers[m.by].but;
    way->provider = m.why;
}

/* Bootstrap of nodes is what some providers do in their own way: nothing is sure there. */
static void judge_bootstrap(const struct facts *f, struct way *way)
{
    judge_issue(f, way);
    if (way->verdict == VERDICT_BLOCKED)
        way->verdict = VERDICT_UNKNOWN;
    if (way->provider.object && way->verdict == VERDICT_UNKNOWN)
        way->but = "the node belongs to a provider who may attest machines before it issues a "
                   "certificate, or issue none";
}

static void derive(struct rule_ctx *c)
{
    struct way approve_it = {.kind = EDGE_CSR_APPROVE, .signer = 2};
    struct way sign_it = {
        .kind = EDGE_CSR_SIGN,
        .signer = 1,
        .verdict = VERDICT_UNKNOWN,
        .but = "a certificate counts only if the key of the cluster's CA signed it, and who has "
               "that key no object says",
    };
    struct way bootstrap = {.kind = EDGE_BOOTSTRAP_NODE_CSR, .signer = SIZE_MAX};

    judge_issue(c->f, &approve_it);
    judge_bootstrap(c->f, &bootstrap);
    rbac_union_each(c, approves, ARRAY_LEN(approves), hit, &approve_it);
    rbac_union_each(c, signs, ARRAY_LEN(signs), hit, &sign_it);
    rbac_union_each(c, bootstraps, ARRAY_LEN(bootstraps), hit, &bootstrap);
}

static const struct rule_wants wants[] = {
    {.kind = EDGE_CSR_APPROVE, .parts = approves, .nparts = ARRAY_LEN(approves)},
    {.kind = EDGE_CSR_SIGN, .parts = signs, .nparts = ARRAY_LEN(signs)},
    {.kind = EDGE_BOOTSTRAP_NODE_CSR, .parts = bootstraps, .nparts = ARRAY_LEN(bootstraps)},
};

const struct rule rule_csr = {
    .name = "csr",
    .version = 2,
    .kinds = {EDGE_CSR_APPROVE, EDGE_CSR_SIGN, EDGE_BOOTSTRAP_NODE_CSR, EDGE_HUB_MEMBER},
    .derive = derive,
    .wants = wants,
    .nwants = ARRAY_LEN(wants),
};
