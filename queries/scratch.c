/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays that only grow. */
#include <stdlib.h>
#include <string.h>

#include "queries/scratch_inside.h"

struct scratch *scratch_new(void)
{
    return must_calloc(1, sizeof(struct scratch));
}

void scratch_free(struct scratch *s)
{
    if (!s)
        return;
    free(s->marks);
    free(s->hops);
    free(s->order);
    free(s->bits);
    free(s->steps);
    for (unsigned i = 0; i < GRAPH_ATTRS; i++)
        free(s->fifos[i].at);
    free(s->labels);
    free(s->pending);
    free(s->pending_epoch);
    free(s->keys[0]);
    free(s->keys[1]);
    free(s);
}

/* Contents need no copying between queries. */
static void *renew(void *old, size_t bytes)
{
    free(old);
    return must_malloc(bytes);
}

static void resize(struct scratch *s, size_t n)
{
    n += n / 8; /* the next snapshot is often a little larger */
    s->cap = n;
    s->marks = renew(s->marks, n * sizeof(*s->marks));
    s->hops = renew(s->hops, n * sizeof(*s->hops));
    s->order = renew(s->order, n * sizeof(*s->order));
    s->steps = renew(s->steps, n * sizeof(*s->steps));
    free(s->bits);
    s->bits = must_calloc(n / 64 + 1, sizeof(*s->bits));
    free(s->pending);
    free(s->pending_epoch);
    s->pending = NULL;
    s->pending_epoch = NULL;
    s->epoch = 0;
}

void scratch_begin(struct scratch *s, const struct graph *g)
{
    if (s->cap < g->n || !s->cap)
        resize(s, (size_t)g->n + 1);
    if (s->epoch == 0) {
        memset(s->marks, 0xff, s->cap * sizeof(*s->marks));
        if (s->pending_epoch)
            memset(s->pending_epoch, 0xff, s->cap * sizeof(*s->pending_epoch));
        s->epoch = SCRATCH_EPOCHS - 1;
    }
    s->epoch--;
    s->count = s->nsteps = s->nlabels = 0;
    s->seen = 0;
    s->cut = s->limited = false;
    s->g = g;
}

void scratch_pending(struct scratch *s)
{
    if (s->pending)
        return;
    s->pending = must_malloc(s->cap * sizeof(*s->pending));
    s->pending_epoch = must_malloc(s->cap * sizeof(*s->pending_epoch));
    memset(s->pending_epoch, 0xff, s->cap * sizeof(*s->pending_epoch));
}

void scratch_keys(struct scratch *s, size_t n)
{
    if (s->cap_keys >= n)
        return;
    s->cap_keys = n * 2;
    s->keys[0] = renew(s->keys[0], s->cap_keys * sizeof(*s->keys[0]));
    s->keys[1] = renew(s->keys[1], s->cap_keys * sizeof(*s->keys[1]));
}

void scratch_grow(struct scratch_fifo *f)
{
    f->cap = f->cap ? f->cap * 2 : 256;
    f->at = must_realloc(f->at, f->cap * sizeof(*f->at));
}
