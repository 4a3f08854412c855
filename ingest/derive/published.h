/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who outside of the cluster reaches an address or a Service, as far as the cluster tells: anyone
 * (the internet), or whoever is in the network of the nodes (the LAN).  Pods, policies and
 * readiness are not looked at: this is the way to the port of the Service, exposure.h goes on from
 * there.
 *
 * YES: nothing outside of what we read decides.  MAYBE: `ev.reason` names what does (the cloud's
 * firewall, an address that is not assigned yet, a list of sources).  NO: `ev.reason` is the first
 * precondition that fails. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"
#include "ingest/derive/netoutside.h"
#include "ingest/derive/netreach.h"

enum published_open { PUBLISHED_NO, PUBLISHED_MAYBE, PUBLISHED_YES };

struct published_answer {
    enum published_open open;
    bool unused;        /* NO: the Service asks for nothing of that sort */
    struct evidence ev; /* never without object, field and reason */
};

/* Whether the internet routes an address: an IP ("10.0.0.1", "2001:db8::1"), or a DNS name that
 * does not say to be internal. */
bool published_is_public(const char *address);

/* What the nodes say about their addresses; made once, borrows the facts. */
struct published_nodes {
    const struct facts *f;
    const struct fact_node *public_node; /* one with a public address; NULL if there is none */
    const char *public_address;
    bool all_read; /* all nodes were read: what is not seen is not there */
};

/* Cost: nodes. */
struct published_nodes published_nodes(const struct facts *f);

/* The ways to a Service, each for itself; text lives in `a` or is static.
 * lb: the address of a load balancer (type LoadBalancer).  YES also where the cloud could still
 * close it: who assigns a public address means it.
 * external_ip: spec.externalIPs.  Cost: those x nodes.
 * node_port: a port of every node (types NodePort and LoadBalancer).  With externalTrafficPolicy
 * Local only nodes that have an endpoint answer; published_host says who reaches those. */
void published_lb(const struct fact_service *s, enum netreach_who who, struct arena *a,
                  struct published_answer *out);
void published_external_ip(const struct published_nodes *pn, const struct fact_service *s,
                           enum netreach_who who, struct arena *a, struct published_answer *out);
void published_node_port(const struct published_nodes *pn, const struct fact_service *s,
                         enum netreach_who who, struct arena *a, struct published_answer *out);

/* The widest of the ways to a Service; the first of the above if several are as wide.  NO if there
 * is none (ClusterIP, headless, ExternalName): then only the cluster reaches it. */
void published_service(const struct published_nodes *pn, const struct fact_service *s,
                       enum netreach_who who, struct arena *a, struct published_answer *out);

/* Whether a port of the Service is one of every node, too; one that has no number yet gets it. */
bool published_has_node_port(const struct fact_service *s, const struct fact_service_port *p);

/* Who reaches ports that a pod or the kubelet opens on that node (NULL: which one is not known). */
void published_host(const struct fact_node *n, enum netreach_who who, struct arena *a,
                    struct published_answer *out);

/* The most that an address leaves open to a port that is bound to it alone: NO for loopback, and
 * for the internet where it is private; YES for "" and the wildcards 0.0.0.0 and ::. */
enum published_open published_bound(const char *address, enum netreach_who who);

/* What a list of source ranges, separated by commas, leaves open to them: YES if it is empty or has
 * a range of all addresses. */
enum published_open published_sources(const char *ranges, enum netreach_who who);
