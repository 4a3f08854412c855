/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /openapi.json: the contract, as built in. */
#include <string.h>

#include <glib.h>

#include "graphd/routes.h"

/* clang-format off: a table, not this file's own header */
#include "gen/openapi.h"
/* clang-format on */

/* The build turns docs/openapi.yaml into JSON lines; this joins them. */
bool openapi_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    size_t len = 0;

    if (!http_args_done(req, e))
        return false;
    if (!openapi_text[0].name)
        return err_set(e, ERR_MISSING, "built without the contract");
    for (const char *const *l = openapi_text[0].lines; *l; l++)
        len += strlen(*l);
    char *text = arena_alloc(req->arena, len + 1), *to = text;
    for (const char *const *l = openapi_text[0].lines; *l; l++) {
        size_t n = strlen(*l);
        memcpy(to, *l, n);
        to += n;
    }
    *to = '\0';
    g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)text, len);
    reply->etag = arena_printf(req->arena, "\"%.32s\"", hash);
    reply->text = text;
    reply->text_len = len;
    return true;
}
