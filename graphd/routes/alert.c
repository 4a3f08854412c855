/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /v1/alerts/{id}: one alert, ranked on the current snapshot, with the paths to its jewels. */
#include <glib.h>

#include "graphd/alerts/intake.h"
#include "graphd/alerts/rank.h"
#include "graphd/routes.h"
#include "graphd/service.h"

bool alert_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    const char *text = http_path_part(req, 0);
    struct filter f = {0};
    struct rank_result res;
    struct alert al;
    struct risk risk;
    struct err why;
    gint64 id;

    if (!http_args_done(req, e))
        return false;
    if (!g_ascii_string_to_signed(text, 10, 1, INT64_MAX, &id, NULL))
        return err_set(e, ERR_MISSING, "no alert has the id \"%.40s\"", text);
    struct db *db = http_db(req, e);
    if (!db || !intake_get(db, id, req->arena, &al, e))
        return false;
    rank_alert(req->service->rank, req->graph, &al, &req->budget, req->scratch, req->arena, &res);
    bool paths = res.judged && risk_of(req->graph, res.match.node, &f, &req->budget, RANK_JEWELS,
                                       req->scratch, req->arena, &risk, &why);
    rank_write(reply->json, req->graph, &al, &res, paths ? &risk : NULL);
    return true;
}
