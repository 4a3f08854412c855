/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables behind the vocabulary. */
#include "schema/kinds.h"

#include <string.h>

#define N(sym) (UINT64_C(1) << NODE_##sym)
#define KINDS_IDENTITY (N(SERVICEACCOUNT) | N(USER) | N(GROUP))
#define KINDS_HUB                                                                                  \
    (N(POD_SLOT) | N(PODS) | N(SECRETS) | N(SERVICEACCOUNTS) | N(NODES) | N(NS_ADMIN) |            \
     N(CLUSTER_ADMIN) | N(POD_SLOTS) | N(SA_MINTS) | N(CONFIGMAPS) | N(NODE_PODS) |                \
     N(NODE_VOLUMES) | N(WORKLOADS) | N(USERS) | N(GROUPS) | N(VOLUME_WRITE) | N(NS_ADMINS) |      \
     N(ROLES) | N(NET_SEGMENT) | N(ENDPOINTS))
#define KINDS_ANY (~UINT64_C(0))

static const struct node_kind_info node_kinds_table[NODE_KIND_LIMIT] = {
#define NODE(num, sym, wire, text) [num] = {#sym, wire, text, (KINDS_HUB & N(sym)) != 0},
#define JEWEL(num, sym, wire, weight, text)
#define EDGE(num, sym, from, to, plane, class, attack, text)
#include "schema/kinds.def"
#undef NODE
#undef JEWEL
#undef EDGE
};

static const struct edge_kind_info edge_kinds_table[EDGE_KIND_LIMIT] = {
#define NODE(num, sym, wire, text)
#define JEWEL(num, sym, wire, weight, text)
#define EDGE(num, sym, from, to, plane, class, attack, text)                                       \
    [num] = {#sym, attack, text, PLANE_##plane, CLASS_##class, from, to},
#include "schema/kinds.def"
#undef NODE
#undef JEWEL
#undef EDGE
};

static const struct jewel_info jewels_table[JEWEL_LIMIT] = {
#define NODE(num, sym, wire, text)
#define JEWEL(num, sym, wire, weight, text) [num] = {wire, text, weight},
#define EDGE(num, sym, from, to, plane, class, attack, text)
#include "schema/kinds.def"
#undef NODE
#undef JEWEL
#undef EDGE
};

static const char *const planes[PLANE_COUNT] = {"escape",  "identity", "workload",
                                                "network", "cloud",    "data"};
static const struct {
    const char *name;
    double probability;
} classes[CLASS_COUNT] = {
    [CLASS_STRUCTURAL] = {"structural", 1.00},
    [CLASS_TRIVIAL] = {"trivial", 0.98},
    [CLASS_EASY] = {"easy", 0.85},
    [CLASS_MODERATE] = {"moderate", 0.50},
    [CLASS_HARD] = {"hard", 0.20},
    [CLASS_RARE] = {"rare", 0.05},
};
static const char *const verdicts[VERDICT_COUNT] = {"yes", "unknown", "blocked"};

const struct node_kind_info *kinds_node(unsigned kind)
{
    return kind < NODE_KIND_LIMIT && node_kinds_table[kind].name ? &node_kinds_table[kind] : NULL;
}

const struct edge_kind_info *kinds_edge(unsigned kind)
{
    return kind < EDGE_KIND_LIMIT && edge_kinds_table[kind].label ? &edge_kinds_table[kind] : NULL;
}

const struct jewel_info *kinds_jewel(unsigned jewel)
{
    return jewel < JEWEL_LIMIT && jewels_table[jewel].name ? &jewels_table[jewel] : NULL;
}

enum node_kind kinds_node_by_name(const char *name)
{
    for (unsigned i = 0; i < NODE_KIND_LIMIT; i++)
        if (kinds_node(i) && strcmp(node_kinds_table[i].name, name) == 0)
            return (enum node_kind)i;
    return NODE_KIND_NONE;
}

enum edge_kind kinds_edge_by_name(const char *label)
{
    for (unsigned i = 0; i < EDGE_KIND_LIMIT; i++)
        if (kinds_edge(i) && strcmp(edge_kinds_table[i].label, label) == 0)
            return (enum edge_kind)i;
    return EDGE_KIND_NONE;
}

const char *kinds_plane_name(enum plane p)
{
    return planes[p];
}

const char *kinds_class_name(enum edge_class c)
{
    return classes[c].name;
}

const char *kinds_verdict_name(enum verdict v)
{
    return verdicts[v];
}

bool kinds_plane_by_name(const char *name, enum plane *out)
{
    for (unsigned i = 0; i < PLANE_COUNT; i++)
        if (strcmp(planes[i], name) == 0) {
            *out = (enum plane)i;
            return true;
        }
    return false;
}

bool kinds_verdict_by_name(const char *name, enum verdict *out)
{
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(verdicts[i], name) == 0) {
            *out = (enum verdict)i;
            return true;
        }
    return false;
}

double kinds_class_probability(enum edge_class c)
{
    return classes[c].probability;
}
