/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/alerts/{id}: one alert, ranked on the current snapshot, with the paths to its jewels. */
#include "graphd/alerts/intake.h"
#include "graphd/alerts/rank.h"
#include "graphd/answer.h"
#include "graphd/routes.h"
#include "graphd/service.h"

bool alert_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct filter f = {0};
    struct rank_result res;
    struct alert al;
    struct risk risk;
    struct err why;

    if (!http_args_done(req, e))
        return false;
    struct db *db = http_db(req, e);
    if (!db || !intake_get(db, http_path_part(req, 0), req->arena, &al, e))
        return false;
    rank_alert(req->service->rank, req->graph, &al, &req->budget, req->scratch, req->arena, &res);
    bool paths = res.judged && risk_of(req->graph, res.match.node, &f, &req->budget, RANK_JEWELS,
                                       req->scratch, req->arena, &risk, &why);
    rank_write(reply->json, req->graph, &al, &res, paths ? &risk : NULL,
               answer_coverage_text(req->arena, req->graph));
    return true;
}
