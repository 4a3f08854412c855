/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Databases and other stores of data, those that run in the cluster and those that it uses.
 *
 * A store in the cluster is what the containers of one engine in the pods of one workload (or in
 * one pod without any) keep; an outside one is a host and port that a Service without pods names.
 * All are known by images, names and ports: heuristics. */
#pragma once

#include "ingest/derive/facts.h"

/* A row of datastores.def. */
struct datastore_engine {
    const char *name;      /* "postgres" */
    bool open;             /* as it comes, it asks for no password */
    const int32_t *ports;  /* of clients, the usual one first; ended by 0 */
    const char *variables; /* names parted by spaces */
};

/* The engine that a container seems to be, by image or by port and claim; NULL if none, and for the
 * etcd of the control plane. */
const struct datastore_engine *datastores_engine(const struct fact_pod *p,
                                                 const struct fact_container *c);

/* Whether the container writes to a claim. */
bool datastores_keeps_claim(const struct fact_pod *p, const struct fact_container *c);

/* Whether the engine is given its password in a variable of that name. */
bool datastores_variable(const struct datastore_engine *e, const char *name);

struct datastore_run { /* a container that is the store */
    const struct fact_pod *pod;
    const struct fact_container *container;
};

struct datastore {
    const struct datastore_engine *engine;
    const char *ns, *name, *sub;          /* of its key */
    const char *workload_kind;            /* "" a pod by itself */
    FACT_LIST(datastore_run) runs;        /* none: it is outside */
    const char *host;                     /* outside: name or address; else "" */
    int32_t port;                         /* outside; 0 unknown */
    const struct fact_service **services; /* outside: those that name it */
    size_t nservices;
    struct texts addresses; /* outside: none where only a name is known */
    uint32_t ix;            /* node of the draft graph, set by the asset stage */
};

struct datastores;

/* All stores of indexed facts, which must outlive it; text and arrays live in their arena. */
struct datastores *datastores_new(const struct facts *f);
void datastores_free(struct datastores *ds);
DEFINE_AUTO(datastores)

/* Those in the cluster in the order of its pods, then those outside in the order of Services. */
struct datastore **datastores_all(const struct datastores *ds, size_t *n);

/* The store of that key; NULL if there is none. */
const struct datastore *datastores_find(const struct datastores *ds, const char *ns,
                                        const char *name, const char *sub);

/* The store that the container is a part of; NULL if none. */
const struct datastore *datastores_of(const struct datastores *ds, const struct fact_container *c);

/* Whether a port that the store's container declares is one of clients: one of the engine's, else,
 * if it declares none of these, any that is not called after metrics. */
bool datastores_serves(const struct datastore_engine *e, const struct fact_container *c,
                       const struct fact_port *port);

/* Whether clients may find the store on a port that no container of the pod declares. */
bool datastores_may_serve(const struct datastore_engine *e, const struct fact_container *c,
                          int32_t port);
