/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of controllers, by name and by the looks of their pods. */
#include "ingest/derive/ingressctl.h"

#include <string.h>

#include "ingest/derive/image.h"

static const struct ingressctl rows[] = {
#define CTL(controller, name, old_class, place, labels, image, internal)                           \
    {controller, name, old_class, INGRESSCTL_##place, labels, image, internal},
#include "ingest/derive/ingressctl.def"
#undef CTL
};

const struct ingressctl *ingressctl_find(const char *controller)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].controller, controller) == 0)
            return &rows[i];
    return NULL;
}

const struct ingressctl *ingressctl_of_class(const char *old_class)
{
    for (size_t i = 0; *old_class && i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].old_class, old_class) == 0)
            return &rows[i];
    return NULL;
}

/* Whether all of "key=value,key" are labels of the pod; a key alone may have any value. */
static bool labelled(const struct fact_pod *p, const char *labels)
{
    g_auto(GStrv) all = g_strsplit(labels, ",", -1);

    for (char **one = all; *one; one++) {
        char *value = strchr(*one, '=');
        if (value)
            *value++ = '\0';
        const char *has = facts_label(&p->meta, *one);
        if (!has || (value && strcmp(has, value) != 0))
            return false;
    }
    return *labels != '\0';
}

static bool runs_image(const struct fact_pod *p, const char *image)
{
    for (size_t k = 0; k < p->ncontainers; k++)
        if (image_is(p->containers[k].image, image))
            return true;
    return false;
}

bool ingressctl_is_pod(const struct ingressctl *ctl, const struct fact_pod *p)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].controller, ctl->controller) == 0 && rows[i].place == INGRESSCTL_PODS &&
            (labelled(p, rows[i].labels) || runs_image(p, rows[i].image)))
            return true;
    return false;
}

const char *ingressctl_gateway_of(const struct fact_pod *p, struct arena *a)
{
    for (size_t i = 0; p->meta.nlabels && i < ARRAY_LEN(rows); i++) {
        if (rows[i].place != INGRESSCTL_GATEWAY)
            continue;
        g_auto(GStrv) key = g_strsplit(rows[i].labels, ",", 2);
        const char *name = facts_label(&p->meta, key[0]);
        const char *ns = key[1] ? facts_label(&p->meta, key[1]) : p->meta.ns;
        if (name && ns)
            return arena_printf(a, "%s/%s", ns, name);
    }
    return NULL;
}
