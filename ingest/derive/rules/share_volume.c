/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHARE_VOLUME: what one container writes to a volume, another reads and perhaps executes.
 *
 * Inside a pod it goes from container to container.  Storage of several pods has a hub for each
 * path that is mounted of it (VOLUME_WRITE), so that edges grow with mounts: a writer reaches who
 * mounts the same path or one below, and, by a second hub, who mounts one above. */
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/hostpath.h"
#include "ingest/derive/hostplace.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* One mount of storage that others may mount too. */
struct use {
    const struct fact_pod *p;
    const struct fact_container *k;
    const struct fact_volume *v;
    const struct fact_mount *m;
    const char *path;  /* in the storage, "/" is all of it */
    const char *field; /* "spec.containers[0].volumeMounts[1]" */
    bool writes;
};

/* Storage, and who mounts it. */
struct storage {
    enum volume_type type;
    const char *ns, *name, *sub; /* of its hubs */
    const char *what;            /* "claim shop/data" */
    GArray *uses;                /* struct use */
    bool many_pods;
};

/* In larger pods an edge for each pair would grow with the square: they have hubs too. */
enum { MOST_PAIRED = 16 };

static void free_storage(gpointer p)
{
    g_array_free(((struct storage *)p)->uses, TRUE);
}

/* Whether a word of the text, split at what is no letter or digit, is in the list. */
static bool has_word(const char *text, const char *const *words, size_t n)
{
    while (*text) {
        size_t len = 0;
        while (g_ascii_isalnum(text[len]))
            len++;
        for (size_t i = 0; len && i < n; i++)
            if (strlen(words[i]) == len && g_ascii_strncasecmp(text, words[i], len) == 0)
                return true;
        text += len + (text[len] != '\0');
    }
    return false;
}

/* The name of the volume and of the directory say what people keep there: data is rarely
 * executed. */
static bool data_only(const struct use *u)
{
    static const char *const code[] = {"app",     "bin",     "code",   "conf", "config",  "etc",
                                       "hooks",   "html",    "lib",    "libs", "modules", "plugin",
                                       "plugins", "scripts", "script", "src",  "tools",   "www"};
    static const char *const data[] = {
        "backup",  "backups", "cache",   "data",     "db",  "dshm",    "log",    "logs",
        "metrics", "models",  "mysql",   "postgres", "run", "shm",     "socket", "sockets",
        "spool",   "state",   "storage", "temp",     "tmp", "uploads", "wal"};

    const char *slash = strrchr(u->m->path, '/'), *dir = slash ? slash : u->m->path;

    return !has_word(u->v->name, code, ARRAY_LEN(code)) && !has_word(dir, code, ARRAY_LEN(code)) &&
           (has_word(u->v->name, data, ARRAY_LEN(data)) || has_word(dir, data, ARRAY_LEN(data)));
}

/* A directory of the node that is worth nothing by itself; the others have EXPLOIT_HOST_WRITE. */
static bool plain_host_dir(const struct rule_ctx *c, const struct fact_pod *p,
                           const struct fact_volume *v, const char *path)
{
    const struct hostpath_where where = {
        .control_plane = assets_control_plane(c->as, p->node) != NULL,
    };
    struct hostplace places[HOSTPLACE_KINDS];
    bool dir = !*v->host_path_type || g_str_has_prefix(v->host_path_type, "Directory");

    if (!dir || !path)
        return false;
    struct hostpath_effect e = hostpath_judge(path, &where);
    return !e.way[HOSTPATH_WRITE_NODE].any && !e.way[HOSTPATH_WRITE_ADMIN].any &&
           !e.way[HOSTPATH_WRITE_PODS].any &&
           hostplace_find(path, false, facts_node(c->f, p->node), places) == 0;
}

/* The key of what a mount shows, and its hubs; NULL if nobody else can mount it. */
static const char *storage_key(const struct rule_ctx *c, const struct fact_pod *p,
                               const struct fact_mount *m, struct storage *s)
{
    const struct fact_volume *v = &p->volumes[m->volume];
    struct arena *a = c->scratch;

    *s = (struct storage){.type = v->type, .ns = p->meta.ns};
    if (v->type == VOLUME_EMPTY_DIR) {
        s->name = p->meta.name;
        s->sub = arena_printf(a, "volume %s", v->name);
        s->what = arena_printf(a, "volume %s of pod %s/%s", v->name, s->ns, s->name);
        return arena_printf(a, "e%u %u", p->meta.ix, m->volume);
    }
    if (v->type == VOLUME_PVC && *v->claim) {
        s->name = v->claim;
        s->sub = "claim";
        s->what = arena_printf(a, "claim %s/%s", s->ns, s->name);
        return arena_printf(a, "c%s/%s", s->ns, s->name);
    }
    if (v->type != VOLUME_HOST_PATH || !*p->node || *m->sub_path_expr)
        return NULL;
    const char *path = hostpath_normalise(a, v->host_path, m->sub_path);
    if (!plain_host_dir(c, p, v, path))
        return NULL;
    s->ns = "";
    s->name = p->node;
    s->sub = arena_printf(a, "path %s", path);
    s->what = arena_printf(a, "%s of node %s", path, p->node);
    return arena_printf(a, "h%s %s", p->node, path);
}

/* The path in the storage.  What subPathExpr means is the same for all containers of a pod at
 * best. */
static const char *path_in(struct arena *a, const struct fact_pod *p, const struct fact_mount *m,
                           enum volume_type type)
{
    const char *sub = m->sub_path;

    if (type == VOLUME_HOST_PATH)
        return "/";
    if (*m->sub_path_expr)
        sub = arena_printf(a, "%s(%u)", m->sub_path_expr, p->meta.ix);
    return hostpath_normalise(a, "/", sub);
}

/* All storage, by key and in the order of the facts, so that evidence has an order. */
struct stores {
    GHashTable *by_key;
    GPtrArray *list;
};

static void add_mount(struct rule_ctx *c, struct stores *all, const struct fact_pod *p,
                      const struct fact_container *k, size_t at)
{
    const struct fact_mount *m = &k->mounts[at];
    struct storage one, *s;

    if (m->device || m->volume >= p->nvolumes)
        return;
    const char *key = storage_key(c, p, m, &one);
    const char *path = key ? path_in(c->scratch, p, m, one.type) : NULL;
    if (!path)
        return;
    s = g_hash_table_lookup(all->by_key, key);
    if (!s) {
        s = arena_calloc(c->scratch, 1, sizeof(*s));
        *s = one;
        s->uses = g_array_new(FALSE, FALSE, sizeof(struct use));
        g_hash_table_insert(all->by_key, (gpointer)key, s);
        g_ptr_array_add(all->list, s);
    }
    struct use u = {
        .p = p,
        .k = k,
        .v = &p->volumes[m->volume],
        .m = m,
        .path = path,
        .field = escape_field(c->scratch, p, k, arena_printf(c->scratch, "volumeMounts[%zu]", at)),
        .writes = !m->read_only,
    };
    s->many_pods |= s->uses->len && g_array_index(s->uses, struct use, 0).p != p;
    g_array_append_val(s->uses, u);
}

/* Whether `path` is `above` or lies below it. */
static bool below(const char *path, const char *above)
{
    size_t n = strlen(above);

    return strcmp(above, "/") == 0 ||
           (strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

static struct evidence evidence_of(struct rule_ctx *c, const struct use *u, const char *reason)
{
    return (struct evidence){rule_pod(c, u->p), u->p->meta.uid, u->field, reason};
}

/* Draws what reaches a reader, from a container or a hub. */
static void draw_read(struct rule_ctx *c, uint32_t from, const struct use *u, bool init,
                      const struct evidence *written)
{
    bool data = data_only(u);
    bool hard = data || init || u->k->type == CONTAINER_INIT;
    struct evidence ev[] = {
        evidence_of(c, u,
                    data ? "the container mounts it; by its name it holds data, and whether the "
                           "container executes any of it is not known"
                         : "the container mounts it; whether it executes what lies there is not "
                           "known"),
        {0},
    };

    if (written)
        ev[1] = *written;
    draft_edge(c->d, from, u->k->ix, EDGE_SHARE_VOLUME, hard ? CLASS_HARD : CLASS_MODERATE,
               VERDICT_UNKNOWN, ev, written ? 2 : 1);
}

static void draw_pairs(struct rule_ctx *c, const struct storage *s)
{
    const struct use *all = (const struct use *)(const void *)s->uses->data;

    for (guint i = 0; i < s->uses->len; i++) {
        struct evidence written = evidence_of(
            c, &all[i], arena_printf(c->scratch, "the container writes to %s", s->what));
        for (guint k = 0; all[i].writes && k < s->uses->len; k++)
            if (all[i].k != all[k].k &&
                (below(all[i].path, all[k].path) || below(all[k].path, all[i].path)))
                draw_read(c, all[i].k->ix, &all[k], all[i].k->type == CONTAINER_INIT, &written);
    }
}

/* Who writes what whom reaches, by one hub. */
struct hub {
    const char *name; /* last part of the node's key */
    GPtrArray *writers, *readers;
};

static void free_hub(gpointer p)
{
    struct hub *h = p;

    g_ptr_array_free(h->writers, TRUE);
    g_ptr_array_free(h->readers, TRUE);
}

static struct hub *hub_of(struct rule_ctx *c, GHashTable *hubs, const struct storage *s,
                          const char *path, bool above)
{
    const char *tail = strcmp(path, "/") == 0 ? "" : path;
    const char *name =
        arena_printf(c->scratch, "%s%s%s", s->sub, tail, above ? " and what is below" : "");
    struct hub *h = g_hash_table_lookup(hubs, name);

    if (!h) {
        h = arena_calloc(c->scratch, 1, sizeof(*h));
        *h = (struct hub){name, g_ptr_array_new(), g_ptr_array_new()};
        g_hash_table_insert(hubs, (gpointer)name, h);
    }
    return h;
}

/* The parent of a path in `a`; NULL of "/". */
static const char *parent(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (strcmp(path, "/") == 0)
        return NULL;
    return slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

static void draw_hub(struct rule_ctx *c, const struct storage *s, const struct hub *h)
{
    const struct use *w = h->writers->len ? h->writers->pdata[0] : NULL;
    bool others = false;

    for (guint i = 1; !others && i < h->writers->len; i++)
        others = ((const struct use *)h->writers->pdata[i])->k != w->k;
    for (guint i = 0; w && !others && i < h->readers->len; i++)
        others = ((const struct use *)h->readers->pdata[i])->k != w->k;
    if (!w || !h->readers->len || !others)
        return;

    uint32_t node = draft_node_sub(c->d, NODE_VOLUME_WRITE, s->ns, s->name, h->name);
    draft_set_name(c->d, node, arena_printf(c->scratch, "writing to %s", s->what));
    for (guint i = 0; i < h->writers->len; i++) {
        const struct use *u = h->writers->pdata[i];
        struct evidence ev =
            evidence_of(c, u, arena_printf(c->scratch, "the container writes to %s", s->what));
        draft_edge(c->d, u->k->ix, node, EDGE_SHARE_VOLUME, escape_class_any(u->k, CLASS_TRIVIAL),
                   VERDICT_YES, &ev, 1);
    }
    for (guint i = 0; i < h->readers->len; i++)
        draw_read(c, node, h->readers->pdata[i], false, NULL);
}

/* Paths of the storage that somebody mounts. */
static GHashTable *mounted(const struct storage *s)
{
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < s->uses->len; i++)
        g_hash_table_add(set, (gpointer)g_array_index(s->uses, struct use, i).path);
    return set;
}

static void draw_hubs(struct rule_ctx *c, const struct storage *s)
{
    g_autoptr(GHashTable) paths = mounted(s);
    g_autoptr(GHashTable) hubs = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_hub);
    GHashTableIter it;
    gpointer h;

    for (guint i = 0; i < s->uses->len; i++) {
        struct use *u = &g_array_index(s->uses, struct use, i);

        g_ptr_array_add(hub_of(c, hubs, s, u->path, false)->readers, u);
        g_ptr_array_add(hub_of(c, hubs, s, u->path, true)->readers, u);
        if (u->writes)
            g_ptr_array_add(hub_of(c, hubs, s, u->path, false)->writers, u);
        for (const char *up = parent(c->scratch, u->path); up; up = parent(c->scratch, up)) {
            if (!g_hash_table_contains(paths, up))
                continue;
            g_ptr_array_add(hub_of(c, hubs, s, up, false)->readers, u);
            if (u->writes)
                g_ptr_array_add(hub_of(c, hubs, s, up, true)->writers, u);
        }
    }
    g_hash_table_iter_init(&it, hubs);
    while (g_hash_table_iter_next(&it, NULL, &h))
        draw_hub(c, s, h);
}

static void derive(struct rule_ctx *c)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_storage);
    struct stores all = {by_key, list};

    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            for (size_t at = 0; !p->containers[k].ended && at < p->containers[k].nmounts; at++)
                add_mount(c, &all, p, &p->containers[k], at);
    }
    for (guint i = 0; i < list->len; i++) {
        const struct storage *s = list->pdata[i];
        if (s->many_pods || s->uses->len > MOST_PAIRED)
            draw_hubs(c, s);
        else
            draw_pairs(c, s);
    }
}

/* Whether the container writes to something that others could mount. */
static bool writes_shared(const struct fact_pod *p, const struct fact_container *k)
{
    for (size_t i = 0; i < k->nmounts; i++) {
        const struct fact_mount *m = &k->mounts[i];
        enum volume_type t = m->volume < p->nvolumes ? p->volumes[m->volume].type : VOLUME_OTHER;

        if (!m->read_only && (t == VOLUME_EMPTY_DIR || t == VOLUME_PVC || t == VOLUME_HOST_PATH))
            return true;
    }
    return false;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_container *k = q->from.container;

    if (!k)
        return false;
    return why_ended(c, out, q->from.pod) ||
           (!writes_shared(q->from.pod, k) &&
            why_container(c, out, WHY_RELATED, q->from.pod, k, "volumeMounts",
                          "the container mounts nothing writable that another could mount"));
}

const struct rule rule_share_volume = {
    .name = "share_volume",
    .version = 2,
    .kinds = {EDGE_SHARE_VOLUME},
    .derive = derive,
    .missing = missing,
};
