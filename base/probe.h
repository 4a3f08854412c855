/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open-addressing table from text to 32-bit ids, which leaves the text where it is: the caller
 * compares what each id stands for.  Seeded, because tenants choose the names. */
#pragma once

#include "base/attr.h"

#define PROBE_NONE UINT32_MAX

struct probe {
    struct probe_slot {
        uint32_t hash, id; /* id PROBE_NONE: free */
    } * slots;
    size_t mask, count; /* mask: slots - 1, a power of two less one */
    uint64_t seed;
};

/* An empty table with room for `expect` ids; grows beyond. */
void probe_init(struct probe *p, size_t expect);
void probe_done(struct probe *p);

/* Hash of `n` bytes for this table. */
uint32_t probe_hash(const struct probe *p, const char *text, size_t n);

/* Adds an id; the same hash may come many times. */
void probe_add(struct probe *p, uint32_t hash, uint32_t id);

/* The next id that was added with `hash`, or PROBE_NONE.  `*at` starts as SIZE_MAX. */
uint32_t probe_next(const struct probe *p, uint32_t hash, size_t *at);

/* Memory held. */
size_t probe_bytes(const struct probe *p);
