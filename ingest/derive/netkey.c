/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys are machine words and bytes as they stand: they never leave the process. */
#include "ingest/derive/netkey.h"

#include <string.h>

static void put_size(GString *out, size_t n)
{
    g_string_append_len(out, (const char *)&n, sizeof(n));
}

void netkey_put(GString *out, const char *s)
{
    size_t len = strlen(s);

    put_size(out, len);
    g_string_append_len(out, s, (gssize)len);
}

static void put_selector(GString *out, const struct fact_selector *s)
{
    put_size(out, s->nlabels);
    for (size_t i = 0; i < s->nlabels; i++) {
        netkey_put(out, s->labels[i].key);
        netkey_put(out, s->labels[i].value);
    }
    put_size(out, s->nrequirements);
    for (size_t i = 0; i < s->nrequirements; i++) {
        const struct fact_requirement *r = &s->requirements[i];
        put_size(out, (size_t)r->op);
        netkey_put(out, r->key);
        put_size(out, r->values.n);
        for (size_t k = 0; k < r->values.n; k++)
            netkey_put(out, r->values.v[k]);
    }
}

static void put_cidrs(GString *out, const struct fact_cidr *v, size_t n)
{
    put_size(out, n);
    for (size_t i = 0; i < n; i++) {
        g_string_append_len(out, (const char *)v[i].addr, sizeof(v[i].addr));
        g_string_append_c(out, (char)v[i].bits);
        g_string_append_c(out, v[i].v6 ? '6' : '4');
    }
}

void netkey_put_condition(GString *out, const struct fact_netpeer *p, const char *ns)
{
    if (p->by_node) {
        g_string_append_c(out, 'm');
        put_selector(out, &p->nodes);
        return;
    }
    g_string_append_c(out, p->nblocks ? 'b' : ns ? 'n' : 's');
    if (p->nblocks) {
        put_cidrs(out, p->blocks, p->nblocks);
        put_cidrs(out, p->holes, p->nholes);
        return;
    }
    if (ns)
        netkey_put(out, ns);
    else
        put_selector(out, &p->namespaces);
    put_selector(out, &p->pods);
}

void netkey_put_port(GString *out, const struct fact_port *port)
{
    netkey_put(out, port->name);
    netkey_put(out, port->protocol);
    put_size(out, (size_t)port->number);
}

GHashTable *netkey_table(void)
{
    return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
}

uint32_t netkey_number(GHashTable *table, const GString *bytes, bool *fresh)
{
    g_autoptr(GBytes) key = g_bytes_new_static(bytes->str, bytes->len);
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(table, key));

    *fresh = id == 0;
    if (*fresh) {
        id = g_hash_table_size(table) + 1;
        g_hash_table_insert(table, g_bytes_new(bytes->str, bytes->len), GUINT_TO_POINTER(id));
    }
    return id - 1;
}
