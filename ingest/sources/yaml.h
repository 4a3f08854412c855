/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML to JSON text, document by document, without a tree.
 *
 * Plain scalars mean what they mean to kubectl and the API server (sigs.k8s.io/yaml, YAML 1.1):
 * yes/no/on/off are booleans (a lone y or n is text), 012 is octal, 0x, 0b, 0o and 1_000 are
 * integers; quoted and block scalars are text.  Times stay text.  Anchors and aliases work up to a
 * budget; merge keys (<<), keys that are no scalars, and .inf and .nan are refused. */
#pragma once

#include "ingest/sources/reader.h"

struct yaml_limits {
    size_t item_bytes; /* one scalar */
    size_t depth;
    size_t alias_bytes; /* of one document: what anchors keep plus what aliases repeat */
};

struct yaml_sink {
    void *arg;
    /* JSON text; a document ends with a newline. */
    bool (*json)(void *arg, const char *bytes, size_t len, struct err *e);
    /* A document, or the rest of the text, cannot be read; one line with line and column.  What
     * json() has seen of that document must be forgotten. */
    bool (*broken)(void *arg, const char *problem, struct err *e);
};

/* Errors: what the reader or a callback returned. */
bool yaml_read(const struct reader *in, const struct yaml_limits *limits,
               const struct yaml_sink *sink, struct err *e) MUST_CHECK;
