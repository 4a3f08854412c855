/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes of all objects, the hubs, and who is a member of which. */
#include "ingest/derive/assets.h"

#include <stdlib.h>
#include <string.h>

#include "base/jw.h"
#include "ingest/derive/jewels.h"
#include "ingest/derive/netprofile.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"

struct maker {
    struct facts *f;
    struct draft *d;
    struct assets *as;
    struct jw *w; /* props of the node at hand */
    const struct jewels *jewels;
};

static void member(struct maker *m, uint32_t hub, uint32_t node, const struct meta *of)
{
    struct evidence ev = {.object =
                              of ? arena_printf(m->f->arena, "Namespace %s", of->name) : "cluster",
                          .uid = of ? of->uid : NULL};

    draft_edge_yes(m->d, hub, node, EDGE_HUB_MEMBER, &ev);
}

static struct jw *props(struct maker *m)
{
    jw_reset(m->w);
    jw_obj(m->w);
    return m->w;
}

static void set_props(struct maker *m, uint32_t ix)
{
    jw_end_obj(m->w);
    draft_set_props(m->d, ix, jw_text(m->w));
}

static uint32_t hub(struct maker *m, enum node_kind kind, const char *ns, const char *what)
{
    uint32_t ix = draft_node(m->d, kind, ns, "all");

    draft_set_name(m->d, ix,
                   *ns ? arena_printf(m->f->arena, "%s of %s", what, ns)
                       : arena_printf(m->f->arena, "%s of the cluster", what));
    jewels_hub_props(m->jewels, ns, props(m));
    set_props(m, ix);
    return ix;
}

/* A node for an object, with what every object has. */
static uint32_t object(struct maker *m, enum node_kind kind, struct meta *meta, const char *sub)
{
    uint32_t ix = draft_node_sub(m->d, kind, meta->ns, meta->name, sub);

    draft_set_name(m->d, ix, meta->name);
    draft_set_uid(m->d, ix, meta->uid);
    draft_set_labels(m->d, ix, meta->labels, meta->nlabels);
    meta->ix = ix;
    return ix;
}

static void prop(struct jw *w, const char *key, const char *text)
{
    if (*text)
        jw_key_str(w, key, text);
}

static void flag(struct jw *w, const char *key, bool on)
{
    if (on)
        jw_key_bool(w, key, true);
}

static void prop_list(struct jw *w, const char *key, const struct texts *t)
{
    if (t->n == 0)
        return;
    jw_key(w, key);
    jw_arr(w);
    for (size_t i = 0; i < t->n; i++)
        jw_str(w, t->v[i]);
    jw_end_arr(w);
}

static void make_cluster(struct maker *m)
{
    struct assets *as = m->as;
    struct jw *w = props(m);
    struct netprofile network;

    as->cluster = draft_node(m->d, NODE_CLUSTER, "", m->f->cluster);
    if (m->f->version_major) {
        char version[32];
        g_snprintf(version, sizeof(version), "%d.%d", m->f->version_major, m->f->version_minor);
        jw_key_str(w, "version", version);
    }
    netprofile_of(m->f, &network);
    jw_key(w, "network");
    netprofile_write(&network, w);
    set_props(m, as->cluster);
    as->internet = draft_node(m->d, NODE_INTERNET, "", "internet");
    as->cluster_admin = draft_node(m->d, NODE_CLUSTER_ADMIN, "", "all");
    draft_set_name(m->d, as->cluster_admin, "administrator of the cluster");
    as->nodes = hub(m, NODE_NODES, "", "all nodes");
    as->pods = hub(m, NODE_PODS, "", "all pods");
    as->secrets = hub(m, NODE_SECRETS, "", "all Secrets");
    as->configmaps = hub(m, NODE_CONFIGMAPS, "", "all ConfigMaps");
    as->sas = hub(m, NODE_SERVICEACCOUNTS, "", "all service accounts");
    as->mints = hub(m, NODE_SA_MINTS, "", "tokens of all service accounts");
    as->slots = hub(m, NODE_POD_SLOTS, "", "a pod of one's own in any namespace");
}

static void make_namespaces(struct maker *m)
{
    struct facts *f = m->f;
    struct assets *as = m->as;
    struct asset_ns *all = arena_calloc(f->arena, f->namespaces.n, sizeof(*all));

    as->namespaces = all;
    as->nnamespaces = f->namespaces.n;
    as->by_ns = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->namespaces.n; i++) {
        struct meta *meta = &f->namespaces.v[i].meta;
        const char *name = meta->name;
        struct asset_ns *ns = &all[i];

        uint32_t ix = object(m, NODE_NAMESPACE, meta, NULL);
        jewels_props(m->jewels, meta, props(m));
        set_props(m, ix);
        *ns = (struct asset_ns){
            .name = name,
            .slot = hub(m, NODE_POD_SLOT, name, "a pod of one's own"),
            .pods = hub(m, NODE_PODS, name, "all pods"),
            .secrets = hub(m, NODE_SECRETS, name, "all Secrets"),
            .configmaps = hub(m, NODE_CONFIGMAPS, name, "all ConfigMaps"),
            .sas = hub(m, NODE_SERVICEACCOUNTS, name, "all service accounts"),
            .mints = hub(m, NODE_SA_MINTS, name, "tokens of all service accounts"),
            .admin = hub(m, NODE_NS_ADMIN, name, "administrator"),
        };
        member(m, as->slots, ns->slot, NULL);
        member(m, as->pods, ns->pods, NULL);
        member(m, as->secrets, ns->secrets, NULL);
        member(m, as->configmaps, ns->configmaps, NULL);
        member(m, as->sas, ns->sas, NULL);
        member(m, as->mints, ns->mints, NULL);
        g_hash_table_insert(as->by_ns, (gpointer)name, ns);
    }
}

static void note_control_plane(struct maker *m, const char *node, const struct evidence *why)
{
    if (!g_hash_table_contains(m->as->control_plane, node))
        g_hash_table_insert(m->as->control_plane, (gpointer)node,
                            arena_memdup(m->f->arena, why, sizeof(*why)));
}

static void make_nodes(struct maker *m)
{
    struct facts *f = m->f;
    struct evidence why;

    m->as->control_plane = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->nodes.n; i++)
        if (nodes_control_plane(&f->nodes.v[i], f->arena, &why))
            note_control_plane(m, f->nodes.v[i].meta.name, &why);
    for (size_t i = 0; i < f->pods.n; i++)
        if (nodes_pod_runs(&f->pods.v[i]) && nodes_control_plane_pod(&f->pods.v[i], f->arena, &why))
            note_control_plane(m, f->pods.v[i].node, &why);

    for (size_t i = 0; i < f->nodes.n; i++) {
        struct fact_node *n = &f->nodes.v[i];
        uint32_t ix = object(m, NODE_NODE, &n->meta, NULL);
        struct jw *w = props(m);

        prop(w, "os", n->os);
        prop(w, "osImage", n->os_image);
        prop(w, "kernel", n->kernel);
        prop(w, "runtime", n->runtime);
        prop(w, "kubelet", n->kubelet);
        prop(w, "providerId", n->provider_id);
        prop_list(w, "addresses", &n->addresses);
        flag(w, "controlPlane", g_hash_table_contains(m->as->control_plane, n->meta.name));
        n->is_virtual = nodes_virtual(n);
        flag(w, "virtual", n->is_virtual);
        flag(w, "inferred", !*n->meta.uid);
        jewels_props(m->jewels, &n->meta, w);
        set_props(m, ix);
        if (!n->is_virtual)
            member(m, m->as->nodes, ix, NULL);
    }
    for (size_t i = 0; i < f->pods.n; i++)
        if (!*f->pods.v[i].node && f->pods.v[i].meta.predicted) {
            uint32_t ix = draft_node(m->d, NODE_NODE, "", NODES_UNSCHEDULED);
            draft_set_props(m->d, ix, "{\"predicted\":true}");
            member(m, m->as->nodes, ix, NULL);
            break;
        }
}

static void make_volume(struct maker *m, const struct jewels_pod *jp, struct fact_volume *v)
{
    const struct fact_pod *p = jp->pod;
    static const char *const types[] = {
        [VOLUME_OTHER] = "other",         [VOLUME_HOST_PATH] = "hostPath",
        [VOLUME_SECRET] = "secret",       [VOLUME_CONFIGMAP] = "configMap",
        [VOLUME_PROJECTED] = "projected", [VOLUME_PVC] = "persistentVolumeClaim",
        [VOLUME_EMPTY_DIR] = "emptyDir",  [VOLUME_CSI] = "csi",
    };
    struct jw *w = props(m);

    v->ix = draft_node_sub(m->d, NODE_VOLUME, p->meta.ns, p->meta.name, v->name);
    jw_key_str(w, "type", types[v->type]);
    if (v->type == VOLUME_HOST_PATH)
        jw_key_str(w, "hostPath", v->host_path);
    if (v->type == VOLUME_PVC)
        jw_key_str(w, "claim", v->claim);
    if (v->type == VOLUME_CSI)
        jw_key_str(w, "driver", v->driver);
    tags_props(&jp->said, w);
    set_props(m, v->ix);
}

static void make_container(struct maker *m, const struct jewels_pod *jp, struct fact_container *c)
{
    const struct fact_pod *p = jp->pod;
    static const char *const types[] = {
        [CONTAINER_MAIN] = "main",
        [CONTAINER_INIT] = "init",
        [CONTAINER_SIDECAR] = "sidecar",
        [CONTAINER_EPHEMERAL] = "ephemeral",
    };
    struct jw *w = props(m);

    c->ix = draft_node_sub(m->d, NODE_CONTAINER, p->meta.ns, p->meta.name, c->name);
    draft_set_uid(m->d, c->ix, c->id);
    draft_set_labels(m->d, c->ix, p->meta.labels, p->meta.nlabels);
    prop(w, "image", c->image);
    jw_key_str(w, "type", types[c->type]);
    prop(w, "containerId", c->id);
    jw_key_str(w, "pod", p->meta.name);
    flag(w, "privileged", c->privileged == TRI_YES);
    jewels_container(m->jewels, jp, c, m->d, w);
    set_props(m, c->ix);
}

/* The arrays inside facts are const for the rules; the asset stage is who fills `ix`. */
static struct fact_volume *own_volumes(const struct fact_pod *p)
{
    return (struct fact_volume *)p->volumes;
}

static struct fact_container *own_containers(const struct fact_pod *p)
{
    return (struct fact_container *)p->containers;
}

/* Most evidence is about pods. */
static void make_pod_objects(struct maker *m)
{
    const struct facts *f = m->f;
    AUTO(arena) a = arena_new();
    size_t bytes = 0;

    for (size_t i = 0; i < f->pods.n; i++)
        bytes += strlen("Pod /") + strlen(f->pods.v[i].meta.ns) + strlen(f->pods.v[i].meta.name);
    draft_objects_room(m->d, f->pods.n, bytes);
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct meta *p = &f->pods.v[i].meta;

        draft_object_add(m->d, p->ix, arena_printf(a, "Pod %s/%s", p->ns, p->name), p->uid);
    }
}

static void make_pods(struct maker *m)
{
    for (size_t i = 0; i < m->f->pods.n; i++) {
        struct fact_pod *p = &m->f->pods.v[i];
        const struct asset_ns *ns = assets_ns(m->as, p->meta.ns);
        uint32_t ix = object(m, NODE_POD, &p->meta, NULL);
        struct jw *w = props(m);
        struct jewels_pod jp;

        prop(w, "phase", p->phase);
        prop(w, "node", p->node);
        jw_key_str(w, "serviceAccount", p->service_account);
        prop(w, "podIP", p->pod_ip);
        if (*p->workload_kind)
            jw_key_str(w, "workload",
                       arena_printf(m->f->arena, "%s/%s", p->workload_kind, p->workload_name));
        prop(w, "runtimeClass", p->runtime_class);
        flag(w, "hostNetwork", p->host_network);
        flag(w, "hostPID", p->host_pid);
        flag(w, "hostIPC", p->host_ipc);
        flag(w, "static", p->mirror);
        flag(w, "predicted", p->meta.predicted);
        jewels_pod(m->jewels, p, &jp);
        jewels_pod_props(m->jewels, &jp, w);
        set_props(m, ix);

        for (size_t k = 0; k < p->nvolumes; k++)
            make_volume(m, &jp, &own_volumes(p)[k]);
        for (size_t k = 0; k < p->ncontainers; k++)
            make_container(m, &jp, &own_containers(p)[k]);
        if (!nodes_pod_runs(p))
            continue;
        member(m, ns->pods, ix, &facts_namespace(m->f, p->meta.ns)->meta);
        ports_make(m->d, p);
    }
}

static void make_serviceaccounts(struct maker *m)
{
    for (size_t i = 0; i < m->f->serviceaccounts.n; i++) {
        struct fact_serviceaccount *sa = &m->f->serviceaccounts.v[i];
        const struct asset_ns *ns = assets_ns(m->as, sa->meta.ns);
        const struct meta *of = &facts_namespace(m->f, sa->meta.ns)->meta;
        uint32_t ix = object(m, NODE_SERVICEACCOUNT, &sa->meta, NULL);

        jewels_serviceaccount_props(m->jewels, sa, props(m));
        set_props(m, ix);
        sa->mint_ix = draft_node(m->d, NODE_SA_MINT, sa->meta.ns, sa->meta.name);
        member(m, ns->sas, ix, of);
        member(m, ns->mints, sa->mint_ix, of);
    }
}

static void make_secrets(struct maker *m)
{
    for (size_t i = 0; i < m->f->secrets.n; i++) {
        struct fact_secret *s = &m->f->secrets.v[i];
        const struct asset_ns *ns = assets_ns(m->as, s->meta.ns);
        uint32_t ix = object(m, NODE_SECRET, &s->meta, NULL);
        struct jw *w = props(m);

        prop(w, "type", s->type);
        prop(w, "serviceAccount", s->service_account);
        flag(w, "inferred", s->inferred);
        jewels_props(m->jewels, &s->meta, w);
        set_props(m, ix);
        member(m, ns->secrets, ix, &facts_namespace(m->f, s->meta.ns)->meta);
    }
}

/* The node of a binding; UINT32_MAX if it grants nothing.  One that does not exist yet is kept
 * apart from any that does by a third part of its key, which no binding has. */
static uint32_t permission_set(struct maker *m, struct fact_binding *b)
{
    const char *sub = !b->could_be ? NULL : b->to_clusterrole ? "clusterrole" : "role";
    struct jw *w = props(m);

    b->meta.ix = UINT32_MAX;
    if (!b->role || b->role->nrules == 0)
        return UINT32_MAX;
    uint32_t ix = object(m, NODE_PERMISSION_SET, &b->meta, sub);
    draft_set_name(m->d, ix,
                   arena_printf(m->f->arena, "%s::%s", b->role_name,
                                b->could_be ? "(could be bound)" : b->meta.name));
    jw_key_str(w, "role",
               arena_printf(m->f->arena, "%s/%s", b->to_clusterrole ? "ClusterRole" : "Role",
                            b->role_name));
    jw_key_str(w, "binding", *b->meta.ns ? "RoleBinding" : "ClusterRoleBinding");
    flag(w, "couldBe", b->could_be);
    jw_key_uint(w, "rules", b->role->nrules);
    if (!b->could_be)
        jewels_words(m->jewels, &b->meta, w);
    set_props(m, ix);
    return ix;
}

/* Those of the bindings that have none yet. */
static void make_permission_sets(struct maker *m)
{
    struct facts *f = m->f;
    uint32_t *sets = arena_alloc(f->arena, f->bindings.n * sizeof(*sets));

    if (m->as->npermission_sets)
        memcpy(sets, m->as->permission_set, m->as->npermission_sets * sizeof(*sets));
    for (size_t i = m->as->npermission_sets; i < f->bindings.n; i++)
        sets[i] = permission_set(m, &f->bindings.v[i]);
    m->as->permission_set = sets;
    m->as->npermission_sets = f->bindings.n;
}

static void make_rbac(struct maker *m)
{
    struct facts *f = m->f;

    for (size_t i = 0; i < f->roles.n; i++) {
        struct meta *meta = &f->roles.v[i].meta;
        uint32_t ix = object(m, *meta->ns ? NODE_ROLE : NODE_CLUSTERROLE, meta, NULL);

        jewels_words(m->jewels, meta, props(m));
        set_props(m, ix);
    }
    make_permission_sets(m);
}

static void make_workloads(struct maker *m)
{
    for (size_t i = 0; i < m->f->workloads.n; i++) {
        struct fact_workload *wl = &m->f->workloads.v[i];
        uint32_t ix = object(m, NODE_WORKLOAD, &wl->meta, wl->kind);
        struct jw *w = props(m);

        jw_key_str(w, "kind", wl->kind);
        jw_key_int(w, "replicas", wl->replicas);
        jewels_props(m->jewels, &wl->meta, w);
        set_props(m, ix);
    }
}

static void make_storage(struct maker *m)
{
    for (size_t i = 0; i < m->f->pvs.n; i++) {
        struct fact_pv *pv = &m->f->pvs.v[i];
        uint32_t ix = object(m, NODE_PERSISTENTVOLUME, &pv->meta, NULL);
        struct jw *w = props(m);

        prop(w, "hostPath", pv->host_path);
        prop(w, "localPath", pv->local_path);
        prop(w, "driver", pv->csi_driver);
        prop(w, "handle", pv->csi_handle);
        jewels_props(m->jewels, &pv->meta, w);
        set_props(m, ix);
    }
    for (size_t i = 0; i < m->f->pvcs.n; i++) {
        struct fact_pvc *pvc = &m->f->pvcs.v[i];
        uint32_t ix = object(m, NODE_PERSISTENTVOLUMECLAIM, &pvc->meta, NULL);
        struct jw *w = props(m);

        prop(w, "volume", pvc->volume);
        prop(w, "storageClass", pvc->storage_class);
        jewels_props(m->jewels, &pvc->meta, w);
        set_props(m, ix);
    }
    for (size_t i = 0; i < m->f->configmaps.n; i++) {
        struct meta *meta = &m->f->configmaps.v[i].meta;
        uint32_t ix = object(m, NODE_CONFIGMAP, meta, NULL);

        jewels_props(m->jewels, meta, props(m));
        set_props(m, ix);
        member(m, assets_ns(m->as, meta->ns)->configmaps, ix,
               &facts_namespace(m->f, meta->ns)->meta);
    }
}

static void make_services(struct maker *m)
{
    for (size_t i = 0; i < m->f->services.n; i++) {
        struct fact_service *s = &m->f->services.v[i];
        uint32_t ix = object(m, NODE_SERVICE, &s->meta, NULL);
        struct jw *w = props(m);

        prop(w, "type", s->type);
        prop(w, "clusterIP", s->cluster_ip);
        prop_list(w, "ingress", &s->lb_ingress);
        jewels_words(m->jewels, &s->meta, w);
        set_props(m, ix);
    }
}

static const char *store_name(const struct datastore *s, struct arena *a)
{
    if (*s->host)
        return arena_printf(a, "%s at %s", s->engine->name, s->name);
    return arena_printf(a, "%s of %s", s->engine->name, s->name);
}

/* Ports for clients that its containers declare, each once. */
static void store_ports(const struct datastore *s, struct jw *w)
{
    GHashTable *seen = g_hash_table_new(NULL, NULL);

    jw_key(w, "ports");
    jw_arr(w);
    for (size_t i = 0; i < s->runs.n; i++)
        for (size_t k = 0; k < s->runs.v[i].container->nports; k++) {
            const struct fact_port *p = &s->runs.v[i].container->ports[k];

            if (datastores_serves(s->engine, s->runs.v[i].container, p) &&
                g_hash_table_add(seen, GINT_TO_POINTER(p->number)))
                jw_int(w, p->number);
        }
    jw_end_arr(w);
    g_hash_table_destroy(seen);
}

static void make_stores(struct maker *m)
{
    size_t n;

    m->as->stores = datastores_new(m->f);
    struct datastore **all = datastores_all(m->as->stores, &n);
    for (size_t i = 0; i < n; i++) {
        struct datastore *s = all[i];
        struct jw *w = props(m);

        s->ix = *s->sub ? draft_node_sub(m->d, NODE_DATA_STORE, s->ns, s->name, s->sub)
                        : draft_node(m->d, NODE_DATA_STORE, s->ns, s->name);
        draft_set_name(m->d, s->ix, store_name(s, m->f->arena));
        jw_key_str(w, "engine", s->engine->name);
        jw_key_bool(w, "heuristic", true);
        prop(w, "host", s->host);
        if (s->port)
            jw_key_int(w, "port", s->port);
        prop_list(w, "addresses", &s->addresses);
        if (*s->workload_kind)
            jw_key_str(w, "workload",
                       arena_printf(m->f->arena, "%s/%s", s->workload_kind, s->name));
        flag(w, "external", *s->host);
        store_ports(s, w);
        jewels_store(m->jewels, s, m->d, w);
        set_props(m, s->ix);
    }
}

struct assets *assets_new(struct facts *f, struct draft *d)
{
    AUTO(jw) w = jw_new();
    struct assets *as = arena_calloc(f->arena, 1, sizeof(*as));
    AUTO(jewels) jewels = jewels_new(f);
    struct maker m = {f, d, as, w, jewels};

    draft_set_rule(d, "assets", 1);
    make_cluster(&m);
    make_namespaces(&m);
    make_nodes(&m);
    make_pods(&m);
    make_pod_objects(&m);
    make_serviceaccounts(&m);
    make_secrets(&m);
    make_rbac(&m);
    make_workloads(&m);
    make_storage(&m);
    make_services(&m);
    make_stores(&m);
    jewels_mark(jewels, as, d);
    draft_set_rule(d, NULL, 0);
    return as;
}

void assets_permission_sets(struct facts *f, struct draft *d, struct assets *as)
{
    AUTO(jw) w = jw_new();
    struct maker m = {f, d, as, w, NULL};

    draft_set_rule(d, "assets", 1);
    make_permission_sets(&m);
    draft_set_rule(d, NULL, 0);
}

void assets_free(struct assets *as)
{
    if (!as)
        return;
    g_clear_pointer(&as->stores, datastores_free);
    g_clear_pointer(&as->by_ns, g_hash_table_destroy);
    g_clear_pointer(&as->control_plane, g_hash_table_destroy);
}

const struct asset_ns *assets_ns(const struct assets *as, const char *ns)
{
    return g_hash_table_lookup(as->by_ns, ns);
}

const struct evidence *assets_control_plane(const struct assets *as, const char *node)
{
    return g_hash_table_lookup(as->control_plane, node);
}

uint32_t assets_node(const struct facts *f, const struct draft *d, const struct fact_pod *p)
{
    const struct fact_node *n = p->on;

    (void)f;
    if (!nodes_pod_runs(p) || (n && n->is_virtual))
        return UINT32_MAX;
    if (n)
        return n->meta.ix;
    if (!*p->node && !p->meta.predicted)
        return UINT32_MAX;
    return draft_find(d, NODE_NODE, "", *p->node ? p->node : NODES_UNSCHEDULED);
}

/* A user name that the API server treats as a service account: "system:serviceaccount:NS:NAME". */
static bool is_sa_user(const char *user, struct arena *a, const char **ns, const char **name)
{
    static const char prefix[] = "system:serviceaccount:";
    const char *rest = user + sizeof(prefix) - 1, *colon;

    if (strncmp(user, prefix, sizeof(prefix) - 1) != 0 || !(colon = strchr(rest, ':')))
        return false;
    *ns = arena_strndup(a, rest, (size_t)(colon - rest));
    *name = colon + 1;
    return **ns && **name && !strchr(*name, ':');
}

uint32_t assets_subject(const struct facts *f, struct draft *d, const struct fact_subject *s)
{
    const char *ns = s->ns, *name = s->name;

    if (s->kind == SUBJECT_GROUP)
        return draft_node(d, NODE_GROUP, "", name);
    if (s->kind == SUBJECT_USER && !is_sa_user(name, f->arena, &ns, &name))
        return draft_node(d, NODE_USER, "", s->name);

    uint32_t ix = draft_find(d, NODE_SERVICEACCOUNT, ns, name);
    if (ix == UINT32_MAX) {
        ix = draft_node(d, NODE_SERVICEACCOUNT, ns, name);
        draft_set_props(d, ix, "{\"absent\":true}");
    }
    return ix;
}
