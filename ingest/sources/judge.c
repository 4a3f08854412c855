/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what the cutter finds to what a source tells. */
#include "ingest/sources/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "base/arena.h"
#include "ingest/kind.h"
#include "ingest/sources/cut.h"

enum { DEEPEST_LIST = 4, SMALL_DOCUMENT = 64 << 10 };

struct judge {
    char *file;
    const struct source_limits *limits;
    const struct source_sink *sink;
    struct source_figures *figures;
    struct cut_sink cut_sink;
    struct cut *cut;
    struct judge *outer; /* of a list in a list; NULL for the file itself */
    unsigned level;
    const struct kind *hint; /* from the file's name; NULL: none */
    size_t items;            /* so far */
    size_t others;           /* documents that are nothing of ours */
    size_t useful;           /* that told something */
};

/* --- words --------------------------------------------------------------------------------- */

/* "pods.json", "roles.rbac.authorization.k8s.io.json", "secrets.partialmeta.json": the resource is
 * what stands before the first dot, and its group may follow. */
static const struct kind *kind_of_name(const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    size_t len = strcspn(base, ".");

    for (size_t i = 0; kinds[i]; i++) {
        const struct kind *k = kinds[i];
        if (strlen(k->resource) != len || memcmp(k->resource, base, len) != 0)
            continue;
        size_t group = strlen(k->group);
        const char *rest = base + len + (base[len] == '.');
        if (!strchr(rest, '.') || g_str_has_prefix(rest, "partialmeta.") ||
            (group && strncmp(rest, k->group, group) == 0 && rest[group] == '.'))
            return k;
    }
    return NULL;
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* Dumps have them beside the objects; they say what exists, not what is there. */
static bool is_discovery(const char *kind)
{
    static const char *const known[] = {
        "APIVersions",           "APIGroup", "APIGroupList", "APIResourceList", "APIGroupDiscovery",
        "APIGroupDiscoveryList", NULL};

    return is_one_of(kind, known);
}

/* The kind of the items of a list: "PodList" -> "Pod", "List" -> "". */
static void item_kind(const char *list_kind, char *out, size_t room)
{
    size_t len = g_str_has_suffix(list_kind, "List") ? strlen(list_kind) - strlen("List") : 0;

    snprintf(out, room, "%.*s", (int)len, list_kind);
}

/* A group served in v1 is all that a name can stand for. */
static void hint_version(const struct kind *k, char *out, size_t room)
{
    snprintf(out, room, "%s%sv1", k->group, *k->group ? "/" : "");
}

/* Something that is nothing of ours; it counts where items are counted. */
static void pass_over(struct judge *j)
{
    j->others++;
    for (struct judge *o = j; o; o = o->outer)
        o->items++;
}

static bool gap(struct judge *j, const char *what, const char *problem, struct err *e)
{
    j->useful++;
    return j->sink->gap(j->sink->arg, j->file, what, problem, e);
}

static bool gap_item(struct judge *j, size_t index, const char *what, const char *words,
                     struct err *e)
{
    char text[256];

    snprintf(text, sizeof(text), "item %zu: %s", index, words);
    return gap(j, what, text, e);
}

/* --- objects ------------------------------------------------------------------------------- */

static bool tell(struct judge *j, const struct cut_item *it, const char *api_version,
                 const char *kind, bool partial, struct err *e)
{
    struct source_item out = {
        .json = it->json,
        .len = it->len,
        .api_version = api_version,
        .kind = kind,
        .file = j->file,
        .partial = partial,
    };

    for (struct judge *o = j; o; o = o->outer) {
        out.index = o->items++;
        o->useful++;
    }
    j->figures->items++;
    return j->sink->item(j->sink->arg, &out, e);
}

/* Metadata without a kind: enough for what is nothing but a name to us. */
static bool metadata_only(struct judge *j, const struct cut_item *it, struct err *e)
{
    static const char *const enough[] = {"secrets", "configmaps", NULL};
    char version[64];

    if (!j->hint || !is_one_of(j->hint->resource, enough)) {
        size_t index = j->items++;
        return gap_item(j, index, j->hint ? j->hint->resource : "",
                        j->hint ? "metadata only, and the rest of the object is needed"
                                : "metadata only, and neither content nor file name says of what",
                        e);
    }
    hint_version(j->hint, version, sizeof(version));
    return tell(j, it, version, j->hint->kind, true, e);
}

/* A list that is an item of a list. */
static bool nested_list(struct judge *j, const struct cut_item *it, struct err *e)
{
    if (j->level + 1 == DEEPEST_LIST)
        return gap_item(j, j->items++, "", "lists nested too deep", e);
    AUTO(judge) in = judge_new(j->file, j->limits, j->sink, j->figures);
    in->outer = j;
    in->level = j->level + 1;
    bool ok = judge_feed(in, it->json, it->len, e) && cut_end(in->cut, e);
    j->others += in->others;
    return ok;
}

static bool object(struct judge *j, const struct cut_item *it, const char *api_version,
                   const char *kind, struct err *e)
{
    char version[64];

    if (is_discovery(kind)) {
        j->useful++;
        return true;
    }
    if (strcmp(kind, "PartialObjectMetadata") == 0)
        return metadata_only(j, it, e);
    if (*kind && *api_version)
        return tell(j, it, api_version, kind, false, e);
    if (!*kind && j->hint) { /* an item, and neither it nor its list names a kind */
        hint_version(j->hint, version, sizeof(version));
        return tell(j, it, version, j->hint->kind, false, e);
    }
    pass_over(j);
    return true;
}

static bool on_item(void *arg, const struct cut_item *it, struct err *e)
{
    struct judge *j = arg;
    char kind[256];

    if (is_discovery(it->list_kind)) {
        j->useful++;
        return true;
    }
    if (g_str_has_suffix(it->kind, "List"))
        return nested_list(j, it, e);
    item_kind(it->list_kind, kind, sizeof(kind));
    return object(j, it, *it->api_version ? it->api_version : it->list_api_version,
                  *it->kind ? it->kind : kind, e);
}

static bool on_list(void *arg, const char *api_version, const char *list_kind, struct err *e)
{
    struct judge *j = arg;
    char kind[256], version[64];

    item_kind(list_kind, kind, sizeof(kind));
    if (is_discovery(list_kind) || strcmp(list_kind, "List") == 0) {
        j->useful++;
        return true;
    }
    bool nameless = !*list_kind || strcmp(kind, "PartialObjectMetadata") == 0;
    if (nameless && j->hint) {
        hint_version(j->hint, version, sizeof(version));
        j->useful++;
        return j->sink->listed(j->sink->arg, version, j->hint->kind, j->file, e);
    }
    if (!*kind || !*api_version || nameless) {
        j->others++;
        return true;
    }
    j->useful++;
    return j->sink->listed(j->sink->arg, api_version, kind, j->file, e);
}

/* --- documents that are no objects --------------------------------------------------------- */

static const char *text_of(const json_t *doc, const char *key)
{
    const char *s = json_string_value(json_object_get(doc, key));

    return s ? s : "";
}

/* A recorded refusal: {"kind":"Status","reason":"Forbidden","details":{"kind":"pods"},"code":403}
 */
static bool on_status(struct judge *j, const json_t *doc, struct err *e)
{
    const char *what = text_of(json_object_get(doc, "details"), "kind");
    json_int_t code = json_integer_value(json_object_get(doc, "code"));
    char why[256];

    if (strcmp(text_of(doc, "status"), "Success") == 0) {
        j->useful++;
        return true;
    }
    if (!*what && j->hint)
        what = j->hint->resource;
    const char *reason = text_of(doc, "reason");
    if (code > 0)
        snprintf(why, sizeof(why), "%d %s", (int)code, *reason ? reason : text_of(doc, "message"));
    else
        snprintf(why, sizeof(why), "%s", *reason ? reason : "a Status in place of objects");
    return gap(j, what, why, e);
}

/* "36" and "36+" */
static int leading_number(const char *s)
{
    return g_ascii_isdigit(*s) ? (int)strtol(s, NULL, 10) : -1;
}

/* /version, or what `kubectl version -o json` makes of it. */
static bool is_version(const json_t *doc, int *major, int *minor)
{
    const json_t *server = json_object_get(doc, "serverVersion");
    const json_t *v = json_is_object(server) ? server : doc;

    *major = leading_number(text_of(v, "major"));
    *minor = leading_number(text_of(v, "minor"));
    return *text_of(v, "gitVersion") && *major >= 0 && *minor >= 0;
}

static bool on_kindless(struct judge *j, const struct cut_item *it, struct err *e)
{
    json_auto_t *doc = it->len <= SMALL_DOCUMENT ? json_loadb(it->json, it->len, 0, NULL) : NULL;
    int major, minor;

    if (doc && is_version(doc, &major, &minor)) {
        j->useful++;
        return j->sink->version(j->sink->arg, major, minor, j->file, e);
    }
    if (doc && *text_of(doc, "issuer") && *text_of(doc, "jwks_uri")) { /* OpenID configuration */
        j->useful++;
        return true;
    }
    pass_over(j);
    return true;
}

/* A list that has no array of items: empty if they are null or absent, wrong if they are not. */
static bool list_without_items(struct judge *j, const struct cut_item *it, struct err *e)
{
    json_auto_t *doc = it->len <= SMALL_DOCUMENT ? json_loadb(it->json, it->len, 0, NULL) : NULL;
    const json_t *items = json_object_get(doc, "items");
    char kind[256];

    if (doc && (!items || json_is_null(items)))
        return on_list(j, it->api_version, it->kind, e);
    item_kind(it->kind, kind, sizeof(kind));
    const struct kind *k = kind_find(it->api_version, kind);
    return gap(j, k ? k->resource : "", "/items: want an array", e);
}

static bool on_document(void *arg, const struct cut_item *it, struct err *e)
{
    struct judge *j = arg;

    if (strcmp(it->kind, "Status") == 0) {
        json_auto_t *doc = json_loadb(it->json, it->len, 0, NULL);
        return doc ? on_status(j, doc, e) : gap(j, "", "a Status that is not JSON", e);
    }
    if (!*it->kind)
        return on_kindless(j, it, e);
    if (g_str_has_suffix(it->kind, "List"))
        return list_without_items(j, it, e);
    return object(j, it, it->api_version, it->kind, e);
}

static bool on_broken(void *arg, const char *problem, struct err *e)
{
    struct judge *j = arg;

    return gap(j, j->hint ? j->hint->resource : "", problem, e);
}

/* --- the module ---------------------------------------------------------------------------- */

struct judge *judge_new(const char *file, const struct source_limits *limits,
                        const struct source_sink *sink, struct source_figures *figures)
{
    struct judge *j = must_calloc(1, sizeof(*j));
    struct cut_limits l = {.item_bytes = limits->item_bytes, .held_bytes = limits->held_bytes};

    j->file = must_strdup(file);
    j->limits = limits;
    j->sink = sink;
    j->figures = figures;
    j->hint = kind_of_name(file);
    j->cut_sink = (struct cut_sink){
        .arg = j,
        .item = on_item,
        .document = on_document,
        .list = on_list,
        .broken = on_broken,
    };
    j->cut = cut_new(&l, &j->cut_sink);
    return j;
}

void judge_free(struct judge *j)
{
    if (!j)
        return;
    cut_free(j->cut);
    free(j->file);
    free(j);
}

bool judge_feed(struct judge *j, const char *bytes, size_t len, struct err *e)
{
    return cut_feed(j->cut, bytes, len, e);
}

bool judge_broken(struct judge *j, const char *problem, struct err *e)
{
    cut_drop(j->cut);
    return on_broken(j, problem, e);
}

void judge_forget(struct judge *j)
{
    cut_drop(j->cut);
}

bool judge_useful(const struct judge *j)
{
    return j->useful > 0;
}

bool judge_end(struct judge *j, struct err *e)
{
    char text[128];

    if (!cut_end(j->cut, e))
        return false;
    if (!j->others && j->useful)
        return true;
    if (!j->useful)
        return j->sink->skipped(j->sink->arg, j->file, "no Kubernetes objects in it", e);
    snprintf(text, sizeof(text), "%zu documents in it are no Kubernetes objects", j->others);
    return j->sink->skipped(j->sink->arg, j->file, text, e);
}
