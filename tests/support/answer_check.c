/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each check returns NULL or the first difference, in words. */
#include "tests/support/answer_check.h"

#include <math.h>

#include "schema/kinds.h"
#include "tests/test.h"

enum { MOST_JEWELS = 100 };

/* Answers print six digits after the point. */
static const double PRINTED = 0.6e-6;

/* The edges of a path show the probability of their class, its cost rounds that to thousandths of
 * a nat. */
static const double ROUNDED = 0.0006;

struct answer_walk answer_check_walk(const struct json_oracle *o, struct arena *a, size_t start,
                                     struct json_oracle_ask ask)
{
    struct answer_walk w = {arena_calloc(a, o->nodes->len, sizeof(uint32_t)),
                            arena_calloc(a, o->nodes->len, sizeof(uint32_t))};

    json_oracle_walk(o, start, &ask, w.cost, w.hops);
    return w;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= PRINTED;
}

static const char *text_at(const json_t *of, const char *member)
{
    const char *v = json_string_value(json_object_get(of, member));

    return v ? v : "";
}

static double number_at(const json_t *of, const char *member)
{
    const json_t *v = json_object_get(of, member);

    return json_is_number(v) ? json_number_value(v) : -1;
}

/* counts.total and counts.by_kind of all nodes that were reached, without the start. */
static const char *wrong_counts(const struct json_oracle *o, struct arena *a, const json_t *doc,
                                size_t start, const struct answer_walk *w)
{
    const json_t *counts = json_object_get(doc, "counts");
    const json_t *by_kind = json_object_get(counts, "by_kind");
    size_t want[NODE_KIND_LIMIT] = {0}, kinds = 0, total = 0;

    for (size_t v = 0; v < o->nodes->len; v++)
        if (v != start && w->cost[v] != JSON_ORACLE_FAR) {
            want[kinds_node_by_name(json_oracle_node(o, v)->kind)]++;
            total++;
        }
    if (number_at(counts, "total") != (double)total)
        return arena_printf(a, "total %g, not %zu", number_at(counts, "total"), total);
    for (unsigned k = 1; k < NODE_KIND_LIMIT; k++) {
        kinds += want[k] > 0;
        if (want[k] && number_at(by_kind, kinds_node(k)->name) != (double)want[k])
            return arena_printf(a, "%g of kind %s, not %zu",
                                number_at(by_kind, kinds_node(k)->name), kinds_node(k)->name,
                                want[k]);
    }
    return json_object_size(by_kind) == kinds ? NULL : "a kind that is not reached";
}

/* Most probable first, then fewest hops, then by key. */
static bool in_order(const struct json_oracle *o, const struct answer_walk *w, uint32_t u,
                     uint32_t v)
{
    if (w->cost[u] != w->cost[v])
        return w->cost[u] < w->cost[v];
    if (w->hops[u] != w->hops[v])
        return w->hops[u] < w->hops[v];
    return strcmp(json_oracle_node(o, u)->key, json_oracle_node(o, v)->key) < 0;
}

/* The nodes, each with its hops and probability; their order is strict, so none comes twice. */
static const char *wrong_hits(const struct json_oracle *o, struct arena *a, const json_t *doc,
                              size_t start, const struct answer_walk *w)
{
    const json_t *hits = json_object_get(doc, "nodes");
    const char *wrong = wrong_counts(o, a, doc, start, w);
    uint32_t before = (uint32_t)start;

    if (wrong)
        return wrong;
    if ((double)json_array_size(hits) != number_at(json_object_get(doc, "counts"), "total"))
        return arena_printf(a, "%zu nodes listed", json_array_size(hits));
    for (size_t i = 0; i < json_array_size(hits); i++) {
        const json_t *hit = json_array_get(hits, i);
        const char *key = text_at(hit, "key");
        double p = number_at(hit, "probability");
        uint32_t v = json_oracle_find(o, key);

        if (v == JSON_ORACLE_FAR || v == start || w->cost[v] == JSON_ORACLE_FAR)
            return arena_printf(a, "%s is not reached", key);
        if (number_at(hit, "hops") != w->hops[v])
            return arena_printf(a, "%s: %g hops, not %u", key, number_at(hit, "hops"), w->hops[v]);
        if (!near(p, json_oracle_p(w->cost[v])))
            return arena_printf(a, "%s: probability %g, not %g", key, p, json_oracle_p(w->cost[v]));
        if (i && !in_order(o, w, before, v))
            return arena_printf(a, "%s is in the wrong place", key);
        before = v;
    }
    return NULL;
}

/* complete: the limit of hops left nothing out. */
static const char *wrong_end(const struct json_oracle *o, struct arena *a, const json_t *doc,
                             size_t start, struct json_oracle_ask ask, const struct answer_walk *w)
{
    bool complete = true;

    if (ask.max_hops) {
        ask.max_hops = 0;
        struct answer_walk far = answer_check_walk(o, a, start, ask);
        for (size_t v = 0; v < o->nodes->len; v++)
            complete &= (far.cost[v] == JSON_ORACLE_FAR) == (w->cost[v] == JSON_ORACLE_FAR);
    }
    if (json_is_true(json_object_get(doc, "complete")) != complete)
        return complete ? "not complete" : "complete, though hops were cut off";
    return json_is_null(json_object_get(doc, "next")) ? NULL : "a second page";
}

static const char *wrong_jewels(const struct json_oracle *o, struct arena *a, const json_t *jewels,
                                const struct answer_walk *w)
{
    size_t want = 0;
    double before = 1;

    for (size_t v = 0; v < o->nodes->len; v++)
        want += json_oracle_share(o, v, w->cost) > 0;
    if (json_array_size(jewels) != (want < MOST_JEWELS ? want : MOST_JEWELS))
        return arena_printf(a, "%zu jewels, not %zu", json_array_size(jewels), want);
    for (size_t i = 0; i < json_array_size(jewels); i++) {
        const json_t *j = json_array_get(jewels, i);
        uint32_t v = json_oracle_find(o, text_at(j, "key"));
        double share = number_at(j, "share");

        if (v == JSON_ORACLE_FAR || share > before || number_at(j, "hops") != w->hops[v] ||
            !near(number_at(j, "probability"), json_oracle_p(w->cost[v])) ||
            !near(share, json_oracle_share(o, v, w->cost)))
            return arena_printf(a, "jewel %s", text_at(j, "key"));
        before = share;
    }
    return NULL;
}

/* The score, its bounds and the jewels behind it. */
static const char *wrong_risk(const struct json_oracle *o, struct arena *a, const json_t *doc,
                              size_t start, struct json_oracle_ask ask)
{
    const json_t *risk = json_object_get(doc, "risk");
    double score = number_at(risk, "score"), lower = number_at(risk, "lower"),
           upper = number_at(risk, "upper");
    struct json_oracle_ask sure = ask, full = ask;

    ask.stop_at_admin = sure.stop_at_admin = full.stop_at_admin = true;
    sure.yes_only = full.unknown_full = true;
    struct answer_walk middle = answer_check_walk(o, a, start, ask),
                       low = answer_check_walk(o, a, start, sure),
                       high = answer_check_walk(o, a, start, full);
    if (!(0 <= lower && lower <= score && score <= upper && upper <= 100))
        return arena_printf(a, "risk %g..%g..%g is out of order", lower, score, upper);
    if (!near(score, json_oracle_risk(o, middle.cost)) ||
        !near(lower, json_oracle_risk(o, low.cost)) || !near(upper, json_oracle_risk(o, high.cost)))
        return arena_printf(a, "risk %g..%g..%g, not %g..%g..%g", lower, score, upper,
                            json_oracle_risk(o, low.cost), json_oracle_risk(o, middle.cost),
                            json_oracle_risk(o, high.cost));
    return wrong_jewels(o, a, json_object_get(doc, "crown_jewels"), &middle);
}

/* The real steps of a path join its ends without a gap and multiply to its probability. */
static const char *wrong_path(const json_t *reach, const char *from, const char *to)
{
    const json_t *path = json_object_get(reach, "path");
    double p = number_at(reach, "probability"), product = 1, hops = 0;
    bool sure = true;

    for (size_t i = 0; i < json_array_size(path); i++) {
        const json_t *step = json_array_get(path, i);

        if (strcmp(text_at(step, "from"), from) != 0)
            return "the path has a gap";
        from = text_at(step, "to");
        product *= number_at(step, "probability");
        hops += strcmp(text_at(step, "class"), "structural") != 0;
        sure &= strcmp(text_at(step, "verdict"), "yes") == 0;
    }
    if (strcmp(from, to) != 0)
        return "the path ends elsewhere";
    if (fabs(product - p) > ROUNDED * (hops + 1) * p + PRINTED * (hops + 1))
        return "the path multiplies to something else";
    if (hops != number_at(reach, "hops"))
        return "the path has other hops";
    return sure == (strcmp(text_at(reach, "reachable"), "yes") == 0) ? NULL
                                                                     : "the path proves otherwise";
}

const char *answer_check_reach(const json_t *reach, const char *from, const char *to, uint32_t any,
                               uint32_t sure)
{
    static const char *const words[] = {"no", "possible", "yes"};
    int answer = sure != JSON_ORACLE_FAR ? 2 : any != JSON_ORACLE_FAR ? 1 : 0;

    if (strcmp(text_at(reach, "reachable"), words[answer]) != 0)
        return "the answer is another";
    if (!near(number_at(reach, "probability"), json_oracle_p(answer == 2 ? sure : any)))
        return "the probability is another";
    if (answer)
        return wrong_path(reach, from, to);
    return json_is_null(json_object_get(reach, "hops")) &&
                   json_array_size(json_object_get(reach, "path")) == 0
               ? NULL
               : "a path of nothing";
}

static const char *wrong_internet(const struct json_oracle *o, struct arena *a, const json_t *doc,
                                  size_t target, struct json_oracle_ask ask,
                                  const struct answer_walk *any)
{
    uint32_t internet = json_oracle_find(o, "internet");

    if (internet == JSON_ORACLE_FAR)
        return json_is_null(json_object_get(doc, "internet")) ? NULL : "there is no internet";
    ask.yes_only = true;
    struct answer_walk sure = answer_check_walk(o, a, target, ask);
    return answer_check_reach(json_object_get(doc, "internet"), "internet",
                              json_oracle_node(o, target)->key, any->cost[internet],
                              sure.cost[internet]);
}

const char *answer_check_hits(const struct json_oracle *o, struct arena *a, size_t start,
                              struct json_oracle_ask ask, const json_t *doc)
{
    struct answer_walk w = answer_check_walk(o, a, start, ask);
    const char *wrong = wrong_hits(o, a, doc, start, &w);

    if (!wrong)
        wrong = wrong_end(o, a, doc, start, ask, &w);
    if (wrong)
        return wrong;
    return ask.reverse ? wrong_internet(o, a, doc, start, ask, &w)
                       : wrong_risk(o, a, doc, start, ask);
}
