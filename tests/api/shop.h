/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small graph by hand, stored for graphd to serve: a shop with a way from the internet to its
 * database, a dead end that looks dangerous, and a way that cannot be decided. */
#pragma once

#include <jansson.h>

#include "schema/rows.h"
#include "tests/api/api_test.h"
#include "tests/db/db_test.h"

#define SHOP_FRONT_ID "aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff"
#define SHOP_LOAD_ID "0123456789ab0123456789ab0123456789ab0123456789ab0123456789abcdef"

/* Its rows, as stored, but for the evidence. */
const struct part *shop_part(void);

/* A database of the test's own with the shop in it, and graphd on it, ready. */
struct shop {
    struct db_test t;
    struct api api;
};
void shop_open(struct shop *s);
void shop_close(struct shop *s);

/* One request; `body` NULL for GET.  The answer must have this status and be JSON; a new reference.
 */
json_t *shop_ask(const struct shop *s, const char *path, const char *body, int status);

/* The text, or number, at a place in an answer: "risk/score", "items/0/match/key"; "" (-1) if there
 * is none. */
const char *shop_text(const json_t *doc, const char *place);
double shop_number(const json_t *doc, const char *place);
const json_t *shop_at(const json_t *doc, const char *place);
