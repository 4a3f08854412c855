/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine's own steps, kept and put into words. */
#include "ingest/derive/netwhy.h"

#include <string.h>

const char *netwhy_way_name(enum net_way way)
{
    return way == NET_INGRESS ? "ingress" : "egress";
}

const char *netwhy_tier_name(enum net_tier tier)
{
    static const char *const names[] = {
        [NET_ADMIN] = "admin", [NET_NAMESPACED] = "namespaced", [NET_BASELINE] = "baseline"};

    return names[tier];
}

const char *netwhy_action_name(enum net_action action)
{
    static const char *const names[] = {
        [NET_ALLOW] = "allow", [NET_DENY] = "deny", [NET_PASS] = "pass"};

    return names[action];
}

const char *netwhy_object(struct arena *a, const struct fact_netpol *p)
{
    return arena_printf(a, "%s %s%s%s", p->kind, p->meta.ns, *p->meta.ns ? "/" : "", p->meta.name);
}

/* Steps of one direction as they come. */
struct keeper {
    const struct netpol *np;
    struct arena *arena;
    enum net_way way;
    GArray *policies, *rules; /* struct netwhy_policy; struct netwhy_rule of the last of them */
    GString *text;
};

/* The rules so far belong to the last policy. */
static void settle(struct keeper *k)
{
    if (k->policies->len == 0)
        return;
    struct netwhy_policy *last =
        &g_array_index(k->policies, struct netwhy_policy, k->policies->len - 1);
    last->nrules = k->rules->len;
    last->rules = arena_memdup(k->arena, k->rules->data, k->rules->len * sizeof(*last->rules));
    g_array_set_size(k->rules, 0);
}

static void keep(void *arg, const struct netpol_step *s)
{
    struct keeper *k = arg;

    if (!s->rule) {
        struct netwhy_policy p = {.fact = s->policy, .object = netwhy_object(k->arena, s->policy)};
        settle(k);
        g_array_append_val(k->policies, p);
        return;
    }
    netports_text(netpol_ports(k->np), s->ports, k->text);
    struct netwhy_rule r = {
        .fact = s->rule,
        .field = arena_printf(k->arena, "spec.%s[%zu]", netwhy_way_name(k->way), s->index),
        .ports = arena_strdup(k->arena, k->text->str),
    };
    g_array_append_val(k->rules, r);
}

static bool any(const uint64_t *set, size_t words)
{
    for (size_t w = 0; w < words; w++)
        if (set[w])
            return true;
    return false;
}

/* Whether all ports that were asked about are in the set. */
static bool opens(const struct netpol *np, const struct netwhy_question *q, const uint64_t *set)
{
    for (size_t i = 0; i < q->nasked; i++)
        if (!netports_has(netpol_ports(np), set, q->asked[i].protocol, q->asked[i].number))
            return false;
    return q->nasked || any(set, netports_words(netpol_ports(np)));
}

static void ask_way(const struct netpol *np, const struct netwhy_question *q, enum net_way way,
                    struct arena *a, uint64_t *set, struct netwhy_way *out)
{
    const struct fact_pod *pod = way == NET_INGRESS ? q->dst_pod : q->src_pod;
    struct keeper k = {.np = np, .arena = a, .way = way, .text = g_string_new(NULL)};

    k.policies = g_array_new(FALSE, TRUE, sizeof(struct netwhy_policy));
    k.rules = g_array_new(FALSE, TRUE, sizeof(struct netwhy_rule));
    netpol_trace(np, way, q->src, q->dst, set, keep, &k);
    settle(&k);
    netports_text(netpol_ports(np), set, k.text);
    *out = (struct netwhy_way){
        .outside = !pod || pod->host_network,
        .ports = arena_strdup(a, k.text->str),
        .open = opens(np, q, set),
        .npolicies = k.policies->len,
        .policies =
            arena_memdup(a, k.policies->data, k.policies->len * sizeof(struct netwhy_policy)),
    };
    for (size_t i = 0; i < out->npolicies; i++)
        out->isolated |= out->policies[i].fact->tier == NET_NAMESPACED;
    g_array_free(k.policies, TRUE);
    g_array_free(k.rules, TRUE);
    g_string_free(k.text, TRUE);
}

void netwhy_ask(const struct netpol *np, const struct netwhy_question *q, struct arena *a,
                struct netwhy *out)
{
    size_t words = netports_words(netpol_ports(np));
    uint64_t *set = arena_calloc(a, words + 1, sizeof(*set));
    g_autoptr(GString) text = g_string_new(NULL);

    for (enum net_way way = NET_INGRESS; way <= NET_EGRESS; way++)
        ask_way(np, q, way, a, set, &out->ways[way]);
    netpol_pair(np, q->src, q->dst, set);
    netports_text(netpol_ports(np), set, text);
    out->ports = arena_strdup(a, text->str);
    out->open = opens(np, q, set);
}

/* Changes as they are found. */
struct changes {
    GArray *all; /* struct netwhy_change */
    struct arena *arena;
    enum net_way way;
    const char *pod; /* "shop/web-1" of that direction */
};

static void add_change(struct changes *c, const char *action, const struct netwhy_policy *p,
                       const char *field, const char *words)
{
    struct netwhy_change change = {.way = c->way,
                                   .action = action,
                                   .policy = p ? p->fact : NULL,
                                   .object = p ? p->object : "",
                                   .field = field,
                                   .words = words};

    g_array_append_val(c->all, change);
}

static const char *rule_name(struct arena *a, const struct netwhy_rule *r)
{
    return *r->fact->name ? arena_printf(a, "%s \"%s\"", r->field, r->fact->name) : r->field;
}

/* Rules of administrators that deny come first; else the policies that isolate lack a rule. */
static void to_open(struct changes *c, const struct netwhy_way *w)
{
    const char *field = arena_printf(c->arena, "spec.%s", netwhy_way_name(c->way));

    for (size_t i = 0; i < w->npolicies; i++) {
        const struct netwhy_policy *p = &w->policies[i];

        for (size_t k = 0; k < p->nrules; k++)
            if (p->rules[k].fact->action == NET_DENY && *p->rules[k].ports)
                add_change(c, "remove-rule", p, p->rules[k].field,
                           arena_printf(c->arena,
                                        "%s: %s denies it: take the rule out, or put one that "
                                        "allows it before it.",
                                        p->object, rule_name(c->arena, &p->rules[k])));
        if (p->fact->tier == NET_NAMESPACED)
            add_change(c, "add-rule", p, field,
                       arena_printf(c->arena,
                                    "%s isolates %s for %s and no rule of it allows this: a rule "
                                    "in %s would.",
                                    p->object, c->pod, netwhy_way_name(c->way), field));
    }
}

static void to_close(struct changes *c, const struct netwhy_way *w)
{
    size_t before = c->all->len;

    for (size_t i = 0; i < w->npolicies; i++) {
        const struct netwhy_policy *p = &w->policies[i];
        for (size_t k = 0; k < p->nrules; k++)
            if (p->rules[k].fact->action == NET_ALLOW && *p->rules[k].ports)
                add_change(c, "remove-rule", p, p->rules[k].field,
                           arena_printf(c->arena,
                                        "%s: %s allows it (%s): take the rule out, or leave this "
                                        "peer out of it.",
                                        p->object, rule_name(c->arena, &p->rules[k]),
                                        p->rules[k].ports));
    }
    if (!w->isolated && c->all->len == before)
        add_change(c, "add-policy", NULL, "",
                   arena_printf(c->arena,
                                "No NetworkPolicy selects %s for %s: one that does, and does not "
                                "allow this, would close it.",
                                c->pod, netwhy_way_name(c->way)));
}

size_t netwhy_changes(const struct netwhy *why, const struct netwhy_question *q, struct arena *a,
                      const struct netwhy_change **out)
{
    struct changes c = {.all = g_array_new(FALSE, TRUE, sizeof(struct netwhy_change)), .arena = a};

    for (enum net_way way = NET_INGRESS; way <= NET_EGRESS; way++) {
        const struct fact_pod *pod = way == NET_INGRESS ? q->dst_pod : q->src_pod;

        if (why->ways[way].outside)
            continue;
        c.way = way;
        c.pod = arena_printf(a, "%s/%s", pod->meta.ns, pod->meta.name);
        if (why->open)
            to_close(&c, &why->ways[way]);
        else if (!why->ways[way].open)
            to_open(&c, &why->ways[way]);
    }
    size_t n = c.all->len;
    *out = arena_memdup(a, c.all->data, n * sizeof(**out));
    g_array_free(c.all, TRUE);
    return n;
}
