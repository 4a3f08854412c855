/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first cause of each doubt, by point. */
#include "ingest/derive/netdoubt.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

enum { WORD = 64, LAST_PORT = 65535 };

/* What may be otherwise than policies say. */
enum doubt { OPENS, CLOSES, OPENS_OUTSIDE, DOUBTS };

struct netdoubt {
    const struct facts *f;
    const GArray *policies; /* struct fact_netpol */
    const struct netprofile *profile;
    struct netclass *nc;
    GPtrArray *causes;              /* struct evidence * */
    uint32_t *of[DOUBTS][NET_WAYS]; /* by class of pods: place of its cause + 1 */
    GArray *pairs;                  /* struct netdoubt_pair */
};

static const struct fact_netpol *policy_at(const struct netdoubt *nd, size_t i)
{
    return &g_array_index(nd->policies, struct fact_netpol, i);
}

static const struct fact_netrule *rules_of(const struct fact_netpol *p, enum net_way way, size_t *n)
{
    *n = way == NET_INGRESS ? p->ningress : p->negress;
    return way == NET_INGRESS ? p->ingress : p->egress;
}

struct netdoubt *netdoubt_new(const struct facts *f, const GArray *policies,
                              const struct netprofile *profile, struct netclass *nc)
{
    struct netdoubt *nd = must_calloc(1, sizeof(*nd));

    nd->f = f;
    nd->policies = policies;
    nd->profile = profile;
    nd->nc = nc;
    nd->causes = g_ptr_array_new_with_free_func(free);
    nd->pairs = g_array_new(FALSE, FALSE, sizeof(struct netdoubt_pair));
    for (guint i = 0; i < policies->len; i++) {
        const struct fact_netpol *p = policy_at(nd, i);
        netclass_condition(nc, &p->subject, p->meta.ns);
        for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++) {
            size_t n;
            const struct fact_netrule *r = rules_of(p, way, &n);
            for (size_t k = 0; k < n; k++)
                for (size_t at = 0; at < r[k].npeers; at++)
                    netclass_condition(nc, &r[k].peers[at], p->meta.ns);
        }
    }
    for (size_t i = 0; i < f->foreignpols.n; i++)
        netclass_condition(nc, &f->foreignpols.v[i].subject, f->foreignpols.v[i].meta.ns);
    return nd;
}

void netdoubt_free(struct netdoubt *nd)
{
    if (!nd)
        return;
    for (size_t d = 0; d < DOUBTS; d++)
        for (size_t way = 0; way < NET_WAYS; way++)
            free(nd->of[d][way]);
    g_ptr_array_free(nd->causes, TRUE);
    g_array_free(nd->pairs, TRUE);
    free(nd);
}

/* --- causes -------------------------------------------------------------------------------- */

static const char *object_of(struct arena *a, const char *kind, const struct meta *m)
{
    return arena_printf(a, "%s %s%s%s", kind, m->ns, *m->ns ? "/" : "", m->name);
}

/* A cause; its place + 1. */
static uint32_t new_cause(struct netdoubt *nd, const char *kind, const struct meta *m,
                          const char *field, const char *reason)
{
    struct evidence *ev = must_calloc(1, sizeof(*ev));

    *ev = (struct evidence){object_of(nd->f->arena, kind, m), m->uid, field, reason};
    g_ptr_array_add(nd->causes, ev);
    return nd->causes->len;
}

static bool has_bit(const uint64_t *set, size_t i)
{
    return set[i / WORD] >> i % WORD & 1;
}

/* Casts a doubt on all points of a set that have none of that sort yet. */
static void cast(struct netdoubt *nd, enum doubt d, enum net_way way, const uint64_t *points,
                 uint32_t cause)
{
    size_t n = netclass_pod_points(nd->nc);

    for (size_t at = 0; at < n; at++) {
        if (points[at / WORD] >> at % WORD == 0)
            at |= WORD - 1; /* none of the others of this word */
        else if (has_bit(points, at) && !nd->of[d][way][at])
            nd->of[d][way][at] = cause;
    }
}

/* The points that a peer takes; NULL if it cannot be evaluated. */
static const uint64_t *points_of(const struct netdoubt *nd, const struct fact_netpeer *p,
                                 const char *ns)
{
    uint32_t c = netclass_condition(nd->nc, p, ns);

    return c == NETCLASS_NONE ? NULL : netclass_matches(nd->nc, c);
}

/* --- one rule ------------------------------------------------------------------------------ */

/* What a rule says if it does not hold, or not as it is read: what it denies may be open. */
static unsigned undone(enum net_action action)
{
    return action == NET_ALLOW  ? 1u << CLOSES
           : action == NET_DENY ? 1u << OPENS
                                : 1u << OPENS | 1u << CLOSES;
}

/* Whether a port of a rule asks for what the plugin lacks; says what. */
static const char *lacks(const struct netprofile *profile, const struct fact_netrule *r)
{
    for (size_t i = 0; i < r->nports; i++) {
        const struct fact_netport *p = &r->ports[i];
        bool range = !*p->name && p->from < p->to && (p->from > 1 || p->to < LAST_PORT);

        if (range && !profile->end_port)
            return "ranges of ports";
        if (p->protocols == NET_SCTP && !profile->sctp)
            return "SCTP";
    }
    return NULL;
}

/* A peer that the engine had to guess: nothing where the rule allows, else everything (`outside`:
 * domains, and nodes that were not read, which are no pods). */
static const struct fact_netpeer *guessed(const struct netdoubt *nd, const struct fact_netpol *p,
                                          const struct fact_netrule *r, bool outside)
{
    for (size_t i = 0; i < r->npeers && p->tier != NET_NAMESPACED; i++) {
        const struct fact_netpeer *peer = &r->peers[i];
        bool domains = peer->unread && strcmp(peer->unread, "domainNames") == 0;

        if ((domains || peer->by_node) == outside && !points_of(nd, peer, p->meta.ns))
            return peer;
    }
    return NULL;
}

static const char *plugin_of(const struct netdoubt *nd)
{
    return *nd->profile->plugin ? nd->profile->plugin : "the network plugin";
}

static const char *rule_field(const struct netdoubt *nd, enum net_way way, size_t rule)
{
    return arena_printf(nd->f->arena, "spec.%s[%zu]", way == NET_INGRESS ? "ingress" : "egress",
                        rule);
}

static void judge_rule(struct netdoubt *nd, const struct fact_netpol *p, enum net_way way,
                       size_t rule, const uint64_t *points)
{
    size_t n;
    const struct fact_netrule *r = &rules_of(p, way, &n)[rule];
    const char *lack = lacks(nd->profile, r), *field = rule_field(nd, way, rule);
    const struct fact_netpeer *peer = guessed(nd, p, r, false);
    const struct fact_netpeer *outside = guessed(nd, p, r, true);
    unsigned what = lack ? undone(r->action) : 0;
    const char *reason = lack;

    if (lack)
        reason = arena_printf(nd->f->arena, "%s does not understand %s", plugin_of(nd), lack);
    if (peer) {
        what |= 1u << OPENS;
        reason = arena_printf(nd->f->arena, "a peer is not evaluated: %s", peer->unread);
    }
    uint32_t cause = what ? new_cause(nd, p->kind, &p->meta, field, reason) : 0;
    for (enum doubt d = OPENS; d <= CLOSES; d++)
        if (what >> d & 1)
            cast(nd, d, way, points, cause);
    if (outside)
        cast(nd, OPENS_OUTSIDE, way, points,
             new_cause(nd, p->kind, &p->meta, field,
                       outside->by_node ? "it names nodes, which were not read"
                                        : "names of domains are not evaluated"));
}

/* --- whole policies ------------------------------------------------------------------------ */

static bool acts(const struct fact_netpol *p, enum net_way way)
{
    if (p->tier == NET_NAMESPACED)
        return way == NET_INGRESS ? p->isolates_ingress : p->isolates_egress;
    return (way == NET_INGRESS ? p->ningress : p->negress) > 0;
}

static bool has_action(const struct fact_netpol *p, enum net_way way, enum net_action action)
{
    size_t n;
    const struct fact_netrule *r = rules_of(p, way, &n);

    for (size_t i = 0; i < n; i++)
        if (r[i].action == action)
            return true;
    return false;
}

static const char *nobody_enforces(const struct netdoubt *nd, const char *what)
{
    return arena_printf(nd->f->arena, "%s does not enforce %s (%s)", plugin_of(nd), what,
                        nd->profile->said_by);
}

/* A policy that the plugin may not enforce at all. */
static void judge_enforcement(struct netdoubt *nd, const struct fact_netpol *p, enum net_way way,
                              const uint64_t *points)
{
    bool admin = p->tier == NET_ADMIN, plain = p->tier == NET_NAMESPACED;
    const char *reason = !nd->profile->enforced ? nobody_enforces(nd, "network policies")
                                                : nobody_enforces(nd, "policies of administrators");
    uint32_t cause = new_cause(nd, p->kind, &p->meta, NULL, reason);

    if (plain || has_action(p, way, NET_DENY))
        cast(nd, OPENS, way, points, cause);
    /* what an administrator allows, a NetworkPolicy may close; if that is enforced */
    if (admin && nd->profile->enforced && has_action(p, way, NET_ALLOW))
        cast(nd, CLOSES, way, points, cause);
}

static void judge_policy(struct netdoubt *nd, const struct fact_netpol *p)
{
    const uint64_t *points = points_of(nd, &p->subject, p->meta.ns);
    bool enforced =
        nd->profile->enforced && (p->tier == NET_NAMESPACED || nd->profile->admin_tiers);

    for (enum net_way way = NET_INGRESS; points && way < NET_WAYS; way++) {
        size_t n;

        if (!acts(p, way))
            continue;
        rules_of(p, way, &n);
        if (!enforced)
            judge_enforcement(nd, p, way, points);
        for (size_t i = 0; enforced && i < n; i++)
            judge_rule(nd, p, way, i, points);
    }
}

static void judge_foreign(struct netdoubt *nd, const struct fact_foreignpol *p)
{
    const uint64_t *points = points_of(nd, &p->subject, p->meta.ns);

    if (!points)
        return;
    const char *reason = arena_printf(nd->f->arena, "policies of %s are not evaluated", p->engine);
    uint32_t cause = new_cause(nd, p->kind, &p->meta, NULL, reason);
    for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++) {
        if (!(way == NET_INGRESS ? p->ingress : p->egress))
            continue;
        cast(nd, CLOSES, way, points, cause);
        if (p->may_open)
            cast(nd, OPENS, way, points, cause);
    }
}

/* --- policies whose order nothing defines -------------------------------------------------- */

static bool ports_meet(const struct fact_netrule *a, const struct fact_netrule *b)
{
    if (a->any_port || b->any_port)
        return true;
    for (size_t i = 0; i < a->nports; i++)
        for (size_t k = 0; k < b->nports; k++) {
            const struct fact_netport *x = &a->ports[i], *y = &b->ports[k];
            if ((x->protocols & y->protocols) &&
                (*x->name || *y->name || (x->from <= y->to && y->from <= x->to)))
                return true;
        }
    return false;
}

/* The points that a rule speaks of, added to `out`; a peer that is not evaluated may be anybody. */
static void add_peers(const struct netdoubt *nd, const struct fact_netpol *p,
                      const struct fact_netrule *r, uint64_t *out, size_t words)
{
    bool all = r->any_peer;

    memset(out, 0, words * sizeof(*out));
    for (size_t i = 0; i < r->npeers && !all; i++) {
        const uint64_t *points = points_of(nd, &r->peers[i], p->meta.ns);
        all = !points;
        for (size_t w = 0; points && w < words; w++)
            out[w] |= points[w];
    }
    if (all)
        memset(out, 0xff, words * sizeof(*out));
}

static bool meet(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t w = 0; w < words; w++)
        if (a[w] & b[w])
            return true;
    return false;
}

/* What is in doubt if two policies may come in either order: the first by name is taken to win. */
static unsigned contradiction(const struct netdoubt *nd, const struct fact_netpol *a,
                              const struct fact_netpol *b, enum net_way way)
{
    size_t words = (netclass_points(nd->nc) + WORD - 1) / WORD, na, nb;
    const struct fact_netrule *ra = rules_of(a, way, &na), *rb = rules_of(b, way, &nb);
    uint64_t *x = must_calloc(2 * words + 1, sizeof(*x)), *y = x + words;
    unsigned out = 0;

    for (size_t i = 0; i < na; i++) {
        add_peers(nd, a, &ra[i], x, words);
        for (size_t k = 0; k < nb; k++) {
            if (ra[i].action == rb[k].action || !ports_meet(&ra[i], &rb[k]))
                continue;
            add_peers(nd, b, &rb[k], y, words);
            if (!meet(x, y, words))
                continue;
            out |= undone(ra[i].action);
            if (rb[k].action == NET_PASS)
                out |= 1u << OPENS | 1u << CLOSES;
        }
    }
    free(x);
    return out;
}

static void doubt_pair(struct netdoubt *nd, const struct fact_netpol *a,
                       const struct fact_netpol *b, enum net_way way, const uint64_t *both)
{
    unsigned what = contradiction(nd, a, b, way);
    struct netdoubt_pair pair = {a, b, way};

    if (!what)
        return;
    uint32_t cause =
        new_cause(nd, a->kind, &a->meta, "spec.priority",
                  arena_printf(nd->f->arena,
                               "%s %s has the same priority and says otherwise; nothing "
                               "defines their order",
                               b->kind, b->meta.name));
    for (enum doubt d = OPENS; d <= CLOSES; d++)
        if (what >> d & 1)
            cast(nd, d, way, both, cause);
    g_array_append_val(nd->pairs, pair);
}

static void judge_pair(struct netdoubt *nd, const struct fact_netpol *a,
                       const struct fact_netpol *b)
{
    const uint64_t *x = points_of(nd, &a->subject, ""), *y = points_of(nd, &b->subject, "");
    size_t words = (netclass_points(nd->nc) + WORD - 1) / WORD;

    if (!x || !y || !meet(x, y, words))
        return;
    uint64_t *both = must_calloc(words, sizeof(*both));
    for (size_t w = 0; w < words; w++)
        both[w] = x[w] & y[w];
    for (enum net_way way = NET_INGRESS; way < NET_WAYS; way++)
        doubt_pair(nd, a, b, way, both);
    free(both);
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
    const struct fact_netpol *x = *(const struct fact_netpol *const *)a,
                             *y = *(const struct fact_netpol *const *)b;

    if (x->tier != y->tier)
        return x->tier < y->tier ? -1 : 1;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return strcmp(x->meta.name, y->meta.name);
}

static void judge_pairs(struct netdoubt *nd)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (guint i = 0; i < nd->policies->len; i++)
        if (policy_at(nd, i)->tier != NET_NAMESPACED)
            g_ptr_array_add(list, (gpointer)policy_at(nd, i));
    g_ptr_array_sort(list, by_rank);
    for (guint i = 0; i < list->len; i++)
        for (guint k = i + 1; k < list->len; k++) {
            const struct fact_netpol *a = list->pdata[i], *b = list->pdata[k];
            if (a->tier != b->tier || a->priority != b->priority)
                break;
            if (strcmp(a->meta.name, b->meta.name) != 0 || strcmp(a->kind, b->kind) != 0)
                judge_pair(nd, a, b);
        }
}

void netdoubt_done(struct netdoubt *nd)
{
    size_t n = netclass_pod_points(nd->nc);

    for (size_t d = 0; d < DOUBTS; d++)
        for (size_t way = 0; way < NET_WAYS; way++)
            nd->of[d][way] = must_calloc(n ? n : 1, sizeof(**nd->of[d]));
    for (guint i = 0; i < nd->policies->len; i++)
        judge_policy(nd, policy_at(nd, i));
    for (size_t i = 0; i < nd->f->foreignpols.n; i++)
        judge_foreign(nd, &nd->f->foreignpols.v[i]);
    if (nd->profile->enforced && nd->profile->admin_tiers)
        judge_pairs(nd);
}

/* --- answers ------------------------------------------------------------------------------- */

static bool tell(const struct netdoubt *nd, enum doubt d, enum net_way way, uint32_t point,
                 struct evidence *ev)
{
    uint32_t cause = point < netclass_pod_points(nd->nc) ? nd->of[d][way][point] : 0;

    if (cause && ev)
        *ev = *(const struct evidence *)nd->causes->pdata[cause - 1];
    return cause != 0;
}

bool netdoubt_may_open(const struct netdoubt *nd, enum net_way way, uint32_t point, bool outside,
                       struct evidence *ev)
{
    return tell(nd, OPENS, way, point, ev) || (outside && tell(nd, OPENS_OUTSIDE, way, point, ev));
}

bool netdoubt_may_close(const struct netdoubt *nd, enum net_way way, uint32_t point,
                        struct evidence *ev)
{
    return tell(nd, CLOSES, way, point, ev);
}

const struct netdoubt_pair *netdoubt_pairs(const struct netdoubt *nd, size_t *n)
{
    *n = nd->pairs->len;
    return (const struct netdoubt_pair *)(const void *)nd->pairs->data;
}
