/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The complete table, for comparison with engines that print one: never for large clusters. */
#include "ingest/ask_network.h"

#include <string.h>

#include "ingest/derive/nettable.h"

static void warn_of(const struct fact_netpol *p, const char *way, const struct fact_netrule *rules,
                    size_t n, FILE *warn)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++)
            if (rules[i].peers[k].unread)
                fprintf(warn,
                        "%s %s%s%s: spec.%s[%zu], peer %zu: %s: not evaluated, taken for %s\n",
                        p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name, way, i, k,
                        rules[i].peers[k].unread,
                        rules[i].action == NET_ALLOW ? "nobody" : "everybody");
}

static void warn_all(const struct facts *f, FILE *warn)
{
    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];

        if (p->subject.unread)
            fprintf(warn, "%s %s: spec.subject: %s: not evaluated, the policy selects nothing\n",
                    p->kind, p->meta.name, p->subject.unread);
        warn_of(p, "ingress", p->ingress, p->ningress, warn);
        warn_of(p, "egress", p->egress, p->negress, warn);
    }
}

void ask_network(const struct facts *f, const struct ask_network_options *o, FILE *out, FILE *warn)
{
    const struct nettable_options how = {.by_pod = o->by_pod};
    AUTO(netpol) np = netpol_new(f, o->blocks_match_pods);
    size_t n;

    warn_all(f, warn);
    AUTO(nettable) t = nettable_new(f, np, &how);
    const struct nettable_row *rows = nettable_rows(t, &n);
    fputs("src\tdst\tconns\n", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s\t%s\t%s\n", rows[i].src, rows[i].dst, rows[i].ports);
}
