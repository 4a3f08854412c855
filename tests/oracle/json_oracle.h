/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of docs/queries.md, slowly, from the JSON of `graphd-ingest --dry-run`: nothing here
 * has seen the database, a snapshot or the code of queries/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>
#include <jansson.h>

#define JSON_ORACLE_FAR UINT32_MAX /* no way there; no such node */

struct json_oracle {
    GArray *nodes, *edges; /* struct json_oracle_node, struct json_oracle_edge */
    GHashTable *by_key;    /* to index + 1 */
    GPtrArray *docs;       /* the JSON that all text is borrowed from */
};

struct json_oracle_node {
    const char *key, *kind, *jewel; /* jewel: NULL if it is none */
    const char *asset;              /* crownJewelOf of its props; NULL if it says nothing */
    double weight;
};

struct json_oracle_edge {
    uint32_t src, dst, class; /* class: a row of the table in docs/queries.md */
    uint32_t plane;           /* of its kind */
    char verdict;             /* y, u, b */
    bool membership;          /* HUB_MEMBER: in every plane */
};

void json_oracle_init(struct json_oracle *o);
void json_oracle_done(struct json_oracle *o);

/* Adds a printed graph, which it takes over; nodes with the same key become one.  Fails the test if
 * it is not of the printed shape. */
void json_oracle_add(struct json_oracle *o, json_t *take_doc);

/* A node's index; JSON_ORACLE_FAR if there is none. */
uint32_t json_oracle_find(const struct json_oracle *o, const char *key);
const struct json_oracle_node *json_oracle_node(const struct json_oracle *o, size_t i);

/* What may be walked. */
struct json_oracle_ask {
    bool reverse, yes_only, unknown_full, stop_at_admin;
    uint32_t planes;   /* bit = enum plane; 0 is all of them */
    uint32_t max_hops; /* 0: no limit */
};

/* Least cost and fewest hops from a start to each node, JSON_ORACLE_FAR where there is no way. */
void json_oracle_walk(const struct json_oracle *o, size_t start, const struct json_oracle_ask *ask,
                      uint32_t cost[], uint32_t hops[]);

/* The probability of a cost. */
double json_oracle_p(uint32_t cost);

/* What a jewel adds to the risk, weight x p x 1/2^rank; 0 if it is none, is not reached, or stands
 * for an asset that a more dangerous one stands for. */
double json_oracle_share(const struct json_oracle *o, size_t jewel, const uint32_t cost[]);

/* Risk from the least costs, 0..100. */
double json_oracle_risk(const struct json_oracle *o, const uint32_t cost[]);
