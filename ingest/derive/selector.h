/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Label selectors, as the API server answers them.
 * Source: kubernetes.io/docs/concepts/overview/working-with-objects/labels; tested against recorded
 * answers of a real one. */
#pragma once

#include "ingest/derive/facts.h"

/* Whether an object with these labels is selected: every label and every requirement must hold, so
 * an empty selector takes all.  NotIn and DoesNotExist hold where the key is absent. */
bool selector_matches(const struct fact_selector *s, const struct label *labels, size_t nlabels);

/* The same for a namespace, which has the label kubernetes.io/metadata.name with its name whether
 * a manifest says so or not. */
bool selector_matches_namespace(const struct fact_selector *s, const struct fact_namespace *ns);
