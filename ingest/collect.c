/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One object at a time: find its kind, trim it, parse it, keep it. */
#include "ingest/collect.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "ingest/contradictions.h"
#include "ingest/kind.h"
#include "ingest/tree.h"
#include "ingest/trim.h"

enum { PROGRESS_EVERY = 1000 };

/* An object that was kept, and whether there is more of it. */
struct kept {
    struct object_row row;
    bool partial;
};

struct collect {
    struct arena *arena;
    struct facts *facts;
    struct ledger *ledger;
    struct collect_figures figures;
    const char *const *common; /* keep paths of every kind */
    GPtrArray *trims;          /* by index in kinds[] */
    GHashTable *more_trim;     /* path of keep_more -> struct trim */
    GString *text;             /* the trimmed object, reused */
    GString *key;              /* "resource/ns/name", reused */
    GArray *kept;              /* of struct kept */
    GHashTable *by_key;        /* -> index in kept */
    GHashTable *asked;         /* struct kind that the input says something of */
    const struct object_row *objects;
    void (*progress)(void *arg, const struct collect_figures *so_far);
    void *progress_arg;
};

static void free_trim(gpointer t)
{
    trim_free(t);
}

static void compile_trims(struct collect *c)
{
    g_ptr_array_set_size(c->trims, 0);
    for (size_t i = 0; kinds[i]; i++)
        g_ptr_array_add(c->trims, trim_new(c->common, kinds[i]->keep));
}

struct collect *collect_new(struct arena *a, const char *cluster)
{
    struct collect *c = must_calloc(1, sizeof(*c));

    c->arena = a;
    c->facts = facts_new(a, cluster);
    c->ledger = ledger_new();
    c->trims = g_ptr_array_new_with_free_func(free_trim);
    c->common = kind_common;
    compile_trims(c);
    c->more_trim = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_trim);
    c->text = g_string_sized_new(16 << 10);
    c->key = g_string_new(NULL);
    c->kept = g_array_new(FALSE, FALSE, sizeof(struct kept));
    c->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    c->asked = g_hash_table_new(NULL, NULL);
    return c;
}

void collect_free(struct collect *c)
{
    if (!c)
        return;
    facts_free(c->facts);
    ledger_free(c->ledger);
    g_ptr_array_free(c->trims, TRUE);
    g_hash_table_destroy(c->more_trim);
    g_string_free(c->text, TRUE);
    g_string_free(c->key, TRUE);
    g_array_free(c->kept, TRUE);
    g_hash_table_destroy(c->by_key);
    g_hash_table_destroy(c->asked);
    free(c);
}

/* An annotation of objects and of the templates of workloads. */
static void keep_annotation(GPtrArray *paths, struct arena *a, const char *key)
{
    static const char *const at[] = {"metadata", "spec.template.metadata",
                                     "spec.jobTemplate.spec.template.metadata"};

    for (size_t i = 0; i < ARRAY_LEN(at); i++)
        g_ptr_array_add(paths, (gpointer)arena_printf(a, "%s.annotations.\"%s\"", at[i], key));
}

void collect_tags(struct collect *c, const struct facts_tags *tags)
{
    const char *const keys[] = {tags->crown_jewel, tags->data_class, tags->owner};
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    c->facts->tags = (struct facts_tags){arena_strdup(c->arena, tags->crown_jewel),
                                         arena_strdup(c->arena, tags->data_class),
                                         arena_strdup(c->arena, tags->owner)};
    for (const char *const *p = kind_common; *p; p++)
        g_ptr_array_add(paths, (gpointer)*p);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!g_str_has_prefix(keys[i], "graphd.io/"))
            keep_annotation(paths, c->arena, keys[i]);
    g_ptr_array_add(paths, NULL);
    c->common = arena_memdup(c->arena, paths->pdata, paths->len * sizeof(*paths->pdata));
    compile_trims(c);
}

void collect_network(struct collect *c, const char *setting)
{
    c->facts->network = arena_strdup(c->arena, setting);
    ledger_network(c->ledger, setting);
}

void collect_on_progress(struct collect *c,
                         void (*progress)(void *arg, const struct collect_figures *so_far),
                         void *arg)
{
    c->progress = progress;
    c->progress_arg = arg;
}

static size_t index_of(const struct kind *k)
{
    size_t i = 0;

    while (kinds[i] != k)
        i++;
    return i;
}

static json_t *trim_and_parse(struct collect *c, const struct trim *t, const struct source_item *it,
                              struct err *e)
{
    g_string_truncate(c->text, 0);
    if (!trim_object(t, it->json, it->len, c->text, e))
        return NULL;
    return tree_parse(c->text->str, c->text->len, e);
}

/* What an object is called; borrowed from its document until it is kept. */
struct identity {
    const char *ns, *name, *uid;
};

/* The parser checks names and complains; this only has to find them. */
static struct identity identity_of(const json_t *doc, const struct kind *k)
{
    const json_t *meta = json_object_get(doc, "metadata");
    const char *ns = json_string_value(json_object_get(meta, "namespace"));
    const char *name = json_string_value(json_object_get(meta, "name"));
    const char *uid = json_string_value(json_object_get(meta, "uid"));

    return (struct identity){
        .ns = !k->namespaced ? ""
              : ns && *ns    ? ns
                             : "default",
        .name = name ? name : "",
        .uid = uid ? uid : "",
    };
}

/* A few objects by name keep more than their kind does (aws-auth). */
static bool read_more(struct collect *c, const struct kind *k, const struct source_item *it,
                      const struct identity *id, json_t **doc, struct err *e)
{
    const char *path = k->keep_more ? k->keep_more(id->ns, id->name) : NULL;

    if (!path)
        return true;
    struct trim *t = g_hash_table_lookup(c->more_trim, path);
    if (!t) {
        size_t n = 0;
        while (k->keep[n])
            n++;
        const char **keep = arena_calloc(c->arena, n + 2, sizeof(*keep));
        memcpy(keep, k->keep, n * sizeof(*keep));
        keep[n] = path;
        t = trim_new(c->common, keep);
        g_hash_table_insert(c->more_trim, (gpointer)path, t);
    }
    json_decref(*doc);
    *doc = trim_and_parse(c, t, it, e);
    return *doc != NULL;
}

/* The same content is the same text, in whatever order its members came. */
static const char *canonical(struct collect *c, const json_t *doc)
{
    g_string_truncate(c->text, 0);
    tree_write(doc, c->text);
    c->figures.kept_bytes += c->text->len;
    return arena_memdup(c->arena, c->text->str, c->text->len + 1);
}

/* The object of that name which was kept before, or NULL. */
static struct kept *find_kept(struct collect *c, const struct kind *k, const struct identity *id)
{
    gpointer at;

    g_string_printf(c->key, "%s/%s/%s", k->resource, id->ns, id->name);
    if (!g_hash_table_lookup_extended(c->by_key, c->key->str, NULL, &at))
        return NULL;
    return &g_array_index(c->kept, struct kept, GPOINTER_TO_SIZE(at));
}

static void keep(struct collect *c, const struct kind *k, const struct source_item *it,
                 const struct identity *id, const json_t *doc)
{
    struct kept *old = find_kept(c, k, id);
    struct kept now = {.row = {.resource = k->resource}, .partial = it->partial};

    now.row.json = canonical(c, doc);
    now.row.uid = arena_strdup(c->arena, id->uid);
    if (old) {
        now.row.ns = old->row.ns;
        now.row.name = old->row.name;
        *old = now;
        c->figures.again++;
        return;
    }
    now.row.ns = arena_strdup(c->arena, id->ns);
    now.row.name = arena_strdup(c->arena, id->name);
    g_hash_table_insert(c->by_key, arena_strdup(c->arena, c->key->str),
                        GSIZE_TO_POINTER(c->kept->len));
    g_array_append_val(c->kept, now);
    ledger_read(c->ledger, k->resource, it->file);
}

static bool parse(struct collect *c, const struct kind *k, const json_t *doc, struct err *e)
{
    struct jx root = jx_root(doc);
    struct meta checked;

    return k->parse ? k->parse(&root, c->facts, e)
                    : kind_meta(&root, k->namespaced, c->facts, &checked, e);
}

static bool use(struct collect *c, const struct kind *k, const struct source_item *it,
                struct err *e)
{
    json_auto_t *doc = trim_and_parse(c, g_ptr_array_index(c->trims, index_of(k)), it, e);

    if (!doc)
        return false;
    struct identity id = identity_of(doc, k);
    const struct kept *old = it->partial ? find_kept(c, k, &id) : NULL;
    if (old && !old->partial) { /* what is there knows more */
        c->figures.again++;
        return true;
    }
    if (!read_more(c, k, it, &id, &doc, e))
        return false;
    id = identity_of(doc, k);
    if (!parse(c, k, doc, e))
        return false;
    keep(c, k, it, &id, doc);
    return true;
}

/* Marks what rules ask before they conclude from an absence. */
static void note_gap(struct collect *c, const struct kind *k)
{
    if (k && k->source >= 0)
        c->facts->gaps[k->source] = true;
}

static void note_listed(struct collect *c, const struct kind *k)
{
    g_hash_table_add(c->asked, (gpointer)k);
    if (k->source >= 0)
        c->facts->listed[k->source] = true;
}

static const struct kind *kind_of_resource(const char *resource)
{
    for (size_t i = 0; kinds[i]; i++)
        if (strcmp(kinds[i]->resource, resource) == 0)
            return kinds[i];
    return NULL;
}

static bool on_item(void *arg, const struct source_item *it, struct err *e)
{
    struct collect *c = arg;
    const struct kind *k = kind_find(it->api_version, it->kind);
    char text[320];
    struct err why;

    (void)e;
    if (c->progress && c->figures.source.items % PROGRESS_EVERY == 0)
        c->progress(c->progress_arg, &c->figures);
    if (!k) {
        snprintf(text, sizeof(text), "%s (%s)", it->kind, it->api_version);
        ledger_skip(c->ledger, text, "no rule reads this kind");
        return true;
    }
    note_listed(c, k);
    if (!use(c, k, it, &why)) {
        snprintf(text, sizeof(text), "item %zu: %s", it->index, why.msg);
        ledger_skip(c->ledger, k->resource, text);
        ledger_gap(c->ledger, k->resource, text, it->file);
        note_gap(c, k);
    }
    return true;
}

static bool on_listed(void *arg, const char *api_version, const char *kind, const char *file,
                      struct err *e)
{
    struct collect *c = arg;
    const struct kind *k = kind_find(api_version, kind);

    (void)file;
    (void)e;
    if (k)
        note_listed(c, k);
    return true;
}

static bool on_version(void *arg, int major, int minor, const char *file, struct err *e)
{
    struct collect *c = arg;

    (void)file;
    (void)e;
    c->facts->version_major = major;
    c->facts->version_minor = minor;
    return true;
}

static bool on_gap(void *arg, const char *file, const char *what, const char *problem,
                   struct err *e)
{
    struct collect *c = arg;
    const struct kind *k = kind_of_resource(what);

    (void)e;
    if (k && k->optional && g_str_has_prefix(problem, "404 ")) {
        ledger_file(c->ledger, file, "the server does not have this kind");
        note_listed(c, k);
        return true;
    }
    ledger_gap(c->ledger, what, problem, file);
    note_gap(c, k);
    return true;
}

static bool on_skipped(void *arg, const char *file, const char *why, struct err *e)
{
    struct collect *c = arg;

    (void)e;
    ledger_file(c->ledger, file, why);
    return true;
}

bool collect_read(struct collect *c, const char *path, struct err *e)
{
    struct source_sink sink = {
        .arg = c,
        .item = on_item,
        .listed = on_listed,
        .version = on_version,
        .gap = on_gap,
        .skipped = on_skipped,
    };

    return source_read(path, &source_defaults, &sink, &c->figures.source, e);
}

static gint by_identity(gconstpointer a, gconstpointer b)
{
    const struct object_row *x = a, *y = b;
    int d = strcmp(x->resource, y->resource);

    d = d ? d : strcmp(x->ns, y->ns);
    return d ? d : strcmp(x->name, y->name);
}

/* A kind stands for its source here: what rules ask about is the source. */
static void note_answer(struct collect *c, const struct kind *k)
{
    ledger_answered(c->ledger, k->resource, c->facts->listed[k->source], c->facts->gaps[k->source]);
}

/* Whether the cluster has a definition of a kind that not every server has. */
static bool is_defined(const struct facts *f, const struct kind *k)
{
    g_autofree char *plural = g_strndup(k->resource, strcspn(k->resource, "."));

    return facts_crd(f, k->group, plural) || (k->old_group && facts_crd(f, k->old_group, plural));
}

static void note_undumped(struct collect *c)
{
    for (size_t i = 0; kinds[i]; i++)
        if (kinds[i]->optional && kinds[i]->parse && !g_hash_table_contains(c->asked, kinds[i]) &&
            !ledger_has_gap(c->ledger, kinds[i]->resource) && is_defined(c->facts, kinds[i]))
            ledger_gap(c->ledger, kinds[i]->resource,
                       "not in the input, though the cluster has this kind", "");
}

void collect_finish(struct collect *c)
{
    struct object_row *rows = arena_calloc(c->arena, c->kept->len, sizeof(*rows));
    size_t pods = c->facts->pods.n;

    for (guint i = 0; i < c->kept->len; i++)
        rows[i] = g_array_index(c->kept, struct kept, i).row;
    if (c->kept->len)
        qsort(rows, c->kept->len, sizeof(*rows), by_identity);
    c->objects = rows;
    for (size_t i = 0; kinds[i]; i++)
        if (kinds[i]->parse && kinds[i]->source >= 0 && !kinds[i]->optional &&
            !c->facts->listed[kinds[i]->source] && !ledger_has_gap(c->ledger, kinds[i]->resource))
            ledger_gap(c->ledger, kinds[i]->resource, "not in the input", "");
    for (size_t i = 0; kinds[i]; i++)
        if (kinds[i]->source >= 0 &&
            (c->facts->listed[kinds[i]->source] || c->facts->gaps[kinds[i]->source]))
            note_answer(c, kinds[i]);
    kind_predict_pods(c->facts);
    ledger_predicted(c->ledger, "pods", c->facts->pods.n - pods);
    facts_index(c->facts);
    note_undumped(c);
    contradictions_tell(c->facts, c->ledger);
}

struct facts *collect_facts(struct collect *c)
{
    return c->facts;
}

struct ledger *collect_ledger(struct collect *c)
{
    return c->ledger;
}

const struct collect_figures *collect_totals(const struct collect *c)
{
    return &c->figures;
}

const struct object_row *collect_objects(const struct collect *c, size_t *n)
{
    *n = c->kept->len;
    return c->objects;
}
