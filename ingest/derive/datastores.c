/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogue of data stores, and those of one cluster. */
#include "ingest/derive/datastores.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/image.h"
#include "ingest/derive/nodes.h"

enum {
#define STORE(symbol, name, login, ports, variables) STORE_##symbol,
#define IMAGE(last, before, symbol)
#define PORT(number, symbol)
#define HOST(pattern, symbol)
#include "ingest/derive/datastores.def"
#undef STORE
#undef IMAGE
#undef PORT
#undef HOST
};

#define ASKS false
#define OPEN true
#define PORTS(...) ((const int32_t[]){__VA_ARGS__, 0})

static const struct datastore_engine engines[] = {
#define STORE(symbol, name, login, ports, variables) {name, login, ports, variables},
#define IMAGE(last, before, symbol)
#define PORT(number, symbol)
#define HOST(pattern, symbol)
#include "ingest/derive/datastores.def"
#undef STORE
#undef IMAGE
};

static const struct store_image {
    const char *last, *before;
    const struct datastore_engine *engine;
} images[] = {
#define STORE(symbol, name, login, ports, variables)
#define IMAGE(last, before, symbol) {last, before, &engines[STORE_##symbol]},
#include "ingest/derive/datastores.def"
#undef IMAGE
#undef PORT
};

static const struct {
    int32_t number;
    const struct datastore_engine *engine;
} ports[] = {
#define IMAGE(last, before, symbol)
#define PORT(number, symbol) {number, &engines[STORE_##symbol]},
#include "ingest/derive/datastores.def"
#undef PORT
#undef HOST
};

static const struct {
    const char *pattern;
    const struct datastore_engine *engine;
} hosts[] = {
#define PORT(number, symbol)
#define HOST(pattern, symbol) {pattern, &engines[STORE_##symbol]},
#include "ingest/derive/datastores.def"
#undef STORE
#undef IMAGE
#undef PORT
#undef HOST
};

/* --- what a container is --------------------------------------------------------------------- */

/* Whether the components before the last one of a repository end with these ("": any). */
static bool is_before(const char *image, const char *last, const char *before)
{
    size_t n = strlen(before), len = (size_t)(last - image);

    return n == 0 || (len > n && image[len - 1] == '/' && memcmp(last - 1 - n, before, n) == 0 &&
                      (len == n + 1 || image[len - n - 2] == '/'));
}

/* By binary search; no two rows have the same last component. */
static const struct datastore_engine *by_image(const char *image)
{
    const char *slash = strrchr(image, '/'), *last = slash ? slash + 1 : image;
    size_t len = image_repository(image) - (size_t)(last - image), lo = 0, hi = ARRAY_LEN(images);

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strncmp(images[mid].last, last, len);

        if (order == 0 && !images[mid].last[len])
            return is_before(image, last, images[mid].before) ? images[mid].engine : NULL;
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static const struct datastore_engine *by_port(int32_t number)
{
    for (size_t i = 0; i < ARRAY_LEN(ports); i++)
        if (ports[i].number == number)
            return ports[i].engine;
    return NULL;
}

bool datastores_keeps_claim(const struct fact_pod *p, const struct fact_container *c)
{
    for (size_t i = 0; i < c->nmounts; i++)
        if (c->mounts[i].volume < p->nvolumes && !c->mounts[i].read_only &&
            p->volumes[c->mounts[i].volume].type == VOLUME_PVC)
            return true;
    return false;
}

/* Whether an etcd is the cluster's own, or one of its network. */
static bool of_control_plane(const struct fact_pod *p)
{
    return p->mirror || p->host_network || strcmp(p->meta.ns, "kube-system") == 0;
}

const struct datastore_engine *datastores_engine(const struct fact_pod *p,
                                                 const struct fact_container *c)
{
    const struct datastore_engine *e;

    if (c->type != CONTAINER_MAIN && c->type != CONTAINER_SIDECAR)
        return NULL;
    e = by_image(c->image);
    if (e == &engines[STORE_ETCD] && of_control_plane(p))
        return NULL;
    if (e || !datastores_keeps_claim(p, c))
        return e;
    for (size_t i = 0; !e && i < c->nports; i++)
        e = by_port(c->ports[i].number);
    return e;
}

bool datastores_variable(const struct datastore_engine *e, const char *name)
{
    size_t len = strlen(name);

    if (g_str_has_suffix(name, "_FILE"))
        len -= strlen("_FILE");
    for (const char *v = e->variables; len > 0 && *v; v += strspn(v, " ")) {
        size_t n = strcspn(v, " ");

        if (n == len && memcmp(v, name, n) == 0)
            return true;
        v += n;
    }
    return false;
}

/* --- where clients connect ------------------------------------------------------------------- */

static bool usual(const struct datastore_engine *e, int32_t number)
{
    for (const int32_t *p = e->ports; *p; p++)
        if (*p == number)
            return true;
    return false;
}

bool datastores_serves(const struct datastore_engine *e, const struct fact_container *c,
                       const struct fact_port *port)
{
    bool one = false;

    if (strcmp(port->protocol, "TCP") != 0)
        return false;
    for (size_t i = 0; i < c->nports; i++)
        one |= usual(e, c->ports[i].number);
    return one ? usual(e, port->number)
               : !strstr(port->name, "metrics") && !strstr(port->name, "exporter");
}

bool datastores_may_serve(const struct datastore_engine *e, const struct fact_container *c,
                          int32_t port)
{
    return c->nports == 0 || usual(e, port);
}

/* --- those of one cluster -------------------------------------------------------------------- */

struct datastores {
    const struct facts *f;
    GPtrArray *all;     /* of struct datastore */
    GHashTable *by_key; /* "ns/name/sub" -> the same */
    GHashTable *by_run; /* const struct fact_container * -> the same */
};

static struct datastore *get(struct datastores *ds, const char *ns, const char *name,
                             const char *sub, bool *made)
{
    g_autofree char *key = g_strdup_printf("%s/%s/%s", ns, name, sub);
    struct datastore *s = g_hash_table_lookup(ds->by_key, key);

    *made = !s;
    if (!s) {
        s = arena_calloc(ds->f->arena, 1, sizeof(*s));
        s->ns = ns;
        s->name = arena_strdup(ds->f->arena, name);
        s->sub = sub;
        s->host = s->workload_kind = "";
        s->ix = UINT32_MAX;
        g_ptr_array_add(ds->all, s);
        g_hash_table_insert(ds->by_key, g_steal_pointer(&key), s);
    }
    return s;
}

static void add_run(struct datastores *ds, const struct fact_pod *p, const struct fact_container *c)
{
    const struct datastore_engine *e = datastores_engine(p, c);
    bool made;

    if (!e)
        return;
    struct datastore *s =
        get(ds, p->meta.ns, *p->workload_kind ? p->workload_name : p->meta.name, e->name, &made);
    if (made) {
        s->engine = e;
        s->workload_kind = p->workload_kind;
    }
    struct datastore_run *run =
        facts_grow(ds->f->arena, (void **)&s->runs.v, &s->runs.n, &s->runs.room, sizeof(*run));
    *run = (struct datastore_run){p, c};
    g_hash_table_insert(ds->by_run, (gpointer)c, s);
}

/* What a Service without pods leads to. */
struct outside {
    const struct datastore_engine *engine;
    const char *host;
    int32_t port;
};

/* The engine by the name of its host, else by its port. */
static bool looks_like_store(const char *host, int32_t port, struct outside *out)
{
    const struct datastore_engine *e = by_port(port);
    bool managed = false;

    for (size_t i = 0; !managed && i < ARRAY_LEN(hosts); i++)
        if (g_pattern_match_simple(hosts[i].pattern, host)) {
            managed = true;
            if (hosts[i].engine != &engines[STORE_NONE])
                e = hosts[i].engine;
            else if (!e)
                e = hosts[i].engine;
        }
    *out = (struct outside){e, host, port ? port : e ? e->ports[0] : 0};
    return e != NULL;
}

static struct datastore *add_outside(struct datastores *ds, const struct fact_service *s,
                                     const struct outside *o)
{
    g_autofree char *name =
        o->port ? g_strdup_printf("%s:%d", o->host, o->port) : g_strdup(o->host);
    bool made;
    struct datastore *st = get(ds, "", name, "", &made);
    struct arena *a = ds->f->arena;

    if (made) {
        st->engine = o->engine;
        st->host = arena_strdup(a, o->host);
        st->port = o->port;
    }
    if (st->nservices > 0 && st->services[st->nservices - 1] == s)
        return st;
    const struct fact_service **more = arena_alloc(a, (st->nservices + 1) * sizeof(*more));
    if (st->nservices)
        memcpy(more, st->services, st->nservices * sizeof(*more));
    more[st->nservices++] = s;
    st->services = more;
    return st;
}

static void add_external_name(struct datastores *ds, const struct fact_service *s)
{
    g_autofree char *host = g_ascii_strdown(s->external_name, -1);
    size_t len = strlen(host);
    struct outside o;

    if (len > 0 && host[len - 1] == '.')
        host[len - 1] = '\0';
    if (!*host || g_str_has_suffix(host, ".svc.cluster.local") || g_str_has_suffix(host, ".svc"))
        return;
    if (s->nports == 0 && looks_like_store(host, 0, &o))
        add_outside(ds, s, &o);
    for (size_t i = 0; i < s->nports; i++)
        if (strcmp(s->ports[i].protocol, "TCP") == 0 &&
            looks_like_store(host, s->ports[i].port, &o))
            add_outside(ds, s, &o);
}

/* Whether an address is one of a pod: then the store is in the cluster. */
static bool is_pods(const GHashTable *pod_ips, const struct fact_endpoint *e)
{
    for (size_t i = 0; i < e->addresses.n; i++)
        if (*e->pod_name || g_hash_table_contains((GHashTable *)pod_ips, e->addresses.v[i]))
            return true;
    return e->addresses.n == 0;
}

/* The addresses of a Service without a selector, as its slices have them. */
static void add_slice(struct datastores *ds, const GHashTable *pod_ips,
                      const struct fact_service *s, const struct fact_endpoints *slice)
{
    for (size_t i = 0; i < slice->nendpoints; i++)
        for (size_t k = 0; k < slice->nports; k++) {
            const struct fact_endpoint *e = &slice->endpoints[i];
            const struct fact_port *port = &slice->ports[k];
            struct outside o = {by_port(port->number), NULL, port->number};

            if (!o.engine || strcmp(port->protocol, "TCP") != 0 || is_pods(pod_ips, e))
                continue;
            o.host = e->addresses.v[0];
            struct datastore *st = add_outside(ds, s, &o);
            st->addresses = e->addresses;
        }
}

static void add_slices(struct datastores *ds)
{
    const struct facts *f = ds->f;
    GHashTable *pod_ips = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < f->pods.n; i++)
        if (*f->pods.v[i].pod_ip && !f->pods.v[i].host_network)
            g_hash_table_add(pod_ips, (gpointer)f->pods.v[i].pod_ip);
    for (size_t i = 0; i < f->endpoints.n; i++) {
        const struct fact_endpoints *slice = &f->endpoints.v[i];
        g_autofree char *key = g_strdup_printf("%s/%s", slice->meta.ns, slice->service);
        const struct fact_service *s = g_hash_table_lookup(f->service_by_name, key);

        if (s && s->nselector == 0 && strcmp(s->type, "ExternalName") != 0)
            add_slice(ds, pod_ips, s, slice);
    }
    g_hash_table_destroy(pod_ips);
}

struct datastores *datastores_new(const struct facts *f)
{
    struct datastores *ds = must_calloc(1, sizeof(*ds));

    ds->f = f;
    ds->all = g_ptr_array_new();
    ds->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    ds->by_run = g_hash_table_new(NULL, NULL);
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            add_run(ds, p, &p->containers[k]);
    }
    for (size_t i = 0; i < f->services.n; i++)
        if (strcmp(f->services.v[i].type, "ExternalName") == 0)
            add_external_name(ds, &f->services.v[i]);
    add_slices(ds);
    return ds;
}

void datastores_free(struct datastores *ds)
{
    if (!ds)
        return;
    g_ptr_array_unref(ds->all);
    g_hash_table_destroy(ds->by_key);
    g_hash_table_destroy(ds->by_run);
    free(ds);
}

struct datastore **datastores_all(const struct datastores *ds, size_t *n)
{
    *n = ds->all->len;
    return (struct datastore **)ds->all->pdata;
}

const struct datastore *datastores_find(const struct datastores *ds, const char *ns,
                                        const char *name, const char *sub)
{
    g_autofree char *key = g_strdup_printf("%s/%s/%s", ns, name, sub);

    return g_hash_table_lookup(ds->by_key, key);
}

const struct datastore *datastores_of(const struct datastores *ds, const struct fact_container *c)
{
    return g_hash_table_lookup(ds->by_run, c);
}
