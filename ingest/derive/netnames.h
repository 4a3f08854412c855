/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of segments and sets: from what is in them, so that they last while that does. */
#pragma once

#include <glib.h>

#include "ingest/derive/facts.h"

/* Words that describe the members of groups. */
struct netnames;

/* Groups without members, numbered from 0. */
struct netnames *netnames_new(size_t ngroups);
void netnames_free(struct netnames *n);
DEFINE_AUTO(netnames)

/* Says that a group has this member: "NAMESPACE/NAME" ("shop/web", "shop/db:5432/tcp") or a word
 * ("nodes"); the same one again is one. */
void netnames_add(struct netnames *n, uint32_t group, const char *member);

/* A name that no other group has, and one for people. */
struct netname {
    const char *ns, *name; /* of the first member, by its text; with a hash of all if it has more */
    const char *shown;     /* "shop/db and 3 more" */
};

/* After the last member: the groups in the order of their members' text; borrowed.  It depends on
 * nothing else but for groups with the same members. */
const uint32_t *netnames_order(struct netnames *n);

/* After the last member: the names of all groups, in the arena.  Groups with the same members are
 * told apart by a number, in the order of `unlike` (of two uint32_t), which should say what lasts.
 */
const struct netname *netnames_all(struct netnames *n, struct arena *a, GCompareDataFunc unlike,
                                   void *arg);

/* What a pod is called as a member: its workload or itself ("shop/web"). */
char *netnames_pod(const struct fact_pod *p);
