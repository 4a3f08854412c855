/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry for each account and image, and one more where only some containers declare ports. */
#include "ingest/derive/runners.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/image.h"
#include "ingest/derive/nodes.h"

struct entry {
    const struct fact_pod *pod;
    const struct fact_container *container;
    guint image; /* index into `images` */
};

struct runners {
    GArray *entries;
    GPtrArray *images; /* repositories, each once */
};

static bool serves(const struct fact_pod *p, const struct fact_container *c)
{
    return (c->type == CONTAINER_MAIN || c->type == CONTAINER_SIDECAR) &&
           strcmp(p->workload_kind, "Job") != 0 && strcmp(p->workload_kind, "CronJob") != 0;
}

static guint image_number(struct runners *rs, GHashTable *numbers, const char *image)
{
    g_autofree char *repository = g_strndup(image, image_repository(image));
    gpointer number;

    if (g_hash_table_lookup_extended(numbers, repository, NULL, &number))
        return GPOINTER_TO_UINT(number);
    g_hash_table_insert(numbers, repository, GUINT_TO_POINTER(rs->images->len));
    g_ptr_array_add(rs->images, g_steal_pointer(&repository));
    return rs->images->len - 1;
}

struct runners *runners_new(const struct facts *f)
{
    struct runners *rs = must_calloc(1, sizeof(*rs));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) images = g_hash_table_new(g_str_hash, g_str_equal);

    rs->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    rs->images = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++) {
            const struct fact_container *c = &p->containers[k];

            if (!serves(p, c) ||
                !g_hash_table_add(seen, g_strdup_printf("%s/%s/%d/%.*s", p->meta.ns,
                                                        p->service_account, c->nports > 0,
                                                        (int)image_repository(c->image), c->image)))
                continue;
            struct entry e = {p, c, image_number(rs, images, c->image)};
            g_array_append_val(rs->entries, e);
        }
    }
    return rs;
}

void runners_free(struct runners *rs)
{
    if (!rs)
        return;
    g_array_free(rs->entries, TRUE);
    g_ptr_array_free(rs->images, TRUE);
    free(rs);
}

static bool declares(const struct fact_container *c, int32_t port)
{
    for (size_t i = 0; i < c->nports; i++)
        if (c->ports[i].number == port)
            return true;
    return false;
}

/* Which of the images fit, g_free it; NULL if none does. */
static bool *fitting(const struct runners *rs, const struct runners_query *q)
{
    g_autofree bool *fit = g_new(bool, rs->images->len + 1);
    bool any = false;

    for (guint i = 0; i < rs->images->len; i++) {
        fit[i] = !*q->image || image_is(g_ptr_array_index(rs->images, i), q->image);
        any |= fit[i];
    }
    return any ? g_steal_pointer(&fit) : NULL;
}

void runners_each(const struct runners *rs, const struct runners_query *q, runners_fn *found,
                  void *arg)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree bool *fit = fitting(rs, q);

    for (guint i = 0; fit && i < rs->entries->len; i++) {
        const struct entry *e = &g_array_index(rs->entries, struct entry, i);

        if (!fit[e->image] || !g_str_has_suffix(e->pod->service_account, q->account) ||
            (q->port && !declares(e->container, q->port)))
            continue;
        if (g_hash_table_add(told, g_strjoin("/", e->pod->meta.ns, e->pod->service_account, NULL)))
            found(arg, e->pod, e->container);
    }
}
