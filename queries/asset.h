/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which crown jewels are the same asset, so that it counts once.
 *
 * A container and its neighbour may both be "the" tagged pod: their props say so in `crownJewelOf`.
 * Jewels of one class and cluster that name the same thing are one asset. */
#pragma once

#include "queries/graph_inside.h"

/* Sorts the jewels of a graph whose columns are complete and tells assets apart. */
void asset_build(struct graph *g);

/* The asset that a jewel stands for: a number below g->njewels. Cost: O(log jewels). */
uint32_t asset_of(const struct graph *g, node_ix jewel);
