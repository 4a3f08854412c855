/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways out of a container that its own settings decide: capabilities, privileges and namespaces of
 * the node.  One table, so that what draws edges and what explains missing ones read the same rows.
 * Source: capabilities(7), ptrace(2), bpf(2); docs/edges/CE_*.md. */
#pragma once

#include "ingest/derive/escape.h"

/* A container where it runs. */
struct escapes_case {
    const struct facts *f;
    const struct fact_pod *p;
    const struct fact_container *k;
    const struct fact_node *node; /* NULL: not known */
    struct arena *a;              /* for text */
};

enum escapes_host { /* namespaces of the node */
                    ESCAPES_PID = 1,
                    ESCAPES_NET = 2,
                    ESCAPES_IPC = 4
};

enum escapes_target { ESCAPES_NODE, ESCAPES_NODE_PODS, ESCAPES_TRAFFIC };

/* What keeps a case from a row although its other columns fit (false), or qualifies it. */
typedef bool (*escapes_also)(const struct escapes_case *c, struct escape_guard *out);

struct escapes_row {
    enum edge_kind kind;
    enum escapes_target target;
    unsigned host; /* enum escapes_host: all that it needs */
    struct {
        uint64_t all;              /* capabilities; together they suffice */
        const char *why;           /* what they give, a sentence */
    } caps[2];                     /* either suffices; none: no capability is needed */
    const char *privileged;        /* a privileged container suffices: why; NULL: it does not count,
                                      but where no capability is needed */
    bool left_to_privileged;       /* privileged containers have easier ways, and no edge of this */
    const char *host_why;          /* what the first namespace of `host` gives */
    const char *apparmor;          /* how AppArmor's default profile stops it; NULL: it does not */
    bool root;                     /* wants root in the container */
    enum edge_class class, locked; /* locked: on an OS that guards its kernel against root */
    escapes_also also;             /* or NULL */
};

extern const struct escapes_row escapes_rows[];
extern const size_t escapes_count;

enum { ESCAPES_MAX_EVIDENCE = 8 };

struct escapes_found {
    enum verdict verdict;
    enum edge_class class;
    struct evidence ev[ESCAPES_MAX_EVIDENCE];
    size_t nev;
    const char *missing; /* what the row asks and the case lacks, a sentence; NULL if it fits */
};

/* Judges one row for one container.
 * Returns: whether the edge is drawn (it may be blocked); else out->missing says why not.  Text
 * lives in c->a or is static. */
bool escapes_judge(const struct escapes_row *r, const struct escapes_case *c,
                   struct escapes_found *out);

/* The row of a kind; NULL if it has none. */
const struct escapes_row *escapes_find(enum edge_kind kind);

/* Whether the node's OS, by its name, lets not even root change its kernel (signed modules only,
 * lockdown). */
bool escapes_locked_os(const struct fact_node *node);
