/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sink for all sources. */
#include "tests/support/load.h"

#include <stdio.h>

#include "ingest/kind.h"
#include "ingest/sources/source.h"
#include "ingest/trim.h"
#include "tests/test.h"

struct loader {
    struct facts *f;
    size_t gaps;
};

static bool gap(void *arg, const char *file, const char *what, const char *problem, struct err *e)
{
    struct loader *l = arg;

    (void)e;
    l->gaps++;
    fprintf(stderr, "%s: %s: %s\n", file, what, problem);
    return true;
}

static bool item(void *arg, const struct source_item *it, struct err *e)
{
    struct loader *l = arg;
    const struct kind *k = kind_find(it->api_version, it->kind);
    g_autoptr(GString) kept = g_string_new(NULL);

    if (!k || !k->parse)
        return true;
    if (k->source >= 0) /* as collect.c does: dumps of mixed kinds name none of them */
        l->f->listed[k->source] = true;
    AUTO(trim) t = trim_new(kind_common, k->keep);
    if (!trim_object(t, it->json, it->len, kept, e))
        return false;
    json_auto_t *doc = json_loads(kept->str, 0, NULL);
    struct jx root = jx_root(doc);

    return k->parse(&root, l->f, e);
}

static bool listed(void *arg, const char *api_version, const char *kind, const char *file,
                   struct err *e)
{
    struct loader *l = arg;
    const struct kind *k = kind_find(api_version, kind);

    (void)file;
    (void)e;
    if (k && k->source >= 0)
        l->f->listed[k->source] = true;
    return true;
}

static bool version(void *arg, int major, int minor, const char *file, struct err *e)
{
    struct loader *l = arg;

    (void)file;
    (void)e;
    l->f->version_major = major;
    l->f->version_minor = minor;
    return true;
}

static bool skipped(void *arg, const char *file, const char *why, struct err *e)
{
    (void)arg;
    (void)file;
    (void)why;
    (void)e;
    return true;
}

size_t load_path(struct facts *f, const char *path)
{
    struct loader l = {f, 0};
    const struct source_sink sink = {.arg = &l,
                                     .item = item,
                                     .listed = listed,
                                     .version = version,
                                     .gap = gap,
                                     .skipped = skipped};
    struct source_figures figures;

    must(source_read(path, &source_defaults, &sink, &figures, &e));
    return l.gaps;
}

void load_done(struct facts *f)
{
    kind_predict_pods(f);
    facts_index(f);
}
