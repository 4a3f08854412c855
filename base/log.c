/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log line. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jw.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static atomic_int wanted = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&wanted, (int)level);
}

bool log_parse_level(const char *name, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++)
        if (strcmp(name, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

static void put(struct jw *w, const struct log_value *v)
{
    switch (v->kind) {
    case LOG_KIND_STR:
        jw_str(w, v->s);
        break;
    case LOG_KIND_I64:
        jw_int(w, v->i);
        break;
    case LOG_KIND_U64:
        jw_uint(w, v->u);
        break;
    case LOG_KIND_F64:
        jw_real(w, v->f);
        break;
    }
}

void log_write(enum log_level level, const char *event, ...)
{
    char when[CLOCK_TEXT];
    va_list ap;

    if ((int)level > atomic_load(&wanted))
        return;
    AUTO(jw) w = jw_new();
    jw_obj(w);
    jw_key_str(w, "time", clock_text(clock_now(), when));
    jw_key_str(w, "level", level_names[level]);
    jw_key_str(w, "event", event);
    va_start(ap, event);
    for (const char *name; (name = va_arg(ap, const char *));) {
        struct log_value v = va_arg(ap, struct log_value);
        jw_key(w, name);
        put(w, &v);
    }
    va_end(ap);
    jw_end_obj(w);
    jw_raw(w, "\n");
    if (write(STDERR_FILENO, jw_text(w), jw_len(w)) < 0)
        return; /* nowhere left to say it */
}
