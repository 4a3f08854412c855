/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every recorded answer of a real authorizer, asked of ours and of the oracle. */
#include <stdio.h>

#include "ingest/derive/rbac.h"
#include "tests/oracle/rbac_oracle.h"
#include "tests/support/rbac_lists.h"
#include "tests/test.h"

#define NO_RESOURCE "nonResourceURL:"

enum {
    COL_KIND,
    COL_SUBJECT,
    COL_VERB,
    COL_GROUP,
    COL_RESOURCE,
    COL_SUB,
    COL_NS,
    COL_NAME,
    COL_YES,
    COL_COUNT
};

/* Who asks, for us and for the oracle, which is told all groups. */
struct asker {
    struct rbac_subject us;
    const char *user;
    struct texts groups;
};

static char *fixture(const char *cluster, const char *file)
{
    return g_build_filename(test_fixtures(), "clusters", cluster, file, NULL);
}

/* The groups that the server did not add by itself: ours must know those. */
static struct texts told_groups(struct arena *a, const struct texts *all)
{
    const char **v = arena_calloc(a, all->n + 1, sizeof(*v));
    size_t n = 0;

    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->v[i], "system:authenticated") != 0 &&
            strcmp(all->v[i], "system:unauthenticated") != 0)
            v[n++] = all->v[i];
    return (struct texts){v, n};
}

static struct asker *asker_of(struct arena *a, const char *kind, const char *id, const char *user,
                              const json_t *groups)
{
    struct asker *who = arena_calloc(a, 1, sizeof(*who));
    const char *slash = strchr(id, '/');

    who->user = arena_strdup(a, user);
    who->groups = rbac_lists_texts(a, groups);
    if (strcmp(kind, "ServiceAccount") == 0)
        who->us = (struct rbac_subject){.kind = SUBJECT_SERVICEACCOUNT,
                                        .ns = arena_strndup(a, id, (size_t)(slash - id)),
                                        .name = arena_strdup(a, slash + 1)};
    else if (strcmp(kind, "Group") == 0)
        who->us = (struct rbac_subject){.kind = SUBJECT_GROUP, .ns = "", .name = who->groups.v[0]};
    else
        who->us = (struct rbac_subject){.kind = SUBJECT_USER,
                                        .ns = "",
                                        .name = who->user,
                                        .groups = told_groups(a, &who->groups)};
    return who;
}

/* Subjects by "kind id". */
static GHashTable *askers(struct arena *a, const char *cluster)
{
    g_autofree char *path = fixture(cluster, "sar-subjects.json");
    json_auto_t *doc = json_load_file(path, 0, NULL);
    GHashTable *by = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *s;
    size_t i;

    cr_assert(json_is_array(doc), "%s", path);
    json_array_foreach (doc, i, s) {
        const char *kind = json_string_value(json_object_get(s, "kind"));
        const char *id = json_string_value(json_object_get(s, "id"));

        g_hash_table_insert(by, arena_printf(a, "%s %s", kind, id),
                            asker_of(a, kind, id, json_string_value(json_object_get(s, "user")),
                                     json_object_get(s, "groups")));
    }
    return by;
}

static struct rbac_request request_of(char **col)
{
    struct rbac_request q = {col[COL_VERB], col[COL_GROUP], col[COL_RESOURCE],
                             col[COL_SUB],  col[COL_NS],    col[COL_NAME],
                             NULL};

    if (g_str_has_prefix(q.resource, NO_RESOURCE)) {
        q.url = q.resource + strlen(NO_RESOURCE);
        q.resource = "";
    }
    return q;
}

struct tally {
    size_t rows, agree, disagree, nodes;
};

static void judge(const struct rbac *r, const struct facts *f, const struct asker *who,
                  const struct rbac_request *q, bool want, const char *row, struct tally *t)
{
    bool ours = rbac_allows(r, &who->us, q, NULL);
    bool oracle = rbac_oracle_allows(f, who->user, &who->groups, q);

    if (ours == want && oracle == want)
        t->agree++;
    else if (t->disagree++ < 10)
        cr_log_warn("ours %d, oracle %d, server %d: %s", ours, oracle, want, row);
}

static void compare(const char *cluster, size_t at_least)
{
    AUTO(arena) a = arena_new();
    g_autofree char *lists = fixture(cluster, "lists"), *path = fixture(cluster, "sar-truth.tsv");
    g_autofree char *table = NULL;
    struct tally t = {0};
    struct facts f;

    rbac_lists_load(lists, a, &f);
    AUTO(rbac) r = rbac_new(&f);
    g_autoptr(GHashTable) by = askers(a, cluster);

    cr_assert(g_file_get_contents(path, &table, NULL, NULL), "%s", path);
    g_auto(GStrv) rows = g_strsplit(table, "\n", -1);
    for (char **row = rows; *row; row++) {
        g_auto(GStrv) col = g_strsplit(*row, "\t", -1);

        if (**row == '\0' || **row == '#')
            continue;
        cr_assert_eq(g_strv_length(col), COL_COUNT, "%s", *row);
        t.rows++;
        if (g_str_has_prefix(col[COL_SUBJECT], "system:node:")) {
            t.nodes++;
            continue;
        }
        g_autofree char *id = g_strconcat(col[COL_KIND], " ", col[COL_SUBJECT], NULL);
        const struct asker *who = g_hash_table_lookup(by, id);
        struct rbac_request q = request_of(col);

        cr_assert(who, "no subject %s", id);
        judge(r, &f, who, &q, strcmp(col[COL_YES], "true") == 0, *row, &t);
    }
    printf("conformance rbac %s: %zu rows, %zu agree, %zu disagree, %zu node rows left out\n",
           cluster, t.rows, t.agree, t.disagree, t.nodes);
    cr_expect_eq(t.disagree, 0);
    cr_expect_eq(t.agree + t.nodes, t.rows);
    cr_expect_geq(t.rows, at_least);
}

static void need_fixtures(void)
{
    if (!test_fixtures())
        cr_skip_test("SKIPPED: GRAPHD_FIXTURES is not set");
}

TestSuite(sar, .init = need_fixtures);

Test(sar, zoo)
{
    compare("zoo", 80766);
}

Test(sar, goat)
{
    compare("goat", 28487);
}

Test(sar, kubehound)
{
    compare("kubehound", 38294);
}

/* Names with quotes, newlines, stars and 3,000 characters: each may get the one Secret of its own
 * name, and so may the group. */
Test(sar, zoo_weird)
{
    AUTO(arena) a = arena_new();
    g_autofree char *lists = fixture("zoo-weird", "lists");
    g_autofree char *path = fixture("zoo-weird", "sar-weird.jsonl"), *text = NULL;
    struct tally t = {0};
    struct facts f;

    rbac_lists_load(lists, a, &f);
    AUTO(rbac) r = rbac_new(&f);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_auto(GStrv) rows = g_strsplit(text, "\n", -1);
    for (char **row = rows; *row && **row; row++) {
        json_auto_t *doc = json_loads(*row, 0, NULL);
        const json_t *user = json_object_get(json_object_get(doc, "who"), "user");
        const json_t *groups = json_object_get(json_object_get(doc, "who"), "groups");
        const struct asker *who = asker_of(a, "User", "", json_string_value(user), groups);
        struct rbac_request q = {"get", "", "secrets", "", "default", NULL, NULL};

        q.name = json_string_value(json_object_get(doc, "name"));
        t.rows++;
        judge(r, &f, who, &q, json_is_true(json_object_get(doc, "allowed")), *row, &t);
    }
    printf("conformance rbac zoo-weird: %zu rows, %zu agree, %zu disagree\n", t.rows, t.agree,
           t.disagree);
    cr_expect_eq(t.agree, t.rows);
    cr_expect_eq(t.rows, 45);
}
