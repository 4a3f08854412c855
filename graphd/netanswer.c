/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts, policies and manifests as JSON. */
#include "graphd/netanswer.h"

#include <stdlib.h>
#include <string.h>

#include "graphd/answer.h"
#include "graphd/words.h"
#include "ingest/derive/netmanifest.h"

enum { MOST_EXAMPLES = 20 };

static const char *protocol_name(unsigned bit)
{
    return bit == NET_UDP ? "UDP" : bit == NET_SCTP ? "SCTP" : "TCP";
}

void netanswer_examples(struct jw *w, const char *name, const struct facts *f, const uint32_t *pods,
                        size_t n)
{
    jw_key(w, name);
    jw_arr(w);
    for (size_t i = 0; i < n && i < MOST_EXAMPLES; i++) {
        const struct meta *m = &f->pods.v[pods[i]].meta;
        g_autofree char *text = g_strdup_printf("%s/%s", m->ns, m->name);
        jw_str(w, text);
    }
    jw_end_arr(w);
}

static void put_ports(struct jw *w, const struct netwhy_port *v, size_t n)
{
    jw_key(w, "ports");
    jw_arr(w);
    for (size_t i = 0; i < n; i++) {
        jw_obj(w);
        jw_key_str(w, "protocol", protocol_name(v[i].protocol));
        jw_key_int(w, "port", v[i].number);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

void netanswer_end(struct jw *w, const char *name, const struct netask *q,
                   const struct netask_end *end)
{
    const char *kind = end->kind ? kinds_node(end->kind)->name : "address";

    jw_key(w, name);
    jw_obj(w);
    jw_key_str(w, "asked", end->text);
    jw_key_str(w, "key", end->node == NODE_NONE ? NULL : graph_node(q->req->graph, end->node).key);
    jw_key_str(w, "kind", kind);
    jw_key_uint(w, "pods", end->end.npods);
    netanswer_examples(w, "examples", q->f, end->end.pods, end->end.npods);
    put_ports(w, end->ports, end->nports);
    jw_end_obj(w);
}

static void put_range(void *arg, unsigned protocol, int32_t from, int32_t to)
{
    struct jw *w = arg;

    jw_obj(w);
    jw_key_str(w, "protocol", protocol_name(protocol));
    jw_key_int(w, "from", from);
    jw_key_int(w, "to", to);
    jw_end_obj(w);
}

void netanswer_ranges(struct jw *w, const struct netports *np, const uint64_t *set)
{
    jw_key(w, "ranges");
    jw_arr(w);
    netports_each(np, set, put_range, w);
    jw_end_arr(w);
}

static void put_policy(struct jw *w, const struct netwhy_policy *p)
{
    jw_obj(w);
    jw_key_str(w, "tier", netwhy_tier_name(p->fact->tier));
    jw_key_str(w, "kind", p->fact->kind);
    jw_key_str(w, "namespace", p->fact->meta.ns);
    jw_key_str(w, "name", p->fact->meta.name);
    jw_key_str(w, "uid", *p->fact->meta.uid ? p->fact->meta.uid : NULL);
    jw_key(w, "rules");
    jw_arr(w);
    for (size_t i = 0; i < p->nrules; i++) {
        jw_obj(w);
        jw_key_str(w, "field", p->rules[i].field);
        jw_key_str(w, "name", *p->rules[i].fact->name ? p->rules[i].fact->name : NULL);
        jw_key_str(w, "action", netwhy_action_name(p->rules[i].fact->action));
        jw_key_str(w, "ports", p->rules[i].ports);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    jw_end_obj(w);
}

/* In one sentence, who decides. */
static const char *way_words(enum net_way way, const struct netwhy_way *v)
{
    if (v->outside)
        return "this end is no pod on the pod network: it has no policies";
    if (v->npolicies == 0)
        return way == NET_INGRESS ? "no policy selects the pod for ingress: all is let in"
                                  : "no policy selects the pod for egress: all is let out";
    if (v->open)
        return "policies select the pod, and a rule allows it";
    return v->isolated ? "policies select the pod, and no rule of them allows it"
                       : "a policy of administrators denies it";
}

void netanswer_way(struct jw *w, enum net_way way, const struct netwhy_way *v)
{
    jw_key(w, netwhy_way_name(way));
    jw_obj(w);
    jw_key_bool(w, "open", v->open);
    jw_key_bool(w, "isolated", v->isolated);
    jw_key_str(w, "connections", v->ports);
    jw_key_str(w, "words", way_words(way, v));
    jw_key(w, "policies");
    jw_arr(w);
    for (size_t i = 0; i < v->npolicies; i++)
        put_policy(w, &v->policies[i]);
    jw_end_arr(w);
    jw_end_obj(w);
}

void netanswer_changes(struct jw *w, const struct netask_verdict *v, struct arena *a)
{
    const struct netwhy_change *c;
    size_t n = netwhy_changes(&v->why, &v->question, a, &c);

    jw_key(w, "would_change");
    jw_arr(w);
    for (size_t i = 0; i < n; i++) {
        jw_obj(w);
        jw_key_str(w, "way", netwhy_way_name(c[i].way));
        jw_key_str(w, "action", c[i].action);
        jw_key_str(w, "object", *c[i].object ? c[i].object : NULL);
        jw_key_str(w, "uid", c[i].policy && *c[i].policy->meta.uid ? c[i].policy->meta.uid : NULL);
        jw_key_str(w, "field", *c[i].field ? c[i].field : NULL);
        jw_key_str(w, "words", c[i].words);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

void netanswer_manifests(struct jw *w, const struct fact_netpol *v, size_t n)
{
    g_autoptr(GString) all = g_string_new(NULL);

    jw_key(w, "manifests");
    jw_arr(w);
    for (size_t i = 0; i < n; i++) {
        json_auto_t *doc = netmanifest_json(&v[i]);
        char *text = json_dumps(doc, JSON_COMPACT);
        g_autofree char *yaml = netmanifest_yaml(doc);

        jw_json(w, text);
        free(text);
        g_string_append_printf(all, "%s%s", i ? "---\n" : "", yaml);
    }
    jw_end_arr(w);
    jw_key_str(w, "yaml", n ? all->str : NULL);
}

void netanswer_cut(struct jw *w, const struct facts *f, const struct netcut *c)
{
    jw_key(w, "cut");
    if (!c) {
        jw_null(w);
        return;
    }
    jw_obj(w);
    jw_key_bool(w, "possible", c->n > 0);
    jw_key_str(w, "why_not", c->n ? NULL : c->why_not);
    jw_key_str(w, "way", c->n ? netwhy_way_name(c->way) : NULL);
    jw_key_uint(w, "pods", c->npods);
    netanswer_examples(w, "isolates", f, c->pods, c->npods);
    jw_key(w, "notes");
    jw_arr(w);
    for (size_t i = 0; i < c->nnotes; i++)
        jw_str(w, c->notes[i]);
    jw_end_arr(w);
    netanswer_manifests(w, c->policies, c->n);
    jw_end_obj(w);
}

static void put_hop(struct jw *w, const struct netask *q, const struct netpath *p)
{
    jw_key(w, "last_hop");
    if (!p->hop) {
        jw_null(w);
        return;
    }
    jw_obj(w);
    answer_edge_members(w, q->req->graph, p->edge);
    jw_key_str(w, "words", words_edge(q->req->arena, q->req->graph, p->edge));
    jw_key_bool(w, "from_internet", p->from_internet);
    jw_key_bool(w, "from_node", p->from_node);
    jw_key_uint(w, "pods", p->from.npods);
    netanswer_examples(w, "sources", q->f, p->from.pods, p->from.npods);
    netanswer_examples(w, "targets", q->f, p->to.pods, p->to.npods);
    jw_end_obj(w);
}

void netanswer_path(struct jw *w, const struct netask *q, const struct netpath *p)
{
    jw_key(w, "path");
    if (!p) {
        jw_null(w);
        return;
    }
    jw_obj(w);
    jw_key_bool(w, "network_only", p->network);
    jw_key_uint(w, "exposed", p->nexposed);
    answer_reach(w, q->req->graph, &p->reach);
    jw_key(w, "path_words");
    jw_arr(w);
    for (size_t i = 0; i < p->reach.path.count; i++)
        jw_str(w, words_edge(q->req->arena, q->req->graph, p->reach.path.edges[i]));
    jw_end_arr(w);
    put_hop(w, q, p);
    jw_end_obj(w);
}
