/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CE_VAR_LOG_SYMLINK: the kubelet follows links when it serves logs, as root of the node.  One who
 * writes among the logs makes the link; one who may read logs reads what it points to. */
#include <string.h>

#include "ingest/derive/hostmount.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rbac_right.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

#define LOGS "/var/log"
#define POD_LOGS "/var/log/pods"

static const struct rbac_right of_pods[] = {
    {"get", "", "pods", "log", CLASS_TRIVIAL, true, CLASS_TRIVIAL, false},
};
static const struct rbac_right of_nodes[] = {
    {"get", "", "nodes", "log", CLASS_TRIVIAL, true, CLASS_TRIVIAL, false},
    {"get", "", "nodes", "proxy", CLASS_TRIVIAL, true, CLASS_TRIVIAL, false},
};

/* Who may read logs, and where. */
struct readers {
    GArray *all;            /* struct rbac_right_hit */
    GHashTable *by_subject; /* "sa/ns/name", "user//name", "group//name" -> GArray of guint */
    GHashTable *pods_on;    /* set of "node/ns": a pod of the namespace runs there */
};

static char *subject_key(enum subject_kind kind, const char *ns, const char *name)
{
    static const char *const kinds[] = {
        [SUBJECT_SERVICEACCOUNT] = "sa", [SUBJECT_USER] = "user", [SUBJECT_GROUP] = "group"};

    return g_strjoin("/", kinds[kind], ns, name, NULL);
}

/* Whose role is everything needs no link to take a node. */
static bool is_admin(const struct fact_role *r)
{
    for (size_t i = 0; i < r->nrules; i++)
        if (facts_has(&r->rules[i].verbs, "*") && facts_has(&r->rules[i].resources, "*") &&
            facts_has(&r->rules[i].groups, "*"))
            return true;
    return false;
}

static bool of_node(const struct rbac_right_hit *h)
{
    return strcmp(h->right->resource, "nodes") == 0;
}

static void note(struct rule_ctx *c, const struct rbac_right_hit *h, void *arg)
{
    struct readers *r = arg;
    guint at = r->all->len;

    (void)c;
    if (of_node(h) && *h->binding->meta.ns) /* a RoleBinding gives nothing of a node */
        return;
    g_array_append_val(r->all, *h);
    for (size_t i = 0; i < h->binding->nsubjects; i++) {
        const struct fact_subject *s = &h->binding->subjects[i];
        g_autofree char *key =
            subject_key(s->kind, s->kind == SUBJECT_SERVICEACCOUNT ? s->ns : "", s->name);
        GArray *list = g_hash_table_lookup(r->by_subject, key);

        if (!list) {
            list = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(r->by_subject, g_strdup(key), list);
        }
        g_array_append_val(list, at);
    }
}

static void readers_init(struct rule_ctx *c, struct readers *r)
{
    r->all = g_array_new(FALSE, FALSE, sizeof(struct rbac_right_hit));
    r->by_subject =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    r->pods_on = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    rbac_right_each(c, of_pods, ARRAY_LEN(of_pods), note, r);
    rbac_right_each(c, of_nodes, ARRAY_LEN(of_nodes), note, r);
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        if (*p->node && nodes_pod_runs(p))
            g_hash_table_add(r->pods_on, g_strjoin("/", p->node, p->meta.ns, NULL));
    }
}

static void readers_done(struct readers *r)
{
    g_array_free(r->all, TRUE);
    g_hash_table_destroy(r->by_subject);
    g_hash_table_destroy(r->pods_on);
}

/* Whether the right reaches logs that the pod may have replaced: of its node, or of a pod on it. */
static bool reaches(struct rule_ctx *c, const struct readers *r, const struct rbac_right_hit *h,
                    const struct fact_pod *p, bool pod_logs)
{
    const char *ns = h->binding->meta.ns;

    if (of_node(h))
        return !h->name || strcmp(h->name, p->node) == 0;
    if (!pod_logs)
        return false;
    if (h->name) {
        const struct fact_pod *named = facts_pod(c->f, *ns ? ns : p->meta.ns, h->name);
        return named == p ||
               (named && *p->node && nodes_pod_runs(named) && strcmp(named->node, p->node) == 0);
    }
    if (!*ns || strcmp(ns, p->meta.ns) == 0)
        return true;
    g_autofree char *key = g_strjoin("/", p->node, ns, NULL);
    return g_hash_table_contains(r->pods_on, key);
}

/* The first right by which this subject may. */
static const struct rbac_right_hit *right_of(struct rule_ctx *c, const struct readers *r,
                                             const struct fact_subject *s, const struct fact_pod *p,
                                             bool pod_logs)
{
    g_autofree char *key = subject_key(s->kind, s->ns, s->name);
    const GArray *list = g_hash_table_lookup(r->by_subject, key);

    for (guint i = 0; list && i < list->len; i++) {
        const struct rbac_right_hit *h =
            &g_array_index(r->all, struct rbac_right_hit, g_array_index(list, guint, i));
        if (reaches(c, r, h, p, pod_logs))
            return h;
    }
    return NULL;
}

/* The right of the pod's own account, by itself or by a group that it is in. */
static const struct rbac_right_hit *own_right(struct rule_ctx *c, const struct readers *r,
                                              const struct fact_pod *p, bool pod_logs)
{
    g_autofree char *user = rbac_user_name(SUBJECT_SERVICEACCOUNT, p->meta.ns, p->service_account);
    struct fact_subject sa = {SUBJECT_SERVICEACCOUNT, p->meta.ns, p->service_account};
    struct fact_subject same = {SUBJECT_USER, "", user};
    const struct rbac_right_hit *h = right_of(c, r, &sa, p, pod_logs);
    struct rbac_groups groups;

    if (!h)
        h = right_of(c, r, &same, p, pod_logs);
    rbac_groups_of(user, &groups);
    for (size_t i = 0; !h && i < groups.n; i++) {
        struct fact_subject group = {SUBJECT_GROUP, "", groups.v[i]};
        h = right_of(c, r, &group, p, pod_logs);
    }
    rbac_groups_done(&groups);
    return h;
}

/* A right that somebody holds whom an attacker may hold: not the system's own, no administrator. */
static const struct rbac_right_hit *other_right(struct rule_ctx *c, const struct readers *r,
                                                const struct fact_pod *p, bool pod_logs)
{
    for (guint i = 0; i < r->all->len; i++) {
        const struct rbac_right_hit *h = &g_array_index(r->all, struct rbac_right_hit, i);

        if (is_admin(h->binding->role) || !reaches(c, r, h, p, pod_logs))
            continue;
        for (size_t k = 0; k < h->binding->nsubjects; k++) {
            const struct fact_subject *s = &h->binding->subjects[k];
            bool own = s->kind == SUBJECT_SERVICEACCOUNT && strcmp(s->ns, "kube-system") == 0;
            if (!own && !g_str_has_prefix(s->name, "system:"))
                return h;
        }
    }
    return NULL;
}

/* Whether the container has a token of the pod's account. */
static bool has_token(const struct facts *f, const struct fact_pod *p,
                      const struct fact_container *k)
{
    struct token t;

    for (size_t i = 0; i < k->nmounts; i++) {
        const struct fact_mount *m = &k->mounts[i];
        if (m->volume < p->nvolumes && tokens_of_volume(f, p, &p->volumes[m->volume], &t) &&
            tokens_visible(m, t.path) && strcmp(t.sa, p->service_account) == 0)
            return true;
    }
    return k->type != CONTAINER_EPHEMERAL && tokens_automounted(f, p);
}

/* Whether a mount lets one make links among the logs; *pod_logs: among those of pods.  The node's
 * root directory is EXPLOIT_HOST_WRITE's, which takes the node at once. */
static bool among_logs(const struct hostmount *m, const struct fact_volume *v, bool *pod_logs)
{
    *pod_logs = hostpath_inside(m->path, POD_LOGS) || hostpath_inside(POD_LOGS, m->path);
    if (strcmp(m->path, "/") == 0 ||
        g_str_has_prefix(v->host_path_type ? v->host_path_type : "", "File"))
        return false;
    return *pod_logs || hostpath_inside(m->path, LOGS);
}

static void of_mount(struct rule_ctx *c, const struct readers *r, const struct fact_pod *p,
                     const struct fact_container *k, size_t at)
{
    const char *object = rule_pod(c, p);
    struct hostmount m;
    bool pod_logs;

    if (k->mounts[at].read_only || !hostmount_at(c, p, k, at, &m) ||
        !among_logs(&m, &p->volumes[k->mounts[at].volume], &pod_logs))
        return;
    const struct rbac_right_hit *own = own_right(c, r, p, pod_logs), *h = own;
    if (!h)
        h = other_right(c, r, p, pod_logs);
    if (!h)
        return;

    const char *why = own ? has_token(c->f, p, k)
                                ? NULL
                                : "the pod's account may read the logs, but this container has "
                                  "no token of it"
                          : "the pod's account may not read the logs; who holds one of this "
                            "binding may";
    enum verdict verdict =
        why && m.guard.verdict == VERDICT_YES ? VERDICT_UNKNOWN : m.guard.verdict;
    struct evidence ev[6] = {
        {object, p->meta.uid, m.field,
         arena_printf(c->scratch, "%s of the node is writable: a link there is followed as root",
                      m.path)},
        h->why[0],
        h->why[1],
    };
    size_t n = 3;

    if (why)
        ev[n++] = (struct evidence){object, p->meta.uid, "spec.serviceAccountName", why};
    if (m.pv)
        ev[n++] = hostmount_by_claim(c->scratch, &m);
    if (m.guard.why)
        ev[n++] = escape_evidence(c->scratch, p, facts_node(c->f, p->node), &m.guard);
    draft_edge(c->d, k->ix, assets_node(c->f, c->d, p), EDGE_CE_VAR_LOG_SYMLINK,
               escape_class(k, CLASS_MODERATE), verdict, ev, n);
}

static void derive(struct rule_ctx *c)
{
    struct readers r;

    readers_init(c, &r);
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        if (assets_node(c->f, c->d, p) == UINT32_MAX)
            continue;
        for (size_t k = 0; k < p->ncontainers; k++)
            for (size_t at = 0; at < p->containers[k].nmounts; at++)
                of_mount(c, &r, p, &p->containers[k], at);
    }
    readers_done(&r);
}

static bool somebody_reads(struct rule_ctx *c, const struct fact_pod *p, bool pod_logs)
{
    struct readers r;

    readers_init(c, &r);
    bool yes = own_right(c, &r, p, pod_logs) || other_right(c, &r, p, pod_logs);
    readers_done(&r);
    return yes;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;
    struct hostmount m;
    bool pod_logs;

    if (!k)
        return false;
    if (why_elsewhere(c, out, p, &q->to) || why_no_linux(c, out, p, k))
        return true;
    for (size_t at = 0; at < k->nmounts; at++)
        if (!k->mounts[at].read_only && hostmount_at(c, p, k, at, &m) &&
            among_logs(&m, &p->volumes[k->mounts[at].volume], &pod_logs))
            return !somebody_reads(c, p, pod_logs) &&
                   why_pod(c, out, WHY_ALMOST, p, "spec.serviceAccountName",
                           "nobody is known who could have the logs read that it may link: neither "
                           "its own account nor another that an attacker may hold");
    return why_container(c, out, WHY_RELATED, p, k, "volumeMounts",
                         "the container mounts no directory of the node's logs writable");
}

const struct rule rule_ce_var_log_symlink = {
    .name = "ce_var_log_symlink",
    .version = 2,
    .kinds = {EDGE_CE_VAR_LOG_SYMLINK},
    .derive = derive,
    .missing = missing,
};
