/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the `missing` callbacks of rules have in common.  Each function that is called after a
 * precondition returns whether it said something, so that a callback reads as the list of its
 * preconditions: `return why_ended(...) || why_elsewhere(...) || ...`. */
#pragma once

#include "ingest/derive/rule.h"

/* How far a pair came before it failed; between two of them callbacks may count on. */
enum {
    WHY_APART = 0,    /* the two have nothing to do with each other */
    WHY_RELATED = 10, /* same pod, same node, same namespace; something else is missing */
    WHY_ALMOST = 20,  /* one field, verb or name away */
    WHY_HELD = 30     /* all holds: the edge leads from or to a set that the node is in */
};

/* Fills *out with a specific reason: text without full stop.  Returns: true. */
bool why_say(struct rule_why *out, unsigned near, const char *object, const char *uid,
             const char *field, const char *reason);

/* The same about a pod, or about a field of one of its containers ("securityContext.privileged").
 */
bool why_pod(struct rule_ctx *c, struct rule_why *out, unsigned near, const struct fact_pod *p,
             const char *field, const char *reason);
bool why_container(struct rule_ctx *c, struct rule_why *out, unsigned near,
                   const struct fact_pod *p, const struct fact_container *k, const char *field,
                   const char *reason);

/* Says so if the pod has ended. */
bool why_ended(struct rule_ctx *c, struct rule_why *out, const struct fact_pod *p);

/* Says so if the pod does not run on that node: another one, none yet, or none that can be taken.
 */
bool why_elsewhere(struct rule_ctx *c, struct rule_why *out, const struct fact_pod *p,
                   const struct rule_end *node);

/* Says so if the node is known and is no part of the control plane. */
bool why_no_control_plane(struct rule_ctx *c, struct rule_why *out, const struct rule_end *node);

/* Says so if no Linux escape applies to the container: it has ended, or is of Windows. */
bool why_no_linux(struct rule_ctx *c, struct rule_why *out, const struct fact_pod *p,
                  const struct fact_container *k);

/* "spec.volumes[2]". */
const char *why_volume_field(struct arena *a, const struct fact_pod *p,
                             const struct fact_volume *v);

/* "a, b and c" of at most `max` texts, then "and 3 more". */
const char *why_list(struct arena *a, const struct texts *t, size_t max);
