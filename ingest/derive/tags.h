/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What users say about their objects in labels and annotations: worth, class of data, owner.
 *
 * An object without a word of its own has that of what contains it: a pod that of its workload, and
 * everything in a namespace that of the namespace.  The nearest word wins, for each tag by itself;
 * on one object a label wins over an annotation. */
#pragma once

#include "base/jw.h"
#include "ingest/derive/facts.h"

/* The words that hold for one object. */
struct tags_said {
    const char *owner, *data_class; /* NULL: nobody said */
    bool own_class;                 /* data_class is said of itself or of its workload */
    bool own_worth;                 /* worth is said of itself or of its workload */
    double worth;                   /* 0..1, if worth_of */
    const char *worth_of;           /* the thing that was tagged: "Deployment shop/api", "Namespace
                                       shop"; NULL: nobody said */
};

struct tags;

/* Collects the words of namespaces and workloads; borrows the indexed facts, text lives in theirs.
 */
struct tags *tags_new(const struct facts *f);
void tags_free(struct tags *t);
DEFINE_AUTO(tags)

/* What holds for an object: its own words, else (worth never) those of its namespace. */
struct tags_said tags_of(const struct tags *t, const struct meta *m);

/* What holds for a pod, worth too.  A pod's own words come from the template of its workload, so
 * replicas are one thing: `worth_of` is the workload. */
struct tags_said tags_of_pod(const struct tags *t, const struct fact_pod *p);

/* What was said of a namespace. */
struct tags_said tags_of_namespace(const struct tags *t, const char *ns);

/* The worth that a user gave the object itself.  Returns: false if there is none or it is no plain
 * decimal in 0..1; then *bad (may be NULL) is the text that was ignored, or NULL. */
bool tags_worth(const struct facts *f, const struct meta *m, double *weight, const char **bad);

/* Whether a class of data is one whose loss is the worst: one of its words (split at what is no
 * letter or digit) is pii, pci, phi, secret, gdpr or hipaa, and not denied ("no-pii"). */
bool tags_sensitive(const char *data_class);

/* Whether a text can be the key of a label or annotation. */
bool tags_key_ok(const char *key);

/* Adds `owner` and `dataClass` to open props. */
void tags_props(const struct tags_said *s, struct jw *w);
