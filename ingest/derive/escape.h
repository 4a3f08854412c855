/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The escape guard: what root in a container means to the node.  Every rule that leaves a container
 * asks here first.  Source: capabilities(7), user_namespaces(7); docs/edges/CE_PRIV_MOUNT.md. */
#pragma once

#include "ingest/derive/draft.h"
#include "ingest/derive/facts.h"

/* Capabilities by their kernel numbers, as bits. */
enum escape_cap {
    CAP_DAC_READ_SEARCH = 2,
    CAP_NET_ADMIN = 12,
    CAP_NET_RAW = 13,
    CAP_SYS_MODULE = 16,
    CAP_SYS_RAWIO = 17,
    CAP_SYS_CHROOT = 18,
    CAP_SYS_PTRACE = 19,
    CAP_SYS_ADMIN = 21,
    CAP_PERFMON = 38,
    CAP_BPF = 39
};
#define ESCAPE_CAP(cap) (UINT64_C(1) << (cap))

/* The bounding set as the runtime of `node` (NULL: not known) makes it; all for a privileged one.
 * The runtime's default set, or what ALL makes of it; plus add, minus drop (Docker: the other way
 * round).  Case does not matter, unknown names are ignored.  CAP_ before a name is understood by
 * all runtimes but containerd: where the runtime is not known, a capability that one of them would
 * give is in the set. */
uint64_t escape_caps(const struct fact_container *c, const struct fact_node *node);

/* Those that the container has or lacks by the spelling of a name alone, its runtime not known. */
uint64_t escape_caps_doubtful(const struct fact_container *c, const struct fact_node *node);

/* Those that the container asks for, without what every container gets. */
uint64_t escape_caps_added(const struct fact_container *c);

enum escape_uid {
    ESCAPE_ROOT,    /* runAsUser 0 */
    ESCAPE_ASSUMED, /* the image decides, and most images say root */
    ESCAPE_OTHER    /* another user, or runAsNonRoot */
};
enum escape_uid escape_uid(const struct fact_container *c);

/* What stands between root in the container and root on the node. */
struct escape_guard {
    enum verdict verdict; /* yes: nothing */
    const char *field;    /* where that is said; NULL for yes */
    const char *why;
};

/* Judges a container of a pod that may run on `node` (NULL: not known).
 * Returns: false if Linux escapes do not apply to it at all (Windows, it has ended, or it never
 * starts: root with runAsNonRoot). */
bool escape_guard(const struct fact_pod *p, const struct fact_container *c,
                  const struct fact_node *node, struct escape_guard *out);

/* Whether the pod's runtime class is a sandbox, by its name: a kernel of its own. */
bool escape_sandboxed(const struct fact_pod *p);

/* The class of a step that wants root, for this container: harder for another user (a setuid
 * program may help unless privilege escalation is off), and for an init container, which runs only
 * while the pod starts. */
enum edge_class escape_class(const struct fact_container *c, enum edge_class root);

/* The class of a step that any process in the container can do: harder only for init containers. */
enum edge_class escape_class_any(const struct fact_container *c, enum edge_class class);

/* Whether AppArmor leaves the container alone: yes, unknown (`why` says so) or blocked. */
struct escape_guard escape_apparmor(const struct fact_container *c, const struct fact_node *node);

/* Whether SELinux leaves the container alone, by the name of the node's OS: yes or unknown. */
struct escape_guard escape_selinux(const struct fact_container *c, const struct fact_node *node);

/* What a guard says as evidence, with its `why`: of the node if its field is one of a node, else of
 * the pod.  Text lives in `a`. */
struct evidence escape_evidence(struct arena *a, const struct fact_pod *p,
                                const struct fact_node *node, const struct escape_guard *g);

/* "spec.containers[0].securityContext.privileged": the path of a field of a container. */
const char *escape_field(struct arena *a, const struct fact_pod *p, const struct fact_container *c,
                         const char *field);
