/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relax everything until nothing changes. */
#include "tests/oracle/graph_oracle.h"

#include <math.h>
#include <string.h>

/* Whether the filter and the verdict let it be walked, and its cost. */
static bool walkable(const struct part *part, const struct edge_row *r, const struct filter *f,
                     unsigned *cost)
{
    double p = kinds_class_probability((enum edge_class)r->class);
    bool any = f->edge_kinds[0] | f->edge_kinds[1] | f->edge_kinds[2] | f->edge_kinds[3];

    if (r->verdict == VERDICT_BLOCKED || (r->verdict == VERDICT_UNKNOWN && f->yes_only) ||
        (any && !(f->edge_kinds[r->kind / 64] >> (r->kind % 64) & 1)) ||
        (f->planes && r->kind != EDGE_HUB_MEMBER &&
         !(f->planes >> kinds_edge(r->kind)->plane & 1)) ||
        (f->stop_at_admin && part->nodes[r->src].kind == NODE_CLUSTER_ADMIN))
        return false;
    if (r->verdict == VERDICT_UNKNOWN && !f->unknown_full)
        p *= 0.5;
    *cost = (unsigned)lround(-1000 * log(p));
    return true;
}

void graph_oracle_init(struct oracle *o, const struct part *part, const struct filter *f,
                       bool reverse)
{
    *o = (struct oracle){.n = (unsigned)part->nnodes};
    for (size_t i = 0; i < part->nedges; i++) {
        const struct edge_row *r = &part->edges[i];
        unsigned cost;

        if (walkable(part, r, f, &cost))
            o->edges[o->m++] =
                (struct oracle_edge){reverse ? r->dst : r->src, reverse ? r->src : r->dst, cost,
                                     r->class != CLASS_STRUCTURAL};
    }
}

void graph_oracle_hops(const struct oracle *o, unsigned start, const unsigned keep[],
                       unsigned hops[])
{
    for (unsigned v = 0; v < o->n; v++)
        hops[v] = v == start ? 0 : ORACLE_FAR;
    for (unsigned round = 0; round < o->n; round++)
        for (size_t i = 0; i < o->m; i++) {
            const struct oracle_edge *x = &o->edges[i];

            if (keep[x->dst] != ORACLE_FAR && hops[x->src] != ORACLE_FAR &&
                hops[x->src] + x->hop < hops[x->dst])
                hops[x->dst] = hops[x->src] + x->hop;
        }
}

/* at[h][v]: least cost to v in exactly h hops. */
void graph_oracle_costs(const struct oracle *o, unsigned start, unsigned max_hops,
                        unsigned max_cost, unsigned cost[])
{
    static unsigned at[ORACLE_NODES + 1][ORACLE_NODES];
    unsigned levels = max_hops < o->n ? max_hops : o->n;

    memset(at, 0x3f, sizeof(at));
    at[0][start] = 0;
    for (unsigned round = 0; round < o->n; round++)
        for (size_t i = 0; i < o->m; i++)
            for (unsigned h = 0; h + o->edges[i].hop <= levels; h++) {
                const struct oracle_edge *x = &o->edges[i];
                unsigned sum = at[h][x->src] + x->cost;

                if (sum <= max_cost && sum < at[h + x->hop][x->dst])
                    at[h + x->hop][x->dst] = sum;
            }
    for (unsigned v = 0; v < o->n; v++) {
        cost[v] = ORACLE_FAR;
        for (unsigned h = 0; h <= levels; h++)
            cost[v] = at[h][v] < cost[v] ? at[h][v] : cost[v];
    }
}

/* How dangerous each jewel is: 0 if it is out of reach, none, or its asset counts by another. */
static void dangers(const struct part *p, const unsigned cost[], double danger[])
{
    for (size_t i = 0; i < p->nnodes; i++)
        danger[i] = p->nodes[i].jewel == JEWEL_NONE || cost[i] == ORACLE_FAR
                        ? 0
                        : p->nodes[i].weight * exp(-(double)cost[i] / 1000);
    for (size_t i = 0; i < p->nnodes; i++)
        for (size_t j = 0; j < p->nnodes; j++)
            if (p->nodes[j].jewel == p->nodes[i].jewel && strcmp(p->nodes[i].props, "{}") != 0 &&
                strcmp(p->nodes[j].props, p->nodes[i].props) == 0 &&
                (danger[j] > danger[i] || (danger[j] == danger[i] && j < i)))
                danger[i] = 0;
}

double graph_oracle_risk(const struct part *part, const unsigned cost[])
{
    double safe = 1, danger[ORACLE_NODES];

    dangers(part, cost, danger);
    for (size_t i = 0; i < part->nnodes; i++) {
        unsigned rank = 0;

        for (size_t j = 0; j < part->nnodes; j++)
            rank += part->nodes[j].jewel == part->nodes[i].jewel &&
                    (danger[j] > danger[i] || (danger[j] == danger[i] && j < i));
        safe *= 1 - danger[i] * pow(0.5, rank);
    }
    return 100 * (1 - safe);
}
