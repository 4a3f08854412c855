/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts JSON text into single objects as the bytes come in: lists into their items, streams into
 * documents.  No tree, and no more memory than one object takes.
 *
 * Only what is needed to find the borders is looked at: brackets, strings, and the members of the
 * outermost two levels.  What is cut out must still be checked (trim.h). */
#pragma once

#include "base/err.h"

struct cut;

struct cut_limits {
    size_t item_bytes; /* one object */
    size_t held_bytes; /* items without a kind that stand before the kind of their list */
};

/* An object that was cut out.  Texts are "" where the object (list) has none; all is borrowed. */
struct cut_item {
    const char *json;
    size_t len;
    const char *api_version, *kind;           /* of the object itself */
    const char *list_api_version, *list_kind; /* of the list that it stands in */
    uint64_t byte;                            /* where it begins */
};

/* What was found.  A callback that returns false ends the work with its error. */
struct cut_sink {
    void *arg;
    /* An item of a list or of an array. */
    bool (*item)(void *arg, const struct cut_item *it, struct err *e);
    /* A document that is one object. */
    bool (*document)(void *arg, const struct cut_item *it, struct err *e);
    /* A list has ended whole. */
    bool (*list)(void *arg, const char *api_version, const char *kind, struct err *e);
    /* Something could not be cut out; one line that names the byte.  The rest goes on if a border
     * can be found again. */
    bool (*broken)(void *arg, const char *problem, struct err *e);
};

/* A cutter at the beginning of a text; `sink` is borrowed. */
struct cut *cut_new(const struct cut_limits *limits, const struct cut_sink *sink);
void cut_free(struct cut *c);
DEFINE_AUTO(cut)

/* Takes the next bytes.  Errors: only what a callback returned. */
bool cut_feed(struct cut *c, const char *bytes, size_t len, struct err *e) MUST_CHECK;

/* The text has ended: a document that is still open is broken. */
bool cut_end(struct cut *c, struct err *e) MUST_CHECK;

/* Forgets the document that is open, without a word. */
void cut_drop(struct cut *c);
