/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Node authorizer's relations: a node to its pods, a pod to what it refers to. */
#include "ingest/derive/nodeauth.h"

#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/gates.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/references.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

bool nodeauth_counts(const struct fact_pod *p)
{
    return *p->node && !p->mirror;
}

uint32_t nodeauth_node(const struct facts *f, const struct fact_pod *p)
{
    const struct fact_node *n = facts_node(f, p->node);

    return n && !nodes_virtual(n) ? n->meta.ix : UINT32_MAX;
}

static void give(struct rule_ctx *c, const struct fact_pod *p, struct nodeauth_grant g,
                 nodeauth_fn *grant, void *arg)
{
    if (!nodes_pod_runs(p))
        g.why.reason = arena_printf(
            c->scratch, "%s; this one has ended, but counts until it is deleted", g.why.reason);
    grant(c, &g, arg);
}

/* Whether the pod has a token of its service account for the API server, or will have one: then
 * the node holds it, and may ask for the next. */
static bool has_api_token(const struct facts *f, const struct fact_pod *p)
{
    struct token t;

    for (size_t i = 0; i < p->nvolumes; i++)
        if (tokens_of_volume(f, p, &p->volumes[i], &t) && strcmp(t.sa, p->service_account) == 0)
            return true;
    return !p->token_mounts_known;
}

/* An audience other than the API server's that the pod asks for; NULL if none. */
static const char *other_audience(const struct fact_pod *p)
{
    for (size_t i = 0; i < p->nvolumes; i++)
        for (size_t k = 0; k < p->volumes[i].ntokens; k++)
            if (!tokens_api_audience(p->volumes[i].tokens[k].audience))
                return p->volumes[i].tokens[k].audience;
    return NULL;
}

/* The account itself: the node asks for its token as it does for the pod. */
static void account(struct rule_ctx *c, const struct fact_pod *p, struct nodeauth_grant g,
                    nodeauth_fn *grant, void *arg)
{
    struct fact_subject s = {SUBJECT_SERVICEACCOUNT, p->meta.ns, p->service_account};

    if (gates_hold(c->f, GATE_NODE_AUDIENCE) == TRI_YES && !has_api_token(c->f, p)) {
        g.verdict = VERDICT_UNKNOWN;
        g.why.reason = "no volume asks for a token for the API server, so the kubelet's request "
                       "may be refused";
    }
    g.to = assets_subject(c->f, c->d, &s);
    give(c, p, g, grant, arg);
}

/* Tokens for other audiences. */
static void mint(struct rule_ctx *c, const struct fact_pod *p, struct nodeauth_grant g,
                 nodeauth_fn *grant, void *arg)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    const char *audience = other_audience(p);
    enum tri restricted = gates_hold(c->f, GATE_NODE_AUDIENCE);

    if (!sa || (restricted == TRI_YES && !audience))
        return;
    if (audience && restricted != TRI_NO)
        g.why.reason = arena_printf(
            c->scratch, "a pod asks for a token for %.80s; others are refused", audience);
    else if (c->f->version_major == 0)
        g.why.reason = "the server's version is not known; from 1.33 it refuses other audiences";
    else if (restricted == TRI_UNSET)
        g.why.reason = "the server refuses other audiences only if told so; from 1.33 by default";
    g.to = sa->mint_ix;
    g.verdict = restricted == TRI_NO ? VERDICT_YES : VERDICT_UNKNOWN;
    give(c, p, g, grant, arg);
}

static struct nodeauth_grant because_of(const struct rule_ctx *c, const struct fact_pod *p)
{
    return (struct nodeauth_grant){
        .verdict = VERDICT_YES,
        .why = {.object = rule_pod(c, p), .uid = p->meta.uid},
    };
}

void nodeauth_tokens(struct rule_ctx *c, const struct fact_pod *p, nodeauth_fn *grant, void *arg)
{
    struct nodeauth_grant g = because_of(c, p);

    g.why.field = "spec.serviceAccountName";
    g.why.reason = "the kubelet may request tokens for the service accounts of its pods";
    account(c, p, g, grant, arg);
    mint(c, p, g, grant, arg);
}

/* One reference of the pod to objects by name. */
struct reference {
    const struct texts *names;
    const char *field, *reason;
    bool secrets; /* else ConfigMaps */
};

static void refer(struct rule_ctx *c, const struct fact_pod *p, struct reference r,
                  nodeauth_fn *grant, void *arg)
{
    if (r.names->n == 0)
        return;
    struct nodeauth_grant g = because_of(c, p);

    g.why.field = r.field;
    g.why.reason = r.reason;
    for (size_t i = 0; i < r.names->n; i++) {
        g.to = references_find(c->f, r.secrets ? NODE_SECRET : NODE_CONFIGMAP, p->meta.ns,
                               r.names->v[i]);
        if (g.to != UINT32_MAX)
            give(c, p, g, grant, arg);
    }
}

/* The Secrets by which the volume of a claim is mounted, in whatever namespace. */
static void of_claim(struct rule_ctx *c, const struct fact_pod *p, const struct fact_volume *v,
                     nodeauth_fn *grant, void *arg)
{
    const struct fact_pv *pv =
        v->type == VOLUME_PVC ? facts_pv_of_claim(c->f, p->meta.ns, v->claim) : NULL;

    for (size_t i = 0; pv && i < pv->nsecrets; i++) {
        struct nodeauth_grant g = {
            .to = references_find(c->f, NODE_SECRET, pv->secrets[i].ns, pv->secrets[i].name),
            .verdict = VERDICT_YES,
            .why = {.object = arena_printf(c->scratch, "PersistentVolume %s", pv->meta.name),
                    .uid = pv->meta.uid,
                    .field = pv->secrets[i].field,
                    .reason = arena_printf(c->scratch,
                                           "the kubelet mounts the volume with the Secret for pod "
                                           "%s/%s of the node",
                                           p->meta.ns, p->meta.name)},
        };
        if (g.to != UINT32_MAX)
            grant(c, &g, arg);
    }
}

void nodeauth_secrets(struct rule_ctx *c, const struct fact_pod *p, nodeauth_fn *grant, void *arg)
{
    const struct fact_serviceaccount *sa = facts_sa(c->f, p->meta.ns, p->service_account);
    struct reference r = {&p->image_pull_secrets, "spec.imagePullSecrets",
                          "a pod of the node refers to the Secret", true};

    refer(c, p, r, grant, arg);
    /* Admission copies them into the pod, so only pods that did not pass it need this. */
    if (sa && !p->token_mounts_known && p->image_pull_secrets.n == 0) {
        r.names = &sa->image_pull_secrets;
        r.field = "spec.serviceAccountName";
        refer(c, p, r, grant, arg);
    }
    for (size_t i = 0; i < p->nvolumes; i++) {
        of_claim(c, p, &p->volumes[i], grant, arg);
        r.names = &p->volumes[i].secrets;
        if (r.names->n == 0)
            continue;
        r.field = arena_printf(c->scratch, "spec.volumes[%zu]", i);
        refer(c, p, r, grant, arg);
    }
    for (size_t i = 0; i < p->ncontainers; i++) {
        r.names = &p->containers[i].env_secrets;
        if (r.names->n == 0)
            continue;
        r.field = escape_field(c->scratch, p, &p->containers[i], "{env,envFrom}");
        refer(c, p, r, grant, arg);
    }
}

void nodeauth_configmaps(struct rule_ctx *c, const struct fact_pod *p, nodeauth_fn *grant,
                         void *arg)
{
    struct reference r = {.reason = "a pod of the node refers to the ConfigMap"};

    for (size_t i = 0; i < p->nvolumes; i++) {
        r.names = &p->volumes[i].configmaps;
        if (r.names->n == 0)
            continue;
        r.field = arena_printf(c->scratch, "spec.volumes[%zu]", i);
        refer(c, p, r, grant, arg);
    }
    for (size_t i = 0; i < p->ncontainers; i++) {
        r.names = &p->containers[i].env_configmaps;
        if (r.names->n == 0)
            continue;
        r.field = escape_field(c->scratch, p, &p->containers[i], "{env,envFrom}");
        refer(c, p, r, grant, arg);
    }
}

struct looking {
    uint32_t to;
    bool found;
};

static void look(struct rule_ctx *c, const struct nodeauth_grant *g, void *arg)
{
    struct looking *l = arg;

    (void)c;
    l->found |= g->to == l->to;
}

bool nodeauth_missing(struct rule_ctx *c, const char *node, bool machine, const struct rule_end *to,
                      struct rule_why *out)
{
    static const struct {
        enum node_kind kind;
        const char *what, *rule;
    } texts[] = {
        {NODE_SECRET, "no pod of the node refers to Secret",
         "a kubelet gets only what its pods refer to"},
        {NODE_CONFIGMAP, "no pod of the node refers to ConfigMap",
         "a kubelet gets only what its pods refer to"},
        {NODE_SERVICEACCOUNT, "no pod of the node runs as ServiceAccount",
         "a kubelet gets tokens for the accounts of its pods only"},
        {NODE_SA_MINT,
         "no pod of the node makes the server grant other audiences for ServiceAccount",
         "a kubelet gets tokens for the accounts and audiences of its pods only"},
    };
    struct looking l = {.to = draft_find(c->d, to->kind, to->ns, to->name)};
    const struct fact_node *n = facts_node(c->f, node);

    for (size_t i = 0; i < c->f->pods.n && !l.found; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        if (strcmp(p->node, node) != 0 || !nodeauth_counts(p))
            continue;
        nodeauth_tokens(c, p, look, &l);
        nodeauth_secrets(c, p, look, &l);
        nodeauth_configmaps(c, p, look, &l);
    }
    const char *object = arena_printf(c->scratch, "Node %s", node);
    const char *uid = n ? n->meta.uid : NULL;
    if (l.found)
        return machine && n && nodes_virtual(n) &&
               why_say(out, WHY_RELATED, object, uid, "metadata.labels",
                       "each pod of a virtual node has a machine of its own");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].kind == to->kind)
            return why_say(out, WHY_RELATED, object, uid, NULL,
                           arena_printf(c->scratch, "%s %s/%s, and %s", texts[i].what, to->ns,
                                        to->name, texts[i].rule));
    return false;
}
