/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranking: parts that can be read off the answer, and one line of words for each. */
#include "graphd/alerts/rank.h"

#include <pthread.h>
#include <string.h>

#include <glib.h>

#include "graphd/answer.h"

/* An impact is as good as its snapshot; beyond this many nodes a clean start is cheaper than care.
 */
enum { MOST_IMPACTS = 100000, MOST_STEPS_IN_WORDS = 8 };

/* Without a node the impact is unknown: half of the worst, between nothing and the worst. */
static const double UNKNOWN_IMPACT = 0.5;

struct rank {
    pthread_mutex_t lock;
    char *graph;           /* id of the snapshot that the rest belongs to; NULL at first */
    struct resolve *names; /* of it */
    struct arena *arena;   /* impacts and their words */
    GHashTable *impact;    /* node_ix + 1 -> struct rank_impact */
};

struct rank *rank_new(void)
{
    struct rank *r = must_calloc(1, sizeof(*r));

    pthread_mutex_init(&r->lock, NULL);
    r->arena = arena_new();
    r->impact = g_hash_table_new(g_direct_hash, g_direct_equal);
    return r;
}

void rank_free(struct rank *r)
{
    if (!r)
        return;
    pthread_mutex_destroy(&r->lock);
    g_hash_table_destroy(r->impact);
    resolve_free(r->names);
    arena_free(r->arena);
    g_free(r->graph);
    free(r);
}

/* The look-up tables of `g`: remembered ones, else new ones, which are then remembered. */
static struct resolve *names_of(struct rank *r, const struct graph *g)
{
    struct resolve *names = NULL;

    if (!r)
        return resolve_new(g);
    pthread_mutex_lock(&r->lock);
    if (r->graph && strcmp(r->graph, graph_id(g)) == 0)
        names = resolve_ref(r->names);
    pthread_mutex_unlock(&r->lock);
    if (names)
        return names;
    names = resolve_new(g); /* outside of the lock: it reads the whole graph */
    pthread_mutex_lock(&r->lock);
    if (!r->graph || strcmp(r->graph, graph_id(g)) != 0) {
        g_free(r->graph);
        r->graph = g_strdup(graph_id(g));
        resolve_free(r->names);
        r->names = resolve_ref(names);
        g_hash_table_remove_all(r->impact);
        arena_free(r->arena);
        r->arena = arena_new();
    }
    pthread_mutex_unlock(&r->lock);
    return names;
}

static bool recall(struct rank *r, const struct graph *g, node_ix n, struct arena *a,
                   struct rank_impact *out)
{
    bool hit = false;

    if (!r)
        return false;
    pthread_mutex_lock(&r->lock);
    const struct rank_impact *known = r->graph && strcmp(r->graph, graph_id(g)) == 0
                                          ? g_hash_table_lookup(r->impact, GUINT_TO_POINTER(n + 1))
                                          : NULL;
    if (known) {
        *out = *known;
        out->best = arena_strdup(a, known->best); /* the memory may be cleared meanwhile */
        hit = true;
    }
    pthread_mutex_unlock(&r->lock);
    return hit;
}

static void remember(struct rank *r, const struct graph *g, node_ix n,
                     const struct rank_impact *impact)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    if (r->graph && strcmp(r->graph, graph_id(g)) == 0 &&
        g_hash_table_size(r->impact) < MOST_IMPACTS) {
        struct rank_impact *copy = arena_memdup(r->arena, impact, sizeof(*impact));
        copy->best = arena_strdup(r->arena, impact->best);
        g_hash_table_insert(r->impact, GUINT_TO_POINTER(n + 1), copy);
    }
    pthread_mutex_unlock(&r->lock);
}

/* "reaches KEY (customer) in 3 steps with probability 0.71: TOKEN_STEAL, POD_EXEC, ..." */
static const char *in_words(const struct graph *g, const struct risk_jewel *j, struct arena *a)
{
    struct graph_node n = graph_node(g, j->node);
    g_autoptr(GString) way = g_string_new(NULL);
    unsigned steps = 0;

    for (size_t i = 0; i < j->path.count; i++) {
        struct graph_edge e = graph_edge(g, j->path.edges[i]);
        if (e.class == CLASS_STRUCTURAL)
            continue;
        if (steps++ == MOST_STEPS_IN_WORDS) {
            g_string_append(way, ", ...");
            break;
        }
        g_string_append_printf(way, "%s%s", steps == 1 ? ": " : ", ", kinds_edge(e.kind)->label);
    }
    return arena_printf(a, "reaches %s (%s) in %u %s with probability %.2f%s", n.key,
                        n.jewel == JEWEL_NONE ? "tagged" : kinds_jewel(n.jewel)->name, j->path.hops,
                        j->path.hops == 1 ? "step" : "steps", j->p, way->str);
}

static bool impact_of(struct rank *r, const struct graph *g, node_ix n, const struct budget *b,
                      struct scratch *s, struct arena *a, struct rank_impact *out, struct err *e)
{
    /* a list asks for thousands of these, each with memory of its own */
    AUTO(arena) own = arena_new();
    struct filter f = {0};
    struct risk risk;

    if (recall(r, g, n, a, out))
        return true;
    if (b->deadline && clock_mono() > b->deadline)
        return err_set(e, ERR_TIMEOUT, "no time left");
    if (!risk_of(g, n, &f, b, 1, s, own, &risk, e))
        return false;
    *out = (struct rank_impact){
        .score = risk.score / 100, .lower = risk.lower / 100, .upper = risk.upper / 100};
    for (; out->njewels < RANK_JEWELS && out->njewels < risk.count; out->njewels++) {
        const struct risk_jewel *j = &risk.jewels[out->njewels];
        out->jewels[out->njewels].node = j->node;
        out->jewels[out->njewels].hops = j->hops;
        out->jewels[out->njewels].p = j->p;
        out->jewels[out->njewels].weight = j->weight;
    }
    out->best = risk.count ? in_words(g, &risk.jewels[0], a) : "";
    remember(r, g, n, out);
    return true;
}

/* What makes an alert more likely to be an attack than its severity says: techniques that have
 * little harmless use inside a container, then whole tactics.  The strongest one counts. */
static const struct {
    const char *id;
    double raise; /* of the doubt that is left */
} signs[] = {
    {"T1611", 0.40},  {"T1068", 0.40},  {"T1610", 0.30},  {"T1552", 0.30},  {"T1555", 0.30},
    {"T1528", 0.30},  {"T1003", 0.30},  {"T1548", 0.30},  {"T1609", 0.25},  {"T1190", 0.25},
    {"T1059", 0.20},  {"T1496", 0.20},  {"TA0004", 0.25}, {"TA0006", 0.25}, {"TA0008", 0.25},
    {"TA0010", 0.25}, {"TA0040", 0.20}, {"TA0001", 0.20}, {"TA0011", 0.20}, {"TA0002", 0.10},
    {"TA0003", 0.10}, {"TA0005", 0.10},
};

/* The technique or tactic of the alert that says most; NULL if none says anything. */
static const char *strongest(const struct alert *al, double *raise)
{
    const char *best = NULL;

    *raise = 0;
    for (size_t i = 0; i < al->nmitre; i++)
        for (size_t k = 0; k < ARRAY_LEN(signs); k++) {
            size_t n = strlen(signs[k].id);
            if (strncmp(al->mitre[i], signs[k].id, n) != 0 ||
                (al->mitre[i][n] && al->mitre[i][n] != '.') || signs[k].raise <= *raise)
                continue;
            *raise = signs[k].raise;
            best = al->mitre[i];
        }
    return best;
}

/* Severity 0 is 0.05, 100 is 0.95: no sensor is ever quite right or quite wrong. */
static double from_severity(const struct alert *al)
{
    return 0.05 + 0.9 * al->severity / 100;
}

double rank_likelihood(const struct alert *al)
{
    double raise, base = from_severity(al);

    strongest(al, &raise);
    return base + (1 - base) * raise;
}

static void reason(struct rank_result *out, const char *text)
{
    if (out->nreasons < RANK_REASONS)
        out->reasons[out->nreasons++] = text;
}

static void finish(struct rank_result *out, double impact, double lower, double upper)
{
    out->context = 1;
    out->impact = impact;
    out->score = 100 * out->likelihood * impact * out->context;
    out->lower = 100 * out->likelihood * lower * out->context;
    out->upper = 100 * out->likelihood * upper * out->context;
}

static void by_severity(const struct alert *al, struct rank_result *out, const char *why)
{
    out->judged = false;
    out->likelihood = from_severity(al);
    reason(out, why);
    finish(out, UNKNOWN_IMPACT, 0, 1);
}

static void judged(const struct alert *al, struct arena *a, struct rank_result *out)
{
    double raise;
    const char *sign = strongest(al, &raise);

    out->judged = true;
    out->likelihood = rank_likelihood(al);
    reason(out, *out->reach.best ? out->reach.best : "reaches no crown jewel from here");
    reason(out, arena_printf(a, "severity %s (%d of 100)%s%s", al->severity_name, al->severity,
                             sign ? ", made likelier by ATT&CK " : "", sign ? sign : ""));
    finish(out, out->reach.score, out->reach.lower, out->reach.upper);
}

void rank_alert(struct rank *r, const struct graph *g, const struct alert *al,
                const struct budget *b, struct scratch *s, struct arena *a, struct rank_result *out)
{
    struct err e;

    *out = (struct rank_result){.match = {.node = NODE_NONE, .by = "", .note = ""}};
    if (!g) {
        out->match.note = "no snapshot is loaded yet";
        by_severity(al, out, "no snapshot is loaded yet: ranked by severity alone");
        return;
    }
    AUTO(resolve) names = names_of(r, g);
    resolve_alert(names, g, al, a, &out->match);
    if (out->match.node == NODE_NONE) {
        by_severity(al, out, arena_printf(a, "%s: ranked by severity alone", out->match.note));
        return;
    }
    if (!impact_of(r, g, out->match.node, b, s, a, &out->reach, &e)) {
        by_severity(al, out, arena_printf(a, "%s: ranked by severity alone for now", e.msg));
        return;
    }
    judged(al, a, out);
    if (*out->match.note)
        reason(out, out->match.note);
}

int rank_order(const struct rank_result *x, const struct alert *ax, const struct rank_result *y,
               const struct alert *ay)
{
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (ax->severity != ay->severity)
        return ax->severity > ay->severity ? -1 : 1;
    if (ax->received != ay->received)
        return ax->received > ay->received ? -1 : 1;
    return strcmp(ay->id, ax->id);
}

static void put_match(struct jw *w, const struct graph *g, const struct resolve_match *m)
{
    jw_key(w, "match");
    if (m->node == NODE_NONE) {
        jw_null(w);
        return;
    }
    struct graph_node n = graph_node(g, m->node);
    jw_obj(w);
    jw_key_str(w, "key", n.key);
    jw_key_str(w, "kind", kinds_node(n.kind)->name);
    jw_key_str(w, "by", m->by);
    jw_key_real(w, "confidence", m->confidence);
    jw_key_uint(w, "generation", m->generation);
    jw_key_real(w, "staleness_seconds", m->staleness_seconds);
    jw_key_str(w, "note", *m->note ? m->note : NULL);
    jw_end_obj(w);
}

static void put_risk(struct jw *w, const struct rank_result *res)
{
    jw_key(w, "risk");
    jw_obj(w);
    jw_key_real(w, "score", res->score);
    jw_key_real(w, "lower", res->lower);
    jw_key_real(w, "upper", res->upper);
    jw_key(w, "parts");
    jw_obj(w);
    jw_key_real(w, "likelihood", res->likelihood);
    jw_key_real(w, "impact", res->impact);
    jw_key_real(w, "context", res->context);
    jw_end_obj(w);
    jw_key_str(w, "basis", res->judged ? "graph" : "severity");
    jw_key(w, "reasons");
    jw_arr(w);
    for (size_t i = 0; i < res->nreasons; i++)
        jw_str(w, res->reasons[i]);
    jw_end_arr(w);
    jw_end_obj(w);
}

static void put_jewels(struct jw *w, const struct graph *g, const struct rank_impact *reach)
{
    jw_key(w, "crown_jewels");
    jw_arr(w);
    for (size_t i = 0; i < reach->njewels; i++) {
        jw_obj(w);
        answer_node_members(w, g, reach->jewels[i].node);
        jw_key_real(w, "probability", reach->jewels[i].p);
        jw_key_uint(w, "hops", reach->jewels[i].hops);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

/* What the sensor said, as far as it said anything. */
static void put_said(struct jw *w, const char *name, const char *text)
{
    if (*text)
        jw_key_str(w, name, text);
}

static void put_selectors(struct jw *w, const struct alert *al)
{
    const struct alert_selectors *s = &al->sel;

    jw_key(w, "selectors");
    jw_obj(w);
    put_said(w, "pod_uid", s->pod_uid);
    put_said(w, "container_id", s->container_id);
    put_said(w, "namespace", s->ns);
    put_said(w, "pod", s->pod);
    put_said(w, "container", s->container);
    put_said(w, "node", s->node);
    put_said(w, "pod_ip", s->pod_ip);
    put_said(w, "user", s->user);
    put_said(w, "image", s->image);
    jw_end_obj(w);
    jw_key(w, "process");
    jw_obj(w);
    put_said(w, "name", al->process.name);
    put_said(w, "cmdline", al->process.cmdline);
    put_said(w, "exe", al->process.exe);
    put_said(w, "parent", al->process.parent);
    put_said(w, "user", al->process.user);
    put_said(w, "file", al->process.file);
    jw_end_obj(w);
}

/* Of the place where it happened. */
static void put_owner(struct jw *w, const struct graph *g, const struct resolve_match *m)
{
    AUTO(arena) a = arena_new();

    jw_key_str(w, "owner", m->node == NODE_NONE ? NULL : answer_owner(g, m->node, a));
}

void rank_write(struct jw *w, const struct graph *g, const struct alert *al,
                const struct rank_result *res, const struct risk *jewels, const char *coverage)
{
    jw_obj(w);
    jw_key_str(w, "id", al->id);
    answer_time(w, "time", al->time);
    answer_time(w, "received", al->received);
    answer_time(w, "last_received", al->last_received);
    jw_key_str(w, "source", al->source);
    put_said(w, "source_id", al->source_id);
    put_said(w, "origin", al->origin);
    jw_key_str(w, "rule", al->rule);
    put_said(w, "message", al->message);
    jw_key_int(w, "severity", al->severity);
    jw_key_str(w, "severity_name", al->severity_name);
    jw_key(w, "mitre");
    jw_arr(w);
    for (size_t i = 0; i < al->nmitre; i++)
        jw_str(w, al->mitre[i]);
    jw_end_arr(w);
    jw_key_str(w, "cluster", *al->cluster ? al->cluster : NULL);
    put_selectors(w, al);
    put_match(w, g, &res->match);
    put_risk(w, res);
    if (jewels)
        answer_jewels(w, g, jewels, RANK_JEWELS);
    else
        put_jewels(w, g, &res->reach);
    put_owner(w, g, &res->match);
    jw_key_str(w, "incident_id", NULL);
    jw_key_uint(w, "occurrences", al->occurrences);
    jw_key_json(w, "coverage", coverage);
    jw_end_obj(w);
}
