/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether an answer of graphd is what the oracle says. */
#pragma once

#include "base/arena.h"
#include "tests/oracle/json_oracle.h"

/* Least costs and fewest hops from a start to each node, under one question. */
struct answer_walk {
    uint32_t *cost, *hops;
};
struct answer_walk answer_check_walk(const struct json_oracle *o, struct arena *a, size_t start,
                                     struct json_oracle_ask ask);

/* A whole blast radius, with its risk and jewels, or if `ask` is reversed an exposure, with how the
 * internet reaches the node.  Returns: NULL, or what is wrong with it. */
const char *answer_check_hits(const struct json_oracle *o, struct arena *a, size_t start,
                              struct json_oracle_ask ask, const json_t *doc);

/* One answer about a pair; `any` and `sure` are the least costs over all edges and over certain
 * ones.  Returns: NULL, or what is wrong with it. */
const char *answer_check_reach(const json_t *reach, const char *from, const char *to, uint32_t any,
                               uint32_t sure);
