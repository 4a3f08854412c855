/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The programs are run as an operator runs them. */
#include "tests/support/http_agree.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib.h>

void http_agree_init(struct http_agree *h)
{
    *h = (struct http_agree){.fd = -1};
    db_test_init(&h->t, false);
}

/* graphd-ingest with these options; its standard output, to be freed. */
static char *ingest(const char *cluster, const char *path, const char *how, const char *value)
{
    const char *bin = getenv("GRAPHD_BIN");
    g_autofree char *program =
        g_build_filename(bin ? bin : "build/release/bin", "graphd-ingest", NULL);
    const char *argv[] = {program,    "--cluster", cluster, "--from", path,
                          "--output", "json",      how,     value,    NULL};
    g_autoptr(GError) why = NULL;
    g_autofree char *trouble = NULL;
    char *out = NULL;
    int status = 0;

    cr_assert(g_spawn_sync(NULL, (char **)(uintptr_t)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out,
                           &trouble, &status, &why),
              "%s: %s", program, why ? why->message : "");
    cr_assert_eq(status, 0, "graphd-ingest of %s: %s", path, trouble);
    return out;
}

json_t *http_agree_print(const char *cluster, const char *path)
{
    g_autofree char *text = ingest(cluster, path, "--dry-run", NULL);
    json_error_t why;
    json_t *doc = json_loads(text, JSON_REJECT_DUPLICATES, &why);

    cr_assert(doc, "%s: %s", path, why.text);
    return doc;
}

void http_agree_store(const struct http_agree *h, const char *cluster, const char *path)
{
    g_free(ingest(cluster, path, "--database", h->t.url));
}

void http_agree_serve(struct http_agree *h)
{
    int patience = 200;

    api_start(&h->api, (const char *const[]){"--database", h->t.url, NULL});
    for (;;) {
        AUTO(arena) a = arena_new();
        struct api_reply r;
        api_get(&h->api, a, "/readyz", "", &r);
        if (r.status == 200)
            return;
        cr_assert(patience-- > 0, "not ready: %s %s", r.body, h->api.seen);
        usleep(50000);
    }
}

json_t *http_agree_ask(struct http_agree *h, const char *path, const json_t *body)
{
    g_autoptr(GString) request = g_string_new(NULL);
    g_autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    AUTO(arena) a = arena_new();
    struct api_reply r;
    json_error_t why;

    g_string_printf(request, "%s %s HTTP/1.1\r\nHost: localhost\r\n", text ? "POST" : "GET", path);
    if (text)
        g_string_append_printf(request,
                               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                               strlen(text), text);
    else
        g_string_append(request, "\r\n");
    if (h->fd < 0)
        h->fd = api_connect(&h->api);
    cr_assert(h->fd >= 0 && api_send(h->fd, request->str, request->len), "%s: no connection", path);
    api_read(h->fd, a, false, &r);
    cr_assert_eq(r.status, 200, "%s: %d %s", path, r.status, r.body);
    json_t *doc = json_loads(r.body, JSON_REJECT_DUPLICATES, &why);
    cr_assert(doc, "%s: %s: %.200s", path, why.text, r.body);
    h->requests++;
    return doc;
}

void http_agree_done(struct http_agree *h)
{
    close(h->fd);
    cr_expect_eq(api_stop(&h->api, SIGTERM), 0, "%s", h->api.seen);
    db_test_done(&h->t);
}
