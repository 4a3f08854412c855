/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pod Security admission: may a privileged pod be made in a namespace?
 * Source: docs/edges/SLOT_ESCAPE.md. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

enum podsecurity_level { PODSECURITY_PRIVILEGED, PODSECURITY_BASELINE, PODSECURITY_RESTRICTED };

struct podsecurity {
    enum podsecurity_level level; /* the strictest that is enforced as far as we can see */
    enum verdict privileged;      /* whether a new privileged pod is admitted */
    const char *field, *reason;   /* of the namespace; reason is a sentence without full stop */
    struct evidence
        engine; /* what else has a say; its object is NULL if none but the namespace is known */
};

/* The level that a label value means; a value that is none counts as restricted, as the admission
 * plugin does. */
enum podsecurity_level podsecurity_level(const char *value);

/* Judges the label of a namespace (or its absence).  Text may live in `a`. */
struct podsecurity podsecurity_of(const struct facts *f, const struct fact_namespace *ns,
                                  struct arena *a);

/* The same if no engine beside Pod Security had a say. */
struct podsecurity podsecurity_without_engines(const struct facts *f,
                                               const struct fact_namespace *ns, struct arena *a);

/* The same after somebody who may change the namespace has set its label to privileged. */
struct podsecurity podsecurity_relabelled(const struct facts *f, const struct fact_namespace *ns,
                                          struct arena *a);
