/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /livez: the process answers; a restart would not help with anything else. */
#include "graphd/routes.h"

bool livez_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    const char *verbose;

    /* kubectl and the API server's own probes ask with ?verbose. */
    if (!http_arg_str(req, "verbose", NULL, &verbose, e) || !http_args_done(req, e))
        return false;
    jw_obj(reply->json);
    jw_key_str(reply->json, "status", "ok");
    jw_end_obj(reply->json);
    return true;
}
