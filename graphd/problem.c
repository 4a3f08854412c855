/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Problem documents. */
#include "graphd/problem.h"

#include <stdio.h>

int problem_write(struct jw *out, const struct problem *p)
{
    int status = p->status ? p->status : err_http(p->kind);
    char type[64];

    snprintf(type, sizeof(type), "/problems/%s", err_name(p->kind));
    jw_obj(out);
    jw_key_str(out, "type", type);
    jw_key_str(out, "title", err_title(p->kind));
    jw_key_int(out, "status", status);
    jw_key_str(out, "detail", p->detail);
    jw_key_str(out, "instance", p->path);
    jw_key_str(out, "request_id", p->id);
    if (p->pointer) {
        jw_key(out, "errors");
        jw_arr(out);
        jw_obj(out);
        jw_key_str(out, "pointer", p->pointer);
        jw_key_str(out, "detail", p->detail);
        jw_end_obj(out);
        jw_end_arr(out);
    }
    jw_end_obj(out);
    return status;
}

const char *problem_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } table[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].status == status)
            return table[i].reason;
    return "Unnamed";
}
