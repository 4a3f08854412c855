/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hostPath and local volumes. */
#include "ingest/derive/hostpv.h"

#include <string.h>

#include "ingest/derive/hostpath.h"
#include "ingest/derive/hostplace.h"
#include "ingest/derive/selector.h"

const char *hostpv_path(struct arena *a, const struct fact_pv *pv)
{
    const char *path = *pv->host_path ? pv->host_path : pv->local_path;

    return *path ? hostpath_normalise(a, path, NULL) : NULL;
}

bool hostpv_dangerous(struct arena *a, const struct fact_pv *pv)
{
    const char *path = hostpv_path(a, pv);
    struct hostpath_where where = {.control_plane = true};
    struct hostplace places[HOSTPLACE_KINDS];

    if (!path)
        return false;
    struct hostpath_effect e = hostpath_judge(path, &where);
    for (size_t i = 0; i < HOSTPATH_WAYS; i++)
        if (e.way[i].any && i != HOSTPATH_READ_LOGS)
            return true;
    return hostplace_find(path, false, NULL, places) > 0;
}

bool hostpv_on(const struct fact_pv *pv, const struct fact_node *n, bool *more)
{
    struct arena *a = arena_new();
    struct label *labels = arena_calloc(a, n->meta.nlabels + 1, sizeof(*labels));
    bool fits = pv->nterms == 0, odd = false;

    if (n->meta.nlabels)
        memcpy(labels, n->meta.labels, n->meta.nlabels * sizeof(*labels));
    labels[n->meta.nlabels] = (struct label){"metadata.name", n->meta.name};
    for (size_t i = 0; i < pv->nterms && !(fits && !odd); i++) {
        const struct fact_node_term *t = &pv->terms[i];
        /* a term without requirements takes no node */
        if ((t->match.nrequirements == 0 && !t->more) ||
            !selector_matches(&t->match, labels, n->meta.nlabels + 1))
            continue;
        fits = true;
        odd = t->more;
    }
    if (more)
        *more = odd;
    arena_free(a);
    return fits;
}
