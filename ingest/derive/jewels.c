/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crown jewels: takeover of the cluster, its secrets, its nodes, data stores, and what users tag.
 */
#include "ingest/derive/jewels.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/nodes.h"

/* The last component of an image's repository, as published by its makers and usual packagers. */
static const struct {
    const char *image, *store;
} store_images[] = {
    {"cassandra", "cassandra"},
    {"clickhouse", "clickhouse"},
    {"clickhouse-server", "clickhouse"},
    {"cockroach", "cockroachdb"},
    {"couchbase", "couchbase"},
    {"couchdb", "couchdb"},
    {"cp-kafka", "kafka"},
    {"cp-server", "kafka"},
    {"dse-server", "cassandra"},
    {"elasticsearch", "elasticsearch"},
    {"elasticsearch-oss", "elasticsearch"},
    {"influxdb", "influxdb"},
    {"kafka", "kafka"},
    {"mariadb", "mariadb"},
    {"mariadb-galera", "mariadb"},
    {"minio", "minio"},
    {"mongo", "mongodb"},
    {"mongodb", "mongodb"},
    {"mongodb-community-server", "mongodb"},
    {"mongodb-sharded", "mongodb"},
    {"mssql-server", "mssql"},
    {"mysql", "mysql"},
    {"mysql-server", "mysql"},
    {"neo4j", "neo4j"},
    {"opensearch", "opensearch"},
    {"percona-server", "mysql"},
    {"percona-server-mongodb", "mongodb"},
    {"percona-xtradb-cluster", "mysql"},
    {"postgis", "postgres"},
    {"postgres", "postgres"},
    {"postgresql", "postgres"},
    {"postgresql-ha", "postgres"},
    {"postgresql-repmgr", "postgres"},
    {"redis", "redis"},
    {"redis-cluster", "redis"},
    {"redis-stack", "redis"},
    {"redis-stack-server", "redis"},
    {"redpanda", "kafka"},
    {"scylla", "scylla"},
    {"spilo", "postgres"},
    {"timescaledb", "postgres"},
    {"timescaledb-ha", "postgres"},
    {"valkey", "valkey"},
};

/* Ports that say "database" when the container also keeps data on a claim. */
static const struct {
    int32_t port;
    const char *store;
} store_ports[] = {
    {1433, "mssql"},         {3306, "mysql"},    {5432, "postgres"},  {5984, "couchdb"},
    {6379, "redis"},         {7687, "neo4j"},    {9042, "cassandra"}, {9092, "kafka"},
    {9200, "elasticsearch"}, {27017, "mongodb"},
};

/* "registry:5000/bitnami/postgresql:15@sha256:..." is "postgresql". */
static const char *image_stem(const char *image, size_t *len)
{
    const char *slash = strrchr(image, '/'), *stem = slash ? slash + 1 : image;

    *len = strcspn(stem, ":@");
    return stem;
}

static bool keeps_claim(const struct fact_pod *p, const struct fact_container *c)
{
    for (size_t i = 0; i < c->nmounts; i++)
        if (c->mounts[i].volume < p->nvolumes && !c->mounts[i].read_only &&
            p->volumes[c->mounts[i].volume].type == VOLUME_PVC)
            return true;
    return false;
}

const char *jewels_data_store(const struct fact_pod *p, const struct fact_container *c)
{
    size_t len;
    const char *stem = image_stem(c->image, &len);

    if (c->type != CONTAINER_MAIN && c->type != CONTAINER_SIDECAR)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(store_images); i++)
        if (strlen(store_images[i].image) == len && memcmp(store_images[i].image, stem, len) == 0)
            return store_images[i].store;
    if (!keeps_claim(p, c))
        return NULL;
    for (size_t i = 0; i < c->nports; i++)
        for (size_t k = 0; k < ARRAY_LEN(store_ports); k++)
            if (c->ports[i].number == store_ports[k].port)
                return store_ports[k].store;
    return NULL;
}

bool jewels_tag(const struct meta *m, double *weight, const char **bad)
{
    const char *v = facts_label(m, JEWELS_TAG);
    char *end;

    if (!v)
        v = facts_annotation(m, JEWELS_TAG);
    if (bad)
        *bad = NULL;
    if (!v)
        return false;
    /* Plain decimals only: g_ascii_strtod would also take "nan", "1e-3" and " 1". */
    double w = g_ascii_strtod(v, &end);
    if (*v && !v[strspn(v, "0123456789.")] && !*end && w >= 0 && w <= 1) {
        *weight = w;
        return true;
    }
    if (bad)
        *bad = v;
    return false;
}

void jewels_tag_props(const struct meta *m, struct jw *w)
{
    double weight;
    const char *bad;

    if (jewels_tag(m, &weight, &bad))
        jw_key_real(w, "crownJewel", weight);
    else if (bad)
        jw_key_str(w, "crownJewelIgnored", bad);
}

static void mark(struct draft *d, uint32_t node, enum jewel j)
{
    draft_set_jewel(d, node, j, kinds_jewel(j)->weight);
}

static void mark_nodes(const struct facts *f, const struct assets *as, struct draft *d)
{
    for (size_t i = 0; i < f->nodes.n; i++) {
        const struct fact_node *n = &f->nodes.v[i];
        if (assets_control_plane(as, n->meta.name))
            mark(d, n->meta.ix, JEWEL_CONTROL_PLANE);
        else if (!nodes_virtual(n))
            mark(d, n->meta.ix, JEWEL_NODE_ANY);
    }
    uint32_t some = draft_find(d, NODE_NODE, "", NODES_UNSCHEDULED);
    if (some != UINT32_MAX)
        mark(d, some, JEWEL_NODE_ANY);
}

/* What a user said about one thing. */
struct tag {
    double weight;
    const char *thing; /* "Deployment shop/api" */
};

struct jewels {
    GHashTable *owners; /* "kind ns/name" of a workload, "ns" of a namespace -> struct tag * */
};

static void add_tag(struct jewels *js, struct arena *a, const struct meta *m, char *take_key,
                    const char *thing)
{
    struct tag t = {.thing = thing};

    if (jewels_tag(m, &t.weight, NULL))
        g_hash_table_insert(js->owners, take_key, arena_memdup(a, &t, sizeof(t)));
    else
        g_free(take_key);
}

struct jewels *jewels_new(const struct facts *f)
{
    struct jewels *js = must_calloc(1, sizeof(*js));

    js->owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < f->namespaces.n; i++) {
        const struct meta *m = &f->namespaces.v[i].meta;
        add_tag(js, f->arena, m, g_strdup(m->name),
                arena_printf(f->arena, "Namespace %s", m->name));
    }
    for (size_t i = 0; i < f->workloads.n; i++) {
        const struct fact_workload *w = &f->workloads.v[i];
        const char *thing = arena_printf(f->arena, "%s %s/%s", w->kind, w->meta.ns, w->meta.name);
        add_tag(js, f->arena, &w->meta, g_strdup(thing), thing);
    }
    return js;
}

void jewels_free(struct jewels *js)
{
    if (!js)
        return;
    g_hash_table_destroy(js->owners);
    free(js);
}

/* What holds for a container: the tag of its pod, else of the pod's workload, else of the
 * namespace.  A pod's tag comes from the template of its workload, so replicas are one thing too.
 * Returns: false if nobody said anything. */
static bool tag_of(const struct jewels *js, const struct fact_pod *p,
                   const struct fact_container *c, struct arena *a, struct tag *out)
{
    bool owned = *p->workload_kind;
    const struct tag *by;

    if (c->type != CONTAINER_MAIN || !nodes_pod_runs(p))
        return false;
    out->thing = arena_printf(a, "%s %s/%s", owned ? p->workload_kind : "Pod", p->meta.ns,
                              owned ? p->workload_name : p->meta.name);
    if (jewels_tag(&p->meta, &out->weight, NULL))
        return true;
    by = g_hash_table_lookup(js->owners, out->thing);
    if (!by)
        by = g_hash_table_lookup(js->owners, p->meta.ns);
    if (by)
        *out = *by;
    return by != NULL;
}

void jewels_container_props(const struct jewels *js, const struct fact_pod *p,
                            const struct fact_container *c, struct arena *a, struct jw *w)
{
    const char *store = jewels_data_store(p, c);
    struct tag t;

    if (store) {
        jw_key_str(w, "dataStore", store);
        jw_key_bool(w, "dataStoreHeuristic", true);
        if (keeps_claim(p, c))
            jw_key_bool(w, "persistent", true);
    }
    if (tag_of(js, p, c, a, &t))
        jw_key_str(w, "crownJewelOf", t.thing);
}

/* A hub that is one jewel of several which stand for `thing`. */
static void stands_for(struct draft *d, uint32_t hub, const char *thing)
{
    AUTO(jw) w = jw_new();

    jw_obj(w);
    jw_key_str(w, "crownJewelOf", thing);
    jw_end_obj(w);
    draft_set_props(d, hub, jw_text(w));
}

/* What users say wins over what we guess, the nearest word (pod, workload, namespace) over the
 * others.  The jewel is the container, not its pod or workload too: who holds those holds it. */
static void mark_pods(const struct facts *f, const struct jewels *js, struct draft *d)
{
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        if (!nodes_pod_runs(p))
            continue;
        for (size_t k = 0; k < p->ncontainers; k++) {
            const struct fact_container *c = &p->containers[k];
            struct tag t;

            if (tag_of(js, p, c, f->arena, &t))
                draft_set_jewel(d, c->ix, JEWEL_CUSTOMER, t.weight);
            else if (jewels_data_store(p, c))
                mark(d, c->ix, JEWEL_DATA_STORE);
        }
    }
}

/* Who administrates a tagged namespace holds what is tagged, though no container of it may run. */
static void mark_namespaces(const struct facts *f, const struct assets *as, const struct jewels *js,
                            struct draft *d)
{
    for (size_t i = 0; i < f->namespaces.n; i++) {
        const char *ns = f->namespaces.v[i].meta.name;
        const struct tag *t = g_hash_table_lookup(js->owners, ns);

        if (!t)
            continue;
        draft_set_jewel(d, assets_ns(as, ns)->admin, JEWEL_CUSTOMER, t->weight);
        stands_for(d, assets_ns(as, ns)->admin, t->thing);
    }
}

static void mark_object(struct draft *d, const struct meta *m)
{
    double weight;

    if (jewels_tag(m, &weight, NULL))
        draft_set_jewel(d, m->ix, JEWEL_CUSTOMER, weight);
}

/* Objects that are nodes themselves. */
static void mark_objects(const struct facts *f, struct draft *d)
{
    for (size_t i = 0; i < f->nodes.n; i++)
        mark_object(d, &f->nodes.v[i].meta);
    for (size_t i = 0; i < f->secrets.n; i++)
        mark_object(d, &f->secrets.v[i].meta);
    for (size_t i = 0; i < f->serviceaccounts.n; i++)
        mark_object(d, &f->serviceaccounts.v[i].meta);
    for (size_t i = 0; i < f->configmaps.n; i++)
        mark_object(d, &f->configmaps.v[i].meta);
    for (size_t i = 0; i < f->pvcs.n; i++)
        mark_object(d, &f->pvcs.v[i].meta);
}

/* Those of kube-system are all that matter most: the same loss, by two names. */
static void mark_secrets(const struct assets *as, struct draft *d)
{
    static const char thing[] = "Secrets of the cluster";
    const struct asset_ns *kube_system = assets_ns(as, "kube-system");

    mark(d, as->secrets, JEWEL_SECRETS_CLUSTER);
    stands_for(d, as->secrets, thing);
    if (!kube_system)
        return;
    mark(d, kube_system->secrets, JEWEL_SECRETS_CLUSTER);
    stands_for(d, kube_system->secrets, thing);
}

void jewels_mark(const struct jewels *js, const struct facts *f, const struct assets *as,
                 struct draft *d)
{
    mark(d, as->cluster_admin, JEWEL_CLUSTER_ADMIN);
    mark_secrets(as, d);
    mark_nodes(f, as, d);
    mark_pods(f, js, d);
    mark_namespaces(f, as, js, d);
    mark_objects(f, d);
}
