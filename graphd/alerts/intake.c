/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bodies to normal forms: repairing what a sensor may send, and cutting batches apart. */
#include "graphd/alerts/intake.h"

#include <string.h>

#include <glib.h>

#define ALERT(name) extern const struct alert_format alert_##name;
#include "graphd/alerts/formats.def"
#undef ALERT

static const struct alert_format *const formats[] = {
#define ALERT(name) &alert_##name,
#include "graphd/alerts/formats.def"
#undef ALERT
};

const struct alert_format *intake_format(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

/* The body as valid UTF-8 without a byte order mark and without escaped NULs, NUL-terminated.
 * Both repairs keep the length of the text or shorten what was no text. */
static char *repaired(const char *body, size_t len)
{
    if (len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
        body += 3;
        len -= 3;
    }
    char *text = g_utf8_make_valid(body, (gssize)len);
    for (char *p = strchr(text, '\\'); p && p[1]; p = strchr(p + 2, '\\'))
        if (strncmp(p + 1, "u0000", 5) == 0)
            memcpy(p + 1, "ufffd", 5);
    return text;
}

/* The next document at *at, which is moved behind it.  A number too big for 64 bits makes the whole
 * document be read with floating point: none of the fields that we read may be so big. */
static json_t *next_doc(const char *text, size_t len, size_t *at, struct err *e)
{
    static const size_t flags = JSON_DISABLE_EOF_CHECK;
    json_error_t why;
    json_t *doc = json_loadb(text + *at, len - *at, flags, &why);

    if (!doc && json_error_code(&why) == json_error_numeric_overflow)
        doc = json_loadb(text + *at, len - *at, flags | JSON_DECODE_INT_AS_REAL, &why);
    if (doc) {
        *at += (size_t)why.position;
        return doc;
    }
    int line = why.line;
    for (size_t i = 0; i < *at; i++)
        line += text[i] == '\n';
    err_set(e, ERR_INPUT, "body: line %d column %d: %s", line, why.column, why.text);
    return NULL;
}

static const char *cut(struct arena *a, const char *s, size_t max, bool *was_cut)
{
    size_t n = strlen(s);

    *was_cut = n > max;
    if (*was_cut) {
        const char *end = g_utf8_find_prev_char(s, s + max + 1);
        n = end ? (size_t)(end - s) : 0;
    }
    return arena_strndup(a, s, n);
}

/* SHA-256 over what tells one event from another.  The time is taken as it was sent, for ours has
 * only microseconds. */
static const char *digest(const struct alert *al, struct arena *a)
{
    const char *const parts[] = {al->source, al->origin,           al->hostname,  al->time_text,
                                 al->rule,   al->sel.container_id, al->event_num, al->message};
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        g_checksum_update(sum, (const guchar *)parts[i], (gssize)strlen(parts[i]) + 1);
    return arena_strdup(a, g_checksum_get_string(sum));
}

static bool read_one(const struct alert_format *f, const struct jx *doc, struct arena *a,
                     GArray *out, struct err *e)
{
    struct alert al = {0};

    if (out->len == INTAKE_MOST)
        return err_set(e, ERR_LIMIT, "body: more than %d alerts in one request", INTAKE_MOST);
    if (!f->parse(doc, a, &al, e))
        return false;
    char *raw = json_dumps(doc->v, JSON_COMPACT);
    al.source = f->name;
    al.raw = cut(a, raw ? raw : "", ALERT_MAX_RAW, &al.raw_cut);
    free(raw);
    if (!*al.dedup_key)
        al.dedup_key = digest(&al, a);
    g_array_append_val(out, al);
    return true;
}

static bool read_doc(const struct alert_format *f, const json_t *doc, struct arena *a, GArray *out,
                     struct err *e)
{
    struct jx root = jx_root(doc);

    if (!json_is_array(doc))
        return read_one(f, &root, a, out, e);
    for (size_t i = 0; i < jx_count(&root); i++) {
        struct jx item = jx_at(&root, i);
        if (!read_one(f, &item, a, out, e))
            return false;
    }
    return true;
}

static size_t skip_space(const char *text, size_t at)
{
    return at + strspn(text + at, " \t\r\n\x1e"); /* with the separator of RFC 7464 */
}

bool intake_parse(const struct alert_format *f, const char *body, size_t len, struct arena *a,
                  struct intake_batch *out, struct err *e)
{
    g_autofree char *text = repaired(body, len);
    g_autoptr(GArray) alerts = g_array_new(FALSE, FALSE, sizeof(struct alert));
    size_t end = strlen(text), at = skip_space(text, 0), ndocs = 0;
    bool object = text[at] == '{';

    if (at == end)
        return err_set(e, ERR_INPUT, "body: is empty");
    if (!object && text[at] != '[')
        return err_set(e, ERR_MEDIA,
                       "body: want JSON, got other text (Falco sends JSON with json_output: true)");
    for (; at < end; at = skip_space(text, at), ndocs++) {
        json_auto_t *doc = next_doc(text, end, &at, e);
        if (!doc)
            return false;
        if (!read_doc(f, doc, a, alerts, e))
            return ndocs ? err_wrap(e, "document %zu", ndocs + 1) : false;
    }
    if (alerts->len == 0)
        return err_set(e, ERR_INPUT, "body: holds no alert");
    out->single = object && ndocs == 1;
    out->count = alerts->len;
    out->alerts = arena_memdup(a, alerts->data, alerts->len * sizeof(struct alert));
    return true;
}
