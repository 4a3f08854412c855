/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workloads of controllers, and the widest way from outside to each. */
#include "ingest/derive/fronts.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/derive/netoutside.h"
#include "ingest/derive/nodes.h"

/* A published Service that leads to a port of a pod. */
struct way {
    const struct fact_service *service;
    const char *protocol;
    int32_t number;
};

struct fronts {
    struct rule_ctx *c;
    struct published_nodes nodes;
    GHashTable *ways;          /* const struct fact_pod * -> GArray of struct way */
    GHashTable *gateway_pods;  /* "ns/name" -> GPtrArray of const struct fact_pod * */
    GHashTable *by_controller; /* controller -> GPtrArray of struct front * */
    GHashTable *by_gateway;    /* "ns/name" -> the same */
};

static void free_front(gpointer at)
{
    struct front *fr = at;

    g_array_free(fr->segments, TRUE);
    g_ptr_array_free(fr->services, TRUE);
    g_free(fr);
}

static void note_way(void *arg, const struct port_target *t)
{
    struct fronts *fs = arg;
    GArray *list = g_hash_table_lookup(fs->ways, t->pod);
    struct way w = {t->service, t->protocol, t->number};

    if (!list) {
        list = g_array_new(FALSE, FALSE, sizeof(struct way));
        g_hash_table_insert(fs->ways, (gpointer)t->pod, list);
    }
    g_array_append_val(list, w);
}

static void note_ways(struct fronts *fs, const struct ports *ps)
{
    struct arena *a = fs->c->scratch;

    for (size_t i = 0; i < fs->c->f->services.n; i++) {
        const struct fact_service *s = &fs->c->f->services.v[i];
        struct published_answer internet, lan;

        published_service(&fs->nodes, s, NETREACH_INTERNET, a, &internet);
        published_service(&fs->nodes, s, NETREACH_LAN, a, &lan);
        if (internet.open != PUBLISHED_NO || lan.open != PUBLISHED_NO)
            ports_of_service(ps, s, a, note_way, fs);
    }
}

static void note_gateway_pods(struct fronts *fs)
{
    for (size_t i = 0; i < fs->c->f->pods.n; i++) {
        const struct fact_pod *p = &fs->c->f->pods.v[i];
        const char *key = nodes_pod_runs(p) ? ingressctl_gateway_of(p, fs->c->scratch) : NULL;
        GPtrArray *list = key ? g_hash_table_lookup(fs->gateway_pods, key) : NULL;

        if (!key)
            continue;
        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(fs->gateway_pods, (gpointer)key, list);
        }
        g_ptr_array_add(list, (gpointer)p);
    }
}

struct fronts *fronts_new(struct rule_ctx *c, const struct ports *ps)
{
    struct fronts *fs = must_calloc(1, sizeof(*fs));
    GDestroyNotify free_list = (GDestroyNotify)g_ptr_array_unref;

    fs->c = c;
    fs->nodes = published_nodes(c->f);
    fs->ways = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    fs->gateway_pods = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    fs->by_controller = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    fs->by_gateway = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_list);
    note_ways(fs, ps);
    if (c->f->gateways.n)
        note_gateway_pods(fs);
    return fs;
}

void fronts_free(struct fronts *fs)
{
    if (!fs)
        return;
    g_hash_table_destroy(fs->ways);
    g_hash_table_destroy(fs->gateway_pods);
    g_hash_table_destroy(fs->by_controller);
    g_hash_table_destroy(fs->by_gateway);
    free(fs);
}

/* The front of a pod's workload among those so far; made if it is not there. */
static struct front *front_of(struct fronts *fs, GPtrArray *list, const struct fact_pod *p)
{
    for (guint i = 0; i < list->len; i++) {
        struct front *fr = list->pdata[i];
        if (strcmp(fr->pod->meta.ns, p->meta.ns) == 0 && *p->workload_name &&
            strcmp(fr->pod->workload_kind, p->workload_kind) == 0 &&
            strcmp(fr->pod->workload_name, p->workload_name) == 0)
            return fr;
    }
    struct front *fr = g_new0(struct front, 1);
    fr->pod = p;
    fr->segments = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    fr->services = g_ptr_array_new();
    for (size_t who = 0; who < ARRAY_LEN(fr->open); who++)
        fr->open[who].ev = (struct evidence){
            .object = arena_printf(fs->c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
            .uid = p->meta.uid,
            .field = "metadata.labels",
            .reason = "it carries the traffic of the controller, and nothing publishes it: no load "
                      "balancer, port of the nodes or external address",
        };
    g_ptr_array_add(list, fr);
    return fr;
}

/* The wider one stays; among those that are closed, the first that a Service or node explains. */
static void take_answer(struct front *fr, enum netreach_who who, const struct published_answer *a,
                        bool first)
{
    if (a->open > fr->open[who].open || (first && fr->open[who].open == PUBLISHED_NO))
        fr->open[who] = *a;
}

static void try_service(struct fronts *fs, struct front *fr, const struct fact_pod *p,
                        const struct way *w)
{
    bool first = fr->services->len == 0;

    for (enum netreach_who who = NETREACH_INTERNET; who <= NETREACH_LAN; who++) {
        enum exposure_source seen = w->service->external_local ? EXPOSURE_CLIENT : EXPOSURE_NODE;
        struct published_answer way, judged;

        published_service(&fs->nodes, w->service, who, fs->c->scratch, &way);
        judged = exposure_judge(fs->c, &way, seen, who, p, w->protocol, w->number);
        take_answer(fr, who, &judged, first);
    }
    if (first || g_ptr_array_index(fr->services, fr->services->len - 1) != w->service)
        g_ptr_array_add(fr->services, (gpointer)w->service);
}

static void try_host(struct fronts *fs, struct front *fr, const struct fact_pod *p,
                     const struct fact_port *port)
{
    for (enum netreach_who who = NETREACH_INTERNET; who <= NETREACH_LAN; who++) {
        struct published_answer way, judged;

        published_host(p->on, who, fs->c->scratch, &way);
        judged =
            exposure_judge(fs->c, &way, EXPOSURE_NOT_KNOWN, who, p, port->protocol, port->number);
        take_answer(fr, who, &judged, false);
    }
}

static void add_segment(struct fronts *fs, struct front *fr, const struct fact_pod *p)
{
    uint32_t segment = netreach_of_pod(hubs_net(fs->c->hubs), p);

    for (guint i = 0; i < fr->segments->len; i++)
        if (g_array_index(fr->segments, uint32_t, i) == segment)
            return;
    if (segment != NETREACH_NONE)
        g_array_append_val(fr->segments, segment);
}

static void add_pod(struct fronts *fs, GPtrArray *list, const struct fact_pod *p)
{
    struct front *fr = front_of(fs, list, p);
    const GArray *ways = g_hash_table_lookup(fs->ways, p);

    add_segment(fs, fr, p);
    for (guint i = 0; ways && i < ways->len; i++)
        try_service(fs, fr, p, &g_array_index(ways, struct way, i));
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t i = 0; i < p->containers[k].nports; i++)
            if (p->host_network || p->containers[k].ports[i].host_port)
                try_host(fs, fr, p, &p->containers[k].ports[i]);
}

const GPtrArray *fronts_of_controller(struct fronts *fs, const struct ingressctl *ctl)
{
    GPtrArray *list = g_hash_table_lookup(fs->by_controller, ctl->controller);

    if (list)
        return list;
    list = g_ptr_array_new_with_free_func(free_front);
    for (size_t i = 0; i < fs->c->f->pods.n; i++) {
        const struct fact_pod *p = &fs->c->f->pods.v[i];
        if (nodes_pod_runs(p) && ingressctl_is_pod(ctl, p))
            add_pod(fs, list, p);
    }
    g_hash_table_insert(fs->by_controller, (gpointer)ctl->controller, list);
    return list;
}

const GPtrArray *fronts_of_gateway(struct fronts *fs, const struct fact_gateway *g)
{
    g_autofree char *key = g_strdup_printf("%s/%s", g->meta.ns, g->meta.name);
    GPtrArray *list = g_hash_table_lookup(fs->by_gateway, key);
    const GPtrArray *pods = g_hash_table_lookup(fs->gateway_pods, key);

    if (list)
        return list;
    list = g_ptr_array_new_with_free_func(free_front);
    for (guint i = 0; pods && i < pods->len; i++)
        add_pod(fs, list, pods->pdata[i]);
    g_hash_table_insert(fs->by_gateway, g_steal_pointer(&key), list);
    return list;
}

bool fronts_at(const struct front *fr, const struct texts *addresses)
{
    for (guint i = 0; i < fr->services->len; i++) {
        const struct fact_service *s = fr->services->pdata[i];
        for (size_t k = 0; k < s->lb_ingress.n; k++)
            if (facts_has(addresses, s->lb_ingress.v[k]))
                return true;
    }
    return false;
}
