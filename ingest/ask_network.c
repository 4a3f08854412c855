/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The complete table, for comparison with engines that print one: never for large clusters. */
#include "ingest/ask_network.h"

#include "ingest/derive/nettable.h"

/* What netpol_new makes of a peer that it cannot evaluate. */
static const char *taken_for(const struct fact_netrule *rule, const struct fact_netpeer *p)
{
    return rule->action == NET_ALLOW ? "nobody"
           : p->by_node              ? "all that is no pod"
                                     : "a denial to all";
}

/* Why a peer is not evaluated; NULL if it is. */
static const char *unread(const struct facts *f, const struct fact_netpeer *p)
{
    return p->by_node && !facts_read(f, FACTS_NODES) ? "nodes" : p->unread;
}

static void warn_of(const struct facts *f, const struct fact_netpol *p, const char *way,
                    const struct fact_netrule *rules, size_t n, FILE *warn)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++) {
            const char *why = unread(f, &rules[i].peers[k]);
            if (why)
                fprintf(warn,
                        "%s %s%s%s: spec.%s[%zu], peer %zu: %s: not evaluated, taken for %s\n",
                        p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name, way, i, k, why,
                        taken_for(&rules[i], &rules[i].peers[k]));
        }
}

/* Two policies of one tier and priority: nothing says which decides. */
static void warn_of_order(const struct facts *f, FILE *warn)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i], *first;
        if (p->tier == NET_NAMESPACED)
            continue;
        char *key = g_strdup_printf("%d %d", (int)p->tier, p->priority);
        first = g_hash_table_lookup(seen, key);
        if (!first) {
            g_hash_table_insert(seen, key, (gpointer)p);
            continue;
        }
        g_free(key);
        fprintf(warn, "%s %s and %s %s have the same priority: taken in the order of names\n",
                first->kind, first->meta.name, p->kind, p->meta.name);
    }
    g_hash_table_destroy(seen);
}

/* The port names that some container declares. */
static GHashTable *declared_ports(const struct facts *f)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < f->pods.n; i++)
        for (size_t c = 0; c < f->pods.v[i].ncontainers; c++) {
            const struct fact_container *at = &f->pods.v[i].containers[c];
            for (size_t k = 0; k < at->nports; k++)
                g_hash_table_add(names, (gpointer)at->ports[k].name);
        }
    return names;
}

static void warn_of_ports(const struct fact_netpol *p, const char *way,
                          const struct fact_netrule *rules, size_t n, GHashTable *declared,
                          FILE *warn)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].nports; k++)
            if (*rules[i].ports[k].name && !g_hash_table_contains(declared, rules[i].ports[k].name))
                fprintf(warn, "%s %s%s%s: spec.%s[%zu]: no pod declares a port named %s\n", p->kind,
                        p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name, way, i,
                        rules[i].ports[k].name);
}

static void warn_all(const struct facts *f, FILE *warn)
{
    g_autoptr(GHashTable) declared = declared_ports(f);

    warn_of_order(f, warn);
    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];

        if (p->subject.unread)
            fprintf(warn, "%s %s: spec.subject: %s: not evaluated, the policy selects nothing\n",
                    p->kind, p->meta.name, p->subject.unread);
        warn_of(f, p, "ingress", p->ingress, p->ningress, warn);
        warn_of(f, p, "egress", p->egress, p->negress, warn);
        warn_of_ports(p, "ingress", p->ingress, p->ningress, declared, warn);
        warn_of_ports(p, "egress", p->egress, p->negress, declared, warn);
    }
}

static void put_row(void *arg, const char *src, const char *dst, const char *ports)
{
    FILE *out = arg;

    fputs(src, out);
    fputc('\t', out);
    fputs(dst, out);
    fputc('\t', out);
    fputs(ports, out);
    fputc('\n', out);
}

void ask_network(const struct facts *f, const struct ask_network_options *o, FILE *out, FILE *warn)
{
    const struct nettable_options how = {.by_pod = o->by_pod};
    AUTO(netpol) np = netpol_new(f, o->blocks_match_pods);

    warn_all(f, warn);
    fputs("src\tdst\tconns\n", out);
    nettable_each(f, np, &how, put_row, out);
}
