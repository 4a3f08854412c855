/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows in, rows with answers out. */
#include "ingest/ask.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "base/jx.h"
#include "ingest/derive/rbac.h"

enum column {
    KIND,
    SUBJECT,
    VERB,
    GROUP,
    RESOURCE,
    SUBRESOURCE,
    NAMESPACE,
    NAME,
    ALLOWED,
    COLUMNS
};

#define URL_PREFIX "nonResourceURL:"

/* Subjects by "kind\tid". */
struct asker {
    struct arena *arena;
    const struct facts *f;
    struct rbac *rbac;
    GHashTable *named;  /* from the table of subjects: struct rbac_subject */
    GHashTable *groups; /* names of groups that bindings name */
};

static bool read_subject(struct asker *k, const struct jx *in, struct err *e)
{
    struct rbac_subject *s = arena_calloc(k->arena, 1, sizeof(*s));
    const char *kind, *id, *user;
    struct jx groups;

    if (!jx_str(in, "kind", &kind, e) || !jx_str(in, "id", &id, e) ||
        !jx_opt_str(in, "user", "", &user, e) || !jx_opt_arr(in, "groups", &groups, e))
        return false;
    size_t n = jx_count(&groups);
    const char **names = arena_calloc(k->arena, n + 1, sizeof(*names));
    for (size_t i = 0; i < n; i++) {
        if (!jx_at_str(&groups, i, &names[i], e))
            return false;
        names[i] = arena_strdup(k->arena, names[i]);
    }
    s->ns = "";
    s->groups = (struct texts){.v = names, .n = n};
    s->kind = *user || !n ? SUBJECT_USER : SUBJECT_GROUP;
    s->name = *user || !n ? arena_strdup(k->arena, user) : names[0];
    g_hash_table_insert(k->named, arena_printf(k->arena, "%s\t%s", kind, id), s);
    return true;
}

static bool read_subjects(struct asker *k, const char *text, struct err *e)
{
    json_error_t why;
    json_auto_t *doc = json_loads(text, 0, &why);

    if (!json_is_array(doc))
        return err_set(e, ERR_INPUT, "subjects: line %d: %s", doc ? 1 : why.line,
                       doc ? "want an array" : why.text);
    struct jx root = jx_root(doc), one;
    for (size_t i = 0; i < jx_count(&root); i++)
        if (!jx_at_obj(&root, i, &one, e) || !read_subject(k, &one, e))
            return err_wrap(e, "subjects");
    return true;
}

/* USER+GROUP+GROUP; the pieces stay in `text`. */
static struct rbac_subject user_and_groups(struct asker *k, char *text)
{
    size_t n = 0;

    for (const char *p = text; (p = strchr(p, '+')); p++)
        n++;
    const char **names = arena_calloc(k->arena, n + 1, sizeof(*names));
    n = 0;
    for (char *p = strchr(text, '+'); p; p = strchr(p, '+')) {
        *p++ = '\0';
        names[n++] = p;
    }
    return (struct rbac_subject){
        .kind = SUBJECT_USER, .ns = "", .name = text, .groups = {.v = names, .n = n}};
}

static bool subject_of(struct asker *k, char *const *col, struct rbac_subject *out, struct err *e)
{
    const char *kind = col[KIND];
    g_autofree char *key = g_strdup_printf("%s\t%s", kind, col[SUBJECT]);
    const struct rbac_subject *known = g_hash_table_lookup(k->named, key);
    char *text = arena_strdup(k->arena, col[SUBJECT]);

    if (!*text)
        return err_set(e, ERR_INPUT, "no subject");
    if (strcmp(kind, "ServiceAccount") == 0) {
        char *slash = strchr(text, '/');
        if (!slash || slash == text || !slash[1])
            return err_set(e, ERR_INPUT, "want NAMESPACE/NAME of a ServiceAccount, got \"%s\"",
                           text);
        *slash = '\0';
        *out = (struct rbac_subject){.kind = SUBJECT_SERVICEACCOUNT, .ns = text, .name = slash + 1};
        return true;
    }
    if (known) {
        *out = *known;
        return true;
    }
    if (strcmp(kind, "User") == 0) {
        *out = user_and_groups(k, text);
        return true;
    }
    if (strcmp(kind, "Group") != 0)
        return err_set(e, ERR_INPUT, "want ServiceAccount, User or Group, got \"%s\"", kind);
    /* A request of a member and nobody else is written NAME-only; a group may be called so too. */
    if (g_str_has_suffix(text, "-only") && !g_hash_table_contains(k->groups, text))
        text[strlen(text) - strlen("-only")] = '\0';
    *out = (struct rbac_subject){.kind = SUBJECT_GROUP, .ns = "", .name = text};
    return true;
}

static bool answer(struct asker *k, char *line, FILE *out, struct err *e)
{
    char *col[COLUMNS] = {0};
    struct rbac_subject s;
    size_t n = 0;

    for (char *p = line; p && n < COLUMNS; n++) {
        col[n] = p;
        if ((p = strchr(p, '\t')))
            *p++ = '\0';
        if (n == ALLOWED && p)
            return err_set(e, ERR_INPUT, "more than %d columns", COLUMNS);
    }
    if (n < ALLOWED)
        return err_set(e, ERR_INPUT, "want %d or %d columns, got %zu", ALLOWED, COLUMNS, n);
    if (!*col[VERB] || !*col[RESOURCE])
        return err_set(e, ERR_INPUT, "no %s", *col[VERB] ? "resource" : "verb");
    if (!subject_of(k, col, &s, e))
        return false;
    bool is_url = g_str_has_prefix(col[RESOURCE], URL_PREFIX);
    struct rbac_request q = {
        .verb = col[VERB],
        .group = is_url ? "" : col[GROUP],
        .resource = is_url ? "" : col[RESOURCE],
        .subresource = is_url ? "" : col[SUBRESOURCE],
        .ns = is_url ? "" : col[NAMESPACE],
        .name = is_url ? "" : col[NAME],
        .url = is_url ? col[RESOURCE] + strlen(URL_PREFIX) : NULL,
    };
    bool yes = rbac_allows(k->rbac, &s, &q, NULL);
    for (size_t i = 0; i < ALLOWED; i++)
        fprintf(out, "%s\t", col[i]);
    fprintf(out, "%s\n", yes ? "true" : "false");
    return true;
}

static bool answer_all(struct asker *k, FILE *in, FILE *out, struct err *e)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t len;
    bool ok = true;

    while (ok && (len = getline(&line, &room, in)) > 0) {
        number++;
        while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
            line[--len] = '\0';
        if (!len)
            continue;
        if (*line == '#') {
            fprintf(out, "%s\n", line);
            continue;
        }
        ok = strlen(line) == (size_t)len ? answer(k, line, out, e)
                                         : err_set(e, ERR_INPUT, "a NUL byte");
        if (!ok)
            err_wrap(e, "line %zu", number);
    }
    free(line);
    if (ok && ferror(in))
        return err_set(e, ERR_IO, "cannot read the rows");
    return ok;
}

bool ask_rbac(const struct facts *f, const char *subjects, FILE *in, FILE *out, struct err *e)
{
    AUTO(arena) a = arena_new();
    AUTO(rbac) rbac = rbac_new(f);
    struct asker k = {.arena = a, .f = f, .rbac = rbac};

    k.named = g_hash_table_new(g_str_hash, g_str_equal);
    k.groups = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < f->bindings.n; i++)
        for (size_t j = 0; j < f->bindings.v[i].nsubjects; j++)
            if (f->bindings.v[i].subjects[j].kind == SUBJECT_GROUP)
                g_hash_table_add(k.groups, (gpointer)f->bindings.v[i].subjects[j].name);
    bool ok = (!subjects || read_subjects(&k, subjects, e)) && answer_all(&k, in, out, e);
    g_hash_table_destroy(k.named);
    g_hash_table_destroy(k.groups);
    return ok;
}
