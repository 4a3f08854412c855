/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One JSON object a line on stderr.  Untrusted text is escaped by construction.
 * Event names are noun.verb and are listed in docs/operating.md. */
#pragma once

#include "base/attr.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log_value {
    enum { LOG_KIND_STR, LOG_KIND_I64, LOG_KIND_U64, LOG_KIND_F64 } kind;
    union {
        const char *s;
        int64_t i;
        uint64_t u;
        double f;
    };
};

#define LOG_STR(v) ((struct log_value){.kind = LOG_KIND_STR, .s = (v)})
#define LOG_I64(v) ((struct log_value){.kind = LOG_KIND_I64, .i = (v)})
#define LOG_U64(v) ((struct log_value){.kind = LOG_KIND_U64, .u = (v)})
#define LOG_F64(v) ((struct log_value){.kind = LOG_KIND_F64, .f = (v)})

/* log_info("ingest.done", "cluster", LOG_STR(name), "nodes", LOG_U64(n)); */
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__, (const char *)NULL)
#define log_warn(...) log_write(LOG_LEVEL_WARN, __VA_ARGS__, (const char *)NULL)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__, (const char *)NULL)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__, (const char *)NULL)

/* Writes one line, in one write, if `level` is wanted; after the event come pairs of a field name
 * and a struct log_value, then NULL.  Any thread may call it. */
void log_write(enum log_level level, const char *event, ...);

/* Lines above `level` are left out from now on; the start value is info. */
void log_set_level(enum log_level level);

/* "error", "warn", "info", "debug" to a level; false if it is none of them. */
bool log_parse_level(const char *name, enum log_level *out) MUST_CHECK;
