/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From request to reply: admission, what handlers may ask for, and the shape of what leaves. */
#include "graphd/http.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <glib.h>

#include "base/log.h"
#include "graphd/guard.h"
#include "graphd/jobs.h"
#include "graphd/metrics.h"
#include "graphd/problem.h"
#include "graphd/routes.h"
#include "graphd/service.h"
#include "schema/db.h"

enum { ID_LENGTH = 128, JSON_DEPTH = 64, RETRY_SECONDS = 1, RETRY_DB_SECONDS = 5 };

/* What handlers ask for. */

bool http_arg_str(struct http_req *req, const char *name, const char *dflt, const char **out,
                  struct err *e)
{
    const char *v = args_take(req->args, name);

    (void)e;
    *out = v ? v : dflt;
    return true;
}

bool http_arg_need(struct http_req *req, const char *name, const char **out, struct err *e)
{
    const char *v = args_take(req->args, name);

    if (!v || !*v) {
        http_point_at(req, name);
        return err_set(e, ERR_INPUT, "%s: missing", name);
    }
    *out = v;
    return true;
}

bool http_arg_u32(struct http_req *req, const char *name, uint32_t min, uint32_t max, uint32_t dflt,
                  uint32_t *out, struct err *e)
{
    const char *v = args_take(req->args, name);
    guint64 n = dflt;

    if (v && !g_ascii_string_to_unsigned(v, 10, min, max, &n, NULL)) {
        http_point_at(req, name);
        return err_set(e, ERR_INPUT, "%s: want a whole number from %u to %u, got \"%.40s\"", name,
                       min, max, v);
    }
    *out = (uint32_t)n;
    return true;
}

bool http_arg_real(struct http_req *req, const char *name, double min, double max, double dflt,
                   double *out, struct err *e)
{
    const char *v = args_take(req->args, name);
    char *end;

    *out = dflt;
    if (!v)
        return true;
    /* Digits only: strtod would take blanks, hexadecimal, nan and inf as well. */
    double d = *v && strspn(v, "0123456789.eE+-") == strlen(v) ? g_ascii_strtod(v, &end) : NAN;
    if (isnan(d) || *end || d < min || d > max) {
        http_point_at(req, name);
        return err_set(e, ERR_INPUT, "%s: want a number from %g to %g, got \"%.40s\"", name, min,
                       max, v);
    }
    *out = d;
    return true;
}

bool http_args_done(struct http_req *req, struct err *e)
{
    for (size_t i = 0; i < req->args->count; i++)
        if (!req->args->parameters[i].asked) {
            http_point_at(req, req->args->parameters[i].name);
            return err_set(e, ERR_INPUT, "%.80s: unknown parameter", req->args->parameters[i].name);
        }
    return true;
}

const char *http_path_part(const struct http_req *req, size_t i)
{
    return i < req->args->nparts ? req->args->parts[i] : "";
}

static bool is_json(const char *type)
{
    size_t len = strlen(type);

    return len == 0 || strcmp(type, "application/json") == 0 || strcmp(type, "text/json") == 0 ||
           (len > 5 && strcmp(type + len - 5, "+json") == 0);
}

/* jansson recurses; its own limit is 2048 levels of a tree that nobody needs. */
static bool too_deep(const char *text, size_t len)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > JSON_DEPTH)
            return true;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return false;
}

json_t *http_body_json(struct http_req *req, struct err *e)
{
    json_error_t bad;

    if (!is_json(req->content_type)) {
        err_set(e, ERR_MEDIA, "want application/json, got \"%.80s\"", req->content_type);
        return NULL;
    }
    if (too_deep(req->body, req->body_len)) {
        err_set(e, ERR_LIMIT, "JSON deeper than %d levels", JSON_DEPTH);
        return NULL;
    }
    json_t *doc = json_loadb(req->body, req->body_len, JSON_REJECT_DUPLICATES, &bad);
    if (!doc)
        err_set(e, ERR_INPUT, "body: line %d, column %d: %s", bad.line, bad.column, bad.text);
    return doc;
}

void http_point_at(struct http_req *req, const char *pointer)
{
    req->args->pointer = arena_strdup(req->arena, pointer);
}

struct graph *http_graph(struct http_req *req, struct err *e)
{
    if (!req->graph)
        err_set(e, ERR_BUSY, "no snapshot is loaded yet");
    return req->graph;
}

struct db *http_db(struct http_req *req, struct err *e)
{
    struct db **db = req->args->db;

    if (*db && !db_alive(*db)) {
        db_free(*db);
        *db = NULL;
    }
    if (!*db)
        *db = db_open(req->service->config->database, e);
    atomic_store(&req->service->db_ok, *db != NULL);
    return *db;
}

/* Exchanges. */

/* An id that no other request of this or another run has. */
static const char *new_id(struct arena *a)
{
    uint64_t bits[2];

    if (getrandom(bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
        must_die("no random numbers");
    return arena_printf(a, "%016" PRIx64 "%016" PRIx64, bits[0], bits[1]);
}

static bool is_sane_id(const char *s)
{
    size_t len = strlen(s);

    for (const char *p = s; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("._-", *p))
            return false;
    return len >= 1 && len <= ID_LENGTH;
}

struct exchange *http_exchange_new(struct service *service)
{
    struct exchange *x = must_calloc(1, sizeof(*x));

    x->arena = arena_new();
    x->json = jw_new();
    x->service = service;
    x->method = x->uri = x->path = x->body = x->id = x->peer = "";
    x->row = ROUTES_COUNT;
    x->args = arena_calloc(x->arena, 1, sizeof(*x->args));
    return x;
}

void http_exchange_free(struct exchange *x)
{
    if (!x)
        return;
    jw_free(x->json);
    arena_free(x->arena);
    free(x);
}

static const char *header(const struct exchange *x, const char *name)
{
    return guard_find(x->headers, x->nheaders, name);
}

/* Makes the reply a problem document; status 0 is that of the error's kind. */
static void fail(struct exchange *x, int status, const struct err *e)
{
    const struct problem p = {.kind = e->kind,
                              .status = status,
                              .detail = e->msg,
                              .path = x->path,
                              .id = x->id,
                              .pointer = x->args->pointer};

    jw_reset(x->json);
    x->status = problem_write(x->json, &p);
    x->text = jw_text(x->json);
    x->text_len = jw_len(x->json);
    x->content_type = "application/problem+json";
    x->etag = NULL;
    if (x->status == 503 && x->retry_after == 0)
        x->retry_after = e->kind == ERR_DB ? RETRY_DB_SECONDS : RETRY_SECONDS;
}

/* Admission, on the loop's thread. */

bool http_role_ok(enum role least, const char *peer, struct err *e)
{
    if (least == ROLE_ANYONE || config_is_loopback(peer))
        return true;
    return err_set(e, ERR_DENIED, "%s is not on loopback", peer);
}

static bool admit_target(struct exchange *x, struct err *e)
{
    const char *query = strchr(x->uri, '?');
    size_t len = query ? (size_t)(query - x->uri) : strlen(x->uri);
    struct args_path path;

    x->path = arena_strndup(x->arena, x->uri, len);
    if (!args_path(x->arena, x->uri, len, &path, e))
        return false;
    x->row = routes_find(x->method, &path, x->args, x->allow);
    if (x->row == ROUTES_COUNT)
        return *x->allow ? err_set(e, ERR_METHOD, "%s is not among %s", x->method, x->allow)
                         : err_set(e, ERR_MISSING, "nothing is at %.120s", x->path);
    return args_query(x->arena, query ? query + 1 : "", x->args, e);
}

static bool admit(struct exchange *x, struct err *e)
{
    if (!admit_target(x, e))
        return false;
    const struct route *r = routes_at(x->row);
    if (!http_role_ok(r->role, x->peer, e))
        return false;
    if (x->body_len > r->body_bytes)
        return err_set(e, ERR_LIMIT, "body of %zu bytes, at most %zu", x->body_len, r->body_bytes);
    return true;
}

bool http_admit(struct exchange *x, bool *urgent)
{
    const struct guard_request g = {.method = x->method,
                                    .uri = x->uri,
                                    .major = x->major,
                                    .minor = x->minor,
                                    .headers = x->headers,
                                    .count = x->nheaders,
                                    .limit = x->service->config->header_bytes};
    const char *id = header(x, "X-Request-Id");
    struct err e;

    x->id = id && is_sane_id(id) ? id : new_id(x->arena);
    if (!guard_check(&g, &e)) {
        metrics_add(METRIC_GUARDED_TOTAL, 1);
        x->close = true;
        fail(x, 0, &e);
    } else if (!*x->method) {
        /* Whether a body follows depends on the method, so nothing after it can be trusted. */
        x->close = true;
        err_set(&e, ERR_METHOD, "not a method that this server knows");
        fail(x, 501, &e);
    } else if (!admit(x, &e)) {
        if (strcmp(x->method, "OPTIONS") == 0 && *x->allow)
            x->status = 204;
        else
            fail(x, 0, &e);
    } else {
        *urgent = routes_at(x->row)->role == ROLE_ANYONE;
        return true;
    }
    metrics_request(x->row, x->status, clock_mono() - x->read_at);
    return false;
}

void http_refuse(struct exchange *x)
{
    struct err e;

    err_set(&e, ERR_BUSY, "%u requests wait already", x->service->config->queue);
    fail(x, 0, &e);
    metrics_add(METRIC_OVERLOAD_TOTAL, 1);
    metrics_request(x->row, x->status, clock_mono() - x->read_at);
}

/* Running, on a worker's thread. */

static const char *content_type(const struct exchange *x)
{
    const char *raw = header(x, "Content-Type");
    size_t len = raw ? strcspn(raw, "; \t") : 0;
    char *type = arena_strndup(x->arena, raw ? raw : "", len);

    for (char *p = type; *p; p++)
        *p = g_ascii_tolower(*p);
    return type;
}

/* If-None-Match: a list of tags, compared weakly, or *. */
static bool matches(const char *list, const char *etag)
{
    size_t len = strlen(etag);

    for (const char *p = list; *p;) {
        p += strspn(p, " \t,");
        if (*p == '*')
            return true;
        if (p[0] == 'W' && p[1] == '/')
            p += 2;
        if (strncmp(p, etag, len) == 0 && strchr(" \t,", p[len]))
            return true;
        p += strcspn(p, ",");
    }
    return false;
}

static void shape(struct exchange *x, const struct http_reply *reply)
{
    const char *known = header(x, "If-None-Match");
    bool reads = strcmp(x->method, "GET") == 0 || strcmp(x->method, "HEAD") == 0;

    x->status = reply->status ? reply->status : 200;
    x->etag = reply->etag ? arena_strdup(x->arena, reply->etag) : NULL;
    x->retry_after = reply->retry_after;
    if (x->status == 200 && reads && x->etag && known && matches(known, x->etag)) {
        x->status = 304;
        return;
    }
    if (x->status == 204)
        return;
    x->content_type = reply->content_type ? reply->content_type : "application/json";
    x->text = reply->text ? reply->text : jw_text(reply->json);
    x->text_len = reply->text ? reply->text_len : jw_len(reply->json);
}

static void report(const struct exchange *x, usec took, const char *why)
{
    const char *route = routes_at(x->row)->path;

    if (x->status >= 500 && x->status != 503)
        log_error("http.failed", "request_id", LOG_STR(x->id), "route", LOG_STR(route), "status",
                  LOG_I64(x->status), "why", LOG_STR(why));
    else
        log_debug("http.request", "request_id", LOG_STR(x->id), "route", LOG_STR(route), "status",
                  LOG_I64(x->status), "seconds", LOG_F64((double)took / 1e6));
}

void http_run(struct exchange *x, struct jobs_worker *w)
{
    const struct route *r = routes_at(x->row);
    struct http_reply reply = {.json = x->json};
    struct err e = {0};

    x->args->db = &w->db;
    AUTO(graph) graph = snapshots_take(x->service->snapshots);
    struct http_req req = {.arena = x->arena,
                           .graph = graph,
                           .scratch = w->scratch,
                           .service = x->service,
                           .method = x->method,
                           .path = x->path,
                           .id = x->id,
                           .content_type = content_type(x),
                           .body = x->body,
                           .body_len = x->body_len,
                           .budget = {.deadline = x->read_at + r->budget},
                           .args = x->args};

    if (clock_mono() > req.budget.deadline) {
        err_set(&e, ERR_BUSY, "waited longer for a thread than it may take");
        fail(x, 0, &e);
    } else if (r->handler(&req, &reply, &e)) {
        shape(x, &reply);
    } else {
        x->retry_after = reply.retry_after;
        fail(x, 0, &e);
        if (e.kind == ERR_DB)
            atomic_store(&x->service->db_ok, w->db && db_alive(w->db));
    }
    usec took = clock_mono() - x->read_at;
    metrics_request(x->row, x->status, took);
    report(x, took, e.msg);
}
