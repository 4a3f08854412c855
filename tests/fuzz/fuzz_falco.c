/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz: a request body becomes alerts in valid UTF-8 within all limits, or an error with a text. */
#include <assert.h>
#include <string.h>

#include <glib.h>

#include "graphd/alerts/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) a = arena_new();
    struct intake_batch b;
    struct err e = {0};
    g_autofree char *body = g_malloc(size + 1);

    memcpy(body, data, size);
    body[size] = '\0';
    if (!intake_parse(intake_format("falco"), body, size, a, &b, &e)) {
        assert(e.msg[0] && g_utf8_validate(e.msg, -1, NULL));
        return 0;
    }
    assert(b.count >= 1 && b.count <= INTAKE_MOST);
    for (size_t i = 0; i < b.count; i++) {
        const struct alert *al = &b.alerts[i];
        size_t id = strlen(al->sel.container_id);
        assert(al->severity >= 0 && al->severity <= 100 && *al->rule && *al->dedup_key);
        assert(strlen(al->raw) <= ALERT_MAX_RAW && g_utf8_validate(al->raw, -1, NULL));
        assert(g_utf8_validate(al->message, -1, NULL) && g_utf8_validate(al->sel.pod, -1, NULL));
        assert(id == 0 || id == 12 || id == 31 || id == 64);
        assert(al->nmitre <= ALERT_MAX_MITRE);
    }
    return 0;
}
