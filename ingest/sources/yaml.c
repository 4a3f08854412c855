/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libyaml's events, written as JSON while they come. */
#include "ingest/sources/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <yaml.h>

#include "ingest/sources/scalar.h"

enum { DEEPEST = 128, FLUSH_BYTES = 64 << 10 };

/* A collection that is open. */
struct level {
    bool mapping, want_key, more;
    size_t anchor_from; /* where its text begins, if it has an anchor */
    char *anchor;       /* NULL: none */
};

struct yaml {
    const struct reader *in;
    const struct yaml_limits *limits;
    const struct yaml_sink *sink;
    struct err *e;
    bool stopped; /* the reader or a callback has failed; *e says how */
    yaml_parser_t parser;
    size_t unread;          /* bytes taken since the last event: a bound on one scalar */
    GString *piece;         /* the last bytes taken, to find the line of one that is no UTF-8 */
    size_t piece_at;        /* where they begin, */
    yaml_mark_t piece_mark; /* in lines and columns */
    bool too_long;
    GString *out;
    struct level levels[DEEPEST];
    size_t depth;
    unsigned anchors_open;
    size_t alias_bytes;
    GHashTable *anchors; /* name -> GString, JSON text */
    bool bad;            /* this document: nothing more of it is written */
};

/* Moves a mark over text, a byte a column. */
static void pass(yaml_mark_t *at, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        at->line += text[i] == '\n';
        at->column = text[i] == '\n' ? 0 : at->column + 1;
    }
}

static int feed(void *arg, unsigned char *buf, size_t room, size_t *got)
{
    struct yaml *y = arg;

    if (y->unread > y->limits->item_bytes) {
        y->too_long = true;
        return 0;
    }
    ssize_t n = y->in->read(y->in->arg, (char *)buf, room, y->e);
    y->stopped = n < 0;
    *got = n > 0 ? (size_t)n : 0;
    y->unread += *got;
    pass(&y->piece_mark, y->piece->str, y->piece->len);
    y->piece_at += y->piece->len;
    g_string_truncate(y->piece, 0);
    g_string_append_len(y->piece, (const char *)buf, (gssize)*got);
    return n >= 0;
}

static bool flush(struct yaml *y)
{
    bool ok = !y->out->len || y->sink->json(y->sink->arg, y->out->str, y->out->len, y->e);

    g_string_truncate(y->out, 0);
    y->stopped |= !ok;
    return ok;
}

/* The document cannot be used; its remaining events are passed over.  Returns: false if the sink
 * wants to stop. */
static bool refuse(struct yaml *y, const yaml_mark_t *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool refuse(struct yaml *y, const yaml_mark_t *at, const char *fmt, ...)
{
    char words[160], text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    snprintf(text, sizeof(text), "line %zu, column %zu: %s", at->line + 1, at->column + 1, words);
    y->bad = true;
    g_string_truncate(y->out, 0);
    bool ok = y->sink->broken(y->sink->arg, text, y->e);
    y->stopped |= !ok;
    return ok;
}

static void forget(struct yaml *y)
{
    while (y->depth)
        g_clear_pointer(&y->levels[--y->depth].anchor, g_free);
    g_hash_table_remove_all(y->anchors);
    y->anchors_open = 0;
    y->alias_bytes = 0;
}

/* --- values -------------------------------------------------------------------------------- */

static void quote(GString *out, const char *s, size_t len)
{
    size_t run = 0;

    g_string_append_c(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        g_string_append_len(out, s + run, (gssize)(i - run));
        if (c < 0x20)
            g_string_append_printf(out, "\\u%04x", c);
        else {
            g_string_append_c(out, '\\');
            g_string_append_c(out, (char)c);
        }
        run = i + 1;
    }
    g_string_append_len(out, s + run, (gssize)(len - run));
    g_string_append_c(out, '"');
}

/* What stands before a value or key: nothing, a comma or a colon. */
static void before(struct yaml *y)
{
    struct level *l = y->depth ? &y->levels[y->depth - 1] : NULL;

    if (!l)
        return;
    if (l->mapping && !l->want_key)
        g_string_append_c(y->out, ':');
    else if (l->more)
        g_string_append_c(y->out, ',');
    l->more = true;
}

static void after(struct yaml *y)
{
    struct level *l = y->depth ? &y->levels[y->depth - 1] : NULL;

    if (l && l->mapping)
        l->want_key = !l->want_key;
}

static bool is_key(const struct yaml *y)
{
    return y->depth && y->levels[y->depth - 1].mapping && y->levels[y->depth - 1].want_key;
}

/* Keeps the text of an anchored value that began at `from`. */
static bool remember(struct yaml *y, const char *anchor, size_t from, const yaml_mark_t *at)
{
    size_t len = y->out->len - from;

    y->alias_bytes += len;
    if (y->alias_bytes > y->limits->alias_bytes)
        return refuse(y, at, "anchors hold more than %zu bytes", y->limits->alias_bytes);
    g_hash_table_replace(y->anchors, g_strdup(anchor),
                         g_string_new_len(y->out->str + from, (gssize)len));
    return true;
}

static bool on_scalar(struct yaml *y, const yaml_event_t *ev)
{
    const char *s = (const char *)ev->data.scalar.value;
    const char *tag = (const char *)ev->data.scalar.tag;
    size_t len = ev->data.scalar.length;
    bool key = is_key(y), plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    char number[SCALAR_NUMBER];
    enum scalar kind = scalar_resolve(s, len, plain, tag, number);

    if (kind == SCALAR_MERGE && key)
        return refuse(y, &ev->start_mark, "merge keys (<<) are not supported");
    if (kind == SCALAR_REFUSED || (key && kind == SCALAR_NULL))
        return refuse(y, &ev->start_mark, "%.60s has no meaning in JSON", *s ? s : "null as a key");
    before(y);
    size_t from = y->out->len;
    if (kind == SCALAR_TEXT || kind == SCALAR_MERGE) {
        quote(y->out, s, len);
    } else {
        const char *word = kind == SCALAR_NULL    ? "null"
                           : kind == SCALAR_TRUE  ? "true"
                           : kind == SCALAR_FALSE ? "false"
                                                  : number;
        g_string_append_printf(y->out, key ? "\"%s\"" : "%s", word);
    }
    after(y);
    return !ev->data.scalar.anchor ||
           remember(y, (const char *)ev->data.scalar.anchor, from, &ev->start_mark);
}

static bool on_alias(struct yaml *y, const yaml_event_t *ev)
{
    const char *name = (const char *)ev->data.alias.anchor;
    const GString *text = g_hash_table_lookup(y->anchors, name);

    /* The name is not repeated: a password that begins with an asterisk looks like an alias. */
    if (!text)
        return refuse(y, &ev->start_mark,
                      "an alias without an anchor before it (quote a text that begins with *)");
    if (is_key(y) && text->str[0] != '"')
        return refuse(y, &ev->start_mark, "an alias of what is no text, as a key");
    y->alias_bytes += text->len;
    if (y->alias_bytes > y->limits->alias_bytes)
        return refuse(y, &ev->start_mark, "aliases repeat more than %zu bytes",
                      y->limits->alias_bytes);
    before(y);
    g_string_append_len(y->out, text->str, (gssize)text->len);
    after(y);
    return true;
}

static bool on_start(struct yaml *y, bool mapping, const yaml_char_t *anchor, const yaml_mark_t *at)
{
    if (is_key(y))
        return refuse(y, at, "a key that is a collection (a template that was not rendered?)");
    if (y->depth >= DEEPEST || y->depth >= y->limits->depth)
        return refuse(y, at, "nested deeper than %zu", y->limits->depth);
    before(y);
    y->levels[y->depth++] = (struct level){
        .mapping = mapping,
        .want_key = mapping,
        .anchor_from = y->out->len,
        .anchor = anchor ? g_strdup((const char *)anchor) : NULL,
    };
    y->anchors_open += anchor != NULL;
    g_string_append_c(y->out, mapping ? '{' : '[');
    return true;
}

static bool on_end(struct yaml *y, const yaml_mark_t *at)
{
    struct level l = y->levels[--y->depth];
    g_autofree char *anchor = l.anchor;

    g_string_append_c(y->out, l.mapping ? '}' : ']');
    after(y);
    if (!anchor)
        return true;
    y->anchors_open--;
    return remember(y, anchor, l.anchor_from, at);
}

static bool end_document(struct yaml *y)
{
    bool ok = true;

    forget(y);
    if (!y->bad) {
        g_string_append_c(y->out, '\n');
        ok = flush(y);
    }
    y->bad = false;
    return ok;
}

static bool on_event(struct yaml *y, const yaml_event_t *ev)
{
    if (ev->type == YAML_DOCUMENT_END_EVENT)
        return end_document(y);
    if (y->bad)
        return true;
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(y, ev);
    case YAML_ALIAS_EVENT:
        return on_alias(y, ev);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(y, false, ev->data.sequence_start.anchor, &ev->start_mark);
    case YAML_MAPPING_START_EVENT:
        return on_start(y, true, ev->data.mapping_start.anchor, &ev->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(y, &ev->start_mark);
    default:
        return true;
    }
}

/* Text with an open anchor must stay in the buffer until its end is known. */
static bool flush_if_full(struct yaml *y, const yaml_mark_t *at)
{
    if (y->out->len < FLUSH_BYTES || y->bad)
        return true;
    if (!y->anchors_open)
        return flush(y);
    return y->out->len < FLUSH_BYTES + y->limits->alias_bytes ||
           refuse(y, at, "an anchor holds more than %zu bytes", y->limits->alias_bytes);
}

static bool on_error(struct yaml *y)
{
    const yaml_parser_t *p = &y->parser;

    if (y->stopped)
        return false;
    if (y->too_long)
        return refuse(y, &p->mark, "more than %zu bytes in one piece", y->limits->item_bytes);
    if (p->error == YAML_READER_ERROR) {
        yaml_mark_t at = y->piece_mark;
        size_t before = p->problem_offset > y->piece_at ? p->problem_offset - y->piece_at : 0;
        pass(&at, y->piece->str, before < y->piece->len ? before : y->piece->len);
        return refuse(y, &at, "byte %zu: %s", p->problem_offset, p->problem);
    }
    return refuse(y, &p->problem_mark, "%s%s%s", p->context ? p->context : "",
                  p->context ? ": " : "", p->problem ? p->problem : "not YAML");
}

static void free_text(gpointer text)
{
    g_string_free(text, TRUE);
}

static bool read_all(struct yaml *y)
{
    for (bool done = false; !done;) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&y->parser, &ev))
            return on_error(y);
        y->unread = 0;
        done = ev.type == YAML_STREAM_END_EVENT;
        bool ok = on_event(y, &ev) && flush_if_full(y, &ev.end_mark);
        yaml_event_delete(&ev);
        if (!ok)
            return false;
    }
    return true;
}

bool yaml_read(const struct reader *in, const struct yaml_limits *limits,
               const struct yaml_sink *sink, struct err *e)
{
    struct yaml y = {.in = in, .limits = limits, .sink = sink, .e = e};

    if (!yaml_parser_initialize(&y.parser))
        return err_set(e, ERR_BUG, "YAML parser cannot be made");
    yaml_parser_set_input(&y.parser, feed, &y);
    y.out = g_string_sized_new(2 * FLUSH_BYTES);
    y.piece = g_string_new(NULL);
    y.anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_text);
    bool ok = read_all(&y);
    forget(&y);
    g_hash_table_destroy(y.anchors);
    g_string_free(y.out, TRUE);
    g_string_free(y.piece, TRUE);
    yaml_parser_delete(&y.parser);
    return ok && !y.stopped;
}
