/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows to facts by the parsers of the kinds. */
#include "ingest/recall.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "ingest/derive/netprofile.h"
#include "ingest/kind.h"

enum { CHECK_EVERY = 256 };

struct recall {
    struct arena *arena;
    struct facts *facts;
    const struct recall_wish *wish; /* while it reads */
    size_t objects, failed;
    GHashTable *kinds; /* resource -> struct kind */
    GHashTable *seen;  /* resources that have objects: static text of kinds */
};

void recall_free(struct recall *r)
{
    if (!r)
        return;
    facts_free(r->facts);
    arena_free(r->arena);
    g_hash_table_destroy(r->kinds);
    g_hash_table_destroy(r->seen);
    free(r);
}

static bool within(const struct recall *r, struct err *e)
{
    if (r->wish->deadline && clock_mono() > r->wish->deadline)
        return err_set(e, ERR_TIMEOUT, "reading the objects took too long");
    if (arena_bytes(r->arena) > r->wish->most_bytes)
        return err_set(e, ERR_LIMIT, "the objects need more than %zu MiB of memory",
                       r->wish->most_bytes >> 20);
    return true;
}

static bool take(void *arg, const struct object_row *o, size_t json_len, struct err *e)
{
    struct recall *r = arg;
    const struct kind *k = g_hash_table_lookup(r->kinds, o->resource);
    struct err why;

    if ((r->objects + r->failed) % CHECK_EVERY == 0 && !within(r, e))
        return false;
    if (!k)
        return true;
    g_hash_table_add(r->seen, (gpointer)k->resource);
    if (!k->parse)
        return true;
    json_auto_t *doc = json_loadb(o->json, json_len, 0, NULL);
    struct jx root = jx_root(doc);
    if (doc && k->parse(&root, r->facts, &why))
        r->objects++;
    else
        r->failed++;
    return true;
}

static bool contains(const json_t *names, const char *name)
{
    size_t i;
    json_t *v;

    json_array_foreach (names, i, v)
        if (json_is_string(v) && strcmp(json_string_value(v), name) == 0)
            return true;
    return false;
}

/* What was read at all, and what of it was broken.  A ledger of before that was written down: what
 * has objects was read. */
static void set_listed(struct recall *r, const char *coverage)
{
    json_auto_t *ledger = coverage && *coverage ? json_loads(coverage, 0, NULL) : NULL;
    const json_t *answered = json_object_get(ledger, "answered");
    const json_t *partial = json_object_get(ledger, "partial");

    for (size_t i = 0; kinds[i]; i++) {
        const char *resource = kinds[i]->resource;

        if (kinds[i]->source < 0)
            continue;
        if (answered ? contains(answered, resource) : g_hash_table_contains(r->seen, resource))
            r->facts->listed[kinds[i]->source] = true;
        if (!answered || contains(partial, resource))
            r->facts->gaps[kinds[i]->source] = true;
    }
}

/* The setting of the run that stored the objects; one that this program does not know says nothing.
 */
static void set_network(struct facts *f, const char *coverage)
{
    json_auto_t *ledger = coverage && *coverage ? json_loads(coverage, 0, NULL) : NULL;
    const char *setting = json_string_value(json_object_get(ledger, "network"));
    struct err ignored;

    if (setting && netprofile_check(setting, &ignored))
        f->network = arena_strdup(f->arena, setting);
}

static void set_version(struct facts *f, const char *version)
{
    guint64 major, minor;
    g_auto(GStrv) part = g_strsplit(version ? version : "", ".", 2);

    if (part[0] && part[1] && g_ascii_string_to_unsigned(part[0], 10, 0, 999, &major, NULL) &&
        g_ascii_string_to_unsigned(part[1], 10, 0, 999, &minor, NULL)) {
        f->version_major = (int)major;
        f->version_minor = (int)minor;
    }
}

struct recall *recall_new(struct db *db, const struct recall_wish *wish, struct err *e)
{
    struct recall *r = must_calloc(1, sizeof(*r));

    r->arena = arena_new();
    r->facts = facts_new(r->arena, arena_strdup(r->arena, wish->cluster));
    r->wish = wish;
    r->kinds = g_hash_table_new(g_str_hash, g_str_equal);
    r->seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; kinds[i]; i++)
        g_hash_table_insert(r->kinds, (gpointer)kinds[i]->resource, (gpointer)kinds[i]);
    if (!store_objects(db, wish->cluster, wish->generation, take, r, e)) {
        recall_free(r);
        return NULL;
    }
    r->wish = NULL;
    set_listed(r, wish->coverage);
    set_version(r->facts, wish->version);
    set_network(r->facts, wish->coverage);
    kind_predict_pods(r->facts);
    facts_index(r->facts);
    return r;
}

struct facts *recall_facts(struct recall *r)
{
    return r->facts;
}

size_t recall_objects(const struct recall *r)
{
    return r->objects;
}

size_t recall_failed(const struct recall *r)
{
    return r->failed;
}
