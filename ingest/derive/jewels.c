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

void jewels_container_props(const struct fact_pod *p, const struct fact_container *c, struct jw *w)
{
    const char *store = jewels_data_store(p, c);

    if (!store)
        return;
    jw_key_str(w, "dataStore", store);
    jw_key_bool(w, "dataStoreHeuristic", true);
    if (keeps_claim(p, c))
        jw_key_bool(w, "persistent", true);
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

/* The weight of a pod: its own tag, else the one of its workload or namespace, which `by_owner`
 * keeps by "kind ns/name" and "ns". */
static const double *tag_of(const struct facts *f, GHashTable *by_owner, const struct fact_pod *p)
{
    double own;
    g_autofree char *owner =
        g_strdup_printf("%s %s/%s", p->workload_kind, p->meta.ns, p->workload_name);
    const double *w = NULL;

    if (jewels_tag(&p->meta, &own, NULL))
        return arena_memdup(f->arena, &own, sizeof(own));
    if (*p->workload_kind)
        w = g_hash_table_lookup(by_owner, owner);
    return w ? w : g_hash_table_lookup(by_owner, p->meta.ns);
}

static void tag(const struct facts *f, GHashTable *by_owner, char *take_key, double weight)
{
    g_hash_table_insert(by_owner, take_key, arena_memdup(f->arena, &weight, sizeof(weight)));
}

/* What users say wins over what we guess, the nearest word (pod, workload, namespace) over the
 * others.  The jewel is the container, not its pod or workload too: who holds those holds it, and
 * one asset counts once. */
static void mark_pods(const struct facts *f, const struct assets *as, struct draft *d)
{
    g_autoptr(GHashTable) by_owner = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    double w;

    for (size_t i = 0; i < f->namespaces.n; i++) {
        const struct meta *m = &f->namespaces.v[i].meta;
        if (!jewels_tag(m, &w, NULL))
            continue;
        draft_set_jewel(d, assets_ns(as, m->name)->admin, JEWEL_CUSTOMER, w);
        tag(f, by_owner, g_strdup(m->name), w);
    }
    for (size_t i = 0; i < f->workloads.n; i++) {
        const struct fact_workload *wl = &f->workloads.v[i];
        if (jewels_tag(&wl->meta, &w, NULL))
            tag(f, by_owner, g_strdup_printf("%s %s/%s", wl->kind, wl->meta.ns, wl->meta.name), w);
    }
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        const double *given = tag_of(f, by_owner, p);

        if (!nodes_pod_runs(p))
            continue;
        for (size_t k = 0; k < p->ncontainers; k++) {
            const struct fact_container *c = &p->containers[k];
            if (given && c->type == CONTAINER_MAIN)
                draft_set_jewel(d, c->ix, JEWEL_CUSTOMER, *given);
            else if (jewels_data_store(p, c))
                mark(d, c->ix, JEWEL_DATA_STORE);
        }
    }
}

void jewels_mark(const struct facts *f, const struct assets *as, struct draft *d)
{
    const struct asset_ns *kube_system = assets_ns(as, "kube-system");

    mark(d, as->cluster_admin, JEWEL_CLUSTER_ADMIN);
    mark(d, as->secrets, JEWEL_SECRETS_CLUSTER);
    if (kube_system)
        mark(d, kube_system->secrets, JEWEL_SECRETS_CLUSTER);
    mark_nodes(f, as, d);
    mark_pods(f, as, d);
}
