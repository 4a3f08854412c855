/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time from the system, and to and from text. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include <glib.h>

enum { PER_SECOND = 1000000 };

static usec read_clock(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (usec)ts.tv_sec * PER_SECOND + ts.tv_nsec / 1000;
}

usec clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

usec clock_mono(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

const char *clock_text(usec t, char out[CLOCK_TEXT])
{
    time_t sec = (time_t)(t / PER_SECOND);
    int frac = (int)(t % PER_SECOND);
    struct tm tm;

    if (frac < 0) {
        frac += PER_SECOND;
        sec--;
    }
    gmtime_r(&sec, &tm);
    snprintf(out, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, frac);
    return out;
}

bool clock_parse(const char *s, usec *out, struct err *e)
{
    g_autoptr(GDateTime) t = NULL;

    /* g_date_time takes ISO 8601 in many dresses; RFC 3339 wants date, T, time and a zone. */
    if (g_ascii_isdigit(s[0]) && s[0] && g_utf8_strlen(s, 64) >= 20 && s[4] == '-')
        t = g_date_time_new_from_iso8601(s, NULL);
    if (!t)
        return err_set(e, ERR_INPUT, "want an RFC 3339 time, got \"%.40s\"", s);
    *out = g_date_time_to_unix(t) * PER_SECOND + g_date_time_get_microsecond(t);
    return true;
}
