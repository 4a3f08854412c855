/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bad input the whole way, as an operator meets it: whatever lies beside a good file, the good
 * objects are stored, the exit status says so, and the coverage names file, item and place.
 *
 * tests/cases/bad_input/NAME holds a folder of input and want.json: how many objects are stored,
 * and exactly what is missing.  What is too large or no plain file is made here. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <jansson.h>

#include "tests/db/db_test.h"
#include "tests/support/run_program.h"

#define CASES "tests/cases/bad_input"

enum { MOST_BYTES = 300 << 20, MOST_SECONDS = 60 };

#if defined(__SANITIZE_ADDRESS__)
static const bool measured = false; /* its shadow memory is not ours */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool measured = false;
#else
static const bool measured = true;
#endif
#else
static const bool measured = true;
#endif

/* What is missing, without what the small input does not have at all; files without their folder.
 */
static json_t *problems(const json_t *coverage, const char *list, const char *folder)
{
    json_t *out = json_array(), *entry;
    size_t i;

    json_array_foreach (json_object_get(coverage, list), i, entry) {
        const char *why = json_string_value(json_object_get(entry, "why"));
        const char *file = json_string_value(json_object_get(entry, "file"));
        if (why && strcmp(why, "not in the input") == 0)
            continue;
        if (file && g_str_has_prefix(file, folder))
            json_object_set_new(entry, "file", json_string(file + strlen(folder) + 1));
        json_array_append(out, entry);
    }
    return out;
}

static json_t *stored_coverage(const char *url, const char *cluster)
{
    g_autofree char *sql =
        g_strdup_printf("select coverage::text from cluster where name = '%s'", cluster);
    g_autofree char *text = db_test_text(url, sql);

    return text ? json_loads(text, 0, NULL) : NULL;
}

/* Reads a folder into a cluster of its own; "objects", "missing" and "skipped" as stored. */
static json_t *take_in(struct arena *a, const char *url, const char *cluster, const char *folder)
{
    const char *const args[] = {"--database", url, "--cluster", cluster, "--from", folder, NULL};
    struct run_result r = run_program(a, "graphd-ingest", args);

    cr_expect_eq(r.status, 0, "%s: %d %s", cluster, r.status, r.err);
    cr_expect_str_empty(r.err, "%s: %s", cluster, r.err);
    cr_expect_lt(r.seconds, MOST_SECONDS, "%s: %g seconds", cluster, r.seconds);
    cr_expect(!measured || r.peak_bytes < MOST_BYTES, "%s: %zu bytes", cluster,
              (size_t)r.peak_bytes);
    json_auto_t *coverage = stored_coverage(url, cluster);
    cr_assert(coverage, "%s is not stored", cluster);
    json_t *got = json_object();
    json_object_set_new(got, "objects",
                        json_integer(db_test_int(
                            url, arena_printf(a,
                                              "select count(*) from object o join cluster c on "
                                              "c.id = o.cluster_id where c.name = '%s'",
                                              cluster))));
    json_object_set_new(got, "missing", problems(coverage, "missing", folder));
    json_object_set_new(got, "skipped", problems(coverage, "other_files", folder));
    return got;
}

static void copy(struct arena *a, const char *from, const char *folder, const char *name)
{
    g_autofree char *bytes = NULL;
    gsize len;

    cr_assert(g_file_get_contents(from, &bytes, &len, NULL), "%s", from);
    run_write(a, folder, name, bytes, len);
}

/* A folder with the good file in it: a namespace and a pod. */
static const char *good_folder(struct arena *a)
{
    const char *folder = run_folder(a);

    copy(a, CASES "/good.json", folder, "good.json");
    return folder;
}

/* --- the cases ----------------------------------------------------------------------------- */

static void one_case(struct arena *a, const char *url, const char *name)
{
    const char *from = arena_printf(a, CASES "/%s/input", name), *folder = good_folder(a), *file;
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    json_auto_t *want = json_load_file(arena_printf(a, CASES "/%s/want.json", name), 0, NULL);

    cr_assert(dir, "%s", from);
    while ((file = g_dir_read_name(dir)))
        copy(a, arena_printf(a, "%s/%s", from, file), folder, file);
    json_auto_t *got = take_in(a, url, name, folder);
    if (!json_equal(got, want)) {
        char *text = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
        cr_expect(false, "%s: got %s", name, text);
        free(text);
    }
    run_remove(folder);
}

Test(bad_input, is_named_and_the_good_rest_is_stored, .timeout = 120)
{
    AUTO(arena) a = arena_new();
    g_autoptr(GDir) dir = g_dir_open(CASES, 0, NULL);
    const char *name;
    struct db_test t;
    size_t n = 0;

    db_test_need();
    db_test_init(&t, false);
    while ((name = g_dir_read_name(dir)))
        if (!strchr(name, '.')) {
            one_case(a, t.url, name);
            n++;
        }
    cr_expect_geq(n, 20);
    db_test_done(&t);
}

/* --- what is made here --------------------------------------------------------------------- */

static void sparse(struct arena *a, const char *folder)
{
    const char *path = run_write(a, folder, "pods.json", "", 0);

    cr_assert_eq(truncate(path, (off_t)2 << 30), 0);
}

/* Two GiB inside one text: it cannot be seen at once that this is no JSON. */
static void sparse_list(struct arena *a, const char *folder)
{
    static const char head[] = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"a\":\"";
    const char *path = run_write(a, folder, "pods.json", head, strlen(head));

    cr_assert_eq(truncate(path, (off_t)2 << 30), 0);
}

static void deep(struct arena *a, const char *folder)
{
    g_autoptr(GString) s = g_string_new("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[");

    for (int i = 0; i < 10000; i++)
        g_string_append(s, "{\"metadata\":");
    g_string_append(s, "1");
    for (int i = 0; i < 10000; i++)
        g_string_append(s, "}");
    g_string_append(s, "]}");
    run_write(a, folder, "pods.json", s->str, s->len);
}

/* `size` zeros behind a list's head, compressed by `tool`. */
static void bomb(const char *folder, const char *script)
{
    gchar *argv[] = {(char *)"sh", (char *)"-c", (char *)(uintptr_t)script, NULL};
    int status = 1;

    cr_assert(g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                           NULL) &&
              status == 0);
}

/* Members of gzip may follow each other: ten times a gibibyte of zeros, made once. */
static void gzip_bomb(struct arena *a, const char *folder)
{
    (void)a;
    bomb(folder, "printf '{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[' | gzip >x;"
                 "head -c 64M /dev/zero | gzip >y; for i in 1 2 3 4; do cat y y y y; done >z;"
                 "cat x z z z z z z z z z z >pods.json.gz; rm x y z");
}

static void tar_bomb(struct arena *a, const char *folder)
{
    (void)a;
    bomb(folder, "truncate -s 600M zeros; tar -cf - zeros | gzip -1 >all.tar.gz; rm zeros");
}

static void link_loop(struct arena *a, const char *folder)
{
    cr_assert_eq(symlink(".", arena_printf(a, "%s/loop", folder)), 0);
    cr_assert_eq(symlink("/etc/passwd", arena_printf(a, "%s/passwd.json", folder)), 0);
}

static void odd_files(struct arena *a, const char *folder)
{
    cr_assert_eq(mkdir(arena_printf(a, "%s/pods.json", folder), 0700), 0);
    cr_assert_eq(mkfifo(arena_printf(a, "%s/services.json", folder), 0600), 0);
}

static void odd_names(struct arena *a, const char *folder)
{
    run_write(a, folder, "p\xff\n\"%s.json", "{", 1);
}

static const struct {
    const char *name;
    void (*make)(struct arena *a, const char *folder);
    const char *list, *file, *why; /* an entry of "missing" or "skipped" */
} made[] = {
    {"sparse", sparse, "missing", "pods.json", "binary: neither JSON nor YAML nor an archive"},
    {"sparse_list", sparse_list, "missing", "pods.json", "truncated at byte 2147483648"},
    {"deep", deep, "missing", "pods.json",
     "item 0: byte 768: /metadata/metadata: nested deeper than 64"},
    {"gzip_bomb", gzip_bomb, "missing", "pods.json.gz", "more than 200 times its size"},
    {"tar_bomb", tar_bomb, "missing", "all.tar.gz", "more than 200 times its size"},
    {"link_loop", link_loop, "skipped", "loop", "a symbolic link, not followed"},
    {"odd_files", odd_files, "skipped", "services.json", "neither file nor folder"},
    {"odd_names", odd_names, "missing", "p\xef\xbf\xbd", "truncated at byte 1"},
};

static const json_t *entry_of(const json_t *got, const char *list, const char *why)
{
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(got, list), i, entry)
        if (strstr(json_string_value(json_object_get(entry, "why")), why))
            return entry;
    return NULL;
}

Test(bad_input, of_any_size_and_sort_ends_in_time_and_memory, .timeout = 240)
{
    AUTO(arena) a = arena_new();
    struct db_test t;

    db_test_need();
    db_test_init(&t, false);
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        const char *folder = good_folder(a);
        made[i].make(a, folder);
        json_auto_t *got = take_in(a, t.url, made[i].name, folder);
        char *text = json_dumps(got, 0);
        const json_t *entry = entry_of(got, made[i].list, made[i].why);
        const char *file = json_string_value(json_object_get(entry, "file"));
        cr_expect(file && g_str_has_prefix(file, made[i].file), "%s: %s", made[i].name, text);
        cr_expect_eq(json_integer_value(json_object_get(got, "objects")), 2, "%s", text);
        free(text);
        run_remove(folder);
    }
    db_test_done(&t);
}

/* --- what cannot be read at all ------------------------------------------------------------ */

static const struct {
    const char *path; /* below the test's folder */
    const char *says;
} nothing[] = {
    {"there-is-no-such-path", "No such file or directory"},
    {"empty", "no Kubernetes objects in the input"},
    {"loop", "Too many levels of symbolic links"},
    {"note.txt", "no Kubernetes objects in the input"},
    {"note.txt/x", "Not a directory"},
};

Test(bad_input, that_cannot_be_read_at_all_stores_nothing)
{
    AUTO(arena) a = arena_new();
    const char *folder = good_folder(a);
    struct db_test t;

    db_test_need();
    db_test_init(&t, false);
    cr_assert_eq(mkdir(arena_printf(a, "%s/empty", folder), 0700), 0);
    cr_assert_eq(symlink("loop", arena_printf(a, "%s/loop", folder)), 0);
    run_write(a, folder, "note.txt", "hello\n", 6);
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        const char *path = arena_printf(a, "%s/%s", folder, nothing[i].path);
        const char *const args[] = {"--database", t.url, "--cluster", "c", "--from", path, NULL};
        struct run_result r = run_program(a, "graphd-ingest", args);
        cr_expect_eq(r.status, 1, "%s: %d", path, r.status);
        cr_expect(strstr(r.err, nothing[i].says), "%s: %s", path, r.err);
        cr_expect_str_empty(r.out, "%s: %s", path, r.out);
    }
    cr_expect_eq(db_test_int(t.url, "select count(*) from cluster"), 0);
    cr_expect_eq(db_test_int(t.url, "select count(*) from object"), 0);
    db_test_done(&t);
    run_remove(folder);
}
