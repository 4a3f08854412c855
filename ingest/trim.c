/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keep paths become a tree of steps; the text is walked once beside it.  Wanted values have a
 * frame each on an explicit stack, unwanted ones are checked in a loop that knows only brackets. */
#include "ingest/trim.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/arena.h"

enum { DEEPEST = 64, MOST_STEPS = 64, FEW_KEYS = 64 };

/* --- the tree of wanted paths -------------------------------------------------------------- */

struct node;

/* One member name that is wanted. */
struct step {
    uint64_t head; /* its first eight bytes, in any order that is always the same */
    size_t len;
    const char *name;
    struct node *to;
};

struct node {
    bool leaf;  /* a scalar here is wanted */
    bool all;   /* and everything below */
    bool names; /* of an object only the member names */
    struct node *element;
    GArray *steps, *prefixes; /* of struct step; NULL if there are none */
    GArray *words;            /* of struct word, of the element of an array; or NULL */
};

/* How a text may begin that is wanted of an array. */
struct word {
    const char *text;
    size_t len;
    bool whole; /* the rest of it as well */
    bool alone; /* only if there is no rest */
};

struct trim {
    struct arena *arena;
    GPtrArray *arrays; /* of the nodes, to be freed */
    struct node *root;
};

/* What the paths ending in `*` and `!` lead to. */
static const struct node everything = {.leaf = true, .all = true};
static const struct node only_name = {0};

static uint64_t head_of(const char *s, size_t len)
{
    uint64_t head = 0;

    if (len >= sizeof(head))
        memcpy(&head, s, sizeof(head));
    else
        for (size_t i = 0; i < len; i++)
            head |= (uint64_t)(unsigned char)s[i] << 8 * i;
    return head;
}

static GArray *steps_of(struct trim *t, GArray **list)
{
    if (!*list) {
        *list = g_array_new(FALSE, FALSE, sizeof(struct step));
        g_ptr_array_add(t->arrays, *list);
    }
    return *list;
}

/* The node under a member name, made if it is not there. */
static struct node *descend(struct trim *t, struct node *from, const char *name, size_t len,
                            bool prefix)
{
    GArray *list = steps_of(t, prefix ? &from->prefixes : &from->steps);

    for (guint i = 0; i < list->len; i++) {
        const struct step *s = &g_array_index(list, struct step, i);
        if (s->len == len && memcmp(s->name, name, len) == 0)
            return s->to;
    }
    if (list->len >= MOST_STEPS)
        must_die("too many keep paths below one field");
    struct step s = {
        .head = head_of(name, len),
        .len = len,
        .name = arena_strndup(t->arena, name, len),
        .to = arena_calloc(t->arena, 1, sizeof(struct node)),
    };
    g_array_append_val(list, s);
    return s.to;
}

/* Takes one part of a path: `name`, "quoted.name", either with a last `*` for a prefix. */
static const char *part_end(const char *p)
{
    if (*p == '"') {
        const char *close = strchr(p + 1, '"');
        if (!close)
            must_die("keep path with an open quote");
        return close + 1;
    }
    return p + strcspn(p, ".[");
}

/* The rest of a path behind `^`. */
static void add_word(struct trim *t, struct node *n, const char *text)
{
    struct word w = {.len = strlen(text)};

    w.whole = w.len > 1 && text[w.len - 1] == '*';
    w.alone = w.len > 1 && text[w.len - 1] == '$';
    w.len -= w.whole || w.alone;
    w.text = arena_strndup(t->arena, text, w.len);
    if (!n->words) {
        n->words = g_array_new(FALSE, FALSE, sizeof(w));
        g_ptr_array_add(t->arrays, n->words);
    }
    g_array_append_val(n->words, w);
}

static void add_path(struct trim *t, const char *path)
{
    struct node *n = t->root;

    for (const char *p = path; *p;) {
        if (*p == '^') {
            add_word(t, n, p + 1);
            return;
        }
        const char *end = part_end(p), *name = p;
        size_t len = (size_t)(end - p);
        if (len == 1 && (*p == '*' || *p == '!')) {
            *(*p == '*' ? &n->all : &n->names) = true;
            n->leaf |= n->all;
            return;
        }
        if (*name == '"') {
            name++;
            len -= 2;
        }
        bool prefix = len > 1 && name[len - 1] == '*';
        n = descend(t, n, name, len - prefix, prefix);
        for (; strncmp(end, "[]", 2) == 0; end += 2) {
            if (!n->element)
                n->element = arena_calloc(t->arena, 1, sizeof(struct node));
            n = n->element;
        }
        p = *end == '.' ? end + 1 : end;
    }
    n->leaf = true;
}

struct trim *trim_new(const char *const *common, const char *const *keep)
{
    struct trim *t = must_calloc(1, sizeof(*t));

    t->arena = arena_new();
    t->arrays = g_ptr_array_new();
    t->root = arena_calloc(t->arena, 1, sizeof(struct node));
    for (; common && *common; common++)
        add_path(t, *common);
    for (; keep && *keep; keep++)
        add_path(t, *keep);
    return t;
}

void trim_free(struct trim *t)
{
    if (!t)
        return;
    for (guint i = 0; i < t->arrays->len; i++)
        g_array_free(g_ptr_array_index(t->arrays, i), TRUE);
    g_ptr_array_free(t->arrays, TRUE);
    arena_free(t->arena);
    free(t);
}

/* --- one run ------------------------------------------------------------------------------- */

/* A wanted object or array that is open. */
struct frame {
    const struct node *node;
    bool array, more; /* more: a member was written */
    uint64_t seen;    /* steps that had their member */
    size_t first_key; /* of this object in run.keys */
    size_t index;     /* of the element, from 0 */
    const char *key;  /* member that is being read */
    size_t key_len;
    size_t before; /* length of the output before that member, and `more` then */
    bool more_before;
};

/* A member name that was written and is not one of the steps. */
struct key_ref {
    size_t at; /* in the output */
    uint32_t len, hash;
};

struct run {
    const char *start, *p, *end;
    GString *out;
    struct err *e;
    unsigned depth;
    bool escapes, nul; /* the last string had some */
    struct frame frames[DEEPEST];
    struct key_ref few[FEW_KEYS], *keys; /* `keys` is `few` until there are more */
    size_t nkeys, room;
};

static void append_way(const struct run *r, char *text, size_t room)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < r->depth && used < room; i++) {
        const struct frame *f = &r->frames[i];
        int n = f->array ? snprintf(text + used, room - used, "/%zu", f->index)
                : f->key ? snprintf(text + used, room - used, "/%.*s",
                                    (int)(f->key_len < 64 ? f->key_len : 64), f->key)
                         : 0;
        used += n > 0 ? (size_t)n : 0;
    }
}

static bool fail(struct run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static bool fail(struct run *r, const char *fmt, ...)
{
    char way[200], words[120];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(words, sizeof(words), fmt, ap);
    va_end(ap);
    append_way(r, way, sizeof(way));
    return err_set(r->e, ERR_INPUT, "byte %zu: %s: %s", (size_t)(r->p - r->start),
                   way[0] ? way : "/", words);
}

static bool want(struct run *r, const char *what)
{
    if (r->p >= r->end)
        return fail(r, "want %s, got the end", what);
    if (!g_ascii_isprint(*r->p))
        return fail(r, "want %s, got 0x%02x", what, (unsigned char)*r->p);
    return fail(r, "want %s, got '%c'", what, *r->p);
}

static inline void skip_space(struct run *r)
{
    if (r->p < r->end && (unsigned char)*r->p > ' ')
        return;
#ifdef __SSE2__
    /* Indented text: half of what kubectl writes is spaces. */
    const __m128i space = _mm_set1_epi8(' ');
    while (r->end - r->p >= 17 && (*r->p == ' ' || *r->p == '\n')) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(r->p + 1));
        unsigned other = ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, space)) & 0xffff;
        r->p += 1 + (other ? __builtin_ctz(other) : 16);
        if (other && (unsigned char)*r->p > ' ')
            return;
    }
#endif
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static int hex4(const char *p)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(p[i]);
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

/* From the backslash on. */
static bool check_escape(struct run *r)
{
    r->escapes = true;
    if (r->end - r->p < 2)
        return want(r, "the rest of an escape");
    if (r->p[1] != 'u') {
        if (!r->p[1] || !strchr("\"\\/bfnrt", r->p[1]))
            return fail(r, "unknown escape '\\%c'", r->p[1]);
        r->p += 2;
        return true;
    }
    int high = r->end - r->p >= 6 ? hex4(r->p + 2) : -1;
    if (high < 0)
        return fail(r, "want four hexadecimal digits after \\u");
    r->nul |= high == 0;
    if (high < 0xd800 || high > 0xdfff) {
        r->p += 6;
        return true;
    }
    int low = high < 0xdc00 && r->end - r->p >= 12 && r->p[6] == '\\' && r->p[7] == 'u'
                  ? hex4(r->p + 8)
                  : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return fail(r, "half of a surrogate pair");
    r->p += 12;
    return true;
}

static bool check_utf8(struct run *r)
{
    gunichar c = g_utf8_get_char_validated(r->p, r->end - r->p);

    if (c == (gunichar)-1 || c == (gunichar)-2)
        return fail(r, "text that is not UTF-8");
    r->p = g_utf8_next_char(r->p);
    return true;
}

/* Goes to the next byte of a string that is not plain ASCII text. */
static inline void skip_plain(struct run *r)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    while (r->end - r->p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)r->p);
        __m128i odd = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
        odd = _mm_or_si128(odd, _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(odd, v));
        if (mask) {
            r->p += __builtin_ctz(mask);
            return;
        }
        r->p += 16;
    }
#endif
    while (r->p < r->end && (unsigned char)(*r->p - 0x20) < 0x60 && *r->p != '"' && *r->p != '\\')
        r->p++;
}

/* From the opening quote to behind the closing one. */
static inline bool skip_string(struct run *r)
{
    r->escapes = r->nul = false;
    r->p++;
    for (;;) {
        skip_plain(r);
        if (r->p >= r->end)
            return want(r, "'\"'");
        unsigned char c = (unsigned char)*r->p;
        if (c == '"') {
            r->p++;
            return true;
        }
        if (c == '\\') {
            if (!check_escape(r))
                return false;
        } else if (c >= 0x80) {
            if (!check_utf8(r))
                return false;
        } else if (c < 0x20) {
            return fail(r, "control character %u in a string", c);
        } else {
            r->p++;
        }
    }
}

static bool digits(struct run *r)
{
    const char *p = r->p;

    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > p;
}

static bool skip_number(struct run *r)
{
    if (*r->p == '-')
        r->p++;
    if (r->p < r->end && *r->p == '0')
        r->p++;
    else if (!digits(r))
        return want(r, "a digit");
    if (r->p < r->end && *r->p == '.') {
        r->p++;
        if (!digits(r))
            return want(r, "a digit");
    }
    if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        r->p++;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
            r->p++;
        if (!digits(r))
            return want(r, "a digit");
    }
    return true;
}

static bool skip_literal(struct run *r, const char *word, size_t len)
{
    if ((size_t)(r->end - r->p) < len || memcmp(r->p, word, len) != 0)
        return want(r, "a value");
    r->p += len;
    return true;
}

/* A value that is no object or array. */
static inline bool skip_scalar(struct run *r)
{
    if (r->p >= r->end)
        return want(r, "a value");
    switch (*r->p) {
    case '"':
        return skip_string(r);
    case 't':
        return skip_literal(r, "true", 4);
    case 'f':
        return skip_literal(r, "false", 5);
    case 'n':
        return skip_literal(r, "null", 4);
    default:
        return (*r->p == '-' || (*r->p >= '0' && *r->p <= '9')) ? skip_number(r)
                                                                : want(r, "a value");
    }
}

static inline bool skip_colon(struct run *r)
{
    skip_space(r);
    if (r->p >= r->end || *r->p != ':')
        return want(r, "':'");
    r->p++;
    skip_space(r);
    return true;
}

static inline bool skip_key(struct run *r)
{
    if (r->p >= r->end || *r->p != '"')
        return want(r, "a member name");
    return skip_string(r) && skip_colon(r);
}

/* Any value: checked, not kept.  One bit a level says what is open. */
static bool skip_value(struct run *r)
{
    uint64_t arrays = 0;
    unsigned depth = 0;

    for (;;) {
        char c = r->p < r->end ? *r->p : '\0';
        if (c == '{' || c == '[') {
            if (r->depth + ++depth > DEEPEST)
                return fail(r, "nested deeper than %d", DEEPEST);
            arrays = arrays << 1 | (c == '[');
            r->p++;
            skip_space(r);
            if (r->p >= r->end || *r->p != (c == '[' ? ']' : '}')) {
                if (c == '{' && !skip_key(r))
                    return false;
                continue;
            }
            r->p++;
            depth--;
            arrays >>= 1;
        } else if (!skip_scalar(r)) {
            return false;
        }
        for (;;) { /* behind a value */
            if (!depth)
                return true;
            skip_space(r);
            if (r->p < r->end && *r->p == ',') {
                r->p++;
                skip_space(r);
                if (!(arrays & 1) && !skip_key(r))
                    return false;
                break;
            }
            if (r->p >= r->end || *r->p != (arrays & 1 ? ']' : '}'))
                return want(r, arrays & 1 ? "',' or ']'" : "',' or '}'");
            r->p++;
            depth--;
            arrays >>= 1;
        }
    }
}

/* --- member names that must be unique ------------------------------------------------------ */

static void decode_escape(GString *out, const char **p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

    if ((*p)[1] != 'u') {
        g_string_append_c(out, to[strchr(from, (*p)[1]) - from]);
        *p += 2;
        return;
    }
    gunichar c = (gunichar)hex4(*p + 2);
    *p += 6;
    if (c >= 0xd800 && c <= 0xdbff) {
        c = 0x10000 + ((c - 0xd800) << 10) + ((gunichar)hex4(*p + 2) - 0xdc00);
        *p += 6;
    }
    g_string_append_unichar(out, c);
}

/* A checked string without its quotes, decoded. */
static GString *decode(const char *p, size_t len)
{
    GString *out = g_string_sized_new(len);

    for (const char *end = p + len; p < end;) {
        if (*p == '\\')
            decode_escape(out, &p);
        else
            g_string_append_c(out, *p++);
    }
    return out;
}

/* Names are written in one form whatever escapes they came with, so equal names are equal bytes. */
static void append_name(GString *out, const char *s, size_t len, bool plain)
{
    if (plain) { /* with the quotes that stand around it */
        g_string_append_len(out, s - 1, (gssize)len + 2);
        return;
    }
    g_string_append_c(out, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\') {
            g_string_append_c(out, '\\');
            g_string_append_c(out, s[i]);
        } else if (c < 0x20) {
            g_string_append_printf(out, "\\u%04x", c);
        } else {
            g_string_append_c(out, s[i]);
        }
    }
    g_string_append_c(out, '"');
}

static void remember_key(struct run *r, size_t at)
{
    struct key_ref ref = {.at = at, .len = (uint32_t)(r->out->len - at), .hash = 2166136261U};

    for (size_t i = at; i < r->out->len; i++)
        ref.hash = (ref.hash ^ (unsigned char)r->out->str[i]) * 16777619U;
    if (r->nkeys == r->room) {
        struct key_ref *old = r->keys == r->few ? NULL : r->keys;
        r->room *= 4;
        r->keys = must_realloc(old, r->room * sizeof(*r->keys));
        if (!old)
            memcpy(r->keys, r->few, sizeof(r->few));
    }
    r->keys[r->nkeys++] = ref;
}

static bool same_key(const struct run *r, const struct key_ref *a, const struct key_ref *b)
{
    return a->hash == b->hash && a->len == b->len &&
           memcmp(r->out->str + a->at, r->out->str + b->at, a->len) == 0;
}

static int order_keys(const void *a, const void *b, void *arg)
{
    const struct key_ref *x = a, *y = b;
    const struct run *r = arg;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(r->out->str + x->at, r->out->str + y->at, x->len);
}

static bool duplicate(struct run *r, const char *name, size_t len)
{
    return fail(r, "member %.*s appears twice", (int)(len < 80 ? len : 80), name);
}

/* The object of the top frame ends: no name may have come twice. */
static bool check_keys(struct run *r, const struct frame *f)
{
    struct key_ref *keys = r->keys + f->first_key;
    size_t n = r->nkeys - f->first_key;

    if (n > 16)
        qsort_r(keys, n, sizeof(*keys), order_keys, r);
    for (size_t i = 1; i < n; i++)
        for (size_t j = n > 16 ? i - 1 : 0; j < i; j++)
            if (same_key(r, &keys[i], &keys[j]))
                return duplicate(r, r->out->str + keys[i].at, keys[i].len);
    r->nkeys = f->first_key;
    return true;
}

/* --- wanted values ------------------------------------------------------------------------- */

/* What becomes of a member of `n`; NULL: nothing.  *step is its number, or -1. */
static const struct node *find(const struct node *n, const char *key, size_t len, int *step)
{
    *step = -1;
    if (n->all)
        return &everything;
    if (n->steps) {
        uint64_t head = head_of(key, len);
        const struct step *s = (const struct step *)(const void *)n->steps->data;
        for (guint i = 0; i < n->steps->len; i++)
            if (s[i].len == len && s[i].head == head &&
                (len <= sizeof(head) || memcmp(s[i].name, key, len) == 0)) {
                *step = (int)i;
                return s[i].to;
            }
    }
    for (guint i = 0; n->prefixes && i < n->prefixes->len; i++) {
        const struct step *s = &g_array_index(n->prefixes, struct step, i);
        if (len >= s->len && memcmp(s->name, key, s->len) == 0)
            return s->to;
    }
    return n->names ? &only_name : NULL;
}

/* Writes the name of a wanted member, after checking that it is new. */
static bool write_key(struct run *r, struct frame *f, const char *key, size_t len, int step,
                      bool plain)
{
    if (step >= 0 && f->seen & 1ULL << step)
        return duplicate(r, key, len);
    if (step >= 0)
        f->seen |= 1ULL << step;
    f->before = r->out->len;
    f->more_before = f->more;
    if (f->more)
        g_string_append_c(r->out, ',');
    f->more = true;
    size_t at = r->out->len;
    append_name(r->out, key, len, plain);
    if (step < 0)
        remember_key(r, at);
    g_string_append_c(r->out, ':');
    return true;
}

/* Reads the name of one member; *to is what its value becomes, NULL for nothing. */
static bool read_member(struct run *r, const struct node **to)
{
    struct frame *f = &r->frames[r->depth - 1];
    int step;

    f->key = NULL;
    if (r->p >= r->end || *r->p != '"')
        return want(r, "a member name");
    const char *key = r->p + 1;
    if (!skip_string(r))
        return false;
    size_t len = (size_t)(r->p - key) - 1;
    f->key = key;
    f->key_len = len;
    bool nul = r->nul, ok = true;
    g_autoptr(GString) decoded = NULL;
    if (r->escapes) {
        decoded = decode(key, len);
        key = decoded->str;
        len = decoded->len;
    }
    *to = find(f->node, key, len, &step);
    if (*to && nul)
        return fail(r, "name with a NUL character");
    if (*to)
        ok = write_key(r, f, key, len, step, !decoded);
    return ok && skip_colon(r);
}

/* A scalar, or what stands in for a value of another type than the path says: the parser will
 * complain of the type, and nothing unasked for is kept. */
static bool write_scalar(struct run *r, const struct node *n)
{
    const char *from = r->p;

    if (!skip_scalar(r))
        return false;
    bool number = *from == '-' || g_ascii_isdigit(*from);
    if (n == &only_name)
        g_string_append_len(r->out, "null", 4);
    else if (n->leaf && *from == '"' && r->nul)
        return fail(r, "text with a NUL character");
    else if (n->leaf || (*from != '"' && !number))
        g_string_append_len(r->out, from, r->p - from);
    else
        g_string_append(r->out, number ? "0" : "\"\"");
    return true;
}

static bool write_skipped(struct run *r, const char *stand_in)
{
    g_string_append(r->out, stand_in);
    return skip_value(r);
}

/* Writes what is wanted of a text that stands between `from` and r->p, quotes and all. */
static void write_word(struct run *r, const struct node *n, const char *from, bool *more)
{
    size_t len = (size_t)(r->p - from);

    for (guint i = 0; *from == '"' && !r->nul && i < n->words->len; i++) {
        const struct word *w = &g_array_index(n->words, struct word, i);

        if (len < w->len + 2 || (w->alone && len > w->len + 2) ||
            memcmp(from + 1, w->text, w->len) != 0)
            continue;
        if (*more)
            g_string_append_c(r->out, ',');
        *more = true;
        g_string_append_len(r->out, from, (gssize)(w->whole ? len - 1 : w->len + 1));
        g_string_append_c(r->out, '"');
        return;
    }
}

/* An array of which only some texts are wanted: if it has none of them, it goes with its name. */
static bool write_words(struct run *r, const struct node *n)
{
    struct frame *owner = &r->frames[r->depth - 1];
    bool more = false;

    if (r->depth == DEEPEST)
        return fail(r, "nested deeper than %d", DEEPEST);
    r->frames[r->depth++] = (struct frame){.node = n, .array = true};
    g_string_append_c(r->out, '[');
    r->p++;
    skip_space(r);
    for (bool first = true; r->p >= r->end || *r->p != ']'; first = false) {
        if (!first && (r->p >= r->end || *r->p != ','))
            return want(r, "',' or ']'");
        r->p += !first;
        r->frames[r->depth - 1].index += !first;
        skip_space(r);
        const char *from = r->p;
        if (!skip_value(r))
            return false;
        write_word(r, n, from, &more);
        skip_space(r);
    }
    r->p++;
    r->depth--;
    g_string_append_c(r->out, ']');
    if (!more && !owner->array) {
        g_string_truncate(r->out, owner->before);
        owner->more = owner->more_before;
    }
    return true;
}

/* Writes a value, or opens a frame for it (*opened). */
static bool write_value(struct run *r, const struct node *n, bool *opened)
{
    char c = r->p < r->end ? *r->p : '\0';
    bool array = c == '[';

    *opened = false;
    if (c != '{' && !array)
        return write_scalar(r, n);
    if (n == &only_name)
        return write_skipped(r, "null");
    if (array && !n->all && n->element && n->element->words)
        return write_words(r, n->element);
    if (!(n->all || (array ? n->element != NULL : n->steps || n->prefixes || n->names)))
        return write_skipped(r, array ? "[]" : "{}");
    if (r->depth == DEEPEST)
        return fail(r, "nested deeper than %d", DEEPEST);
    r->frames[r->depth++] = (struct frame){.node = n, .array = array, .first_key = r->nkeys};
    g_string_append_c(r->out, c);
    r->p++;
    *opened = true;
    return true;
}

/* Closes the top frame at its bracket. */
static bool close_frame(struct run *r)
{
    struct frame *f = &r->frames[r->depth - 1];

    f->key = NULL;
    if (!f->array && !check_keys(r, f))
        return false;
    g_string_append_c(r->out, *r->p++);
    r->depth--;
    return true;
}

/* Goes on in the top frame, behind its bracket or behind a value, to the next wanted value (*to),
 * or closes it (*to is NULL). */
static bool next_wanted(struct run *r, bool first, const struct node **to)
{
    struct frame *f = &r->frames[r->depth - 1];
    char close = f->array ? ']' : '}';

    for (*to = NULL;; first = false) {
        skip_space(r);
        if (r->p < r->end && *r->p == close)
            return close_frame(r);
        if (!first) {
            if (r->p >= r->end || *r->p != ',')
                return want(r, f->array ? "',' or ']'" : "',' or '}'");
            r->p++;
            skip_space(r);
        }
        if (f->array) {
            f->index += !first;
            if (!first)
                g_string_append_c(r->out, ',');
            *to = f->node->all ? &everything : f->node->element;
            return true;
        }
        if (!read_member(r, to))
            return false;
        if (*to)
            return true;
        if (!skip_value(r))
            return false;
    }
}

static bool walk(struct run *r, const struct node *root)
{
    const struct node *n;
    bool opened;

    skip_space(r);
    if (r->p >= r->end || *r->p != '{')
        return want(r, "an object");
    r->frames[r->depth++] = (struct frame){.node = root};
    g_string_append_c(r->out, '{');
    r->p++;
    for (bool first = true; r->depth; first = opened) {
        if (!next_wanted(r, first, &n))
            return false;
        opened = false;
        if (n && !write_value(r, n, &opened))
            return false;
    }
    skip_space(r);
    return r->p == r->end || want(r, "the end");
}

bool trim_object(const struct trim *t, const char *json, size_t len, GString *out, struct err *e)
{
    struct run r;
    gsize before = out->len;

    /* The frames and keys are filled as they are used: clearing 10 kB costs more than a Pod. */
    r.start = r.p = json;
    r.end = json + len;
    r.out = out;
    r.e = e;
    r.depth = 0;
    r.keys = r.few;
    r.nkeys = 0;
    r.room = FEW_KEYS;
    bool ok = walk(&r, t->root);
    if (r.keys != r.few)
        free(r.keys);
    if (!ok)
        g_string_truncate(out, before);
    return ok;
}
