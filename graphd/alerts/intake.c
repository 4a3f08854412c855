/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From bodies to normal forms: repairing what a sensor may send, and cutting batches apart. */
#include "graphd/alerts/intake.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/jw.h"

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

/* The texts of the normal form that the row has no columns for, and where they stand. */
static const struct {
    const char *name;
    size_t at;
} texts[] = {
    {"source_id", offsetof(struct alert, source_id)},
    {"origin", offsetof(struct alert, origin)},
    {"message", offsetof(struct alert, message)},
    {"severity_name", offsetof(struct alert, severity_name)},
    {"hostname", offsetof(struct alert, hostname)},
    {"cluster", offsetof(struct alert, cluster)},
    {"pod_uid", offsetof(struct alert, sel.pod_uid)},
    {"container_id", offsetof(struct alert, sel.container_id)},
    {"namespace", offsetof(struct alert, sel.ns)},
    {"pod", offsetof(struct alert, sel.pod)},
    {"container", offsetof(struct alert, sel.container)},
    {"node", offsetof(struct alert, sel.node)},
    {"pod_ip", offsetof(struct alert, sel.pod_ip)},
    {"user", offsetof(struct alert, sel.user)},
    {"image", offsetof(struct alert, sel.image)},
    {"process_name", offsetof(struct alert, process.name)},
    {"process_cmdline", offsetof(struct alert, process.cmdline)},
    {"process_exe", offsetof(struct alert, process.exe)},
    {"process_parent", offsetof(struct alert, process.parent)},
    {"process_user", offsetof(struct alert, process.user)},
    {"process_file", offsetof(struct alert, process.file)},
};

static const char **text_at(struct alert *al, size_t i)
{
    return (const char **)(void *)((char *)al + texts[i].at);
}

static void put_text(struct jw *w, const char *name, const char *text)
{
    if (*text)
        jw_key_str(w, name, text);
}

static const char *normal_form(struct alert *al, const char *cluster, struct arena *a)
{
    AUTO(jw) w = jw_new();

    jw_obj(w);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        put_text(w, texts[i].name, *text_at(al, i));
    if (!*al->cluster)
        put_text(w, "cluster", cluster);
    if (al->on_host)
        jw_key_bool(w, "on_host", true);
    if (al->raw_cut)
        jw_key_bool(w, "raw_cut", true);
    jw_key(w, "mitre");
    jw_arr(w);
    for (size_t i = 0; i < al->nmitre; i++)
        jw_str(w, al->mitre[i]);
    jw_end_arr(w);
    jw_end_obj(w);
    return arena_strndup(a, jw_text(w), jw_len(w));
}

/* The columns that every statement about alerts returns. */
enum { ID, RECEIVED, LAST_RECEIVED, TIME, SOURCE, RULE, SEVERITY, OCCURRENCES, NORMAL };

static void from_row(const struct db_rows *r, size_t row, struct arena *a, struct alert *out)
{
    json_auto_t *normal = json_loads(db_rows_text(r, row, NORMAL), 0, NULL);
    const json_t *mitre = json_object_get(normal, "mitre");

    *out = (struct alert){
        .id = arena_strdup(a, db_rows_text(r, row, ID)),
        .received = db_rows_int(r, row, RECEIVED),
        .last_received = db_rows_int(r, row, LAST_RECEIVED),
        .time = db_rows_int(r, row, TIME),
        .source = arena_strdup(a, db_rows_text(r, row, SOURCE)),
        .rule = arena_strdup(a, db_rows_text(r, row, RULE)),
        .severity = (int)db_rows_int(r, row, SEVERITY),
        .occurrences = (uint32_t)db_rows_int(r, row, OCCURRENCES),
        .on_host = json_is_true(json_object_get(normal, "on_host")),
        .raw_cut = json_is_true(json_object_get(normal, "raw_cut")),
        .dedup_key = "",
        .time_text = "",
        .event_num = "",
        .raw = "",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const char *text = json_string_value(json_object_get(normal, texts[i].name));
        *text_at(out, i) = text ? arena_strdup(a, text) : "";
    }
    for (size_t i = 0; i < json_array_size(mitre) && out->nmitre < ALERT_MAX_MITRE; i++) {
        const char *id = json_string_value(json_array_get(mitre, i));
        if (id)
            out->mitre[out->nmitre++] = arena_strdup(a, id);
    }
}

struct batch {
    struct alert **order;
    size_t count;
    const char *cluster;
    struct arena *a;
};

static bool put_batch(struct db *db, void *arg, struct err *e)
{
    const struct batch *b = arg;
    char time[CLOCK_TEXT], severity[12];

    for (size_t i = 0; i < b->count; i++) {
        struct alert *al = b->order[i];
        snprintf(severity, sizeof(severity), "%d", al->severity);
        const char *const params[] = {clock_text(al->time, time),
                                      al->source,
                                      al->rule,
                                      severity,
                                      al->dedup_key,
                                      al->raw,
                                      normal_form(al, b->cluster, b->a)};
        AUTO(db_rows) r = db_query(db, SQL_ALERT_TAKE, params, e);
        if (!r)
            return err_wrap(e, "store alert");
        from_row(r, 0, b->a, al);
    }
    return true;
}

static int by_dedup_key(const void *x, const void *y)
{
    const struct alert *const *a = x, *const *b = y;

    return strcmp((*a)->dedup_key, (*b)->dedup_key);
}

bool intake_store(struct db *db, struct alert *alerts, size_t count, const char *cluster,
                  struct arena *a, struct err *e)
{
    struct batch b = {arena_calloc(a, count, sizeof(*b.order)), count, cluster, a};

    /* always in the same order, so that two batches cannot wait for each other's rows */
    for (size_t i = 0; i < count; i++)
        b.order[i] = &alerts[i];
    qsort(b.order, count, sizeof(*b.order), by_dedup_key);
    return db_tx(db, put_batch, &b, e);
}

bool intake_get(struct db *db, const char *id, struct arena *a, struct alert *out, struct err *e)
{
    const char *const params[] = {id};

    if (!g_uuid_string_is_valid(id))
        return err_set(e, ERR_MISSING, "no alert has the id \"%.60s\"", id);
    AUTO(db_rows) r = db_query(db, SQL_ALERT_ONE, params, e);
    if (!r)
        return err_wrap(e, "read alert");
    if (db_rows_count(r) != 1)
        return err_set(e, ERR_MISSING, "no alert has the id \"%.60s\"", id);
    from_row(r, 0, a, out);
    return true;
}

bool intake_newest(struct db *db, size_t most, struct arena *a, struct alert **out, size_t *count,
                   bool *more, struct err *e)
{
    char limit[24];
    const char *const params[] = {limit};

    snprintf(limit, sizeof(limit), "%zu", most + 1);
    AUTO(db_rows) r = db_query(db, SQL_ALERT_NEWEST, params, e);
    if (!r)
        return err_wrap(e, "list alerts");
    size_t n = db_rows_count(r);
    *more = n > most;
    *count = *more ? most : n;
    *out = arena_calloc(a, *count + 1, sizeof(**out));
    for (size_t i = 0; i < *count; i++)
        from_row(r, i, a, &(*out)[i]);
    return true;
}
