/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of segments and sets: from what is in them, so that they last while that does. */
#pragma once

#include <glib.h>

#include "ingest/derive/facts.h"

/* Words that describe the members of groups. */
struct netnames;

struct netnames *netnames_new(size_t ngroups);
void netnames_free(struct netnames *n);
DEFINE_AUTO(netnames)

/* Says that a group has this member ("shop/web", "shop/db:5432/tcp"); the same one again is one. */
void netnames_add(struct netnames *n, uint32_t group, const char *member);

/* After the last member: a short key that other groups do not have, and a name for people: "shop/db
 * and 3 more".  In the arena. */
void netnames_of(struct netnames *n, uint32_t group, struct arena *a, const char **key,
                 const char **shown);

/* What a pod is called as a member: its workload or itself ("shop/web"). */
char *netnames_pod(const struct fact_pod *p);
