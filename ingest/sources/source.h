/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where objects come from: files, folders and archives in any form that kubectl or the API server
 * writes, as a stream of single objects in constant memory. */
#pragma once

#include "base/err.h"

/* One API object as JSON text. */
struct source_item {
    const char *json; /* borrowed for the call */
    size_t len;
    const char *api_version, *kind; /* of the object, or taken from the head of its list */
    const char *file;               /* where it stands, for messages: "dir/pods.json" */
    size_t index;                   /* which item of the file, from 0 */
    bool partial;                   /* a PartialObjectMetadata: there is more of it */
};

/* What a source tells.  Any callback may return false to stop everything. */
struct source_sink {
    void *arg;
    bool (*item)(void *arg, const struct source_item *it, struct err *e);
    /* A list was seen whole: its items' apiVersion and kind ("v1", "Pod") even if it was empty. */
    bool (*listed)(void *arg, const char *api_version, const char *kind, const char *file,
                   struct err *e);
    /* The API server's version document. */
    bool (*version)(void *arg, int major, int minor, const char *file, struct err *e);
    /* Something was left out: a recorded Status (what "pods", why "403 Forbidden"), a broken item
     * or file.  `what` is "" where it cannot be known, `problem` is one line with item and place.
     */
    bool (*gap)(void *arg, const char *file, const char *what, const char *problem, struct err *e);
    /* A file that is in order and holds nothing of Kubernetes (a README, a symbolic link). */
    bool (*skipped)(void *arg, const char *file, const char *why, struct err *e);
};

struct source_limits {
    size_t item_bytes;      /* one object; default 8 MiB */
    size_t held_bytes;      /* items before the kind of their list; default 64 MiB */
    size_t files;           /* default 100,000 */
    uint64_t archive_bytes; /* unpacked; default 64 GiB */
};

extern const struct source_limits source_defaults;

struct source_figures {
    uint64_t bytes, items, files;
};

/* Reads `path` (a file, a folder, or a .tar.gz; "-" is standard input) into `sink` and adds to
 * *figures.  The content decides what a file is; only where it names no kind at all (the dumps of
 * KubeHound, metadata-only lists) the file's name does: pods.json,
 * roles.rbac.authorization.k8s.io.json, secrets.partialmeta.json.  In a folder names that begin
 * with a dot are left out and links are not followed.  A broken file or item is a gap, the rest
 * goes on.
 * Errors: IO if `path` itself cannot be opened; whatever a callback returned. */
bool source_read(const char *path, const struct source_limits *limits,
                 const struct source_sink *sink, struct source_figures *figures, struct err *e)
    MUST_CHECK;
