/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts by resource, and the first of what went wrong: a broken input cannot make it grow. */
#include "ingest/ledger.h"

#include <string.h>

#include <glib.h>

enum { MOST_KINDS = 1000, MOST_ENTRIES = 100 };

struct kind_line {
    const char *resource;
    size_t read, skipped, predicted, files;
    const char *file; /* the last one */
    const char *why;  /* of the first that was left out */
};

struct entry {
    const char *what, *why, *file;
};

/* The first entries, and how many there were. */
struct entries {
    struct entry v[MOST_ENTRIES];
    size_t n;
};

struct ledger {
    struct arena *arena;
    GHashTable *kinds; /* resource -> struct kind_line */
    struct entries gaps, others;
    GHashTable *gap_of;            /* the resources that have one */
    GPtrArray *answered, *partial; /* resources */
    const char *network;           /* NULL: no setting */
};

struct ledger *ledger_new(void)
{
    struct ledger *l = must_calloc(1, sizeof(*l));

    l->arena = arena_new();
    l->kinds = g_hash_table_new(g_str_hash, g_str_equal);
    l->gap_of = g_hash_table_new(g_str_hash, g_str_equal);
    l->answered = g_ptr_array_new();
    l->partial = g_ptr_array_new();
    return l;
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    g_hash_table_destroy(l->kinds);
    g_hash_table_destroy(l->gap_of);
    g_ptr_array_free(l->answered, TRUE);
    g_ptr_array_free(l->partial, TRUE);
    arena_free(l->arena);
    free(l);
}

/* Kinds are named by the input: beyond a thousand they are one. */
static struct kind_line *line_of(struct ledger *l, const char *resource)
{
    if (g_hash_table_size(l->kinds) >= MOST_KINDS && !g_hash_table_contains(l->kinds, resource))
        resource = "(others)";
    struct kind_line *k = g_hash_table_lookup(l->kinds, resource);
    if (k)
        return k;
    k = arena_calloc(l->arena, 1, sizeof(*k));
    k->resource = arena_strdup(l->arena, resource);
    g_hash_table_insert(l->kinds, (gpointer)k->resource, k);
    return k;
}

void ledger_read(struct ledger *l, const char *resource, const char *file)
{
    struct kind_line *k = line_of(l, resource);

    k->read++;
    if (k->file && strcmp(k->file, file) == 0)
        return;
    k->files++;
    k->file = arena_strdup(l->arena, file);
}

void ledger_skip(struct ledger *l, const char *resource, const char *why)
{
    struct kind_line *k = line_of(l, resource);

    k->skipped++;
    if (!k->why)
        k->why = arena_strdup(l->arena, why);
}

void ledger_predicted(struct ledger *l, const char *resource, size_t n)
{
    if (n)
        line_of(l, resource)->predicted += n;
}

static void add(struct ledger *l, struct entries *list, const char *what, const char *why,
                const char *file)
{
    if (list->n < MOST_ENTRIES)
        list->v[list->n] = (struct entry){
            .what = arena_strdup(l->arena, what),
            .why = arena_strdup(l->arena, why),
            .file = arena_strdup(l->arena, file),
        };
    list->n++;
}

void ledger_gap(struct ledger *l, const char *what, const char *why, const char *file)
{
    add(l, &l->gaps, what, why, file);
    if (*what && g_hash_table_size(l->gap_of) < MOST_KINDS && !ledger_has_gap(l, what))
        g_hash_table_add(l->gap_of, arena_strdup(l->arena, what));
}

void ledger_answered(struct ledger *l, const char *resource, bool read, bool broken)
{
    const char *text = arena_strdup(l->arena, resource);

    if (read)
        g_ptr_array_add(l->answered, (gpointer)text);
    if (broken)
        g_ptr_array_add(l->partial, (gpointer)text);
}

void ledger_network(struct ledger *l, const char *setting)
{
    l->network = arena_strdup(l->arena, setting);
}

bool ledger_has_gap(const struct ledger *l, const char *what)
{
    return g_hash_table_contains(l->gap_of, what);
}

void ledger_file(struct ledger *l, const char *file, const char *why)
{
    add(l, &l->others, "", why, file);
}

bool ledger_complete(const struct ledger *l)
{
    return !l->gaps.n;
}

size_t ledger_gaps(const struct ledger *l)
{
    return l->gaps.n;
}

static gint by_resource(gconstpointer a, gconstpointer b)
{
    const struct kind_line *x = a, *y = b;

    return strcmp(x->resource, y->resource);
}

static void write_kind(struct jw *w, const struct kind_line *k)
{
    jw_obj(w);
    jw_key_str(w, "resource", k->resource);
    jw_key_uint(w, "read", k->read);
    jw_key_uint(w, "skipped", k->skipped);
    if (k->predicted)
        jw_key_uint(w, "predicted", k->predicted);
    jw_key_uint(w, "files", k->files);
    if (k->file)
        jw_key_str(w, "file", k->file);
    if (k->why)
        jw_key_str(w, "why", k->why);
    jw_end_obj(w);
}

static void write_names(struct jw *w, const char *key, const GPtrArray *names)
{
    jw_key(w, key);
    jw_arr(w);
    for (guint i = 0; i < names->len; i++)
        jw_str(w, names->pdata[i]);
    jw_end_arr(w);
}

static void write_entries(struct jw *w, const struct entries *list, bool what)
{
    jw_arr(w);
    for (size_t i = 0; i < list->n && i < MOST_ENTRIES; i++) {
        jw_obj(w);
        if (what)
            jw_key_str(w, "what", list->v[i].what);
        jw_key_str(w, "why", list->v[i].why);
        if (*list->v[i].file)
            jw_key_str(w, "file", list->v[i].file);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

void ledger_write(const struct ledger *l, struct jw *w)
{
    GList *lines = g_list_sort(g_hash_table_get_values(l->kinds), by_resource);

    jw_obj(w);
    jw_key_bool(w, "complete", ledger_complete(l));
    jw_key(w, "kinds");
    jw_arr(w);
    for (const GList *i = lines; i; i = i->next)
        write_kind(w, i->data);
    jw_end_arr(w);
    g_list_free(lines);
    jw_key(w, "missing");
    write_entries(w, &l->gaps, true);
    jw_key_uint(w, "missing_count", l->gaps.n);
    write_names(w, "answered", l->answered);
    write_names(w, "partial", l->partial);
    if (l->network)
        jw_key_str(w, "network", l->network);
    jw_key(w, "other_files");
    write_entries(w, &l->others, false);
    jw_key_uint(w, "other_files_count", l->others.n);
    jw_end_obj(w);
}

void ledger_each_gap(const struct ledger *l,
                     void (*row)(void *arg, const char *what, const char *why, const char *file),
                     void *arg)
{
    for (size_t i = 0; i < l->gaps.n && i < MOST_ENTRIES; i++)
        row(arg, l->gaps.v[i].what, l->gaps.v[i].why, l->gaps.v[i].file);
}
