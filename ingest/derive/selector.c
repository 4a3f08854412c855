/* SPDX-License-Identifier: GPL-3.0-or-later */
/* matchLabels and matchExpressions over a handful of labels. */
#include "ingest/derive/selector.h"

#include <string.h>

/* Labels, and the one that stands over them. */
struct labelled {
    const struct label *labels;
    size_t n;
    struct label own; /* key NULL: none */
};

static const char *value_of(const struct labelled *on, const char *key)
{
    if (on->own.key && strcmp(on->own.key, key) == 0)
        return on->own.value;
    for (size_t i = 0; i < on->n; i++)
        if (strcmp(on->labels[i].key, key) == 0)
            return on->labels[i].value;
    return NULL;
}

static bool holds(const struct fact_requirement *r, const char *value)
{
    switch (r->op) {
    case SELECTOR_IN:
        return value && facts_has(&r->values, value);
    case SELECTOR_NOT_IN:
        return !value || !facts_has(&r->values, value);
    case SELECTOR_EXISTS:
        return value;
    case SELECTOR_DOES_NOT_EXIST:
        return !value;
    }
    return false;
}

static bool matches(const struct fact_selector *s, const struct labelled *on)
{
    for (size_t i = 0; i < s->nlabels; i++) {
        const char *value = value_of(on, s->labels[i].key);
        if (!value || strcmp(value, s->labels[i].value) != 0)
            return false;
    }
    for (size_t i = 0; i < s->nrequirements; i++)
        if (!holds(&s->requirements[i], value_of(on, s->requirements[i].key)))
            return false;
    return true;
}

bool selector_matches(const struct fact_selector *s, const struct label *labels, size_t nlabels)
{
    return matches(s, &(struct labelled){.labels = labels, .n = nlabels});
}

bool selector_matches_namespace(const struct fact_selector *s, const struct fact_namespace *ns)
{
    return matches(s, &(struct labelled){.labels = ns->meta.labels,
                                         .n = ns->meta.nlabels,
                                         .own = {"kubernetes.io/metadata.name", ns->meta.name}});
}
