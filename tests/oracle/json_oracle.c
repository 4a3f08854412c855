/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One round a hop over all edges, until nothing changes. */
#include "tests/oracle/json_oracle.h"

#include <math.h>

#include "schema/kinds.h"
#include "tests/test.h"

/* The table of docs/queries.md. */
static const struct {
    const char *name;
    double p;
} classes[] = {
    {"structural", 1.00}, {"trivial", 0.98}, {"easy", 0.85},
    {"moderate", 0.50},   {"hard", 0.20},    {"rare", 0.05},
};

enum { STRUCTURAL };

void json_oracle_init(struct json_oracle *o)
{
    o->nodes = g_array_new(FALSE, TRUE, sizeof(struct json_oracle_node));
    o->edges = g_array_new(FALSE, TRUE, sizeof(struct json_oracle_edge));
    o->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    o->docs = g_ptr_array_new_with_free_func((GDestroyNotify)json_decref);
}

void json_oracle_done(struct json_oracle *o)
{
    g_array_free(o->nodes, TRUE);
    g_array_free(o->edges, TRUE);
    g_hash_table_destroy(o->by_key);
    g_ptr_array_free(o->docs, TRUE);
}

static const char *text(const json_t *of, const char *member)
{
    const char *v = json_string_value(json_object_get(of, member));

    cr_assert(v, "the printed graph lacks \"%s\"", member);
    return v;
}

static void add_node(struct json_oracle *o, const json_t *n)
{
    const json_t *jewel = json_object_get(n, "jewel");
    struct json_oracle_node node = {.key = text(n, "key"), .kind = text(n, "kind")};

    if (jewel) {
        node.jewel = json_string_value(jewel);
        node.weight = json_number_value(json_object_get(n, "weight"));
        cr_assert(node.jewel && node.weight > 0, "%s: no weight", node.key);
        node.asset =
            json_string_value(json_object_get(json_object_get(n, "props"), "crownJewelOf"));
    }
    if (json_oracle_find(o, node.key) != JSON_ORACLE_FAR)
        return;
    g_array_append_val(o->nodes, node);
    g_hash_table_insert(o->by_key, (gpointer)(uintptr_t)node.key, GUINT_TO_POINTER(o->nodes->len));
}

static void add_edge(struct json_oracle *o, const json_t *e)
{
    const char *class = text(e, "class"), *label = text(e, "edge");
    enum edge_kind kind = kinds_edge_by_name(label);
    struct json_oracle_edge edge = {.src = json_oracle_find(o, text(e, "from")),
                                    .dst = json_oracle_find(o, text(e, "to")),
                                    .verdict = *text(e, "verdict")};

    cr_assert(edge.src != JSON_ORACLE_FAR && edge.dst != JSON_ORACLE_FAR, "%s: no such end", label);
    cr_assert(strchr("yub", edge.verdict) && kind != EDGE_KIND_NONE, "%s", label);
    edge.plane = kinds_edge(kind)->plane;
    edge.membership = kind == EDGE_HUB_MEMBER;
    while (edge.class < ARRAY_LEN(classes) && strcmp(classes[edge.class].name, class) != 0)
        edge.class ++;
    cr_assert_lt(edge.class, ARRAY_LEN(classes), "no class \"%s\"", class);
    g_array_append_val(o->edges, edge);
}

void json_oracle_add(struct json_oracle *o, json_t *take_doc)
{
    const json_t *nodes = json_object_get(take_doc, "nodes");
    const json_t *edges = json_object_get(take_doc, "edges");

    g_ptr_array_add(o->docs, take_doc);
    cr_assert(json_array_size(nodes) > 0 && json_array_size(edges) > 0, "an empty graph");
    for (size_t i = 0; i < json_array_size(nodes); i++)
        add_node(o, json_array_get(nodes, i));
    for (size_t i = 0; i < json_array_size(edges); i++)
        add_edge(o, json_array_get(edges, i));
}

uint32_t json_oracle_find(const struct json_oracle *o, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(o->by_key, key)) - 1;
}

const struct json_oracle_node *json_oracle_node(const struct json_oracle *o, size_t i)
{
    return &g_array_index(o->nodes, struct json_oracle_node, i);
}

double json_oracle_p(uint32_t cost)
{
    return cost == JSON_ORACLE_FAR ? 0 : exp(-(double)cost / 1000);
}

/* What it costs to walk; JSON_ORACLE_FAR if it must not be. */
static uint32_t edge_cost(const struct json_oracle *o, const struct json_oracle_edge *x,
                          const struct json_oracle_ask *ask)
{
    double p = classes[x->class].p;

    if (x->verdict == 'b' || (x->verdict == 'u' && ask->yes_only) ||
        (ask->planes && !x->membership && !(ask->planes >> x->plane & 1)) ||
        (ask->stop_at_admin && strcmp(json_oracle_node(o, x->src)->kind, "clusteradmin") == 0))
        return JSON_ORACLE_FAR;
    if (x->verdict == 'u' && !ask->unknown_full)
        p /= 2;
    return (uint32_t)lround(-1000 * log(p));
}

/* An edge as this question sees it. */
struct step {
    uint32_t from, to, cost;
    bool hop;
};

static struct step *steps_of(const struct json_oracle *o, const struct json_oracle_ask *ask,
                             size_t *n)
{
    struct step *out = g_new(struct step, o->edges->len);

    *n = 0;
    for (size_t i = 0; i < o->edges->len; i++) {
        const struct json_oracle_edge *x = &g_array_index(o->edges, struct json_oracle_edge, i);
        uint32_t cost = edge_cost(o, x, ask);

        if (cost != JSON_ORACLE_FAR)
            out[(*n)++] =
                (struct step){ask->reverse ? x->dst : x->src, ask->reverse ? x->src : x->dst, cost,
                              x->class != STRUCTURAL};
    }
    return out;
}

/* Lowers what a step from `before` improves; again and again if `before` is `cost` itself. */
static bool relax(const struct step *steps, size_t n, bool hop, const uint32_t before[],
                  uint32_t cost[])
{
    bool changed = false, again = true;

    while (again) {
        again = false;
        for (const struct step *s = steps; s < steps + n; s++)
            if (s->hop == hop && before[s->from] != JSON_ORACLE_FAR &&
                before[s->from] + s->cost < cost[s->to]) {
                cost[s->to] = before[s->from] + s->cost;
                again = changed = true;
            }
    }
    return changed;
}

/* After round h: the least cost in at most h hops. */
void json_oracle_walk(const struct json_oracle *o, size_t start, const struct json_oracle_ask *ask,
                      uint32_t cost[], uint32_t hops[])
{
    size_t n = o->nodes->len, nsteps, size = n * sizeof(*cost);
    g_autofree struct step *steps = steps_of(o, ask, &nsteps);
    g_autofree uint32_t *before = g_malloc(size);
    bool changed = true;

    memset(cost, 0xff, size);
    memset(hops, 0xff, size);
    cost[start] = 0;
    for (uint32_t h = 0; changed && (h <= ask->max_hops || !ask->max_hops); h++) {
        memcpy(before, cost, size);
        changed = h == 0 || relax(steps, nsteps, true, before, cost);
        relax(steps, nsteps, false, cost, cost);
        for (size_t v = 0; v < n; v++)
            if (cost[v] != JSON_ORACLE_FAR && hops[v] == JSON_ORACLE_FAR)
                hops[v] = h;
    }
}

/* How dangerous a jewel of this class is; 0 for others and for what is not reached. */
static double danger(const struct json_oracle *o, size_t i, const char *jewel,
                     const uint32_t cost[])
{
    const struct json_oracle_node *k = json_oracle_node(o, i);
    bool same = k->jewel && strcmp(k->jewel, jewel) == 0 && cost[i] != JSON_ORACLE_FAR;

    return same ? k->weight * json_oracle_p(cost[i]) : 0;
}

/* Whether `i` comes before `j` in the order of danger. */
static bool before(const struct json_oracle *o, size_t i, size_t j, const uint32_t cost[])
{
    const char *class = json_oracle_node(o, j)->jewel;
    double x = danger(o, i, class, cost), y = danger(o, j, class, cost);

    return x > y || (x > 0 && x == y &&
                     strcmp(json_oracle_node(o, i)->key, json_oracle_node(o, j)->key) < 0);
}

/* Jewels of one cluster that say that they are the same asset; keys are k8s:CLUSTER/... */
static bool same_asset(const struct json_oracle_node *a, const struct json_oracle_node *b)
{
    size_t cluster = strcspn(a->key, "/");

    return a->asset && b->asset && strcmp(a->asset, b->asset) == 0 &&
           strncmp(a->key, b->key, cluster + 1) == 0;
}

/* Whether the asset of jewel `j` is counted by another jewel. */
static bool counted(const struct json_oracle *o, size_t j, const uint32_t cost[])
{
    for (size_t i = 0; i < o->nodes->len; i++)
        if (before(o, i, j, cost) && same_asset(json_oracle_node(o, i), json_oracle_node(o, j)))
            return true;
    return false;
}

double json_oracle_share(const struct json_oracle *o, size_t jewel, const uint32_t cost[])
{
    const char *class = json_oracle_node(o, jewel)->jewel;
    int rank = 0;

    if (!class || cost[jewel] == JSON_ORACLE_FAR || counted(o, jewel, cost))
        return 0;
    for (size_t i = 0; i < o->nodes->len; i++)
        rank += before(o, i, jewel, cost) && !counted(o, i, cost);
    return danger(o, jewel, class, cost) * pow(0.5, rank);
}

double json_oracle_risk(const struct json_oracle *o, const uint32_t cost[])
{
    double safe = 1;

    for (size_t i = 0; i < o->nodes->len; i++)
        safe *= 1 - json_oracle_share(o, i, cost);
    return 100 * (1 - safe);
}
