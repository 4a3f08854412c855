/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only file that knows libcurl. */
#include "base/fetch.h"

#include <pthread.h>
#include <string.h>

#include <curl/curl.h>
#include <glib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

struct body {
    GString *text;
    size_t max;
    bool too_large;
};

static void start(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        must_die("libcurl does not start");
}

static size_t take(char *bytes, size_t size, size_t n, void *arg)
{
    struct body *b = arg;

    if (size * n > b->max - b->text->len) {
        b->too_large = true;
        return 0;
    }
    g_string_append_len(b->text, bytes, (gssize)(size * n));
    return size * n;
}

static void set_up(CURL *c, const struct fetch_request *q, struct curl_slist *headers,
                   struct body *b, char *why)
{
    curl_easy_setopt(c, CURLOPT_URL, q->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "graphd");
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, q->timeout_ms ? q->timeout_ms : 30000L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, b);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (q->body) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body);
    }
    if (q->method)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
}

bool fetch_do(const struct fetch_request *q, struct arena *a, struct fetch_answer *out,
              struct err *e)
{
    char why[CURL_ERROR_SIZE] = "";
    g_autoptr(GString) text = g_string_new(NULL);
    struct body b = {text, q->max_bytes ? q->max_bytes : (size_t)64 << 20, false};
    struct curl_slist *headers = NULL;
    char *type = NULL;
    long status = 0;

    pthread_once(&once, start);
    CURL *c = curl_easy_init();
    if (!c)
        must_die("out of memory");
    if (q->content_type)
        headers = curl_slist_append(headers, arena_printf(a, "Content-Type: %s", q->content_type));
    headers = curl_slist_append(headers, "Expect:");
    set_up(c, q, headers, &b, why);
    CURLcode rc = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
    out->status = (int)status;
    out->content_type = arena_strdup(a, type ? type : "");
    out->body = arena_memdup(a, text->str, text->len + 1);
    out->body_len = text->len;
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);

    if (b.too_large)
        return err_set(e, ERR_LIMIT, "%s: answer is larger than %zu bytes", q->url, b.max);
    if (rc == CURLE_OPERATION_TIMEDOUT)
        return err_set(e, ERR_TIMEOUT, "%s: %s", q->url, why);
    if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT)
        return err_set(e, ERR_INPUT, "%s: want an http or https URL", q->url);
    if (rc != CURLE_OK)
        return err_set(e, ERR_IO, "%s: %s", q->url, why[0] ? why : curl_easy_strerror(rc));
    return true;
}

const char *fetch_escape(struct arena *a, const char *text)
{
    g_autofree char *safe = g_uri_escape_string(text, NULL, FALSE);

    return arena_strdup(a, safe);
}
