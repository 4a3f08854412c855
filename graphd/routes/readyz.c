/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /readyz[?verbose]: whether requests should be sent here, and what speaks against it. */
#include "graphd/jobs.h"
#include "graphd/routes.h"
#include "graphd/service.h"

struct check {
    const char *name;
    bool ok, needed; /* needed: it alone makes us unready */
    const char *detail;
};

static void write_checks(struct jw *out, const struct check *checks, size_t n)
{
    jw_key(out, "checks");
    jw_arr(out);
    for (size_t i = 0; i < n; i++) {
        jw_obj(out);
        jw_key_str(out, "name", checks[i].name);
        jw_key_bool(out, "ok", checks[i].ok);
        jw_key_bool(out, "needed", checks[i].needed);
        jw_key_str(out, "detail", checks[i].detail);
        jw_end_obj(out);
    }
    jw_end_arr(out);
}

/* Without the database queries go on from memory, but alerts are refused: not ready, so that
 * senders try another replica. */
bool readyz_handler(struct http_req *req, struct http_reply *reply, struct err *e)
{
    struct snapshots_state s;
    const char *verbose;

    if (!http_arg_str(req, "verbose", NULL, &verbose, e) || !http_args_done(req, e))
        return false;
    snapshots_state(req->service->snapshots, &s);
    size_t waiting = jobs_waiting(req->service->jobs);
    bool draining = atomic_load(&req->service->draining);
    double age = s.loaded ? (double)(clock_now() - s.loaded_at) / 1e6 : 0;
    const struct check checks[] = {
        {"serving", !draining, true, draining ? "shutting down" : "accepting requests"},
        {"database", s.database, true, s.database ? "connected" : "no connection"},
        {"snapshot", s.loaded, true,
         s.loaded ? arena_printf(req->arena, "loaded %.1f seconds ago", age) : "not loaded yet"},
        {"queue", waiting < req->service->config->queue, false,
         arena_printf(req->arena, "%zu of %u", waiting, req->service->config->queue)},
    };

    bool ready = true;
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        ready = ready && (checks[i].ok || !checks[i].needed);
    reply->status = ready ? 200 : 503;
    reply->retry_after = ready ? 0 : 1;
    jw_obj(reply->json);
    jw_key_str(reply->json, "status", ready ? "ready" : "not ready");
    if (verbose || !ready)
        write_checks(reply->json, checks, ARRAY_LEN(checks));
    jw_end_obj(reply->json);
    return true;
}
