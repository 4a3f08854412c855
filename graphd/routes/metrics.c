/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /metrics: Prometheus text. */
#include "graphd/metrics.h"

#include "graphd/jobs.h"
#include "graphd/routes.h"
#include "graphd/service.h"

static void set_snapshot(const struct graph *g)
{
    size_t n;
    const struct graph_part *parts = graph_parts(g, &n);
    usec now = clock_now(), oldest = now;

    for (size_t i = 0; i < n; i++)
        if (parts[i].taken_at < oldest)
            oldest = parts[i].taken_at;
    metrics_set(METRIC_NODES, (double)graph_nodes(g));
    metrics_set(METRIC_EDGES, (double)graph_edges(g));
    metrics_set(METRIC_BYTES, (double)graph_bytes(g));
    metrics_set(METRIC_AGE, (double)(now - oldest) / 1e6);
}

bool metrics_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct service *service = req->service;
    struct snapshots_state s;

    if (!http_args_done(req, e))
        return false;
    snapshots_state(service->snapshots, &s);
    if (req->graph)
        set_snapshot(req->graph);
    metrics_set(METRIC_LOAD_SECONDS, s.load_seconds);
    metrics_set(METRIC_LOADS_TOTAL, (double)s.loads);
    metrics_set(METRIC_FAILURES_TOTAL, (double)s.failures);
    metrics_set(METRIC_DATABASE, s.database);
    metrics_set(METRIC_QUEUE, (double)jobs_waiting(service->jobs));
    metrics_set(METRIC_UPTIME, (double)(clock_now() - service->started_at) / 1e6);
    reply->text = metrics_text(req->arena, &reply->text_len);
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
