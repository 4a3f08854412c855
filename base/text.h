/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many texts in one buffer, named by 32-bit references; what repeats is kept once. */
#pragma once

#include "base/probe.h"

typedef uint32_t text_ref; /* offset in units of TEXT_UNIT bytes; 0 is "" */

enum { TEXT_UNIT = 4 };

struct text {
    char *bytes;
    size_t used, cap;
    struct probe known; /* only until text_seal */
    bool full;          /* more than 32-bit references can name: what was added since is "" */
};

/* Makes an empty store of texts, and frees what it holds. */
void text_init(struct text *t);
void text_done(struct text *t);

/* Keeps a copy of `s` (NULL is ""): text_add always, text_intern unless the same text is known. */
text_ref text_add(struct text *t, const char *s);
text_ref text_intern(struct text *t, const char *s);

/* text_intern of the first `n` bytes of `s`, none of which is NUL. */
text_ref text_intern_bytes(struct text *t, const char *s, size_t n);

/* Whether that text (NULL is "") was interned, and by which reference. */
bool text_find(const struct text *t, const char *s, text_ref *out);

/* Nothing more will be added: gives back what only building needed. */
void text_seal(struct text *t);

/* The text of a reference; moves with the next text_add or text_intern. */
static inline const char *text_get(const struct text *t, text_ref ref)
{
    return t->bytes + (size_t)ref * TEXT_UNIT;
}
