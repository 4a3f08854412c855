/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/webhooks/falco: alerts of Falco and falcosidekick.  Stored first; whatever goes wrong
 * after that, the sender hears that we have them. */
#include <string.h>

#include "graphd/alerts/intake.h"
#include "graphd/alerts/rank.h"
#include "graphd/answer.h"
#include "graphd/metrics.h"
#include "graphd/routes.h"
#include "graphd/service.h"

/* A sensor's output queue stands still while it waits for us. */
enum { RANK_USEC = 500000 };

static bool json_or_text(struct http_req *req, struct err *e)
{
    static const char *const types[] = {"", "application/json", "text/plain",
                                        "application/x-ndjson", "application/json-seq"};

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (strcmp(req->content_type, types[i]) == 0)
            return true;
    return err_set(e, ERR_MEDIA, "content type: want application/json or text/plain, got \"%.60s\"",
                   req->content_type);
}

static void put_alert(struct http_req *req, struct jw *w, const struct alert *al,
                      const struct budget *b, const char *coverage)
{
    struct filter f = {0};
    struct rank_result res;
    struct risk risk;
    struct err e;

    rank_alert(req->service->rank, req->graph, al, b, req->scratch, req->arena, &res);
    if (al->occurrences == 1)
        metrics_add(METRIC_ALERTS_TOTAL, 1);
    if (al->occurrences == 1 && res.match.node == NODE_NONE)
        metrics_add(METRIC_ALERTS_UNRESOLVED, 1);
    bool paths = res.judged && (!b->deadline || clock_mono() < b->deadline) &&
                 risk_of(req->graph, res.match.node, &f, b, RANK_JEWELS, req->scratch, req->arena,
                         &risk, &e);
    rank_write(w, req->graph, al, &res, paths ? &risk : NULL, coverage);
}

bool falco_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct jw *w = reply->json;
    struct intake_batch batch;

    if (!http_args_done(req, e) || !json_or_text(req, e))
        return false;
    if (!intake_parse(intake_format("falco"), req->body, req->body_len, req->arena, &batch, e)) {
        metrics_add(METRIC_ALERTS_REFUSED, 1);
        return query_args_blame(req, e);
    }
    struct db *db = http_db(req, e);
    if (!db ||
        !intake_store(db, batch.alerts, batch.count, req->service->config->cluster, req->arena, e))
        return false;

    const char *coverage = answer_coverage_text(req->arena, req->graph);
    struct budget b = {clock_mono() + RANK_USEC};
    if (req->budget.deadline && req->budget.deadline < b.deadline)
        b.deadline = req->budget.deadline;
    if (batch.single) {
        put_alert(req, w, &batch.alerts[0], &b, coverage);
        return true;
    }
    jw_obj(w);
    jw_key(w, "items");
    jw_arr(w);
    for (size_t i = 0; i < batch.count; i++)
        put_alert(req, w, &batch.alerts[i], &b, coverage);
    jw_end_arr(w);
    jw_key_str(w, "next", NULL);
    jw_end_obj(w);
    return true;
}
