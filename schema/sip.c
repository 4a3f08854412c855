/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SipHash-2-4-128. */
#include "schema/sip.h"

#include <string.h>

#include <glib.h>

enum { ROUNDS = 2, FINAL_ROUNDS = 4 };

static uint64_t load(const void *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return GUINT64_FROM_LE(w);
}

static uint64_t rotl(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds)
{
    for (int i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotl(v[1], 13) ^ v[0];
        v[3] = rotl(v[3], 16) ^ v[2];
        v[0] = rotl(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotl(v[1], 17) ^ v[2];
        v[3] = rotl(v[3], 21) ^ v[0];
        v[2] = rotl(v[2], 32);
    }
}

static void word(struct sip *s, uint64_t w)
{
    s->v[3] ^= w;
    mix(s->v, ROUNDS);
    s->v[0] ^= w;
}

void sip_init(struct sip *s, const uint8_t key[16])
{
    uint64_t k0 = load(key), k1 = load(key + 8);

    *s = (struct sip){.v = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f83),
                            k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)}};
}

void sip_add(struct sip *s, const void *bytes, size_t len)
{
    const uint8_t *p = bytes, *end = p + len;

    while (p < end) {
        unsigned have = (unsigned)(s->len & 7);
        if (have == 0 && end - p >= 8) {
            word(s, load(p));
            p += 8;
            s->len += 8;
            continue;
        }
        s->tail |= (uint64_t)*p++ << (8 * have);
        s->len++;
        if (have == 7) {
            word(s, s->tail);
            s->tail = 0;
        }
    }
}

void sip_text(struct sip *s, const char *text)
{
    sip_add(s, text, strlen(text) + 1);
}

void sip_done(struct sip *s, uint8_t out[16])
{
    word(s, s->tail | s->len << 56);
    for (int half = 0; half < 2; half++) {
        if (half == 0)
            s->v[2] ^= 0xee;
        else
            s->v[1] ^= 0xdd;
        mix(s->v, FINAL_ROUNDS);
        uint64_t w = GUINT64_TO_LE(s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3]);
        memcpy(out + (size_t)half * 8, &w, sizeof(w));
    }
}
