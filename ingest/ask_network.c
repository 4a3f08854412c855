/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The complete table, for comparison with engines that print one: never for large clusters. */
#include "ingest/ask_network.h"

#include "ingest/derive/nettable.h"

/* What netpol_new makes of a peer that it cannot evaluate. */
static const char *taken_for(const struct fact_netrule *rule, const struct fact_netpeer *p)
{
    return rule->action == NET_ALLOW ? "nobody"
           : p->nodes                ? "all that is no pod"
                                     : "a denial to all";
}

static void warn_of(const struct fact_netpol *p, const char *way, const struct fact_netrule *rules,
                    size_t n, FILE *warn)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++)
            if (rules[i].peers[k].unread)
                fprintf(warn,
                        "%s %s%s%s: spec.%s[%zu], peer %zu: %s: not evaluated, taken for %s\n",
                        p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name, way, i, k,
                        rules[i].peers[k].unread, taken_for(&rules[i], &rules[i].peers[k]));
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
