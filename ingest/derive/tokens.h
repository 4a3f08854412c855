/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Service account tokens in volumes: which the API server accepts, and which container sees them.
 */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/kinds.h"

/* Whether the API server accepts tokens of this audience: its own (""), or the name that clusters
 * give it by default. */
bool tokens_api_audience(const char *audience);

/* Whether a Secret that was read is a token of the service account that its annotation names, and
 * *verdict: blocked if it no longer works, unknown if neither its type nor a uid is known.
 * Returns: false if it is none, or of an account that does not exist (any more). */
bool tokens_secret(const struct facts *f, const struct fact_secret *s, enum verdict *verdict);

/* One token that lies in a volume; of a token Secret only if it surely is one. */
struct token {
    const char *ns, *sa; /* whose */
    const char *path;    /* below the volume */
    const char *audience;
    bool legacy; /* of a token Secret, valid until that is deleted */
};

/* The first token of a volume that the API server accepts, projected or of a token Secret.
 * Returns: false if there is none, or none yet: the pod waits for a node. */
bool tokens_of_volume(const struct facts *f, const struct fact_pod *p, const struct fact_volume *v,
                      struct token *out);

/* Whether a mount of that volume shows the file `path` of it (a subPath may hide it). */
bool tokens_visible(const struct fact_mount *m, const char *path);

/* Whether the volume of a mount (which the pod has) holds such tokens and the mount shows none. */
bool tokens_hidden(const struct facts *f, const struct fact_pod *p, const struct fact_mount *m);

/* Whether a pod gets the API token although no volume says so: its volumes are not as admitted
 * yet, neither pod nor service account opts out, and it does not wait for a node. */
bool tokens_automounted(const struct facts *f, const struct fact_pod *p);

/* Whether a container mounts a token of that account, of whatever volume, so that it sees it. */
bool tokens_mounted(const struct facts *f, const struct fact_pod *p, const struct fact_container *k,
                    const char *ns, const char *sa);
