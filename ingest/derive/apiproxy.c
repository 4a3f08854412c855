/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as k8s.io/apimachinery's SplitSchemeNamePort reads them. */
#include "ingest/derive/apiproxy.h"

#include <string.h>

#include "ingest/derive/netoutside.h"
#include "ingest/derive/netreach.h"

bool apiproxy_split(struct arena *a, const char *text, struct apiproxy_name *out)
{
    g_auto(GStrv) part = g_strsplit(text, ":", 4);
    guint n = g_strv_length(part), at = n == 3 ? 1 : 0;

    if (n < 1 || n > 3 || !*part[at])
        return false;
    if (n == 3 && *part[0] && strcmp(part[0], "http") != 0 && strcmp(part[0], "https") != 0)
        return false;
    out->name = arena_strdup(a, part[at]);
    out->port = n > 1 ? arena_strdup(a, part[at + 1]) : "";
    return true;
}

int32_t apiproxy_number(const char *port)
{
    guint64 number;

    return g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL) ? (int32_t)number : 0;
}

enum verdict apiproxy_judge(struct rule_ctx *c, const struct fact_pod *p, int32_t port,
                            struct evidence *why)
{
    bool is_node = g_hash_table_size(c->as->control_plane) > 0;
    struct netreach_answer answer = {0};

    *why = (struct evidence){0};
    netoutside_ask(hubs_net(c->hubs), NETREACH_LAN, p, NET_TCP, port, &answer);
    if (answer.open == NETREACH_OPEN && answer.sure && !is_node)
        netoutside_ask(hubs_net(c->hubs), NETREACH_INTERNET, p, NET_TCP, port, &answer);
    if (answer.open == NETREACH_OPEN && answer.sure)
        return VERDICT_YES;
    *why = answer.ev;
    why->reason =
        arena_printf(c->scratch, "%s%sthe address that the API server connects from is not known",
                     answer.ev.reason ? answer.ev.reason : "", answer.ev.reason ? "; " : "");
    return VERDICT_UNKNOWN;
}

GHashTable *apiproxy_by_name(const void *v, size_t n, size_t size)
{
    GHashTable *t =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (size_t i = 0; i < n; i++) {
        const struct meta *m = (const void *)((const char *)v + i * size); /* their first member */
        GPtrArray *list = g_hash_table_lookup(t, m->name);

        if (!list) {
            list = g_ptr_array_new();
            g_hash_table_insert(t, (gpointer)m->name, list);
        }
        g_ptr_array_add(list, (gpointer)m);
    }
    return t;
}

const char *apiproxy_named(struct arena *a, const struct fact_role *role,
                           bool (*fits)(void *arg, const struct apiproxy_name *n), void *arg)
{
    for (size_t i = 0; role && i < role->nrules; i++)
        for (size_t k = 0; k < role->rules[i].names.n; k++) {
            struct apiproxy_name n;

            if (apiproxy_split(a, role->rules[i].names.v[k], &n) && fits(arg, &n))
                return role->rules[i].names.v[k];
        }
    return NULL;
}
