/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Node kinds, edge kinds, planes, classes, verdicts and crown jewels, from kinds.def. */
#pragma once

#include "base/attr.h"

enum node_kind {
    NODE_KIND_NONE = 0,
#define NODE(num, sym, wire, sentence) NODE_##sym = (num),
#define JEWEL(num, sym, wire, weight, sentence)
#define EDGE(num, sym, from, to, plane, class, attack, sentence)
#include "schema/kinds.def"
#undef NODE
#undef JEWEL
#undef EDGE
    NODE_KIND_LIMIT = 64 /* kinds fit into one 64-bit set */
};

enum edge_kind {
    EDGE_KIND_NONE = 0,
#define NODE(num, sym, wire, sentence)
#define JEWEL(num, sym, wire, weight, sentence)
#define EDGE(num, sym, from, to, plane, class, attack, sentence) EDGE_##sym = (num),
#include "schema/kinds.def"
#undef NODE
#undef JEWEL
#undef EDGE
    EDGE_KIND_LIMIT = 256 /* a kind fits into one byte */
};

enum jewel {
    JEWEL_NONE = 0,
#define NODE(num, sym, wire, sentence)
#define JEWEL(num, sym, wire, weight, sentence) JEWEL_##sym = (num),
#define EDGE(num, sym, from, to, plane, class, attack, sentence)
#include "schema/kinds.def"
#undef NODE
#undef JEWEL
#undef EDGE
    JEWEL_LIMIT = 16
};

enum plane {
    PLANE_ESCAPE,
    PLANE_IDENTITY,
    PLANE_WORKLOAD,
    PLANE_NETWORK,
    PLANE_CLOUD,
    PLANE_DATA,
    PLANE_COUNT
};

/* How likely one attempt at the step is to succeed; the figures are settings. */
enum edge_class {
    CLASS_STRUCTURAL, /* no attack step: control is implied; counts as no hop */
    CLASS_TRIVIAL,
    CLASS_EASY,
    CLASS_MODERATE,
    CLASS_HARD,
    CLASS_RARE,
    CLASS_COUNT
};

enum verdict { VERDICT_YES, VERDICT_UNKNOWN, VERDICT_BLOCKED, VERDICT_COUNT };

typedef uint64_t node_kinds; /* a set of node kinds, bit = number */

struct node_kind_info {
    const char *symbol, *name, *sentence; /* "SERVICEACCOUNT", "serviceaccount", ... */
    bool hub;
};

struct edge_kind_info {
    const char *label, *attack, *sentence; /* attack: comma-separated ATT&CK ids, may be "" */
    enum plane plane;
    enum edge_class class; /* unless the edge says otherwise */
    node_kinds from, to;
};

struct jewel_info {
    const char *name, *sentence;
    double weight; /* default, 0..1 */
};

/* The row of a kind; NULL where the number is not used. */
const struct node_kind_info *kinds_node(unsigned kind);
const struct edge_kind_info *kinds_edge(unsigned kind);
const struct jewel_info *kinds_jewel(unsigned jewel);

/* Kinds by wire name ("serviceaccount", "POD_EXEC"); 0 if there is none. */
enum node_kind kinds_node_by_name(const char *name);
enum edge_kind kinds_edge_by_name(const char *label);

/* Wire names ("escape", "trivial", "yes") and back; the way back returns false if there is none. */
const char *kinds_plane_name(enum plane p);
const char *kinds_class_name(enum edge_class c);
const char *kinds_verdict_name(enum verdict v);
bool kinds_plane_by_name(const char *name, enum plane *out) MUST_CHECK;
bool kinds_verdict_by_name(const char *name, enum verdict *out) MUST_CHECK;

/* Default probability of success of a class. */
double kinds_class_probability(enum edge_class c);
