/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libarchive, kept to formats that need no other program. */
#include "ingest/sources/archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/arena.h"

/* Lists of much the same objects shrink to a hundredth; what shrinks to less than this, and is
 * that large, holds nothing that anyone wants to wait for. */
enum { PIECE = 256 << 10, SHRUNK_AT_MOST = 200, SMALL = 512 << 20 };

struct walker {
    const struct reader *in;
    const struct archive_walk *walk;
    struct err *e;
    struct archive *a;
    char *piece;
    uint64_t *budget;
    bool stopped; /* the outer reader has failed; *e says how */
    uint64_t unpacked;
    bool spent;      /* the budget is used up */
    bool bomb;       /* unpacks to hundreds of times its size */
    bool unreadable; /* the archive is broken */
};

bool archive_is(const char *head, size_t len)
{
    static const struct {
        size_t at, len;
        const char *magic;
    } known[] = {
        {0, 2, "\x1f\x8b"},         {0, 3, "BZh"},        {0, 6, "\xfd\x37zXZ"},
        {0, 4, "\x28\xb5\x2f\xfd"}, {0, 4, "PK\x03\x04"}, {257, 5, "ustar"},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (len >= known[i].at + known[i].len &&
            memcmp(head + known[i].at, known[i].magic, known[i].len) == 0)
            return true;
    return false;
}

static la_ssize_t pull(struct archive *a, void *arg, const void **bytes)
{
    struct walker *w = arg;
    ssize_t n = w->in->read(w->in->arg, w->piece, PIECE, w->e);

    if (n < 0) {
        w->stopped = true;
        archive_set_error(a, EIO, "%s", w->e->msg);
        return ARCHIVE_FATAL;
    }
    *bytes = w->piece;
    return n;
}

/* The bytes of the current entry.  What is wrong with them ends the entry; archive_each() tells. */
static ssize_t read_entry(void *arg, char *buf, size_t room, struct err *e)
{
    struct walker *w = arg;

    if (w->unreadable || w->spent || w->bomb)
        return 0;
    la_ssize_t n = archive_read_data(w->a, buf, room);
    if (w->stopped) {
        *e = *w->e;
        return -1;
    }
    w->unreadable = n < 0;
    if (n <= 0)
        return 0;
    if ((uint64_t)n > *w->budget) {
        w->spent = true;
        return 0;
    }
    *w->budget -= (uint64_t)n;
    w->unpacked += (uint64_t)n;
    w->bomb = w->unpacked > SMALL &&
              w->unpacked / SHRUNK_AT_MOST > (uint64_t)archive_filter_bytes(w->a, -1);
    return n;
}

static bool one_entry(struct walker *w, struct archive_entry *entry)
{
    struct reader in = {.arg = w, .read = read_entry};
    const char *name = archive_entry_pathname(entry);
    struct err ignored;
    char rest[4096];

    if (archive_entry_filetype(entry) != AE_IFREG)
        return true;
    /* The raw format calls its only file "data". */
    if (archive_format(w->a) == ARCHIVE_FORMAT_RAW)
        name = NULL;
    else if (!name)
        name = "(unreadable name)";
    if (!w->walk->entry(w->walk->arg, name, &in, w->e))
        return false;
    while (read_entry(w, rest, sizeof(rest), &ignored) > 0)
        ; /* what was not wanted must be unpacked all the same, and counts */
    return !w->stopped;
}

static bool tell(struct walker *w, const char *problem)
{
    return w->walk->broken(w->walk->arg, problem, w->e);
}

static bool walk_entries(struct walker *w)
{
    struct archive_entry *entry;
    char text[256];

    for (;;) {
        int rc = archive_read_next_header(w->a, &entry);
        if (w->stopped)
            return false;
        if (rc == ARCHIVE_EOF)
            return true;
        if (rc < ARCHIVE_WARN)
            w->unreadable = true;
        else if (!one_entry(w, entry))
            return false;
        if (w->spent)
            return tell(w, "unpacks to more than the limit: the rest is left out");
        if (w->bomb)
            return tell(w, "unpacks to more than 200 times its size: the rest is left out");
        if (w->unreadable) {
            const char *why = archive_error_string(w->a);
            snprintf(text, sizeof(text), "broken archive: %s", why ? why : "cannot be unpacked");
            return tell(w, text);
        }
    }
}

bool archive_each(const struct reader *in, uint64_t *budget, const struct archive_walk *walk,
                  struct err *e)
{
    struct walker w = {.in = in, .walk = walk, .e = e, .budget = budget};

    w.a = archive_read_new();
    if (!w.a)
        must_die("out of memory");
    w.piece = must_malloc(PIECE);
    archive_read_support_filter_gzip(w.a);
    archive_read_support_filter_bzip2(w.a);
    archive_read_support_filter_xz(w.a);
    archive_read_support_filter_zstd(w.a);
    archive_read_support_format_tar(w.a);
    archive_read_support_format_zip_streamable(w.a);
    archive_read_support_format_raw(w.a);
    bool ok;
    if (archive_read_open(w.a, &w, NULL, pull, NULL) == ARCHIVE_OK)
        ok = walk_entries(&w);
    else
        ok = !w.stopped && tell(&w, "broken archive: its beginning cannot be read");
    archive_read_free(w.a);
    free(w.piece);
    return ok;
}
