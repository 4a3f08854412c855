/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host path table and how a mount is held against it. */
#include "ingest/derive/hostpath.h"

#include <string.h>

#include <glib.h>

enum {
    TREE = 1,        /* counts for mounts inside it too */
    PREFIX = 2,      /* the path is the beginning of names: /etc/cron -> /etc/cron.d */
    NAMED = 4,       /* not below a folder that every system has: it may not exist there */
    SOCKET = 8,      /* to connect is enough, so a read-only mount counts */
    PRIVILEGED = 16, /* the device cgroup denies it to all others */
    CAPPED = 32,     /* the kernel shows it only of processes that can no more than the reader */
    VAGUE = 64,      /* whether the node runs or trusts what lies there is not known */
    CGROUP_V1 = 128  /* only there, and not of every kernel */
};

/* What a gain is. */
enum gain {
    NOTHING,
    TAKES_NODE,
    TAKES_CLUSTER, /* on control plane nodes; the node on others */
    SHOWS_SECRETS, /* on control plane nodes; nothing on others */
    CLUSTER_ONLY,  /* on control plane nodes; nothing on others */
    SHOWS_VOLUMES, /* credentials of the node's pods */
    TAKES_PODS,    /* of the node */
    SHOWS_LOGS     /* of the node's pods */
};

struct row {
    const char *path;
    unsigned flags;
    enum gain read;
    enum edge_class read_class;
    enum gain write;
    enum edge_class write_class;
    const char *note;
};

#define S CLASS_STRUCTURAL /* of a gain that is nothing */
#define T CLASS_TRIVIAL
#define E CLASS_EASY
#define M CLASS_MODERATE
#define H CLASS_HARD

static const struct row rows[] = {
#define HOST_PATH(path, flags, read, read_class, write, write_class, note)                         \
    {path, flags, read, read_class, write, write_class, note},
#include "ingest/derive/hostpath.def"
#undef HOST_PATH
};

#undef S
#undef T
#undef E
#undef M
#undef H

/* Adds the components of `path` to `out`; `..` stops at `floor`. */
static void resolve(GString *out, const char *path, size_t floor)
{
    while (*path) {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.') {
            const char *slash = strrchr(out->str, '/');
            size_t to = slash ? (size_t)(slash - out->str) : 0;
            g_string_truncate(out, to < floor ? floor : to);
        } else if (n && !(n == 1 && path[0] == '.')) {
            g_string_append_c(out, '/');
            g_string_append_len(out, path, (gssize)n);
        }
        path += n;
        path += *path == '/';
    }
}

bool hostpath_inside(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    if (n == 1)
        return true;
    return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* Links of the kernel to the node's root directory. */
static void follow(GString *path)
{
    static const char *const links[] = {"/proc/1/root", "/proc/1/cwd", "/proc/self/root"};

    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        while (hostpath_inside(path->str, links[i]))
            g_string_erase(path, 0, (gssize)strlen(links[i]));
}

const char *hostpath_normalise(struct arena *a, const char *path, const char *sub)
{
    if (*path != '/')
        return NULL;

    g_autoptr(GString) out = g_string_new(NULL);
    resolve(out, path, 0);
    follow(out);
    if (sub)
        resolve(out, sub, out->len);
    if (hostpath_inside(out->str, "/var/run"))
        g_string_erase(out, 0, 4);
    return out->len ? arena_strndup(a, out->str, out->len) : "/";
}

/* Where the mount stands towards a row. */
enum relation { APART, IS, ABOVE, BELOW };

static enum relation relate(const char *path, const struct row *r)
{
    if (strcmp(path, r->path) == 0)
        return IS;
    if (hostpath_inside(r->path, path))
        return ABOVE;
    if (r->flags & PREFIX && g_str_has_prefix(path, r->path)) {
        const char *rest = path + strlen(r->path);
        return !strchr(rest, '/') ? IS : r->flags & TREE ? BELOW : APART;
    }
    return r->flags & TREE && hostpath_inside(path, r->path) ? BELOW : APART;
}

static void improve(struct hostpath_gain *g, const struct row *r, enum edge_class class,
                    const char *why)
{
    enum verdict verdict = why ? VERDICT_UNKNOWN : VERDICT_YES;

    if (g->any && (verdict > g->verdict || (verdict == g->verdict && class >= g->class)))
        return;
    *g = (struct hostpath_gain){true, class, verdict, r->path, r->note, why};
}

static void add_read(struct hostpath_effect *e, const struct row *r, bool control_plane)
{
    const char *why = r->flags & CAPPED ? "only of processes that have no more capabilities than "
                                          "the container"
                                        : NULL;

    if (r->read == SHOWS_SECRETS && control_plane)
        improve(&e->way[HOSTPATH_READ_SECRETS], r, r->read_class, why);
    if (r->read == TAKES_CLUSTER && control_plane)
        improve(&e->way[HOSTPATH_READ_ADMIN], r, r->read_class, why);
    if (r->read == TAKES_NODE || (r->read == TAKES_CLUSTER && !control_plane))
        improve(&e->way[HOSTPATH_READ_NODE], r, r->read_class, why);
    if (r->read == SHOWS_VOLUMES)
        improve(&e->way[HOSTPATH_READ_VOLUMES], r, r->read_class, why);
    if (r->read == SHOWS_LOGS)
        improve(&e->way[HOSTPATH_READ_LOGS], r, r->read_class, why);
}

static void add_write(struct hostpath_effect *e, const struct row *r, bool control_plane,
                      const char *why)
{
    bool cluster = r->write == TAKES_CLUSTER || r->write == CLUSTER_ONLY;

    if (r->flags & VAGUE)
        why = "whether the node runs or trusts what lies there is not known";
    if (r->flags & CGROUP_V1)
        why = "only cgroup version 1 has a release agent, and kernels from 5.17 on let only "
              "SYS_ADMIN name it";

    if (cluster && control_plane)
        improve(&e->way[HOSTPATH_WRITE_ADMIN], r, r->write_class, why);
    if (r->write == TAKES_NODE || (r->write == TAKES_CLUSTER && !control_plane))
        improve(&e->way[HOSTPATH_WRITE_NODE], r, r->write_class, why);
    if (r->write == TAKES_PODS)
        improve(&e->way[HOSTPATH_WRITE_PODS], r, r->write_class, why);
}

/* Whether the row lies on a file system that is mounted somewhere below `path`: a read-only bind
 * mount of `path` leaves that one writable (unless recursiveReadOnly). */
static bool on_submount(const char *path, const struct row *r)
{
    static const char *const points[] = {
        "/boot", "/dev", "/proc", "/run", "/sys/fs/cgroup", "/sys/fs/bpf", "/sys/kernel/debug",
        "/sys"};

    for (size_t i = 0; i < ARRAY_LEN(points); i++)
        if (hostpath_inside(r->path, points[i]))
            return hostpath_inside(points[i], path) && strcmp(points[i], path) != 0;
    return false;
}

bool hostpath_everywhere(const char *path)
{
    static const char *const folders[] = {"/",    "/etc", "/home", "/opt",     "/proc",    "/run",
                                          "/sys", "/usr", "/var",  "/var/lib", "/var/snap"};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (strcmp(path, folders[i]) == 0)
            return true;
    return false;
}

static void apply(struct hostpath_effect *e, const struct row *r, enum relation rel,
                  const char *path, const struct hostpath_where *where)
{
    const char *why = NULL;

    if ((r->flags & PRIVILEGED && !where->privileged) || (r->flags & CGROUP_V1 && where->cgroup_v2))
        return;
    if (rel == ABOVE && r->flags & NAMED && hostpath_everywhere(path))
        return;
    add_read(e, r, where->control_plane);
    if (where->read_only && !(r->flags & SOCKET)) {
        if (rel != ABOVE || !on_submount(path, r))
            return;
        why = "readOnly leaves file systems mounted below writable, unless recursiveReadOnly";
    }
    add_write(e, r, where->control_plane, why);
}

/* Directories of keys that tools make in any home; the second component tells a home of its own. */
static bool is_home(const char *path)
{
    static const char *const keys[] = {"/.ssh", "/.kube", "/.aws", "/.docker"};
    const char *user = g_str_has_prefix(path, "/home/") ? path + 6 : NULL;

    if (user && !strchr(user, '/'))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *at = strstr(path, keys[i]);
        size_t n = strlen(keys[i]);
        if (at && (at[n] == '\0' || at[n] == '/'))
            return true;
    }
    return false;
}

/* A public certificate is no key, whatever tree it lies in. */
static bool is_public(const char *path)
{
    return g_str_has_suffix(path, ".crt") || g_str_has_suffix(path, ".pub");
}

struct hostpath_effect hostpath_judge(const char *path, const struct hostpath_where *where)
{
    static const struct row home = {.path = "a home directory",
                                    .read = TAKES_NODE,
                                    .read_class = CLASS_MODERATE,
                                    .write = TAKES_NODE,
                                    .write_class = CLASS_EASY,
                                    .note = "keys and login scripts of a user"};
    struct hostpath_effect e = {0};
    const struct row *around = NULL;
    bool named = false;

    if (is_public(path))
        return e;
    /* Of the trees around the mount only the innermost speaks, and only if no row names it. */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum relation rel = relate(path, &rows[i]);
        if (rel == IS || rel == ABOVE)
            apply(&e, &rows[i], rel, path, where);
        else if (rel == BELOW && (!around || strlen(rows[i].path) > strlen(around->path)))
            around = &rows[i];
        named |= rel == IS;
    }
    /* To connect to a socket is another step than to change the files around it. */
    if (around && !named && !g_str_has_suffix(path, ".sock"))
        apply(&e, around, BELOW, path, where);
    if (is_home(path))
        apply(&e, &home, IS, path, where);
    return e;
}
