/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain rows: what derive makes, the store keeps and the queries read.  No behaviour. */
#pragma once

#include "base/clock.h"
#include "schema/evidence.h"
#include "schema/kinds.h"

/* All text is NUL-terminated UTF-8, never NULL unless said, and owned by the arena of the part. */
struct node_row {
    const char *key;
    const char *ns;   /* "" where there is none */
    const char *name; /* for people; unique only with kind and ns */
    const char *uid; /* what the world calls it: pod uid, container id (64 hex, no scheme); or "" */
    const char *labels; /* JSON object text, "{}" if none */
    const char *props;  /* JSON object text, "{}" if none */
    uint8_t kind;       /* enum node_kind */
    uint8_t jewel;      /* enum jewel; JEWEL_NONE if it is none */
    double weight;      /* of a jewel, 0..1; else 0 */
};

struct edge_row {
    uint32_t src, dst; /* indices into the nodes of the same part */
    uint8_t kind;      /* enum edge_kind */
    uint8_t class;     /* enum edge_class */
    uint8_t verdict;   /* enum verdict */
    uint32_t evidence; /* number in the evidence of the same part; 0: none */
};

/* One trimmed API object. */
struct object_row {
    const char *resource; /* "pods", "rolebindings" ... */
    const char *ns, *name, *uid;
    const char *json; /* trimmed, compact, keys in a fixed order */
};

/* One generation of one cluster: (src, dst, kind) of its edges and the keys of its nodes are
 * unique. */
struct part {
    const char *cluster;
    const char *source;   /* where it came from, for people */
    const char *coverage; /* JSON: {"complete":bool,"kinds":[...],"missing":[{"what","why"}]} */
    uint32_t generation;  /* 1, 2, ...; 0 while it is not stored */
    usec taken_at;        /* when its objects were read */
    const struct node_row *nodes;
    const struct edge_row *edges;
    const struct evidence_table *evidence; /* NULL if all its edges have none */
    const struct object_row *objects;      /* not filled when read back for a snapshot */
    size_t nnodes, nedges, nobjects;
};
