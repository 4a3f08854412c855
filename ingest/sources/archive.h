/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives and compressed files, entry by entry, in memory: nothing is written to disk. */
#pragma once

#include "ingest/sources/reader.h"

/* Whether a file that begins with these bytes is an archive or compressed: gzip, bzip2, xz, zstd,
 * tar, zip. */
bool archive_is(const char *head, size_t len);

struct archive_walk {
    void *arg;
    /* One regular file: its name in the archive, NULL for a file that is only compressed.  The
     * reader is valid during the call and need not be read to its end. */
    bool (*entry)(void *arg, const char *name, const struct reader *in, struct err *e);
    /* The rest of the archive cannot be read. */
    bool (*broken)(void *arg, const char *problem, struct err *e);
};

/* Reads an archive from `in`.  *budget is what may still be unpacked, in bytes, and is lowered; it
 * may be shared by archives in archives.  What unpacks to more than 512 MiB and 200 times its size
 * ends there, too.
 * Errors: what the reader or a callback returned. */
bool archive_each(const struct reader *in, uint64_t *budget, const struct archive_walk *walk,
                  struct err *e) MUST_CHECK;
