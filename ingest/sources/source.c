/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files, folders and archives: finds them, sees what they are, and has them judged. */
#include "ingest/sources/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/arena.h"
#include "ingest/sources/archive.h"
#include "ingest/sources/judge.h"
#include "ingest/sources/reader.h"
#include "ingest/sources/yaml.h"

enum { PIECE = 256 << 10, HEAD = 4096, DEEPEST_FOLDER = 32, DEEPEST_ARCHIVE = 3 };

const struct source_limits source_defaults = {
    .item_bytes = 8U << 20,
    .held_bytes = 64U << 20,
    .files = 100000,
    .archive_bytes = 64ULL << 30,
};

/* One source_read(). */
struct source {
    const struct source_limits *limits;
    const struct source_sink *sink;
    struct source_figures *figures;
    uint64_t budget;   /* bytes that archives may still unpack */
    bool full;         /* as many files as may be were read */
    unsigned archives; /* open around the current file */
};

/* What was looked at, then the rest. */
struct ahead {
    const struct reader *in;
    char *piece; /* PIECE bytes */
    size_t at, len;
};

static bool gap(struct source *s, const char *file, struct err *e, const char *problem)
{
    return s->sink->gap(s->sink->arg, file, "", problem, e);
}

static bool skipped(struct source *s, const char *file, struct err *e, const char *why)
{
    return s->sink->skipped(s->sink->arg, file, why, e);
}

static bool read_content(struct source *s, const char *file, const struct reader *in,
                         struct err *e);

/* --- forms --------------------------------------------------------------------------------- */

static bool read_json(struct source *s, const char *file, struct ahead *a, struct err *e)
{
    AUTO(judge) j = judge_new(file, s->limits, s->sink, s->figures);
    ssize_t n = (ssize_t)(a->len - a->at);
    const char *bytes = a->piece + a->at;

    for (; n > 0; bytes = a->piece) {
        if (!judge_feed(j, bytes, (size_t)n, e))
            return false;
        if ((n = a->in->read(a->in->arg, a->piece, PIECE, e)) < 0)
            return judge_broken(j, e->msg, e); /* what was read stands */
    }
    return judge_end(j, e);
}

static ssize_t read_ahead(void *arg, char *buf, size_t room, struct err *e)
{
    struct ahead *a = arg;
    size_t n = a->len - a->at;

    if (!n)
        return a->in->read(a->in->arg, buf, room, e);
    if (n > room)
        n = room;
    memcpy(buf, a->piece + a->at, n);
    a->at += n;
    return (ssize_t)n;
}

/* A note that quotes a manifest is no broken manifest. */
static bool is_manifest(const char *file)
{
    const char *slash = strrchr(file, '/'), *dot = strrchr(slash ? slash : file, '.');

    return !dot || strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0 ||
           strcmp(dot, ".json") == 0;
}

struct yaml_file {
    const char *file;
    struct judge *judge;
};

static bool on_yaml_json(void *arg, const char *bytes, size_t len, struct err *e)
{
    struct yaml_file *f = arg;

    return judge_feed(f->judge, bytes, len, e);
}

static bool on_yaml_broken(void *arg, const char *problem, struct err *e)
{
    struct yaml_file *f = arg;

    if (is_manifest(f->file) || judge_useful(f->judge))
        return judge_broken(f->judge, problem, e);
    judge_forget(f->judge);
    return true;
}

static bool read_yaml(struct source *s, const char *file, struct ahead *a, struct err *e)
{
    AUTO(judge) j = judge_new(file, s->limits, s->sink, s->figures);
    struct reader in = {.arg = a, .read = read_ahead};
    struct yaml_limits limits = {
        .item_bytes = s->limits->item_bytes,
        .depth = 96, /* a list around objects of 64 */
        .alias_bytes = 1 << 20,
    };
    struct yaml_file f = {.file = file, .judge = j};
    struct yaml_sink sink = {.arg = &f, .json = on_yaml_json, .broken = on_yaml_broken};

    return yaml_read(&in, &limits, &sink, e) && judge_end(j, e);
}

struct unpack {
    struct source *s;
    const char *file;
};

static bool on_entry(void *arg, const char *name, const struct reader *in, struct err *e)
{
    struct unpack *u = arg;
    g_autofree char *file = name ? g_strdup_printf("%s/%s", u->file, name) : g_strdup(u->file);
    /* pods.json.gz is pods.json: the name may have to say what the file is. */
    if (!name && g_str_has_suffix(file, ".gz"))
        file[strlen(file) - 3] = '\0';

    return read_content(u->s, file, in, e);
}

static bool on_archive_broken(void *arg, const char *problem, struct err *e)
{
    struct unpack *u = arg;

    return gap(u->s, u->file, e, problem);
}

static bool read_archive(struct source *s, const char *file, struct ahead *a, struct err *e)
{
    struct reader in = {.arg = a, .read = read_ahead};
    struct unpack u = {.s = s, .file = file};
    struct archive_walk walk = {.arg = &u, .entry = on_entry, .broken = on_archive_broken};

    if (s->archives == DEEPEST_ARCHIVE)
        return gap(s, file, e, "archives in archives, too deep");
    s->archives++;
    bool ok = archive_each(&in, &s->budget, &walk, e);
    s->archives--;
    return ok;
}

/* --- what a file is ------------------------------------------------------------------------ */

enum form { FORM_JSON, FORM_YAML, FORM_ARCHIVE, FORM_BINARY, FORM_OTHER_TEXT, FORM_EMPTY };

static bool is_utf16(const unsigned char *p, size_t len)
{
    return len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff));
}

static enum form form_of(struct ahead *a)
{
    const char *p = a->piece;
    size_t len = a->len;

    if (archive_is(p, len))
        return FORM_ARCHIVE;
    if (is_utf16((const unsigned char *)p, len)) /* libyaml reads that, and JSON is YAML */
        return FORM_YAML;
    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        a->at = 3;
    size_t first = a->at;
    while (first < len && strchr(" \t\r\n", p[first]) && p[first])
        first++;
    if (first == len)
        return FORM_EMPTY;
    if (p[first] == '{' || p[first] == '[')
        return FORM_JSON;
    for (size_t i = first; i < len && i < HEAD; i++)
        if ((unsigned char)p[i] < 0x20 && !memchr("\t\n\r\f\x1b", p[i], 5))
            return FORM_BINARY;
    /* An object of Kubernetes without this word is none; tables and notes need no YAML parser. */
    return memmem(p, len, "apiVersion", strlen("apiVersion")) ? FORM_YAML : FORM_OTHER_TEXT;
}

static bool read_content(struct source *s, const char *file, const struct reader *in, struct err *e)
{
    g_autofree char *piece = g_malloc(PIECE);
    struct ahead a = {.in = in, .piece = piece};
    ssize_t n;

    if (s->full)
        return true;
    if (s->figures->files == s->limits->files) {
        s->full = true;
        return gap(s, file, e, "too many files: this and the rest are left out");
    }
    s->figures->files++;
    do {
        if ((n = in->read(in->arg, piece + a.len, PIECE - a.len, e)) < 0)
            return gap(s, file, e, e->msg);
        a.len += (size_t)n;
    } while (n > 0 && a.len < HEAD);
    switch (form_of(&a)) {
    case FORM_JSON:
        return read_json(s, file, &a, e);
    case FORM_YAML:
        return read_yaml(s, file, &a, e);
    case FORM_ARCHIVE:
        return read_archive(s, file, &a, e);
    case FORM_BINARY:
        return gap(s, file, e, "binary: neither JSON nor YAML nor an archive");
    case FORM_EMPTY:
        return gap(s, file, e, "empty");
    default:
        return skipped(s, file, e, "no Kubernetes objects in it");
    }
}

/* --- files and folders --------------------------------------------------------------------- */

struct open_file {
    int fd;
    struct source *s;
};

static ssize_t read_file(void *arg, char *buf, size_t room, struct err *e)
{
    struct open_file *f = arg;
    ssize_t n;

    do
        n = read(f->fd, buf, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        err_set(e, ERR_IO, "cannot be read: %s", strerror(errno));
    else
        f->s->figures->bytes += (uint64_t)n;
    return n;
}

static bool read_fd(struct source *s, const char *file, int fd, struct err *e)
{
    struct open_file f = {.fd = fd, .s = s};
    struct reader in = {.arg = &f, .read = read_file};

    return read_content(s, file, &in, e);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted, so that the same folder is always read in the same order. */
static GPtrArray *names_in(int fd, struct err *e)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *d;

    if (!dir) {
        err_set(e, ERR_IO, "cannot be read: %s", strerror(errno));
        close(fd);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    while ((d = readdir(dir)))
        if (d->d_name[0] != '.')
            g_ptr_array_add(names, g_strdup(d->d_name));
    closedir(dir);
    g_ptr_array_sort(names, by_name);
    return names;
}

static bool read_folder(struct source *s, const char *folder, int fd, unsigned depth,
                        struct err *e);

/* One name of a folder.  Links are not followed: nothing outside is read, and no loop. */
static bool read_member(struct source *s, int dir, const char *file, const char *name,
                        unsigned depth, struct err *e)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 && (errno == ELOOP || errno == ENXIO))
        return skipped(s, file, e, errno == ELOOP ? "a symbolic link, not followed" : "no file");
    if (fd < 0 || fstat(fd, &st) != 0) {
        char text[128];
        snprintf(text, sizeof(text), "cannot be opened: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return gap(s, file, e, text);
    }
    if (S_ISDIR(st.st_mode))
        return read_folder(s, file, fd, depth + 1, e);
    bool ok = S_ISREG(st.st_mode) ? read_fd(s, file, fd, e)
                                  : skipped(s, file, e, "neither file nor folder");
    close(fd);
    return ok;
}

/* Takes the descriptor over. */
static bool read_folder(struct source *s, const char *folder, int fd, unsigned depth, struct err *e)
{
    if (depth == DEEPEST_FOLDER) {
        close(fd);
        return gap(s, folder, e, "folders nested too deep");
    }
    int dir = dup(fd); /* readdir's own is closed with its stream */
    g_autoptr(GPtrArray) names = dir < 0 ? NULL : names_in(fd, e);
    bool ok = true;
    if (dir < 0) {
        close(fd);
        return gap(s, folder, e, "too many open files");
    }
    if (!names)
        ok = gap(s, folder, e, e->msg);
    for (guint i = 0; names && i < names->len && ok; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *file = g_build_filename(folder, name, NULL);
        ok = read_member(s, dir, file, name, depth, e);
    }
    close(dir);
    return ok;
}

bool source_read(const char *path, const struct source_limits *limits,
                 const struct source_sink *sink, struct source_figures *figures, struct err *e)
{
    struct source s = {
        .limits = limits,
        .sink = sink,
        .figures = figures,
        .budget = limits->archive_bytes,
    };
    struct stat st;

    if (strcmp(path, "-") == 0)
        return read_fd(&s, "(standard input)", STDIN_FILENO, e);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (S_ISDIR(st.st_mode))
        return read_folder(&s, path, fd, 0, e);
    bool ok = read_fd(&s, path, fd, e);
    close(fd);
    return ok;
}
