/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of any size whose rows look like those of a cluster; the same numbers give the same part.
 */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "schema/key.h"
#include "schema/rows.h"

struct synthetic {
    const char *cluster;
    size_t nodes, edges, objects;
    unsigned change_every, round; /* of each so many rows one differs in another round; 0: none */
};

/* What a row says in this round. */
static inline unsigned synthetic_round(const struct synthetic *s, size_t i)
{
    return s->change_every && i % s->change_every == 0 ? s->round : 0;
}

static inline void synthetic_nodes(struct arena *a, const struct synthetic *s, struct part *p)
{
    static const enum node_kind kinds[] = {NODE_POD, NODE_CONTAINER, NODE_VOLUME, NODE_ENDPOINT};
    struct node_row *rows = arena_calloc(a, s->nodes, sizeof(*rows));

    for (size_t i = 0; i < s->nodes; i++) {
        const char *ns = arena_printf(a, "team-%zu", i % 97);
        const char *name = arena_printf(a, "checkout-%zu-7d9c5b8f6d-x%zu", i % 1009, i);
        enum node_kind kind = kinds[i % ARRAY_LEN(kinds)];
        rows[i] = (struct node_row){
            .key = key_make(a, s->cluster, kind, ns, name, NULL),
            .ns = ns,
            .name = name,
            .uid = arena_printf(a, "5b1d0c4e-9f3a-4d52-8a61-%012zx", i),
            .labels =
                i % 4 ? "{}"
                      : arena_printf(a, "{\"app\": \"checkout-%zu\", \"tier\": \"web\"}", i % 1009),
            .props = arena_printf(a, "{\"image\": \"registry.shop/checkout:%u\"}",
                                  synthetic_round(s, i)),
            .kind = (uint8_t)kind,
            .jewel = i % 1000 == 0 ? JEWEL_DATA_STORE : JEWEL_NONE,
            .weight = i % 1000 == 0 ? 0.7 : 0,
        };
    }
    p->nodes = rows;
    p->nnodes = s->nodes;
}

static inline void synthetic_edges(struct arena *a, const struct synthetic *s, struct part *p)
{
    struct edge_row *rows = arena_calloc(a, s->edges, sizeof(*rows));
    struct evidence_table *evidence = evidence_new(a);
    char text[256];

    for (size_t i = 0; i < s->edges; i++) {
        size_t src = i % s->nodes, step = i / s->nodes + 1; /* so that no pair comes twice */
        int len = snprintf(text, sizeof(text),
                           "[{\"uid\": \"5b1d0c4e-9f3a-4d52-8a61-%012zx\", \"field\": "
                           "\"/spec/containers/0/securityContext/privileged\", "
                           "\"object\": \"pods\", \"reason\": \"round %u\"}]",
                           src, synthetic_round(s, i));

        rows[i] = (struct edge_row){
            .src = (uint32_t)src,
            .dst = (uint32_t)((src + step * 7919) % s->nodes),
            .kind = (uint8_t)(1 + i % 30),
            .class = (uint8_t)(i % CLASS_COUNT),
            .verdict = (uint8_t)(i % 50 == 0 ? VERDICT_UNKNOWN : VERDICT_YES),
            .evidence = evidence_json(evidence, text, (size_t)len),
        };
    }
    p->edges = rows;
    p->evidence = evidence;
    p->nedges = s->edges;
}

static inline void synthetic_objects(struct arena *a, const struct synthetic *s, struct part *p)
{
    struct object_row *rows = arena_calloc(a, s->objects, sizeof(*rows));

    for (size_t i = 0; i < s->objects; i++) {
        const char *uid = arena_printf(a, "0c77e1aa-1f0b-4c7e-b1d2-%012zx", i);
        rows[i] = (struct object_row){
            .resource = "pods",
            .ns = arena_printf(a, "team-%zu", i % 97),
            .name = arena_printf(a, "checkout-%zu", i),
            .uid = uid,
            .json = arena_printf(
                a,
                "{\"metadata\": {\"name\": \"checkout-%zu\", \"uid\": \"%s\", \"labels\": "
                "{\"app\": "
                "\"checkout\", \"round\": \"%u\"}}, \"spec\": {\"nodeName\": \"ip-10-0-%zu-7\", "
                "\"serviceAccountName\": \"checkout\", \"containers\": [{\"name\": \"app\", "
                "\"image\": \"registry.shop/checkout:17\", \"ports\": [{\"containerPort\": 8080}], "
                "\"securityContext\": {\"privileged\": false, \"runAsUser\": 1000}}], \"volumes\": "
                "[{\"name\": \"token\", \"projected\": {\"sources\": [{\"serviceAccountToken\": "
                "{\"path\": \"token\"}}]}}]}}",
                i, uid, synthetic_round(s, i), i % 251),
        };
    }
    p->objects = rows;
    p->nobjects = s->objects;
}

/* All of it in `a`. */
static inline struct part synthetic_part(struct arena *a, const struct synthetic *s)
{
    struct part p = {.cluster = s->cluster,
                     .source = "synthetic",
                     .coverage = "{\"missing\": [], \"complete\": true}",
                     .taken_at = INT64_C(1790000000000000) + s->round};

    synthetic_nodes(a, s, &p);
    synthetic_edges(a, s, &p);
    synthetic_objects(a, s, &p);
    return p;
}
