/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear probing at a load of at most three quarters: slots with their hashes are close together.
 */
#include "base/probe.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/arena.h"

static void slots_new(struct probe *p, size_t n)
{
    p->slots = must_malloc(n * sizeof(*p->slots));
    memset(p->slots, 0xff, n * sizeof(*p->slots));
    p->mask = n - 1;
}

void probe_init(struct probe *p, size_t expect)
{
    size_t n = 16;

    while (n * 3 < expect * 4)
        n *= 2;
    *p = (struct probe){.seed = 0x9e3779b97f4a7c15u};
    /* Without entropy the fixed seed still gives right answers, only predictable ones. */
    if (getrandom(&p->seed, sizeof(p->seed), GRND_NONBLOCK) != (ssize_t)sizeof(p->seed))
        p->seed = 0x9e3779b97f4a7c15u;
    slots_new(p, n);
}

void probe_done(struct probe *p)
{
    free(p->slots);
    *p = (struct probe){0};
}

uint32_t probe_hash(const struct probe *p, const char *text, size_t n)
{
    const uint64_t odd = 0xd6e8feb86659fd93u;
    uint64_t h = p->seed ^ n * odd, part;

    for (; n >= sizeof(part); n -= sizeof(part), text += sizeof(part)) {
        memcpy(&part, text, sizeof(part));
        h = (h ^ part) * odd;
        h ^= h >> 32;
    }
    if (n) {
        part = 0;
        memcpy(&part, text, n);
        h = (h ^ part) * odd;
        h ^= h >> 32;
    }
    h *= odd;
    return (uint32_t)(h >> 32);
}

static void place(struct probe *p, struct probe_slot slot)
{
    size_t i = slot.hash & p->mask;

    while (p->slots[i].id != PROBE_NONE)
        i = (i + 1) & p->mask;
    p->slots[i] = slot;
}

void probe_add(struct probe *p, uint32_t hash, uint32_t id)
{
    if (++p->count * 4 > (p->mask + 1) * 3) {
        struct probe_slot *old = p->slots;
        size_t n = p->mask + 1;

        slots_new(p, n * 2);
        for (size_t i = 0; i < n; i++)
            if (old[i].id != PROBE_NONE)
                place(p, old[i]);
        free(old);
    }
    place(p, (struct probe_slot){hash, id});
}

uint32_t probe_next(const struct probe *p, uint32_t hash, size_t *at)
{
    size_t i = *at == SIZE_MAX ? hash & p->mask : (*at + 1) & p->mask;

    while (p->slots[i].id != PROBE_NONE && p->slots[i].hash != hash)
        i = (i + 1) & p->mask;
    *at = i;
    return p->slots[i].id;
}

size_t probe_bytes(const struct probe *p)
{
    return p->slots ? (p->mask + 1) * sizeof(*p->slots) : 0;
}
