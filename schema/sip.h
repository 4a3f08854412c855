/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SipHash-2-4 with 128 bits: a fast hash under a secret key.  Who does not know the key cannot make
 * two inputs collide.  Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF". */
#pragma once

#include "base/attr.h"

struct sip {
    uint64_t v[4];
    uint64_t tail; /* the bytes since the last whole word, first one lowest */
    uint64_t len;
};

/* Starts a hash under `key`. */
void sip_init(struct sip *s, const uint8_t key[16]);

/* Takes the next bytes; how they are cut into calls does not matter. */
void sip_add(struct sip *s, const void *bytes, size_t len);

/* Takes a text and its end, so that no two lists of texts look alike. */
void sip_text(struct sip *s, const char *text);

/* Ends the hash. */
void sip_done(struct sip *s, uint8_t out[16]);
