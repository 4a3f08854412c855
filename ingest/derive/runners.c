/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry for each account and image. */
#include "ingest/derive/runners.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/nodes.h"

struct entry {
    const struct fact_pod *pod;
    const struct fact_container *container;
};

struct runners {
    GArray *entries;
};

/* The part of an image before tag and digest. */
static size_t repository(const char *image)
{
    const char *slash = strrchr(image, '/'), *last = slash ? slash + 1 : image;

    return (size_t)(last - image) + strcspn(last, ":@");
}

bool runners_image_is(const char *image, const char *components)
{
    size_t len = repository(image), want = strlen(components);

    return want > 0 && len >= want && memcmp(image + len - want, components, want) == 0 &&
           (len == want || image[len - want - 1] == '/');
}

struct runners *runners_new(const struct facts *f)
{
    struct runners *cs = must_calloc(1, sizeof(*cs));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    cs->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++) {
            const char *image = p->containers[k].image;
            struct entry e = {p, &p->containers[k]};

            if (g_hash_table_add(seen, g_strdup_printf("%s/%s/%.*s", p->meta.ns, p->service_account,
                                                       (int)repository(image), image)))
                g_array_append_val(cs->entries, e);
        }
    }
    return cs;
}

void runners_free(struct runners *cs)
{
    if (!cs)
        return;
    g_array_free(cs->entries, TRUE);
    free(cs);
}

void runners_each(const struct runners *cs, const char *image, const char *account,
                  runners_fn *found, void *arg)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < cs->entries->len; i++) {
        const struct entry *e = &g_array_index(cs->entries, struct entry, i);

        if ((*image && !runners_image_is(e->container->image, image)) ||
            !g_str_has_suffix(e->pod->service_account, account))
            continue;
        if (g_hash_table_add(told, g_strjoin("/", e->pod->meta.ns, e->pod->service_account, NULL)))
            found(arg, e->pod, e->container);
    }
}
