/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a Service's ports a backend means. */
#include "ingest/derive/backends.h"

#include <string.h>

const struct fact_service *backends_service(const struct facts *f, const struct fact_backend *b)
{
    g_autofree char *key = g_strdup_printf("%s/%s", b->ns, b->service);

    return g_hash_table_lookup(f->service_by_name, key);
}

/* One backend while the ports of its Service are looked through. */
struct walk {
    const struct fact_backend *b;
    const char *protocol;
    bool by_target; /* it may name the pod's port */
    void (*add)(void *arg, const struct port_target *t);
    void *arg;
};

/* The port of the Service that a target belongs to. */
static const struct fact_service_port *port_of(const struct port_target *t)
{
    for (size_t i = 0; i < t->service->nports; i++)
        if (t->service->ports[i].port == t->port &&
            strcmp(t->service->ports[i].protocol, t->protocol) == 0)
            return &t->service->ports[i];
    return NULL;
}

static bool names_port(const struct fact_backend *b, const struct fact_service_port *sp)
{
    return *b->port_name ? strcmp(sp->name, b->port_name) == 0 : !b->port || sp->port == b->port;
}

static bool names_target(const struct fact_backend *b, const struct fact_service_port *sp,
                         int32_t number)
{
    return *b->port_name ? strcmp(sp->target_name, b->port_name) == 0 : number == b->port;
}

bool backends_by_target(const struct fact_backend *b, const struct port_target *t)
{
    const struct fact_service_port *sp = port_of(t);

    return sp && !names_port(b, sp);
}

static void look(void *arg, const struct port_target *t)
{
    const struct walk *w = arg;
    const struct fact_service_port *sp = port_of(t);

    if (sp && strcmp(t->protocol, w->protocol) == 0 &&
        (names_port(w->b, sp) || (w->by_target && names_target(w->b, sp, t->number))))
        w->add(w->arg, t);
}

void backends_targets(const struct facts *f, const struct ports *ps, const struct fact_route *r,
                      const struct fact_backend *b, struct arena *a,
                      void (*add)(void *arg, const struct port_target *t), void *arg)
{
    const struct fact_service *s = backends_service(f, b);
    struct walk w = {
        .b = b,
        .protocol = strcmp(r->kind, "UDPRoute") == 0 ? "UDP" : "TCP",
        .by_target = strcmp(r->kind, "Route") == 0 || strcmp(r->kind, "Ingress") == 0,
        .add = add,
        .arg = arg,
    };

    if (s)
        ports_of_service(ps, s, a, look, &w);
}
