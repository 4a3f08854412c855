/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/network/quarantine?pod=KEY: the NetworkPolicy that isolates one pod, what to do before it
 * is applied, and what stays open all the same. */
#include <string.h>

#include "graphd/answer.h"
#include "graphd/netanswer.h"
#include "graphd/query_args.h"
#include "graphd/routes.h"
#include "graphd/service.h"
#include "ingest/derive/netquarantine.h"
#include "ingest/derive/nodes.h"

struct asked {
    node_ix node;
    bool dns;
    const struct graph_part *part;
};

static bool read_args(struct http_req *req, const struct graph *g, struct asked *q, struct err *e)
{
    const char *dns;

    if (!query_args_node(req, g, "pod", &q->node, e) ||
        !http_arg_str(req, "dns", "false", &dns, e) || !http_args_done(req, e))
        return false;
    q->dns = strcmp(dns, "true") == 0;
    if (!q->dns && strcmp(dns, "false") != 0) {
        http_point_at(req, "dns");
        return err_set(e, ERR_INPUT, "dns: want true or false, got \"%.20s\"", dns);
    }
    struct graph_node n = graph_node(g, q->node);
    if (n.kind != NODE_POD && n.kind != NODE_CONTAINER) {
        http_point_at(req, "pod");
        return err_set(e, ERR_INPUT, "pod: %.200s is a %s; want a pod or a container", n.key,
                       kinds_node(n.kind)->name);
    }
    q->part = netask_part(req, g, n.cluster, e);
    return q->part;
}

static void put_open(struct jw *w, const struct netquarantine *q)
{
    jw_key(w, "remains");
    jw_arr(w);
    for (size_t i = 0; i < q->nopen; i++) {
        const struct netquarantine_open *o = &q->open[i];
        jw_obj(w);
        jw_key_str(w, "way", netwhy_way_name(o->way));
        jw_key_str(w, "tier", netwhy_tier_name(o->policy->tier));
        jw_key_str(w, "object", o->object);
        jw_key_str(w, "uid", *o->policy->meta.uid ? o->policy->meta.uid : NULL);
        jw_key_str(w, "field", o->field);
        jw_key_str(w, "connections", o->ports);
        jw_key_str(w, "example", o->example);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

/* What to type before the policy is applied. */
static void put_commands(struct jw *w, const struct fact_pod *p, const struct netquarantine *q)
{
    g_autoptr(GString) text = g_string_new(NULL);

    jw_key(w, "commands");
    jw_arr(w);
    if (q->label) {
        g_string_printf(text, "kubectl label pod -n %s %s " NETQUARANTINE_LABEL "=%s", p->meta.ns,
                        p->meta.name, q->label);
        for (size_t i = 0; i < q->nremove; i++)
            g_string_append_printf(text, " %s-", q->remove[i]);
        jw_str(w, text->str);
    }
    if (q->policy)
        jw_str(w, "kubectl apply -f -");
    jw_end_arr(w);
}

static void put_notes(struct jw *w, const struct fact_pod *p, const struct netquarantine *q,
                      const struct netprofile *profile)
{
    jw_key(w, "notes");
    jw_arr(w);
    if (q->nremove)
        jw_str(w, "Without its labels the pod leaves its Services, and its controller starts "
                  "another in its place.");
    if (q->nopen)
        jw_str(w, "Policies add up: what `remains` names selects the pod whatever its labels are, "
                  "and must be changed itself.");
    if (*p->node)
        jw_str(w, "Its own node still reaches it: no policy stops that.");
    jw_str(w, "Connections that are open now may live on: most plugins judge new ones only.");
    if (!profile->enforced)
        jw_str(w, "The network plugin of this cluster does not enforce NetworkPolicies: this one "
                  "does nothing.");
    if (!*profile->said_by)
        jw_str(w, "Nothing says which network plugin runs: make sure that it enforces "
                  "NetworkPolicies.");
    jw_end_arr(w);
}

static void put_answer(struct http_req *req, struct jw *w, const struct asked *asked,
                       const struct facts *f, uint32_t pod, const struct netquarantine *q)
{
    const struct fact_pod *p = &f->pods.v[pod];

    jw_obj(w);
    answer_node(w, "pod", req->graph, asked->node);
    jw_key_bool(w, "possible", q->policy != NULL);
    jw_key_str(w, "why_not", q->policy ? NULL : q->why_not);
    jw_key_bool(w, "closed", q->closed);
    jw_key(w, "label");
    if (q->label) {
        jw_obj(w);
        jw_key_str(w, "key", NETQUARANTINE_LABEL);
        jw_key_str(w, "value", q->label);
        jw_end_obj(w);
    } else {
        jw_null(w);
    }
    jw_key(w, "remove_labels");
    jw_arr(w);
    for (size_t i = 0; i < q->nremove; i++)
        jw_str(w, q->remove[i]);
    jw_end_arr(w);
    netanswer_examples(w, "same_labels", f, q->hit, q->nhit);
    put_open(w, q);
    put_commands(w, p, q);
    put_notes(w, p, q, recalled_netprofile(req->service->recalled));
    netanswer_manifests(w, q->policy, q->policy ? 1 : 0);
    answer_snapshot(w, req->graph);
    answer_coverage(w, req->graph);
    jw_end_obj(w);
}

static bool answer(struct http_req *req, struct jw *w, const struct asked *asked, struct err *e)
{
    struct recalled *r = req->service->recalled;
    const struct facts *f = recalled_facts(r);
    uint32_t pod = netask_pod(f, graph_node(req->graph, asked->node).key, req->arena);
    struct netquarantine q;

    if (pod == NETASK_NO_POD || !nodes_pod_runs(&f->pods.v[pod])) {
        http_point_at(req, "pod");
        return err_set(e, ERR_SEMANTIC, "pod: %.200s does not run",
                       graph_node(req->graph, asked->node).key);
    }
    netquarantine_make(f, pod, asked->dns, recalled_netprofile(r)->blocks_match_pods, req->arena,
                       &q);
    put_answer(req, w, asked, f, pod, &q);
    return true;
}

bool network_quarantine_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct graph *g = http_graph(req, e);
    struct asked q = {0};

    if (!g || !read_args(req, g, &q, e) || !netask_take(req, q.part, e))
        return false;
    bool ok = answer(req, reply->json, &q, e);
    netask_done(req);
    reply->etag = ok ? answer_etag(req, g) : NULL;
    return ok;
}
