/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists as cells that point back to the list before: lists with the same beginning share it. */
#include "schema/evidence.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A number with this bit is a reference to JSON text, others are indices of cells. */
#define JSON (UINT32_C(1) << 31)

/* The last piece of a list.  The cell of pieces that were not kept has no object, and their count
 * as its `reason`. */
struct cell {
    uint32_t before; /* the list without it */
    struct evidence_piece piece;
};

/* The last cell of each of these many hashes.  What repeats does so soon, so this finds nearly all
 * that a table of all cells would, and stays in the processor's cache. */
enum { RECENT = 1 << 15 };

struct recent {
    uint32_t hash, cell; /* cell 0: free */
};

struct evidence_table {
    struct text text;
    struct cell *cells; /* [0] is the empty list */
    size_t n, room;
    struct recent *recent; /* NULL when sealed */
};

static void release(void *table)
{
    struct evidence_table *t = table;

    text_done(&t->text);
    free(t->cells);
    free(t->recent);
}

struct evidence_table *evidence_new(struct arena *a)
{
    struct evidence_table *t = arena_calloc(a, 1, sizeof(*t));

    text_init(&t->text);
    t->n = t->room = 1;
    t->cells = must_calloc(t->room, sizeof(*t->cells));
    t->recent = must_calloc(RECENT, sizeof(*t->recent));
    arena_defer(a, release, t);
    return t;
}

struct text *evidence_texts(struct evidence_table *t)
{
    return &t->text;
}

static uint32_t cell_hash(const struct cell *c)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t words[sizeof(*c) / sizeof(uint64_t)], h = 0;

    static_assert(sizeof(words) == sizeof(*c), "a cell is whole words");
    memcpy(words, c, sizeof(words));
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        h = (h ^ words[i]) * odd;
        h ^= h >> 32;
    }
    return (uint32_t)(h * odd >> 32);
}

/* The list that ends in that cell. */
static uint32_t cell_of(struct evidence_table *t, const struct cell *c)
{
    uint32_t hash = cell_hash(c);
    struct recent *recent = &t->recent[hash % RECENT];

    if (recent->cell && recent->hash == hash && memcmp(&t->cells[recent->cell], c, sizeof(*c)) == 0)
        return recent->cell;
    if (t->n == t->room) {
        t->room *= 2;
        t->cells = must_realloc(t->cells, t->room * sizeof(*t->cells));
    }
    assert(t->n < JSON);
    t->cells[t->n] = *c;
    *recent = (struct recent){hash, (uint32_t)t->n++};
    return recent->cell;
}

uint32_t evidence_with(struct evidence_table *t, uint32_t list, const struct evidence_piece *piece)
{
    struct cell last = {list, *piece};
    size_t kept = 0;

    for (uint32_t l = list; l != EVIDENCE_NONE; l = t->cells[l].before) {
        const struct cell *c = &t->cells[l];

        if (memcmp(&c->piece, piece, sizeof(*piece)) == 0)
            return list;
        kept += c->piece.object != EVIDENCE_UNSAID;
    }
    if (kept == EVIDENCE_MOST) {
        bool counts = t->cells[list].piece.object == EVIDENCE_UNSAID;

        last = (struct cell){counts ? t->cells[list].before : list, {.object = EVIDENCE_UNSAID}};
        last.piece.reason = counts ? t->cells[list].piece.reason + 1 : 1;
    }
    return cell_of(t, &last);
}

uint32_t evidence_json(struct evidence_table *t, const char *json, size_t len)
{
    text_ref ref = text_intern_bytes(&t->text, json, len);

    if (ref >= JSON) { /* as if there were no more room at all */
        t->text.full = true;
        return EVIDENCE_NONE;
    }
    return JSON | ref;
}

void evidence_seal(struct evidence_table *t)
{
    text_seal(&t->text);
    t->cells = must_realloc(t->cells, t->n * sizeof(*t->cells));
    t->room = t->n;
    free(t->recent);
    t->recent = NULL;
}

static void write_piece(const struct evidence_table *t, const struct evidence_piece *p,
                        struct jw *w)
{
    const struct {
        const char *key;
        text_ref value;
    } members[] = {
        {"object", p->object}, {"uid", p->uid},       {"rule", p->rule},
        {"field", p->field},   {"reason", p->reason},
    };

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (members[i].value != EVIDENCE_UNSAID)
            jw_key_str(w, members[i].key, text_get(&t->text, members[i].value));
}

const char *evidence_text(const struct evidence_table *t, uint32_t list, struct jw *buf)
{
    if (list == EVIDENCE_NONE)
        return "[]";
    if (list & JSON)
        return text_get(&t->text, list & ~JSON);

    const struct cell *cells[EVIDENCE_MOST + 1];
    size_t n = 0;

    for (; list != EVIDENCE_NONE; list = t->cells[list].before)
        cells[n++] = &t->cells[list];
    jw_reset(buf);
    jw_arr(buf);
    while (n-- > 0) {
        const struct evidence_piece *p = &cells[n]->piece;

        jw_obj(buf);
        if (p->object == EVIDENCE_UNSAID)
            jw_key_uint(buf, "more", p->reason);
        else
            write_piece(t, p, buf);
        jw_end_obj(buf);
    }
    jw_end_arr(buf);
    return jw_text(buf);
}

size_t evidence_bytes(const struct evidence_table *t)
{
    return sizeof(*t) + t->room * sizeof(*t->cells) + t->text.cap;
}
