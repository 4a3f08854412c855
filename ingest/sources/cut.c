/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A state machine over the outermost two levels: the document, and the items if it is a list.
 * Everything deeper is passed over by scan_nested(). */
#include "ingest/sources/cut.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/arena.h"
#include "ingest/sources/scan.h"

enum { KEY_ROOM = 16, NAME_ROOM = 256 };

enum state {
    BETWEEN, /* documents */
    FIRST_MEMBER,
    NEXT_MEMBER,
    KEY,
    COLON,
    VALUE,
    NESTED,
    TEXT,
    WORD, /* a number, true, false or null */
    AFTER_VALUE,
    FIRST_ITEM,
    NEXT_ITEM,
    AFTER_ITEM,
    STRAY, /* an item that is no object */
    LOST   /* until a line that begins with a bracket */
};

/* Text with an upper bound; what is longer counts as empty. */
struct name {
    char text[NAME_ROOM];
    size_t len;
    bool bad;
};

struct head {
    struct name api_version, kind;
};

/* Where the machine is: in the document, or in one of its items. */
struct level {
    struct head head;
    uint64_t byte; /* where it begins */
    bool object;
};

/* An item that waits for the kind of its list. */
struct held {
    size_t at, len;
    uint64_t byte;
};

struct cut {
    struct cut_limits limits;
    const struct cut_sink *sink;
    enum state state;
    struct level doc, item;
    bool in_item; /* members are those of `item`, not `doc` */
    bool is_list; /* the document had an array of items, or is an array */
    struct scan scan;
    char key[KEY_ROOM];
    size_t key_len;
    struct name *capture; /* NULL: the value does not matter */
    bool escaped;         /* inside a key or a text */
    char last;            /* byte before this piece, for LOST */
    uint64_t base;        /* bytes before this piece */
    const char *piece;
    const char *mark; /* what is kept begins here in this piece; NULL: nothing is */
    GString *keep;    /* what is kept of the pieces before */
    bool too_big;
    uint64_t items; /* of the document so far */
    GString *wait;
    GArray *waiting; /* of struct held */
    bool wait_no_more;
};

struct cut *cut_new(const struct cut_limits *limits, const struct cut_sink *sink)
{
    struct cut *c = must_calloc(1, sizeof(*c));

    c->limits = *limits;
    c->sink = sink;
    c->keep = g_string_new(NULL);
    c->wait = g_string_new(NULL);
    c->waiting = g_array_new(FALSE, FALSE, sizeof(struct held));
    return c;
}

void cut_free(struct cut *c)
{
    if (!c)
        return;
    g_string_free(c->keep, TRUE);
    g_string_free(c->wait, TRUE);
    g_array_free(c->waiting, TRUE);
    free(c);
}

/* --- what is kept -------------------------------------------------------------------------- */

static void keep_start(struct cut *c, const char *p)
{
    g_string_truncate(c->keep, 0);
    c->mark = p;
    c->too_big = false;
}

static void keep_nothing(struct cut *c)
{
    g_string_truncate(c->keep, 0);
    c->mark = NULL;
}

/* Moves what is kept of this piece up to `p` into the buffer, unless it gets too big. */
static void keep_upto(struct cut *c, const char *p)
{
    size_t more = (size_t)(p - c->mark);

    if (c->too_big || c->keep->len + more > c->limits.item_bytes) {
        c->too_big = true;
        g_string_truncate(c->keep, 0);
        return;
    }
    g_string_append_len(c->keep, c->mark, (gssize)more);
}

/* All that was kept up to `p`, without a copy if it lies in this piece.  NULL: it was too big. */
static const char *keep_take(struct cut *c, const char *p, size_t *len)
{
    const char *text = c->mark;

    *len = (size_t)(p - c->mark);
    if (!c->keep->len && !c->too_big && *len <= c->limits.item_bytes)
        return text;
    keep_upto(c, p);
    *len = c->keep->len;
    return c->too_big ? NULL : c->keep->str;
}

static uint64_t byte_of(const struct cut *c, const char *p)
{
    return c->base + (uint64_t)(p - c->piece);
}

/* --- telling ------------------------------------------------------------------------------- */

static const char *name_text(const struct name *n)
{
    return n->bad ? "" : n->text;
}

static bool broken(struct cut *c, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool broken(struct cut *c, struct err *e, const char *fmt, ...)
{
    struct err said;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(said.msg, sizeof(said.msg), fmt, ap);
    va_end(ap);
    err_clean(said.msg);
    return c->sink->broken(c->sink->arg, said.msg, e);
}

static bool tell_item(struct cut *c, const char *json, size_t len, const struct head *own,
                      uint64_t byte, struct err *e)
{
    struct cut_item it = {
        .json = json,
        .len = len,
        .api_version = own ? name_text(&own->api_version) : "",
        .kind = own ? name_text(&own->kind) : "",
        .list_api_version = name_text(&c->doc.head.api_version),
        .list_kind = name_text(&c->doc.head.kind),
        .byte = byte,
    };

    return c->sink->item(c->sink->arg, &it, e);
}

static bool tell_waiting(struct cut *c, struct err *e)
{
    bool ok = true;

    for (guint i = 0; i < c->waiting->len && ok; i++) {
        const struct held *h = &g_array_index(c->waiting, struct held, i);
        ok = tell_item(c, c->wait->str + h->at, h->len, NULL, h->byte, e);
    }
    g_array_set_size(c->waiting, 0);
    g_string_truncate(c->wait, 0);
    return ok;
}

/* Without a kind of its own or of the list an item can only wait for the end of the list. */
static bool hold(struct cut *c, const char *json, size_t len, struct err *e)
{
    if (c->wait->len + len > c->limits.held_bytes) {
        c->wait_no_more = true;
        return tell_waiting(c, e) && tell_item(c, json, len, &c->item.head, c->item.byte, e);
    }
    struct held h = {.at = c->wait->len, .len = len, .byte = c->item.byte};
    g_string_append_len(c->wait, json, (gssize)len);
    g_array_append_val(c->waiting, h);
    return true;
}

/* The item that ends before `p`. */
static bool end_item(struct cut *c, const char *p, struct err *e)
{
    uint64_t index = c->items++;
    size_t len;
    const char *json = keep_take(c, p, &len);
    bool ok;

    c->state = AFTER_ITEM;
    c->in_item = false;
    if (!json)
        ok =
            broken(c, e, "item %llu at byte %llu: larger than %zu bytes", (unsigned long long)index,
                   (unsigned long long)c->item.byte, c->limits.item_bytes);
    else if (c->item.head.kind.len || c->doc.head.kind.len || !c->doc.object || c->wait_no_more)
        ok = tell_item(c, json, len, &c->item.head, c->item.byte, e);
    else
        ok = hold(c, json, len, e);
    keep_nothing(c);
    return ok;
}

/* The document that ends before `p`. */
static bool end_document(struct cut *c, const char *p, struct err *e)
{
    struct cut_item it = {
        .api_version = name_text(&c->doc.head.api_version),
        .kind = name_text(&c->doc.head.kind),
        .list_api_version = "",
        .list_kind = "",
        .byte = c->doc.byte,
    };
    bool ok;

    c->state = BETWEEN;
    if (c->is_list)
        ok = tell_waiting(c, e) &&
             (!c->doc.object || c->sink->list(c->sink->arg, it.api_version, it.kind, e));
    else if ((it.json = keep_take(c, p, &it.len)))
        ok = c->sink->document(c->sink->arg, &it, e);
    else
        ok = broken(c, e, "object at byte %llu: larger than %zu bytes", (unsigned long long)it.byte,
                    c->limits.item_bytes);
    keep_nothing(c);
    return ok;
}

/* --- the machine: each step takes bytes from p and returns where it stopped, NULL on failure - */

/* What a message calls a byte of the input: 'x', or its number if it cannot be printed. */
static const char *byte_name(char c, char text[8])
{
    if (g_ascii_isprint(c))
        snprintf(text, 8, "'%c'", c);
    else
        snprintf(text, 8, "0x%02x", (unsigned char)c);
    return text;
}

static const char *lose(struct cut *c, const char *p, const char *want, struct err *e)
{
    char where[64] = "";

    if (c->is_list)
        snprintf(where, sizeof(where), "item %llu: ", (unsigned long long)c->items);
    char byte[8];
    bool ok = broken(c, e, "%sbyte %llu: want %s, got %s", where, (unsigned long long)byte_of(c, p),
                     want, byte_name(*p, byte)) &&
              tell_waiting(c, e);
    keep_nothing(c);
    c->state = LOST;
    return ok ? p : NULL;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

static void start_object(struct cut *c, struct level *l, const char *p)
{
    l->byte = byte_of(c, p);
    l->object = true;
    l->head.api_version = l->head.kind = (struct name){0};
    c->in_item = l == &c->item;
    keep_start(c, p);
    c->state = FIRST_MEMBER;
}

static void start_list(struct cut *c)
{
    keep_nothing(c);
    c->is_list = true;
    c->items = 0;
    c->state = FIRST_ITEM;
}

static const char *step_between(struct cut *c, const char *p, struct err *e)
{
    c->is_list = c->wait_no_more = false;
    if (*p == '{') {
        start_object(c, &c->doc, p);
        return p + 1;
    }
    if (*p == '[') {
        c->doc = (struct level){.byte = byte_of(c, p)};
        start_list(c);
        return p + 1;
    }
    return lose(c, p, "an object or a list", e);
}

static const char *close_object(struct cut *c, const char *p, struct err *e)
{
    return (c->in_item ? end_item(c, p, e) : end_document(c, p, e)) ? p : NULL;
}

static const char *step_member(struct cut *c, const char *p, struct err *e)
{
    if (*p == '}' && c->state == FIRST_MEMBER)
        return close_object(c, p + 1, e);
    if (*p != '"')
        return lose(c, p, "a member name", e);
    c->key_len = 0;
    c->escaped = false;
    c->state = KEY;
    return p + 1;
}

static const char *step_key(struct cut *c, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (c->escaped)
            c->escaped = false;
        else if (*p == '"') {
            c->state = COLON;
            return p + 1;
        } else if (*p == '\\')
            c->escaped = true;
        if (c->key_len < KEY_ROOM)
            c->key[c->key_len++] = *p;
    }
    return p;
}

static bool key_is(const struct cut *c, const char *want)
{
    return c->key_len == strlen(want) && memcmp(c->key, want, c->key_len) == 0;
}

/* Which name the text after this key goes to. */
static struct name *name_for_key(struct cut *c)
{
    struct head *h = c->in_item ? &c->item.head : &c->doc.head;
    struct name *n = key_is(c, "kind")         ? &h->kind
                     : key_is(c, "apiVersion") ? &h->api_version
                                               : NULL;

    if (n)
        *n = (struct name){0};
    return n;
}

/* Whether an array under this key makes the document a list.  An object of another kind may well
 * have a member of that name. */
static bool items_begin(const struct cut *c)
{
    const char *kind = name_text(&c->doc.head.kind);

    return !c->in_item && key_is(c, "items") && (!*kind || g_str_has_suffix(kind, "List"));
}

static const char *step_value(struct cut *c, const char *p)
{
    if (*p == '[' && items_begin(c)) {
        start_list(c);
        return p + 1;
    }
    if (*p == '{' || *p == '[') {
        c->scan = (struct scan){.depth = 1};
        c->state = NESTED;
        return p + 1;
    }
    if (*p == '"') {
        c->capture = name_for_key(c);
        c->escaped = false;
        c->state = TEXT;
        return p + 1;
    }
    c->state = WORD;
    return p;
}

static const char *step_text(struct cut *c, const char *p, const char *end)
{
    for (; p < end; p++) {
        struct name *n = c->capture;
        if (c->escaped)
            c->escaped = false;
        else if (*p == '"') {
            c->state = AFTER_VALUE;
            return p + 1;
        } else if (*p == '\\')
            c->escaped = true;
        if (n && (n->len + 1 >= NAME_ROOM || *p == '\\'))
            n->bad = true;
        else if (n)
            n->text[n->len++] = *p;
    }
    return p;
}

static const char *step_after_value(struct cut *c, const char *p, struct err *e)
{
    if (*p == '}')
        return close_object(c, p + 1, e);
    if (*p != ',')
        return lose(c, p, "',' or '}'", e);
    c->state = NEXT_MEMBER;
    return p + 1;
}

/* The bracket that closes the items. */
static const char *close_items(struct cut *c, const char *p, struct err *e)
{
    if (!c->doc.object)
        return end_document(c, p, e) ? p : NULL;
    c->state = AFTER_VALUE;
    return p;
}

static const char *step_item(struct cut *c, const char *p, struct err *e)
{
    if (*p == ']' && c->state == FIRST_ITEM)
        return close_items(c, p + 1, e);
    if (*p == '{') {
        start_object(c, &c->item, p);
        return p + 1;
    }
    if (*p == '}' || *p == ']' || *p == ',' || *p == ':')
        return lose(c, p, "an item", e);
    char byte[8];
    if (!broken(c, e, "item %llu at byte %llu: want an object, got %s",
                (unsigned long long)c->items++, (unsigned long long)byte_of(c, p),
                byte_name(*p, byte)))
        return NULL;
    c->scan = (struct scan){.depth = 1};
    if (*p == '[') {
        c->state = NESTED;
        c->in_item = true; /* and no object: AFTER_VALUE leads on to the next item */
        c->item.object = false;
        return p + 1;
    }
    c->state = STRAY;
    c->escaped = false;
    c->capture = NULL;
    c->scan.in_string = false;
    return p;
}

/* A text, number or word between items. */
static const char *step_stray(struct cut *c, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (c->escaped)
            c->escaped = false;
        else if (*p == '\\')
            c->escaped = true;
        else if (*p == '"')
            c->scan.in_string = !c->scan.in_string;
        else if ((*p == ',' || *p == ']') && !c->scan.in_string) {
            c->state = AFTER_ITEM;
            return p;
        }
    }
    return p;
}

static const char *step_after_item(struct cut *c, const char *p, struct err *e)
{
    if (*p == ']')
        return close_items(c, p + 1, e);
    if (*p != ',')
        return lose(c, p, "',' or ']'", e);
    c->state = NEXT_ITEM;
    return p + 1;
}

static const char *step_nested(struct cut *c, const char *p, const char *end)
{
    const char *after = scan_nested(&c->scan, p, end);

    if (!after)
        return end;
    c->state = AFTER_VALUE;
    if (c->in_item && !c->item.object) {
        c->in_item = false;
        c->state = AFTER_ITEM;
    }
    return after;
}

static const char *step_word(struct cut *c, const char *p, const char *end)
{
    while (p < end && !strchr(",}] \n\t\r\"{[:", *p))
        p++;
    if (p < end)
        c->state = AFTER_VALUE;
    return p;
}

/* After a break, documents that begin a line are found again. */
static const char *step_lost(struct cut *c, const char *p, const char *end)
{
    for (; p < end; p++) {
        char before = p > c->piece ? p[-1] : c->last;
        if (before == '\n' && *p == '{') {
            c->state = BETWEEN;
            return p;
        }
    }
    return p;
}

static const char *step(struct cut *c, const char *p, const char *end, struct err *e)
{
    switch (c->state) {
    case KEY:
        return step_key(c, p, end);
    case TEXT:
        return step_text(c, p, end);
    case NESTED:
        return step_nested(c, p, end);
    case WORD:
        return step_word(c, p, end);
    case STRAY:
        return step_stray(c, p, end);
    case LOST:
        return step_lost(c, p, end);
    default:
        break;
    }
    p = skip_space(p, end);
    if (p == end)
        return p;
    switch (c->state) {
    case BETWEEN:
        return step_between(c, p, e);
    case FIRST_MEMBER:
    case NEXT_MEMBER:
        return step_member(c, p, e);
    case COLON:
        if (*p != ':')
            return lose(c, p, "':'", e);
        c->state = VALUE;
        return p + 1;
    case VALUE:
        if (strchr("}],:", *p) && *p)
            return lose(c, p, "a value", e);
        return step_value(c, p);
    case AFTER_VALUE:
        return step_after_value(c, p, e);
    case AFTER_ITEM:
        return step_after_item(c, p, e);
    default:
        return step_item(c, p, e);
    }
}

bool cut_feed(struct cut *c, const char *bytes, size_t len, struct err *e)
{
    const char *end = bytes + len;

    if (!len)
        return true;
    c->piece = bytes;
    if (c->mark)
        c->mark = bytes;
    for (const char *p = bytes; p < end;)
        if (!(p = step(c, p, end, e)))
            return false;
    if (c->mark)
        keep_upto(c, end);
    c->base += len;
    c->last = bytes[len - 1];
    return true;
}

bool cut_end(struct cut *c, struct err *e)
{
    bool ok = true;

    if (c->state != BETWEEN && c->state != LOST) {
        if (c->is_list)
            ok = broken(c, e, "truncated at byte %llu, in item %llu of a list",
                        (unsigned long long)c->base, (unsigned long long)c->items);
        else
            ok = broken(c, e, "truncated at byte %llu, in the object that begins at byte %llu",
                        (unsigned long long)c->base, (unsigned long long)c->doc.byte);
        ok = ok && tell_waiting(c, e);
    }
    cut_drop(c);
    return ok;
}

void cut_drop(struct cut *c)
{
    keep_nothing(c);
    g_array_set_size(c->waiting, 0);
    g_string_truncate(c->wait, 0);
    c->in_item = c->is_list = c->wait_no_more = false;
    c->state = BETWEEN;
}
