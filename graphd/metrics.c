/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters in static memory; no lock, no allocation on the way of a request. */
#include "graphd/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/version.h"
#include "graphd/routes.h"

static const struct {
    const char *name, *type, *sentence;
} about[METRIC_COUNT] = {
#define METRIC(sym, name, type, sentence) [METRIC_##sym] = {#name, #type, sentence},
#include "graphd/metrics.def"
#undef METRIC
};

/* Gauges keep the bits of a double, counters a number. */
static _Atomic uint64_t values[METRIC_COUNT];

/* Every status that leaves the server; the last one stands for any other. */
static const int statuses[] = {200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409,
                               412, 413, 415, 422, 431, 500, 501, 503, 504, 0};

static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                0.25,  0.5,    1,     2.5,  5,     10};

enum { BUCKETS = ARRAY_LEN(bounds) + 1, ROUTES = ROUTES_COUNT + 1 };

static struct {
    _Atomic uint64_t by_status[ARRAY_LEN(statuses)];
    _Atomic uint64_t buckets[BUCKETS];
    _Atomic uint64_t usecs;
} requests[ROUTES];

void metrics_add(enum metric m, uint64_t n)
{
    atomic_fetch_add_explicit(&values[m], n, memory_order_relaxed);
}

static bool is_gauge(enum metric m)
{
    return strcmp(about[m].type, "gauge") == 0;
}

void metrics_set(enum metric m, double value)
{
    uint64_t bits = (uint64_t)value;

    if (is_gauge(m))
        memcpy(&bits, &value, sizeof(bits));
    atomic_store_explicit(&values[m], bits, memory_order_relaxed);
}

void metrics_request(size_t row, int status, usec took)
{
    size_t s = 0, b = 0;

    while (s + 1 < ARRAY_LEN(statuses) && statuses[s] != status)
        s++;
    while (b < ARRAY_LEN(bounds) && (double)took > bounds[b] * 1e6)
        b++;
    atomic_fetch_add_explicit(&requests[row].by_status[s], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&requests[row].buckets[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&requests[row].usecs, (uint64_t)(took > 0 ? took : 0),
                              memory_order_relaxed);
}

static void head(GString *out, const char *name, const char *type, const char *sentence)
{
    g_string_append_printf(out, "# HELP graphd_%s %s\n# TYPE graphd_%s %s\n", name, sentence, name,
                           type);
}

static void write_requests(GString *out)
{
    char status[16];

    head(out, "http_requests_total", "counter", "Requests that were answered.");
    for (size_t r = 0; r < ROUTES; r++)
        for (size_t s = 0; s < ARRAY_LEN(statuses); s++) {
            uint64_t n = atomic_load_explicit(&requests[r].by_status[s], memory_order_relaxed);
            if (n == 0)
                continue;
            if (statuses[s])
                snprintf(status, sizeof(status), "%d", statuses[s]);
            else
                snprintf(status, sizeof(status), "other");
            g_string_append_printf(out,
                                   "graphd_http_requests_total{%s,status=\"%s\"} %" PRIu64 "\n",
                                   routes_label(r), status, n);
        }
}

static void write_seconds(GString *out)
{
    char num[G_ASCII_DTOSTR_BUF_SIZE];

    head(out, "http_request_seconds", "histogram", "From the last byte read to the reply made.");
    for (size_t r = 0; r < ROUTES; r++) {
        uint64_t sum = 0, counts[BUCKETS];
        for (size_t b = 0; b < BUCKETS; b++)
            sum += counts[b] = atomic_load_explicit(&requests[r].buckets[b], memory_order_relaxed);
        if (sum == 0)
            continue;
        uint64_t upto = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            upto += counts[b];
            g_string_append_printf(
                out, "graphd_http_request_seconds_bucket{%s,le=\"%s\"} %" PRIu64 "\n",
                routes_label(r),
                b < ARRAY_LEN(bounds) ? g_ascii_formatd(num, sizeof(num), "%g", bounds[b]) : "+Inf",
                upto);
        }
        double seconds =
            (double)atomic_load_explicit(&requests[r].usecs, memory_order_relaxed) / 1e6;
        g_string_append_printf(out, "graphd_http_request_seconds_sum{%s} %s\n", routes_label(r),
                               g_ascii_formatd(num, sizeof(num), "%.6f", seconds));
        g_string_append_printf(out, "graphd_http_request_seconds_count{%s} %" PRIu64 "\n",
                               routes_label(r), sum);
    }
}

const char *metrics_text(struct arena *a, size_t *len)
{
    GString *out = g_string_sized_new(8192);
    char num[G_ASCII_DTOSTR_BUF_SIZE];

    head(out, "build_info", "gauge", "The version that runs.");
    g_string_append(out, "graphd_build_info{version=\"" VERSION "\"} 1\n");
    for (enum metric m = 0; m < METRIC_COUNT; m++) {
        uint64_t bits = atomic_load_explicit(&values[m], memory_order_relaxed);
        double v;
        head(out, about[m].name, about[m].type, about[m].sentence);
        memcpy(&v, &bits, sizeof(v));
        if (is_gauge(m))
            g_string_append_printf(out, "graphd_%s %s\n", about[m].name,
                                   g_ascii_formatd(num, sizeof(num), "%.15g", v));
        else
            g_string_append_printf(out, "graphd_%s %" PRIu64 "\n", about[m].name, bits);
    }
    write_requests(out);
    write_seconds(out);
    *len = out->len;
    const char *text = arena_memdup(a, out->str, out->len + 1);
    g_string_free(out, TRUE);
    return text;
}
