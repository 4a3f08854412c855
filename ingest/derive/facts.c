/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists of facts: growing them, one entry an object, and what they imply. */
#include "ingest/derive/facts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define META_FIRST(type) _Static_assert(offsetof(struct type, meta) == 0, #type)
META_FIRST(fact_namespace);
META_FIRST(fact_node);
META_FIRST(fact_pod);
META_FIRST(fact_serviceaccount);
META_FIRST(fact_role);
META_FIRST(fact_binding);
META_FIRST(fact_service);
META_FIRST(fact_endpoints);
META_FIRST(fact_pv);
META_FIRST(fact_pvc);
META_FIRST(fact_secret);
META_FIRST(fact_configmap);
META_FIRST(fact_workload);
META_FIRST(fact_webhook);

enum { MAX_OWNERS = 8 }; /* Pod, ReplicaSet, Deployment and a few of a custom controller */

struct facts *facts_new(struct arena *a, const char *cluster)
{
    struct facts *f = arena_calloc(a, 1, sizeof(*f));

    f->arena = a;
    f->cluster = arena_strdup(a, cluster);
    f->network = "";
    f->tags = (struct facts_tags){FACTS_TAG_CROWN_JEWEL, FACTS_TAG_DATA_CLASS, FACTS_TAG_OWNER};
    return f;
}

void facts_free(struct facts *f)
{
    if (!f)
        return;
    GHashTable **const all[] = {
        &f->namespace_by_name, &f->node_by_name,        &f->pod_by_name,     &f->sa_by_name,
        &f->role_by_name,      &f->clusterrole_by_name, &f->secret_by_name,  &f->configmap_by_name,
        &f->pvc_by_name,       &f->pv_by_name,          &f->service_by_name, &f->workload_by_name,
        &f->crd_by_name,       &f->pv_by_claim,
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        g_clear_pointer(all[i], g_hash_table_destroy);
}

void *facts_grow(struct arena *a, void **v, size_t *n, size_t *room, size_t size)
{
    if (*n == *room) {
        size_t more = *room ? *room * 2 : 8;
        void *bigger = arena_calloc(a, more, size);
        if (*n)
            memcpy(bigger, *v, *n * size);
        *v = bigger;
        *room = more;
    }
    return (char *)*v + (*n)++ * size;
}

/* One list while it is indexed: `at` maps "ns/name" to the place in the list, counted from 1. */
struct list {
    struct arena *a;
    void **v;
    size_t *n, *room, size;
    GHashTable *at;
};

#define LIST(f, name)                                                                              \
    (struct list)                                                                                  \
    {                                                                                              \
        (f)->arena, (void **)&(f)->name.v, &(f)->name.n, &(f)->name.room, sizeof(*(f)->name.v),    \
            g_hash_table_new(g_str_hash, g_str_equal)                                              \
    }

static struct meta *meta_at(const struct list *l, size_t i)
{
    return (struct meta *)((char *)*l->v + i * l->size);
}

/* "ns/name", or "prefix/ns/name", in a buffer that is used again. */
static const char *join(GString *buf, const char *prefix, const char *ns, const char *name)
{
    g_string_assign(buf, prefix);
    if (prefix[0])
        g_string_append_c(buf, '/');
    g_string_append(buf, ns);
    g_string_append_c(buf, '/');
    return g_string_append(buf, name)->str;
}

/* What tells objects of one list apart beyond namespace and name. */
static const char *no_prefix(const void *element)
{
    (void)element;
    return "";
}

static const char *netpol_prefix(const void *element)
{
    return ((const struct fact_netpol *)element)->kind;
}

static const char *workload_prefix(const void *element)
{
    return ((const struct fact_workload *)element)->kind;
}

static const char *webhook_prefix(const void *element)
{
    return ((const struct fact_webhook *)element)->mutating ? "m" : "v";
}

static const char *policy_prefix(const void *element)
{
    return ((const struct fact_policy *)element)->mutating ? "m" : "v";
}

static const char *policy_binding_prefix(const void *element)
{
    return ((const struct fact_policy_binding *)element)->mutating ? "m" : "v";
}

static const char *endpoints_prefix(const void *element)
{
    return ((const struct fact_endpoints *)element)->subset < 0 ? "slice" : "endpoints";
}

static const char *route_prefix(const void *element)
{
    return ((const struct fact_route *)element)->kind;
}

static const char *class_prefix(const void *element)
{
    return ((const struct fact_ingressclass *)element)->kind;
}

/* Whether the element was read rather than concluded, so that it wins over one that was not. */
static bool is_real(const void *element)
{
    return !((const struct meta *)element)->predicted;
}

static bool is_read(const void *element)
{
    return !((const struct fact_secret *)element)->inferred;
}

/* The subsets of one Endpoints stand or fall together, by the first of them. */
static bool is_first(const void *element)
{
    return ((const struct fact_endpoints *)element)->subset <= 0;
}

static bool always(const void *element)
{
    (void)element;
    return true;
}

/* Drops all but the last object of a name, `strong` ones before others, and fills l->at. */
static void unique(struct list *l, const char *(*prefix)(const void *),
                   bool (*strong)(const void *))
{
    char **keys = must_calloc(*l->n, sizeof(*keys));
    bool grouped = strong == is_first;
    GString *buf = g_string_new(NULL);
    size_t kept = 0;

    for (size_t i = 0; i < *l->n; i++) {
        const struct meta *m = meta_at(l, i);
        keys[i] = arena_strdup(l->a, join(buf, prefix(m), m->ns, m->name));
        size_t old = GPOINTER_TO_SIZE(g_hash_table_lookup(l->at, keys[i]));
        if (!old || strong(m) || !strong(meta_at(l, old - 1)))
            g_hash_table_insert(l->at, keys[i], GSIZE_TO_POINTER(i + 1));
    }
    /* A winner moves down to a place that no later element can have, so it may be noted at once. */
    for (size_t i = 0; i < *l->n; i++) {
        size_t winner = GPOINTER_TO_SIZE(g_hash_table_lookup(l->at, keys[i])) - 1;
        if (grouped ? i < winner : i != winner)
            continue;
        if (kept != i)
            memcpy(meta_at(l, kept), meta_at(l, i), l->size);
        kept++;
        if (!grouped)
            g_hash_table_insert(l->at, keys[i], GSIZE_TO_POINTER(kept));
    }
    *l->n = kept;
    free(keys);
    g_string_free(buf, TRUE);
}

/* Adds an object that something else names, unless it is there.  Returns: the new one or NULL. */
static void *imply(struct list *l, GString *buf, const char *ns, const char *name)
{
    if (!name[0] || g_hash_table_contains(l->at, join(buf, "", ns, name)))
        return NULL;
    struct meta *m = facts_grow(l->a, l->v, l->n, l->room, l->size);
    *m = (struct meta){.ns = ns, .name = name, .uid = "", .owner_kind = "", .owner_name = ""};
    g_hash_table_insert(l->at, arena_strdup(l->a, buf->str), GSIZE_TO_POINTER(*l->n));
    return m;
}

static void imply_secret(struct list *l, GString *buf, const char *ns, const char *name)
{
    struct fact_secret *s = imply(l, buf, ns, name);

    if (!s)
        return;
    s->type = s->service_account = s->service_account_uid = "";
    s->inferred = true;
}

static void imply_secrets(struct list *l, GString *buf, const char *ns, const struct texts *names)
{
    for (size_t i = 0; i < names->n; i++)
        imply_secret(l, buf, ns, names->v[i]);
}

static void imply_configmaps(struct list *l, GString *buf, const char *ns,
                             const struct texts *names)
{
    for (size_t i = 0; i < names->n; i++)
        imply(l, buf, ns, names->v[i]);
}

/* All lists that have an index, while facts_index runs. */
struct lists {
    struct list namespaces, nodes, pods, sas, roles, secrets, configmaps, pvcs, pvs, services, crds;
    GString *buf;
};

static void imply_of_pod(struct lists *ls, const struct fact_pod *p)
{
    const char *ns = p->meta.ns;

    imply(&ls->sas, ls->buf, ns, p->service_account);
    imply_secrets(&ls->secrets, ls->buf, ns, &p->image_pull_secrets);
    for (size_t i = 0; i < p->nvolumes; i++) {
        imply_secrets(&ls->secrets, ls->buf, ns, &p->volumes[i].secrets);
        imply_configmaps(&ls->configmaps, ls->buf, ns, &p->volumes[i].configmaps);
    }
    for (size_t i = 0; i < p->ncontainers; i++) {
        imply_secrets(&ls->secrets, ls->buf, ns, &p->containers[i].env_secrets);
        imply_configmaps(&ls->configmaps, ls->buf, ns, &p->containers[i].env_configmaps);
    }
    struct fact_node *node = imply(&ls->nodes, ls->buf, "", p->node);
    if (node)
        node->os = node->arch = node->os_image = node->kernel = node->runtime = node->kubelet =
            node->provider_id = "";
}

static void imply_namespaces_of(struct lists *ls, const void *v, size_t n, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        const struct meta *m = (const struct meta *)((const char *)v + i * size);
        imply(&ls->namespaces, ls->buf, "", m->ns);
    }
}

static void imply_all(struct facts *f, struct lists *ls)
{
    for (size_t i = 0; i < f->pods.n; i++)
        imply_of_pod(ls, &f->pods.v[i]);
    for (size_t i = 0; i < f->serviceaccounts.n; i++) {
        const struct fact_serviceaccount *sa = &f->serviceaccounts.v[i];
        imply_secrets(&ls->secrets, ls->buf, sa->meta.ns, &sa->secrets);
        imply_secrets(&ls->secrets, ls->buf, sa->meta.ns, &sa->image_pull_secrets);
    }
    for (size_t i = 0; i < f->pvs.n; i++)
        for (size_t k = 0; k < f->pvs.v[i].nsecrets; k++)
            imply_secret(&ls->secrets, ls->buf, f->pvs.v[i].secrets[k].ns,
                         f->pvs.v[i].secrets[k].name);
    imply(&ls->namespaces, ls->buf, "", "default");
    imply(&ls->namespaces, ls->buf, "", "kube-system");
#define OF(list) imply_namespaces_of(ls, f->list.v, f->list.n, sizeof(*f->list.v))
    OF(pods);
    OF(serviceaccounts);
    OF(roles);
    OF(bindings);
    OF(services);
    OF(endpoints);
    OF(pvcs);
    OF(secrets);
    OF(configmaps);
    OF(workloads);
#undef OF
}

/* The places become pointers, now that the list no longer moves. */
static GHashTable *settle(struct list *l)
{
    GHashTableIter it;
    void *key, *place;

    g_hash_table_iter_init(&it, l->at);
    while (g_hash_table_iter_next(&it, &key, &place))
        g_hash_table_iter_replace(&it, meta_at(l, GPOINTER_TO_SIZE(place) - 1));
    return l->at;
}

static void unique_only(struct list l, const char *(*prefix)(const void *),
                        bool (*strong)(const void *))
{
    unique(&l, prefix, strong);
    g_hash_table_destroy(l.at);
}

static void unique_all(struct facts *f, struct lists *ls)
{
    unique(&ls->namespaces, no_prefix, always);
    unique(&ls->nodes, no_prefix, always);
    unique(&ls->pods, no_prefix, is_real);
    unique(&ls->sas, no_prefix, always);
    unique(&ls->roles, no_prefix, always);
    unique(&ls->secrets, no_prefix, is_read);
    unique(&ls->configmaps, no_prefix, always);
    unique(&ls->pvcs, no_prefix, always);
    unique(&ls->pvs, no_prefix, always);
    unique(&ls->services, no_prefix, always);
    unique_only(LIST(f, bindings), no_prefix, always);
    unique_only(LIST(f, endpoints), endpoints_prefix, is_first);
    unique_only(LIST(f, workloads), workload_prefix, always);
    unique_only(LIST(f, webhooks), webhook_prefix, always);
    unique_only(LIST(f, netpols), netpol_prefix, always);
    unique(&ls->crds, no_prefix, always);
    unique_only(LIST(f, policies), policy_prefix, always);
    unique_only(LIST(f, policy_bindings), policy_binding_prefix, always);
    unique_only(LIST(f, apiservices), no_prefix, always);
    unique_only(LIST(f, kubelets), no_prefix, always);
    unique_only(LIST(f, routes), route_prefix, always);
    unique_only(LIST(f, gateways), no_prefix, always);
    unique_only(LIST(f, ingressclasses), class_prefix, always);
    unique_only(LIST(f, grants), no_prefix, always);
}

/* The table of roles, parted: "/name" is a ClusterRole. */
static void part_roles(struct facts *f, GHashTable *both)
{
    GHashTableIter it;
    void *key, *role;

    f->role_by_name = both;
    f->clusterrole_by_name = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_iter_init(&it, both);
    while (g_hash_table_iter_next(&it, &key, &role)) {
        if (((char *)key)[0] != '/')
            continue;
        g_hash_table_insert(f->clusterrole_by_name, key, role);
        g_hash_table_iter_remove(&it);
    }
}

static void resolve_roles(struct facts *f, GString *buf)
{
    for (size_t i = 0; i < f->bindings.n; i++) {
        struct fact_binding *b = &f->bindings.v[i];
        b->role =
            b->to_clusterrole
                ? g_hash_table_lookup(f->clusterrole_by_name, join(buf, "", "", b->role_name))
                : g_hash_table_lookup(f->role_by_name, join(buf, "", b->meta.ns, b->role_name));
    }
}

static void index_claims(struct facts *f, GString *buf)
{
    f->pv_by_claim = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->pvs.n; i++) {
        struct fact_pv *pv = &f->pvs.v[i];
        if (pv->claim_name[0])
            g_hash_table_insert(f->pv_by_claim,
                                arena_strdup(f->arena, join(buf, "", pv->claim_ns, pv->claim_name)),
                                pv);
    }
}

void facts_index(struct facts *f)
{
    assert(!f->pod_by_name);
    struct lists ls = {
        LIST(f, namespaces), LIST(f, nodes),    LIST(f, pods),       LIST(f, serviceaccounts),
        LIST(f, roles),      LIST(f, secrets),  LIST(f, configmaps), LIST(f, pvcs),
        LIST(f, pvs),        LIST(f, services), LIST(f, crds),       g_string_new(NULL),
    };

    unique_all(f, &ls);
    imply_all(f, &ls);
    f->namespace_by_name = settle(&ls.namespaces);
    f->node_by_name = settle(&ls.nodes);
    f->pod_by_name = settle(&ls.pods);
    f->sa_by_name = settle(&ls.sas);
    f->secret_by_name = settle(&ls.secrets);
    f->configmap_by_name = settle(&ls.configmaps);
    f->pvc_by_name = settle(&ls.pvcs);
    f->pv_by_name = settle(&ls.pvs);
    f->service_by_name = settle(&ls.services);
    f->crd_by_name = settle(&ls.crds);
    part_roles(f, settle(&ls.roles));
    resolve_roles(f, ls.buf);
    index_claims(f, ls.buf);
    facts_owners(f);
    for (size_t i = 0; i < f->pods.n; i++)
        f->pods.v[i].on = *f->pods.v[i].node ? facts_node(f, f->pods.v[i].node) : NULL;
    g_string_free(ls.buf, TRUE);
}

/* A ReplicaSet that was not read is still known to belong to a Deployment: only that controller
 * sets the label, and it ends the name with its value. */
static void guess_deployment(struct facts *f, struct fact_pod *p)
{
    const char *hash = facts_label(&p->meta, "pod-template-hash");
    size_t all = strlen(p->workload_name), tail = hash ? strlen(hash) : 0;

    if (!tail || all < tail + 2 || strcmp(p->workload_name + all - tail, hash) ||
        p->workload_name[all - tail - 1] != '-')
        return;
    p->workload_kind = "Deployment";
    p->workload_name = arena_strndup(f->arena, p->workload_name, all - tail - 1);
}

static void resolve_owner(struct facts *f, GHashTable *workloads, GString *buf, struct fact_pod *p)
{
    const struct fact_workload *w = NULL;

    p->workload_kind = p->workload_name = "";
    if (!strcmp(p->meta.owner_kind, "Node")) /* a static pod's mirror: the kubelet runs it */
        return;
    p->workload_kind = p->meta.owner_kind;
    p->workload_name = p->meta.owner_name;
    for (int hop = 0; hop < MAX_OWNERS; hop++) {
        const char *key = join(buf, p->workload_kind, p->meta.ns, p->workload_name);
        w = g_hash_table_lookup(workloads, key);
        if (!w || !w->meta.owner_kind[0])
            break;
        p->workload_kind = w->meta.owner_kind;
        p->workload_name = w->meta.owner_name;
    }
    if (!w && !strcmp(p->workload_kind, "ReplicaSet"))
        guess_deployment(f, p);
}

void facts_owners(struct facts *f)
{
    GHashTable *workloads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GString *buf = g_string_new(NULL);

    for (size_t i = 0; i < f->workloads.n; i++) {
        struct fact_workload *w = &f->workloads.v[i];
        g_hash_table_insert(workloads, g_strdup(join(buf, w->kind, w->meta.ns, w->meta.name)), w);
    }
    for (size_t i = 0; i < f->pods.n; i++)
        resolve_owner(f, workloads, buf, &f->pods.v[i]);
    g_string_free(buf, TRUE);
    g_clear_pointer(&f->workload_by_name, g_hash_table_destroy);
    f->workload_by_name = workloads;
}

/* Names are a few dozen bytes, so the key of a look-up normally stays on the stack. */
static void *look_up(GHashTable *by_name, const char *ns, const char *name)
{
    char small[512], *large = NULL;
    size_t a = strlen(ns), b = strlen(name);

    if (!by_name)
        return NULL;
    char *key = a + b + 2 <= sizeof(small) ? small : (large = must_malloc(a + b + 2));
    memcpy(key, ns, a);
    key[a] = '/';
    memcpy(key + a + 1, name, b + 1);
    void *found = g_hash_table_lookup(by_name, key);
    free(large);
    return found;
}

const struct fact_namespace *facts_namespace(const struct facts *f, const char *name)
{
    return look_up(f->namespace_by_name, "", name);
}

const struct fact_node *facts_node(const struct facts *f, const char *name)
{
    return look_up(f->node_by_name, "", name);
}

const struct fact_pod *facts_pod(const struct facts *f, const char *ns, const char *name)
{
    return look_up(f->pod_by_name, ns, name);
}

const struct fact_serviceaccount *facts_sa(const struct facts *f, const char *ns, const char *name)
{
    return look_up(f->sa_by_name, ns, name);
}

const struct fact_secret *facts_secret(const struct facts *f, const char *ns, const char *name)
{
    return look_up(f->secret_by_name, ns, name);
}

const struct fact_configmap *facts_configmap(const struct facts *f, const char *ns,
                                             const char *name)
{
    return look_up(f->configmap_by_name, ns, name);
}

const struct fact_pv *facts_pv_of_claim(const struct facts *f, const char *ns, const char *claim)
{
    const struct fact_pvc *c = look_up(f->pvc_by_name, ns, claim);
    const struct fact_pv *pv;

    if (!c || !c->volume[0])
        return look_up(f->pv_by_claim, ns, claim);
    pv = look_up(f->pv_by_name, "", c->volume);
    if (pv && pv->claim_name[0] && (strcmp(pv->claim_ns, ns) || strcmp(pv->claim_name, claim)))
        return NULL;
    return pv;
}

const struct fact_workload *facts_workload(const struct facts *f, const char *kind, const char *ns,
                                           const char *name)
{
    g_autofree char *key = g_strjoin("/", kind, ns, name, NULL);

    return f->workload_by_name ? g_hash_table_lookup(f->workload_by_name, key) : NULL;
}

const struct fact_crd *facts_crd(const struct facts *f, const char *group, const char *plural)
{
    g_autofree char *name = g_strconcat(plural, ".", group, NULL);

    return look_up(f->crd_by_name, "", name);
}

bool facts_read(const struct facts *f, enum facts_source s)
{
    return f->listed[s] && !f->gaps[s];
}

static const char *label_value(const struct label *v, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(v[i].key, key))
            return v[i].value;
    return NULL;
}

const char *facts_label(const struct meta *m, const char *key)
{
    return label_value(m->labels, m->nlabels, key);
}

const char *facts_annotation(const struct meta *m, const char *key)
{
    return label_value(m->annotations, m->nannotations, key);
}

bool facts_has(const struct texts *t, const char *s)
{
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->v[i], s))
            return true;
    return false;
}
