/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a permission set does not give a right: rule by rule, the nearest miss. */
#pragma once

#include "ingest/derive/rbac_union.h"

/* Judges the binding at q->from for a row with rights.  The target is an object, a hub (by its
 * scope: a namespace, or the cluster) or something without a namespace.  Names, nearest first: a
 * rule that gives the right but only on other names; one that gives it in another namespace; one
 * with the right resource and other verbs; the right verb and resource in another API group; or
 * that no rule gives anything like it.  Where a rule does give the right over all in scope and the
 * target is one object, it says that the edge leads to a set (WHY_HELD). Returns: false if the
 * binding is not known, or the right is there. Cost: rules x rights. */
bool rbac_miss_say(struct rule_ctx *c, const struct rule_question *q, const struct rule_wants *w,
                   struct rule_why *out);

/* Judges the identity at q->from for a row with parts: the first part that none of its bindings,
 * nor those of its implicit groups, give, with the rule that comes nearest. Returns: false if it
 * has all parts. Cost: its bindings x rules x rights. */
bool rbac_miss_union(struct rule_ctx *c, const struct rule_question *q, const struct rule_wants *w,
                     struct rule_why *out);

/* "create or get on pods/exec": what the rights are, in words. */
const char *rbac_miss_wanted(struct arena *a, const struct rbac_right *rights, size_t n);
