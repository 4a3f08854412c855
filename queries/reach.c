/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First over certain edges only; if that fails and there were unknown ones, over those too. */
#include "queries/reach.h"

#include "queries/walk.h"

/* Searches towards `to`; *found says whether it was reached, and then *path how. */
static bool search(const struct graph *g, node_ix from, node_ix to, const struct filter *f,
                   const struct budget *b, struct scratch *s, struct arena *a, bool *found,
                   struct path *path, struct err *e)
{
    struct walk w;

    if (!walk_init(&w, g, from, false, f, b, e) || !walk_costs(&w, s, from, to, e))
        return false;
    *found = scratch_reached(s, to);
    return !*found || blast_path(g, s, to, a, path, e);
}

bool reach_pair(const struct graph *g, node_ix from, node_ix to, const struct filter *f,
                const struct budget *b, struct scratch *s, struct arena *a, struct reach *out,
                struct err *e)
{
    struct filter certain = *f;
    bool found;

    *out = (struct reach){.answer = REACH_NO};
    if (from >= g->n || to >= g->n)
        return err_set(e, ERR_MISSING, "no node %u", from >= g->n ? from : to);
    certain.yes_only = true;
    if (!search(g, from, to, &certain, b, s, a, &found, &out->path, e))
        return false;
    if (found) {
        out->answer = REACH_YES;
        return true;
    }
    if (f->yes_only)
        return true;
    if (!search(g, from, to, f, b, s, a, &found, &out->path, e))
        return false;
    out->answer = found ? REACH_POSSIBLE : REACH_NO;
    return true;
}
