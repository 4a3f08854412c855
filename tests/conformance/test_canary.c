/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A word planted wherever somebody may have put a secret must be found nowhere: not in the whole
 * database, not in what the programs print, not in what they answer.  The places are those of
 * tests/cases/kinds/KIND/full; a second word, in a label, shows that the search finds things. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>
#include <jansson.h>

#include "ingest/kind.h"
#include "tests/api/api_test.h"
#include "tests/db/db_test.h"
#include "tests/support/kind_cases.h"
#include "tests/support/run_program.h"

#define WORD "Kanarienvogel7"
#define KEPT "Sperling7"

/* --- the search ---------------------------------------------------------------------------- */

/* What a text must not contain: the word, as base64 at each of three offsets, and as escapes. */
static const char *const disguises[] = {
    "kanarienvogel7",     "kanarienvogel",         "s2fuyxjpzw52b2dlb",         "thbmfyawvudm9nzww",
    "lyw5hcmllbnzvz2vsn", "\\u004b\\u0061\\u006e", "4b616e617269656e766f67656c"};

static char *encoded(const char *text)
{
    return g_base64_encode((const guchar *)text, strlen(text));
}

static char *escaped(const char *text)
{
    GString *out = g_string_new(NULL);

    for (; *text; text++)
        g_string_append_printf(out, "\\u%04x", (unsigned char)*text);
    return g_string_free(out, FALSE);
}

static const char *find(const char *text)
{
    g_autofree char *low = g_ascii_strdown(text, -1);

    for (size_t i = 0; i < ARRAY_LEN(disguises); i++) {
        const char *at = strstr(low, disguises[i]);
        if (at)
            return text + (at - low);
    }
    return NULL;
}

static void expect_none(const char *where, const char *text)
{
    const char *at = find(text);

    cr_expect_null(at, "%s: ...%.160s", where, at - text > 80 ? at - 80 : text);
}

Test(canary, is_found_in_every_disguise)
{
    for (int shift = 0; shift < 3; shift++) {
        g_autofree char *plain = g_strdup_printf("%.*s" WORD "!", shift, "xy");
        g_autofree char *base64 = encoded(plain), *escapes = escaped(plain);
        cr_expect(find(plain) && find(base64) && find(escapes), "%s", plain);
    }
    cr_expect_null(find("Kanarie"));
}

/* Every row of every table, partitions too, as text. */
static char *dump(const char *url)
{
    g_autofree char *names = db_test_text(
        url,
        "select string_agg(quote_ident(schemaname) || '.' || quote_ident(tablename), ' ') from "
        "pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
    g_auto(GStrv) table = g_strsplit(names, " ", -1);
    GString *all = g_string_new(NULL);

    cr_assert_geq(g_strv_length(table), 8, "%s", names);
    for (char **t = table; *t; t++) {
        g_autofree char *sql =
            g_strdup_printf("select coalesce(string_agg(t::text, E'\\n'), '') from only %s t", *t);
        g_autofree char *rows = db_test_text(url, sql);
        g_string_append_printf(all, "%s\n%s\n", *t, rows);
    }
    return g_string_free(all, FALSE);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;

    while ((text = strstr(text, part))) {
        text += strlen(part);
        n++;
    }
    return n;
}

/* --- planting ------------------------------------------------------------------------------ */

static char *replaced(const char *text, const char *what, const char *by)
{
    g_auto(GStrv) parts = g_strsplit(text, what, -1);

    return g_strjoinv(by, parts);
}

/* The full case of a kind with our word in it, as base64 where the API has base64. */
static json_t *planted(const struct kind *k)
{
    g_autofree char *dir = kind_cases(k);
    g_autofree char *path = g_strconcat(dir, "/full/input.json", NULL);
    g_autofree char *text = NULL, *base64 = encoded(WORD);
    const char *key;
    json_t *value;
    void *tmp;

    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    g_autofree char *ours = replaced(text, "CANARY", WORD);
    json_t *doc = json_loads(ours, 0, NULL);
    cr_assert(doc, "%s", path);
    json_object_foreach_safe(json_object_get(doc, "data"), tmp, key,
                             value) if (strcmp(k->kind, "Secret") == 0)
        json_object_set_new(json_object_get(doc, "data"), key, json_string(base64));
    json_t *labels = json_object_get(json_object_get(doc, "metadata"), "labels");
    cr_assert(json_is_object(labels), "%s", path);
    json_object_set_new(labels, "kept", json_string(KEPT));
    return doc;
}

static json_t *named(const struct kind *k)
{
    json_t *doc = planted(k);
    g_autofree char *version = g_strdup_printf("%s%sv1", k->group, *k->group ? "/" : "");

    json_object_set_new(doc, "apiVersion", json_string(version));
    json_object_set_new(doc, "kind", json_string(k->kind));
    return doc;
}

static void write_doc(struct arena *a, const char *folder, const char *name, const json_t *doc)
{
    char *text = json_dumps(doc, JSON_INDENT(2));

    run_write(a, folder, name, text, strlen(text));
    free(text);
}

/* What the API server answers: one list a kind. */
static void write_lists(struct arena *a, const char *folder)
{
    for (const struct kind *const *k = kinds; *k; k++) {
        json_auto_t *single = named(*k);
        json_auto_t *list =
            json_pack("{s:s, s:O, s:{s:s}, s:[o]}", "kind", arena_printf(a, "%sList", (*k)->kind),
                      "apiVersion", json_object_get(single, "apiVersion"), "metadata",
                      "resourceVersion", WORD, "items", planted(*k));
        write_doc(a, folder, arena_printf(a, "%s.json", (*k)->resource), list);
    }
}

/* kubectl get -o json, our word written in escapes. */
static void write_kubectl(struct arena *a, const char *folder)
{
    json_auto_t *list = json_pack("{s:s, s:s, s:{s:s}, s:[]}", "kind", "List", "apiVersion", "v1",
                                  "metadata", "resourceVersion", WORD, "items");
    g_autofree char *escapes = escaped(WORD);

    for (const struct kind *const *k = kinds; *k; k++)
        json_array_append_new(json_object_get(list, "items"), named(*k));
    char *text = json_dumps(list, 0);
    g_autofree char *hidden = replaced(text, WORD, escapes);
    run_write(a, folder, "all.json", hidden, strlen(hidden));
    free(text);
}

/* Block style, as people write it; texts in double quotes, which are JSON's. */
static void yaml(GString *out, const json_t *v, int indent)
{
    const char *key;
    json_t *member;
    size_t i;

    if ((!json_is_object(v) && !json_is_array(v)) ||
        (json_is_object(v) ? json_object_size(v) : json_array_size(v)) == 0) {
        char *text = json_dumps(v, JSON_ENCODE_ANY);
        g_string_append_printf(out, " %s\n", text);
        free(text);
        return;
    }
    g_string_append_c(out, '\n');
    json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
        g_string_append_printf(out, "%*s\"%s\":", indent, "", key);
        yaml(out, member, indent + 2);
    }
    json_array_foreach (v, i, member) {
        g_string_append_printf(out, "%*s-", indent, "");
        yaml(out, member, indent + 2);
    }
}

static void write_yaml(struct arena *a, const char *folder)
{
    GString *out = g_string_new("# " WORD "\n");

    for (const struct kind *const *k = kinds; *k; k++) {
        json_auto_t *doc = named(*k);
        g_string_append(out, "---");
        yaml(out, doc, 0);
    }
    run_write(a, folder, "all.yaml", out->str, out->len);
    g_string_free(out, TRUE);
}

static void write_archive(struct arena *a, const char *folder)
{
    const char *lists = arena_printf(a, "%s/lists", folder);
    const char *tar = arena_printf(a, "%s/all.tar.gz", folder);
    gchar *argv[] = {(char *)"tar",
                     (char *)"-czf",
                     (char *)(uintptr_t)tar,
                     (char *)"-C",
                     (char *)(uintptr_t)folder,
                     (char *)"lists",
                     NULL};
    int status;

    cr_assert_eq(g_mkdir_with_parents(lists, 0700), 0);
    write_lists(a, lists);
    cr_assert(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status,
                           NULL) &&
              status == 0);
    run_remove(lists);
}

static const struct {
    const char *cluster;
    void (*write)(struct arena *a, const char *folder);
} forms[] = {
    {"lists", write_lists},
    {"kubectl", write_kubectl},
    {"yaml", write_yaml},
    {"archive", write_archive},
};

static void take_in(struct arena *a, const char *url, const char *cluster, const char *folder)
{
    struct run_result r = run_program(
        a, "graphd-ingest",
        (const char *const[]){"--database", url, "--cluster", cluster, "--from", folder, NULL});

    cr_expect_eq(r.status, 0, "%s: %s", cluster, r.err);
    expect_none(cluster, r.out);
    expect_none(cluster, r.err);
}

static size_t nkinds(void)
{
    size_t n = 0;

    while (kinds[n])
        n++;
    return n;
}

Test(canary, of_no_kind_in_no_form_reaches_the_database, .timeout = 120)
{
    AUTO(arena) a = arena_new();
    struct db_test t;

    db_test_need();
    db_test_init(&t, false);
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        const char *folder = run_folder(a);
        forms[i].write(a, folder);
        take_in(a, t.url, forms[i].cluster, folder);
        run_remove(folder);
    }
    cr_expect_eq(db_test_int(t.url, "select count(*) from object"),
                 (int64_t)(ARRAY_LEN(forms) * nkinds()));
    g_autofree char *all = dump(t.url);
    expect_none("database", all);
    cr_expect_geq(count(all, KEPT), ARRAY_LEN(forms) * nkinds());
    db_test_done(&t);
}

/* --- broken input, whose messages quote it ------------------------------------------------- */

enum { A_FOLDER = 90 }; /* fewer than the messages that are kept */

struct breaker {
    struct arena *arena;
    const char *url, *folder;
    const struct kind *kind;
    json_t *root;
    GString *stream; /* documents, one after another */
    size_t ndocs, nfiles, nruns, messages;
};

/* Reads what was collected, and stores every eighth of it. */
static void read_broken(struct breaker *b)
{
    if (!b->ndocs && !b->nfiles)
        return;
    write_doc(b->arena, b->folder, "good.json", b->root);
    run_write(b->arena, b->folder, "stream.json", b->stream->str, b->stream->len);
    struct run_result r = run_program(
        b->arena, "graphd-ingest",
        (const char *const[]){"--dry-run", "--output", "json", "--from", b->folder, NULL});
    cr_expect_eq(r.status, 0, "%s: %s", b->kind->kind, r.err);
    expect_none(b->kind->kind, r.out);
    expect_none(b->kind->kind, r.err);
    b->messages += count(r.out, "\"why\":");
    if (b->nruns++ % 8 == 0)
        take_in(b->arena, b->url, "broken", b->folder);
    run_remove(b->folder);
    b->folder = run_folder(b->arena);
    g_string_truncate(b->stream, 0);
    b->ndocs = b->nfiles = 0;
}

/* A document whose end can be found. */
static void add_wrong(struct breaker *b, const char *text)
{
    if (b->ndocs++ == A_FOLDER)
        read_broken(b);
    g_string_append_printf(b->stream, "%s\n", text);
}

/* A text that may swallow what follows. */
static void add_broken(struct breaker *b, const char *text, size_t len)
{
    if (b->nfiles == A_FOLDER)
        read_broken(b);
    run_write(b->arena, b->folder, arena_printf(b->arena, "%zu.json", b->nfiles++), text, len);
}

/* Whether the kind keeps all that stands below a place, whatever it is ("spec.selector.*"). */
static bool kept_whole(const struct kind *k, const char *place)
{
    for (const char *const *path = k->keep; *path; path++)
        if (g_str_has_suffix(*path, ".*") && strncmp(place, *path, strlen(*path) - 2) == 0)
            return true;
    return g_str_has_prefix(place, "metadata.labels.");
}

static json_t *wrong(const struct breaker *b, const json_t *v, const char *place)
{
    const char *word = kept_whole(b->kind, place) ? "x" : WORD;

    if (json_is_string(v))
        return json_pack("{s:s}", "x", word);
    return json_is_object(v) || json_is_array(v) ? json_integer(7) : json_pack("[s]", word);
}

static void add_root(struct breaker *b)
{
    char *text = json_dumps(b->root, 0);

    add_wrong(b, text);
    free(text);
}

/* The document with one member twice. */
static void add_twin(struct breaker *b, json_t *parent, const char *key)
{
    g_autofree char *twin = g_strdup_printf("\"%s\"", key);

    json_object_set(parent, "@twin", json_object_get(parent, key));
    char *text = json_dumps(b->root, 0);
    g_autofree char *twice = replaced(text, "\"@twin\"", twin);
    add_wrong(b, twice);
    free(text);
    json_object_del(parent, "@twin");
}

/* Each value in turn is of another type; each member in turn is there twice. */
static void break_each(struct breaker *b, json_t *v, const char *place)
{
    const char *dot = *place ? "." : "", *key;
    json_t *member;
    void *tmp;

    json_object_foreach_safe(v, tmp, key, member)
    {
        g_autofree char *name = g_strdup(key), *at = g_strdup_printf("%s%s%s", place, dot, key);
        json_incref(member);
        json_object_set_new(v, name, wrong(b, member, at));
        add_root(b);
        json_object_set(v, name, member);
        add_twin(b, v, name);
        break_each(b, member, at);
        json_decref(member);
    }
    for (size_t i = 0; i < json_array_size(v); i++) {
        g_autofree char *at = g_strdup_printf("%s[]", place);
        member = json_incref(json_array_get(v, i));
        json_array_set_new(v, i, wrong(b, member, at));
        add_root(b);
        json_array_set(v, i, member);
        break_each(b, member, at);
        json_decref(member);
    }
}

/* Each time that the word stands in the text, something that does not belong there follows. */
static void break_texts(struct breaker *b)
{
    static const char *const intruders[] = {"\xff", "\n",     "\\x",    "\\u00",
                                            "\"",   "\" \"x", "\\u0000"};
    char *text = json_dumps(b->root, 0);
    size_t turn = 0;

    for (char *at = text; (at = strstr(at, WORD)); turn++) {
        at += strlen(WORD);
        const char *with = intruders[turn % ARRAY_LEN(intruders)];
        g_autofree char *bad = g_strdup_printf("%.*s%s%s", (int)(at - text), text, with, at);
        add_broken(b, bad, strlen(bad));
        add_broken(b, text, (size_t)(at - text)); /* truncated behind it */
    }
    free(text);
}

Test(canary, is_in_no_message_about_broken_input, .timeout = 240)
{
    AUTO(arena) a = arena_new();
    struct db_test t;

    db_test_need();
    db_test_init(&t, false);
    struct breaker b = {
        .arena = a, .url = t.url, .folder = run_folder(a), .stream = g_string_new(NULL)};
    for (const struct kind *const *k = kinds; *k; k++) {
        b.kind = *k;
        b.root = named(*k);
        break_each(&b, b.root, "");
        break_texts(&b);
        read_broken(&b);
        json_decref(b.root);
    }
    run_remove(b.folder);
    g_string_free(b.stream, TRUE);
    cr_expect_gt(b.messages, 1000);
    g_autofree char *all = dump(t.url);
    expect_none("database", all);
    cr_expect(strstr(all, KEPT));
    db_test_done(&t);
}

/* Texts that YAML takes for something else: passwords often look like this. */
Test(canary, is_in_no_message_about_yaml)
{
    static const char *const values[] = {
        "*" WORD,          "!!int " WORD,
        "!!binary " WORD,  "!!float " WORD,
        "!" WORD " x",     "%" WORD,
        "@" WORD,          "`" WORD,
        "\"" WORD,         "'" WORD,
        "\"" WORD "\\q\"", "{" WORD,
        "[" WORD ", ",     WORD ": x",
        "? " WORD,         "\t" WORD,
        "\"" WORD "\" x",  "!<" WORD,
        "!" WORD "!a b",   "&" WORD " *x",
        "|" WORD,          ">-9" WORD,
        "\xff" WORD,       WORD "\x01",
        "!!null " WORD,    "!!bool " WORD,
        "<<: " WORD,       "{? [" WORD "] : 1}",
        "{*" WORD " : 1}", "{!!int " WORD ": 1}",
    };
    AUTO(arena) a = arena_new();
    const char *folder = run_folder(a);

    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        const char *text =
            arena_printf(a,
                         "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s%zu\nstringData:\n"
                         "  password: %s\n",
                         i, values[i]);
        run_write(a, folder, arena_printf(a, "%02zu.yaml", i), text, strlen(text));
    }
    struct run_result r =
        run_program(a, "graphd-ingest",
                    (const char *const[]){"--dry-run", "--output", "json", "--from", folder, NULL});
    expect_none("output", r.out);
    expect_none("errors", r.err);
    cr_expect_geq(count(r.out, "\"why\":"), 20, "%s", r.out);
    run_remove(folder);
}

/* --- graphd -------------------------------------------------------------------------------- */

/* Takes in what graphd has logged so far, so that its pipe does not fill up. */
static void drain(const struct api *api, GString *log)
{
    struct pollfd p = {.fd = api->log, .events = POLLIN};
    char piece[4096];
    ssize_t n;

    while (poll(&p, 1, 0) == 1 && (n = read(api->log, piece, sizeof(piece))) > 0)
        g_string_append_len(log, piece, n);
}

/* Reads an answer whole, which must not hold the word. */
static json_t *ask(const struct api *api, const char *path, int status)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_get(api, a, path, "", &r);
    cr_expect_eq(r.status, status, "%s: %d %s", path, r.status, r.body);
    expect_none(path, r.head);
    expect_none(path, r.body);
    return json_loads(r.body, 0, NULL);
}

static void wait_ready(const struct api *api)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;
    int patience = 100;

    for (api_get(api, a, "/readyz", "", &r); r.status != 200; api_get(api, a, "/readyz", "", &r)) {
        cr_assert(patience-- > 0, "%s", r.body);
        usleep(50000);
    }
}

static size_t ask_all_nodes(const struct api *api, GString *log)
{
    g_autofree char *path = g_strdup("/v1/nodes?limit=500");
    const json_t *node;
    size_t i, seen = 0;

    while (path) {
        json_auto_t *page = ask(api, path, 200);
        const char *next = json_string_value(json_object_get(page, "next"));
        json_array_foreach (json_object_get(page, "items"), i, node) {
            const char *key = json_string_value(json_object_get(node, "key"));
            g_autofree char *safe = g_uri_escape_string(key ? key : "", NULL, FALSE);
            g_autofree char *one = g_strdup_printf("/v1/node?key=%s", safe);
            json_decref(ask(api, one, 200));
            seen++;
        }
        drain(api, log);
        g_free(path);
        path = next ? g_strdup_printf("/v1/nodes?limit=500&cursor=%s", next) : NULL;
    }
    return seen;
}

static void send_alert(const struct api *api, const char *body, int status)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;
    int fd = api_connect(api);

    cr_assert_geq(fd, 0);
    api_say(fd, arena_printf(a,
                             "POST /v1/webhooks/falco HTTP/1.1\r\nHost: localhost\r\n"
                             "Content-Length: %zu\r\n\r\n%s",
                             strlen(body), body));
    api_read(fd, a, false, &r);
    cr_expect_eq(r.status, status, "%s: %d %s", body, r.status, r.body);
    close(fd);
}

#define ALERT_HEAD "{\"rule\":\"Shell\",\"priority\":\"Notice\",\"source\":\"syscall\","
#define ALERT_TIME "\"time\":\"2026-01-01T00:00:05Z\","
#define ALERT_REST                                                                                 \
    "\"output\":\"" WORD "\",\"output_fields\":{\"proc.cmdline\":\"mysql -p" WORD                  \
    "\",\"container.id\":\"0123456789ab\"}}"

static const struct {
    const char *body;
    int status;
} alerts[] = {
    {ALERT_HEAD ALERT_TIME ALERT_REST, 200},
    {ALERT_HEAD ALERT_REST, 400},
    {ALERT_HEAD "\"time\":\"" WORD "\"," ALERT_REST, 400},
    {"{\"rule\":\"" WORD "\",\"priority\":\"" WORD "\"," ALERT_TIME ALERT_REST, 400},
    {ALERT_HEAD ALERT_TIME "\"output\":\"" WORD, 400},
    {ALERT_HEAD ALERT_TIME "\"output_fields\":\"" WORD "\"}", 400},
    {ALERT_HEAD ALERT_TIME "\"output\":\"" WORD "\xff\"}", 200}, /* repaired */
    {"05:06:07: Notice " WORD, 415},
};

Test(canary, is_in_no_answer_and_no_log_of_graphd, .timeout = 120)
{
    AUTO(arena) a = arena_new();
    g_autoptr(GString) log = g_string_new(NULL);
    const char *folder = run_folder(a);
    struct db_test t;
    struct api api;

    db_test_need();
    db_test_init(&t, false);
    write_kubectl(a, folder);
    take_in(a, t.url, "kubectl", folder);
    run_remove(folder);
    api_start(&api, (const char *const[]){"--database", t.url, "--log-level", "debug", NULL});
    wait_ready(&api);
    cr_expect_eq(ask_all_nodes(&api, log),
                 (size_t)db_test_int(t.url, "select count(*) from node where valid_to is null"));
    json_decref(ask(&api, "/metrics", 200));
    json_decref(ask(&api, "/v1/clusters", 200));
    json_decref(ask(&api, "/v1/snapshot", 200));
    for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
        send_alert(&api, alerts[i].body, alerts[i].status);
    drain(&api, log);
    cr_expect_eq(api_stop(&api, SIGTERM), 0, "%s", api.seen);
    g_string_append(log, api.seen);
    cr_expect(strstr(log->str, "http.request") && strstr(log->str, "snapshot.loaded"));
    expect_none("log", log->str);
    db_test_done(&t);
}
