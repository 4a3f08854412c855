/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports by (point, protocol, number). */
#include "ingest/derive/nettargets.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"

enum { KUBELET_PORT = 10250 };

struct nettargets {
    const struct facts *f;
    const struct netpol *np;
    GArray *all;        /* struct nettarget */
    GHashTable *by_key; /* key_of a point -> number + 1 */
    GHashTable *seen;   /* key_of a pod: each port of it once */
    GArray *node_ports; /* int32_t: those in use, each once */
};

const char *nettargets_address(const struct fact_node *n)
{
    const char *any = NULL;

    for (size_t i = 0; i < n->addresses.n; i++) {
        const char *a = n->addresses.v[i], *eq = strchr(a, '=');
        unsigned char bytes[16];

        if (!eq ||
            (inet_pton(AF_INET, eq + 1, bytes) != 1 && inet_pton(AF_INET6, eq + 1, bytes) != 1))
            continue;
        if (g_str_has_prefix(a, "InternalIP="))
            return eq + 1;
        any = any ? any : eq + 1;
    }
    return any;
}

/* A thing by its number, and a port of it, as one word. */
static gpointer key_of(size_t thing, enum net_protocol protocol, int32_t port)
{
    return GSIZE_TO_POINTER((thing << 3 | (size_t)protocol) << 16 | (size_t)port);
}

/* Of a pointer GLib would take the low bits, which are the port. */
static guint mixed(gconstpointer key)
{
    uint64_t h = (uint64_t)GPOINTER_TO_SIZE(key) * UINT64_C(0x9e3779b97f4a7c15);

    return (guint)(h >> 32);
}

static struct nettarget *target(struct nettargets *t, uint32_t point, enum net_protocol protocol,
                                int32_t port)
{
    gpointer key = key_of(point, protocol, port);
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(t->by_key, key));

    if (!id) {
        struct nettarget one = {
            .point = point, .protocol = protocol, .port = port, .set = NETREACH_NONE};
        one.pods = g_array_new(FALSE, FALSE, sizeof(struct netreach_port));
        g_array_append_val(t->all, one);
        id = t->all->len;
        g_hash_table_insert(t->by_key, key, GUINT_TO_POINTER(id));
    }
    return &g_array_index(t->all, struct nettarget, id - 1);
}

static void add_port(struct nettargets *t, const struct fact_pod *p, const char *protocol,
                     int32_t number)
{
    struct netreach_port one = {p, *protocol ? protocol : "TCP", number};
    gpointer key = key_of((size_t)(p - t->f->pods.v), netports_protocol(one.protocol), number);

    if (number < 1 || !g_hash_table_add(t->seen, key))
        return;
    struct nettarget *at =
        target(t, netclass_of_pod(netpol_classes(t->np), (size_t)(p - t->f->pods.v)),
               netports_protocol(one.protocol), number);
    g_array_append_val(at->pods, one);
}

static void add_pod(struct nettargets *t, const struct fact_pod *p)
{
    for (size_t k = 0; k < p->ncontainers; k++) {
        const struct fact_container *c = &p->containers[k];

        for (size_t i = 0; i < c->nports; i++)
            if (c->type == CONTAINER_MAIN || c->type == CONTAINER_SIDECAR)
                add_port(t, p, c->ports[i].protocol, c->ports[i].number);
    }
}

static void add_led(void *arg, const struct port_target *led)
{
    add_port(arg, led->pod, led->protocol, led->number);
}

static void add_services(struct nettargets *t, const struct ports *ps)
{
    AUTO(arena) scratch = arena_new();

    for (size_t i = 0; i < t->f->services.n; i++) {
        const struct fact_service *s = &t->f->services.v[i];

        ports_of_service(ps, s, scratch, add_led, t);
        for (size_t k = 0; k < s->nports; k++)
            if (s->ports[k].node_port)
                g_array_append_val(t->node_ports, s->ports[k].node_port);
    }
}

static void add_address(struct nettargets *t, const char *address, const char *protocol,
                        int32_t port)
{
    uint32_t point = netclass_of_address(netpol_classes(t->np), address);

    if (point != NETCLASS_NONE && port > 0)
        target(t, point, netports_protocol(protocol), port);
}

static void add_endpoints(struct nettargets *t, const struct fact_endpoints *e)
{
    for (size_t i = 0; i < e->nendpoints; i++)
        for (size_t k = 0; k < e->endpoints[i].addresses.n; k++)
            for (size_t p = 0; p < e->nports && !*e->endpoints[i].pod_name; p++)
                add_address(t, e->endpoints[i].addresses.v[k], e->ports[p].protocol,
                            e->ports[p].number);
}

static int by_number(gconstpointer a, gconstpointer b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

/* Nodes share few points, so this is no product of nodes and ports. */
static void add_nodes(struct nettargets *t)
{
    GHashTable *points = g_hash_table_new(NULL, NULL);
    GHashTableIter it;
    gpointer point;

    for (size_t i = 0; i < t->f->nodes.n; i++) {
        const char *a = nettargets_address(&t->f->nodes.v[i]);
        uint32_t at = a ? netclass_of_address(netpol_classes(t->np), a) : NETCLASS_NONE;
        if (at != NETCLASS_NONE)
            g_hash_table_add(points, GUINT_TO_POINTER(at));
    }
    g_hash_table_iter_init(&it, points);
    while (g_hash_table_iter_next(&it, &point, NULL)) {
        target(t, GPOINTER_TO_UINT(point), NET_TCP, KUBELET_PORT);
        for (guint i = 0; i < t->node_ports->len; i++)
            target(t, GPOINTER_TO_UINT(point), NET_TCP, g_array_index(t->node_ports, int32_t, i))
                ->node_port = true;
    }
    g_hash_table_destroy(points);
}

/* Each number once. */
static void tidy_node_ports(struct nettargets *t)
{
    int32_t *v = (int32_t *)(void *)t->node_ports->data;
    guint n = 0;

    g_array_sort(t->node_ports, by_number);
    for (guint i = 0; i < t->node_ports->len; i++)
        if (n == 0 || v[i] != v[n - 1])
            v[n++] = v[i];
    g_array_set_size(t->node_ports, n);
}

struct nettargets *nettargets_new(const struct facts *f, const struct netpol *np,
                                  const struct ports *ps)
{
    struct nettargets *t = must_calloc(1, sizeof(*t));

    t->f = f;
    t->np = np;
    t->all = g_array_new(FALSE, FALSE, sizeof(struct nettarget));
    t->by_key = g_hash_table_new(mixed, NULL);
    t->seen = g_hash_table_new(mixed, NULL);
    t->node_ports = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (size_t i = 0; i < f->pods.n; i++)
        if (nodes_pod_runs(&f->pods.v[i]))
            add_pod(t, &f->pods.v[i]);
    add_services(t, ps);
    tidy_node_ports(t);
    add_nodes(t);
    for (size_t i = 0; i < f->endpoints.n; i++)
        add_endpoints(t, &f->endpoints.v[i]);
    g_hash_table_remove_all(t->seen);
    return t;
}

void nettargets_free(struct nettargets *t)
{
    if (!t)
        return;
    for (guint i = 0; i < t->all->len; i++)
        g_array_free(g_array_index(t->all, struct nettarget, i).pods, TRUE);
    g_array_free(t->all, TRUE);
    g_array_free(t->node_ports, TRUE);
    g_hash_table_destroy(t->by_key);
    g_hash_table_destroy(t->seen);
    free(t);
}

size_t nettargets_count(const struct nettargets *t)
{
    return t->all->len;
}

struct nettarget *nettargets_at(const struct nettargets *t, size_t i)
{
    return &g_array_index(t->all, struct nettarget, i);
}
