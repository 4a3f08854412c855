/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /healthz: the process answers. */
#include "graphd/routes.h"

bool healthz_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    if (!http_args_done(req, e))
        return false;
    jw_obj(reply->json);
    jw_key_str(reply->json, "status", "ok");
    jw_end_obj(reply->json);
    return true;
}
