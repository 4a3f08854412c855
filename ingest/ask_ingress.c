/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes followed to ports of pods, and what policies make of it for a pod that nothing selects. */
#include "ingest/ask_ingress.h"

#include <string.h>

#include "base/must.h"
#include "ingest/derive/backends.h"
#include "ingest/derive/netpol.h"
#include "ingest/derive/nettable.h"

/* Ports of the pods behind one peer, as routes are followed. */
struct lead {
    GHashTable *open, *closed; /* port number -> itself */
};

struct leads {
    const struct facts *f;
    const struct netpol *np;
    uint32_t from;
    bool by_pod;
    uint64_t *open;      /* set of ports */
    GHashTable *by_name; /* peer -> struct lead * */
};

static void free_lead(gpointer at)
{
    struct lead *l = at;

    g_hash_table_destroy(l->open);
    g_hash_table_destroy(l->closed);
    g_free(l);
}

static struct lead *lead_of(struct leads *ls, const struct fact_pod *p)
{
    char *name = nettable_peer(p, ls->by_pod);
    struct lead *l = g_hash_table_lookup(ls->by_name, name);

    if (l) {
        g_free(name);
        return l;
    }
    l = g_new0(struct lead, 1);
    l->open = g_hash_table_new(NULL, NULL);
    l->closed = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(ls->by_name, name, l);
    return l;
}

static bool declares(const struct fact_pod *p, int32_t number)
{
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t i = 0; i < p->containers[k].nports; i++)
            if (p->containers[k].ports[i].number == number)
                return true;
    return false;
}

static void follow(void *arg, const struct port_target *target)
{
    struct leads *ls = arg;
    size_t pod = (size_t)(target->pod - ls->f->pods.v);
    struct lead *l = lead_of(ls, target->pod);

    if (!declares(target->pod, target->number) || strcmp(target->protocol, "TCP") != 0)
        return;
    netpol_pair(ls->np, ls->from, netclass_of_pod(netpol_classes(ls->np), pod), ls->open);
    bool open = netports_has(netpol_ports(ls->np), ls->open, NET_TCP, target->number);
    g_hash_table_add(open ? l->open : l->closed, GINT_TO_POINTER(target->number));
}

static int by_number(gconstpointer a, gconstpointer b)
{
    return GPOINTER_TO_INT(a) - GPOINTER_TO_INT(b);
}

static void put_run(GString *text, int first, int last)
{
    if (last < first)
        return;
    g_string_append_printf(text, "%s%d", text->len ? "," : "TCP:", first);
    if (last > first)
        g_string_append_printf(text, "-%d", last);
}

/* "TCP:80,8000-8001" of the ports that all pods of the peer take; "" for none. */
static const char *lead_text(const struct lead *l, GString *text)
{
    GList *ports = g_list_sort(g_hash_table_get_keys(l->open), by_number);
    int first = 0, last = -1;

    g_string_truncate(text, 0);
    for (GList *p = ports; p; p = p->next) {
        int number = GPOINTER_TO_INT(p->data);
        if (g_hash_table_contains(l->closed, p->data))
            continue;
        if (number != last + 1) {
            put_run(text, first, last);
            first = number;
        }
        last = number;
    }
    put_run(text, first, last);
    g_list_free(ports);
    return text->str;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void put_rows(const struct leads *ls, FILE *out)
{
    GList *names = g_list_sort(g_hash_table_get_keys(ls->by_name), by_text);
    g_autoptr(GString) text = g_string_new(NULL);

    for (GList *n = names; n; n = n->next) {
        const char *ports = lead_text(g_hash_table_lookup(ls->by_name, n->data), text);
        if (*ports)
            fprintf(out, "{ingress-controller}\t%s\t%s\n", (const char *)n->data, ports);
    }
    g_list_free(names);
}

void ask_ingress(const struct facts *f, const struct ask_network_options *o, FILE *out)
{
    static const struct fact_pod controller = {
        .meta = {.ns = "ingress-controller-ns", .name = "ingress-controller", .uid = ""},
        .node = "",
        .phase = "",
        .pod_ip = "",
    };
    const struct netprofile plain = netpol_plain(o->blocks_match_pods);
    AUTO(netpol) np = netpol_of(f, &plain, &controller, 1);
    AUTO(ports) ps = ports_new(f);
    AUTO(arena) a = arena_new();
    g_autofree uint64_t *open = g_new0(uint64_t, netports_words(netpol_ports(np)));
    struct leads ls = {
        .f = f,
        .np = np,
        .from = netclass_of_candidate(netpol_classes(np), 0),
        .by_pod = o->by_pod,
        .open = open,
        .by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_lead),
    };

    for (size_t i = 0; i < f->routes.n; i++)
        for (size_t k = 0; k < f->routes.v[i].nbackends; k++)
            backends_targets(f, ps, &f->routes.v[i], &f->routes.v[i].backends[k], a, follow, &ls);
    put_rows(&ls, out);
    g_hash_table_destroy(ls.by_name);
}
