/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From Services to the ports of pods. */
#include "ingest/derive/ports.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/nodes.h"

struct ports {
    const struct facts *f;
    GHashTable *slices;     /* "ns/service" -> GPtrArray of struct fact_endpoints */
    GHashTable *pods_by_ns; /* ns -> GPtrArray of struct fact_pod */
    GHashTable *pod_by_ip;  /* pod IP -> struct fact_pod; host network pods share one: left out */
};

uint32_t ports_endpoint(struct draft *d, const struct fact_pod *p, const char *protocol,
                        int32_t number)
{
    g_autofree char *proto = g_ascii_strdown(*protocol ? protocol : "TCP", -1);
    g_autofree char *sub = g_strdup_printf("%s:%d", proto, number);
    uint32_t ix = draft_node_sub(d, NODE_ENDPOINT, p->meta.ns, p->meta.name, sub);
    g_autofree char *shown = g_strdup_printf("%s:%d/%s", p->meta.name, number, proto);

    draft_set_name(d, ix, shown);
    return ix;
}

void ports_make(struct draft *d, const struct fact_pod *p)
{
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t i = 0; i < p->containers[k].nports; i++)
            ports_endpoint(d, p, p->containers[k].ports[i].protocol,
                           p->containers[k].ports[i].number);
}

bool ports_is(const char *sub, const char *protocol, int32_t number)
{
    g_autofree char *proto = g_ascii_strdown(*protocol ? protocol : "TCP", -1);
    g_autofree char *have = g_strdup_printf("%s:%d", proto, number);

    return strcmp(sub, have) == 0;
}

bool ports_listens(const struct fact_container *k)
{
    return k->type == CONTAINER_MAIN || k->type == CONTAINER_SIDECAR;
}

bool ports_declared(const struct fact_pod *p, const char *protocol, int32_t number)
{
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t i = 0; i < p->containers[k].nports; i++)
            if (ports_listens(&p->containers[k]) && p->containers[k].ports[i].number == number &&
                strcmp(p->containers[k].ports[i].protocol, protocol) == 0)
                return true;
    return false;
}

static void push(GHashTable *t, const char *key, const void *value)
{
    GPtrArray *list = g_hash_table_lookup(t, key);

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(t, g_strdup(key), list);
    }
    g_ptr_array_add(list, (gpointer)value);
}

static GHashTable *lists_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                 (GDestroyNotify)g_ptr_array_unref);
}

struct ports *ports_new(const struct facts *f)
{
    struct ports *ps = must_calloc(1, sizeof(*ps));

    ps->f = f;
    ps->slices = lists_new();
    ps->pods_by_ns = lists_new();
    ps->pod_by_ip = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->endpoints.n; i++) {
        const struct fact_endpoints *e = &f->endpoints.v[i];
        g_autofree char *key = g_strdup_printf("%s/%s", e->meta.ns, e->service);
        push(ps->slices, key, e);
    }
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        if (!nodes_pod_runs(p))
            continue;
        push(ps->pods_by_ns, p->meta.ns, p);
        if (*p->pod_ip && !p->host_network)
            g_hash_table_insert(ps->pod_by_ip, (gpointer)p->pod_ip, (gpointer)p);
    }
    return ps;
}

void ports_free(struct ports *ps)
{
    if (!ps)
        return;
    g_hash_table_destroy(ps->slices);
    g_hash_table_destroy(ps->pods_by_ns);
    g_hash_table_destroy(ps->pod_by_ip);
    free(ps);
}

/* The pod behind an endpoint: the one it names, else the one that has its address. */
static const struct fact_pod *pod_of(const struct ports *ps, const struct fact_endpoint *e)
{
    if (*e->pod_name)
        return facts_pod(ps->f, e->pod_ns, e->pod_name);
    for (size_t i = 0; i < e->addresses.n; i++) {
        const struct fact_pod *p = g_hash_table_lookup(ps->pod_by_ip, e->addresses.v[i]);
        if (p)
            return p;
    }
    return NULL;
}

/* The port of a pod that a Service port means; 0 if the pod declares no port of that name. */
static int32_t pod_port(const struct fact_pod *p, const struct fact_service_port *sp)
{
    if (!*sp->target_name)
        return sp->target ? sp->target : sp->port;
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t i = 0; i < p->containers[k].nports; i++) {
            const struct fact_port *port = &p->containers[k].ports[i];
            if (strcmp(port->name, sp->target_name) == 0 &&
                strcmp(port->protocol, sp->protocol) == 0)
                return port->number;
        }
    return 0;
}

/* Who is told about the targets of one Service. */
struct walk {
    struct port_target t;
    void (*add)(void *arg, const struct port_target *t);
    void *arg;
};

static void add_pod(struct walk *w, const struct fact_pod *p)
{
    const struct fact_service *s = w->t.service;

    w->t.pod = p;
    for (size_t i = 0; i < s->nports; i++) {
        w->t.from = &s->ports[i];
        w->t.protocol = s->ports[i].protocol;
        w->t.port = s->ports[i].port;
        w->t.number = pod_port(p, &s->ports[i]);
        if (w->t.number > 0)
            w->add(w->arg, &w->t);
    }
}

/* The port of the Service that an endpoint's port belongs to: the one of its name and protocol, as
 * kube-proxy has it; NULL if there is none, and then nobody is led there. */
static const struct fact_service_port *service_port(const struct fact_service *s,
                                                    const struct fact_port *port)
{
    for (size_t i = 0; i < s->nports; i++)
        if (strcmp(s->ports[i].name, port->name) == 0 &&
            strcmp(s->ports[i].protocol, port->protocol) == 0)
            return &s->ports[i];
    return NULL;
}

/* Without a selector nobody but the slice knows the port. */
static void add_slice_ports(struct walk *w, const struct fact_pod *p,
                            const struct fact_endpoints *slice)
{
    w->t.pod = p;
    for (size_t i = 0; i < slice->nports; i++) {
        w->t.protocol = slice->ports[i].protocol;
        w->t.number = slice->ports[i].number;
        w->t.from = service_port(w->t.service, &slice->ports[i]);
        w->t.port = w->t.from ? w->t.from->port : 0;
        if (w->t.number > 0 && w->t.port > 0)
            w->add(w->arg, &w->t);
    }
}

static bool selects(const struct fact_service *s, const struct fact_pod *p)
{
    for (size_t i = 0; i < s->nselector; i++)
        if (g_strcmp0(facts_label(&p->meta, s->selector[i].key), s->selector[i].value) != 0)
            return false;
    return s->nselector > 0;
}

void ports_of_service(const struct ports *ps, const struct fact_service *s, struct arena *a,
                      void (*add)(void *arg, const struct port_target *t), void *arg)
{
    struct walk w = {.t.service = s, .add = add, .arg = arg};
    g_autofree char *key = g_strdup_printf("%s/%s", s->meta.ns, s->meta.name);
    const GPtrArray *slices = g_hash_table_lookup(ps->slices, key);
    const GPtrArray *pods = g_hash_table_lookup(ps->pods_by_ns, s->meta.ns);

    if (strcmp(s->type, "ExternalName") == 0)
        return;
    for (guint i = 0; slices && i < slices->len; i++) {
        const struct fact_endpoints *slice = slices->pdata[i];

        w.t.object = arena_printf(a, "EndpointSlice %s/%s", slice->meta.ns, slice->meta.name);
        w.t.uid = slice->meta.uid;
        for (size_t k = 0; k < slice->nendpoints; k++) {
            const struct fact_pod *p = pod_of(ps, &slice->endpoints[k]);
            if (!p || !nodes_pod_runs(p))
                continue;
            if (s->nselector)
                add_pod(&w, p);
            else
                add_slice_ports(&w, p, slice);
        }
    }
    if (slices)
        return;
    w.t.object = arena_printf(a, "Service %s", key);
    w.t.uid = s->meta.uid;
    for (guint i = 0; pods && i < pods->len; i++)
        if (selects(s, pods->pdata[i]))
            add_pod(&w, pods->pdata[i]);
}
