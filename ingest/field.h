/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields of Kubernetes objects into facts: text and arrays are copied into the arena of the facts.
 * Absent and null are the same everywhere, as they are for the API server. */
#pragma once

#include "base/jx.h"
#include "ingest/derive/facts.h"

/* Text, "" if absent; field_name wants text that is not empty. */
bool field_str(const struct jx *in, const char *key, struct facts *f, const char **out,
               struct err *e) MUST_CHECK;
bool field_name(const struct jx *in, const char *key, struct facts *f, const char **out,
                struct err *e) MUST_CHECK;

/* A boolean that may be unset. */
bool field_tri(const struct jx *in, const char *key, enum tri *out, struct err *e) MUST_CHECK;

/* A port number, `dflt` if absent.  Errors: INPUT beyond 0 to 65535. */
bool field_port(const struct jx *in, const char *key, int32_t dflt, int32_t *out, struct err *e)
    MUST_CHECK;

/* An array of strings. */
bool field_texts(const struct jx *in, const char *key, struct facts *f, struct texts *out,
                 struct err *e) MUST_CHECK;

/* One text member of each object of an array; those that lack it are left out. */
bool field_members(const struct jx *in, const char *key, const char *member, struct facts *f,
                   struct texts *out, struct err *e) MUST_CHECK;

/* A map of strings. */
bool field_labels(const struct jx *in, const char *key, struct facts *f, const struct label **out,
                  size_t *n, struct err *e) MUST_CHECK;

/* Adds the member names of an object, never its values. */
bool field_keys(const struct jx *in, const char *key, struct facts *f, struct texts *out,
                struct err *e) MUST_CHECK;

/* Reads one object of an array into a zeroed element. */
typedef bool (*field_reader)(void *arg, const struct jx *in, void *element, struct err *e);

/* An array of objects: *out is *n elements of `size` bytes.
 * Errors: INPUT if it is longer than `most`; whatever the reader returns. */
bool field_objects(const struct jx *in, const char *key, size_t most, struct facts *f, size_t size,
                   field_reader read, void *arg, void **out, size_t *n, struct err *e) MUST_CHECK;

/* A LabelSelector; one that is absent is empty.
 * Errors: INPUT for an operator that is none, or for too many requirements. */
bool field_selector(const struct jx *in, const char *key, struct facts *f,
                    struct fact_selector *out, struct err *e) MUST_CHECK;

/* Appends to a list that was made by nothing else; empty text and repetitions of the last are left
 * out.  `s` is kept, not copied. */
void field_push(struct arena *a, struct texts *list, const char *s);
