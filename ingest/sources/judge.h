/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the documents of one file are: objects, lists, a recorded Status, the server's version,
 * discovery, or nothing of Kubernetes.  Takes JSON text, tells a source_sink. */
#pragma once

#include "ingest/sources/source.h"

struct judge;

/* For one file; `file` is copied, the rest borrowed. */
struct judge *judge_new(const char *file, const struct source_limits *limits,
                        const struct source_sink *sink, struct source_figures *figures);
void judge_free(struct judge *j);
DEFINE_AUTO(judge)

/* Takes the next bytes of JSON text.  Errors: what a callback returned. */
bool judge_feed(struct judge *j, const char *bytes, size_t len, struct err *e) MUST_CHECK;

/* A problem of the file; the document that is open is forgotten. */
bool judge_broken(struct judge *j, const char *problem, struct err *e) MUST_CHECK;

/* Forgets the document that is open, without a word. */
void judge_forget(struct judge *j);

/* Whether the file has told anything so far. */
bool judge_useful(const struct judge *j);

/* The file has ended. */
bool judge_end(struct judge *j, struct err *e) MUST_CHECK;
