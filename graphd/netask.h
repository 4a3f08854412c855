/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the routes about the network have in common: the ends that a request names, as pods and
 * addresses of the stored objects, and what the policies say of them. */
#pragma once

#include "graphd/http.h"
#include "graphd/recalled.h"
#include "ingest/derive/netend.h"
#include "ingest/derive/netwhy.h"

enum { NETASK_MOST_PORTS = 64 };

/* What a parameter names. */
struct netask_end {
    const char *text;    /* as it was asked */
    node_ix node;        /* NODE_NONE for addresses */
    enum node_kind kind; /* 0 for addresses */
    const char *name;    /* for people and for names of policies: "customer-db" */
    struct fact_cidr block;
    struct netend end;
    bool on_node;                                /* a node: its addresses */
    struct netwhy_port ports[NETASK_MOST_PORTS]; /* that a Service or an endpoint leads to */
    size_t nports;
};

/* One question. */
struct netask {
    struct http_req *req;
    struct netask_end from, to;
    const struct graph_part *part;               /* the cluster that it is about */
    struct netwhy_port ports[NETASK_MOST_PORTS]; /* all must be open; none: any */
    size_t nports;
    const struct facts *f; /* from netask_take to netask_done */
    const struct netpol *np;
};

/* Reads from, to, port and protocol; http_args_done is the caller's.
 * Errors: INPUT naming the parameter; MISSING and CONFLICT as graph_resolve. */
bool netask_read(struct http_req *req, const struct graph *g, struct netask *q, struct err *e)
    MUST_CHECK;

/* The part of a cluster by name; without a name ("") the only one there is.
 * Errors: INPUT that names the parameter; MISSING. */
const struct graph_part *netask_part(struct http_req *req, const struct graph *g,
                                     const char *cluster, struct err *e) MUST_CHECK;

/* The objects of the part, for the calling thread alone until netask_done.
 * Errors: those of recalled_take; BUSY while a newer generation is being loaded. */
bool netask_take(struct http_req *req, const struct graph_part *part, struct err *e) MUST_CHECK;
void netask_done(struct http_req *req);

/* Finds the ends in the objects, after netask_take.
 * Errors: SEMANTIC naming the parameter for an end without pods or addresses. */
bool netask_find(struct netask *q, struct err *e) MUST_CHECK;

/* Pods of a container, pod, workload, service or endpoint node, by their places in the facts; the
 * ports that a Service or an endpoint leads to go to `ports`.  Returns: how many pods. */
size_t netask_pods(const struct facts *f, const char *key, struct arena *a, const uint32_t **out,
                   struct netwhy_port ports[NETASK_MOST_PORTS], size_t *nports);

/* The pod that the key of a pod, container, volume or endpoint begins with. */
#define NETASK_NO_POD UINT32_MAX
uint32_t netask_pod(const struct facts *f, const char *key, struct arena *a);

/* "yes", "no", "some" or "unknown". */
struct netask_verdict {
    const char *allowed;
    const char *all, *some;                   /* ports that all pairs have open; that any has */
    const uint64_t *ports;                    /* the same as `all` */
    const char *unsure;                       /* what is not evaluated, in words; NULL: all is */
    const struct fact_pod *src_pod, *dst_pod; /* the pair that is explained; NULL: addresses */
    struct netwhy_question question;
    struct netwhy why;
};
void netask_judge(const struct netask *q, struct netask_verdict *out);
