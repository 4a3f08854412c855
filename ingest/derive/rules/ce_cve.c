/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CE_RUNTIME_CVE and CE_KERNEL_CVE: versions of a node against published holes.  Never certain:
 * distributions mend holes without another version. */
#include <stdlib.h>
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

#define V(major, minor, patch)                                                                     \
    {                                                                                              \
        major, minor, patch                                                                        \
    }

enum product { KERNEL, CONTAINERD, RUNC, DOCKER };
enum needs { ANYONE, ROOT, HOST_NETWORK };

static const struct advisory {
    enum product product;
    const char *id, *what;
    unsigned long from[3], fixed[3];
    uint64_t cap;
    enum needs needs;
    enum edge_class class;
} advisories[] = {
#define ADVISORY(product, id, what, from, fixed, cap, needs, class)                                \
    {product, id, what, from, fixed, (cap) ? ESCAPE_CAP(cap) : 0, needs, CLASS_##class},
#include "ingest/derive/advisories.def"
#undef ADVISORY
};

/* "5.15.133-flatcar" -> 5, 15, 133. */
static bool read_version(const char *s, unsigned long out[3])
{
    char *end;

    s += *s == 'v';
    for (size_t i = 0; i < 3; i++) {
        if (!g_ascii_isdigit(*s))
            return false;
        out[i] = strtoul(s, &end, 10);
        s = end + (*end == '.');
    }
    return true;
}

/* Releases that name the version which a distribution began with, whatever it has mended since:
 * Debian, Ubuntu and Red Hat write 0 for the patch, others have suffixes. */
static bool frozen(const char *release, const unsigned long version[3])
{
    return version[2] == 0 || strstr(release, "uek") || strstr(release, "-default") ||
           strstr(release, "-pve");
}

static int compare(const unsigned long a[3], const unsigned long b[3])
{
    for (size_t i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

/* What a node runs of a product; false if it does not, or does not say. */
static bool version_of(const struct fact_node *n, enum product product, unsigned long out[3])
{
    static const char containerd[] = "containerd://", docker[] = "docker://";
    const char *scheme = product == DOCKER ? docker : containerd;

    if (product == KERNEL)
        return read_version(n->kernel, out) && !frozen(n->kernel, out);
    return strncmp(n->runtime, scheme, strlen(scheme)) == 0 &&
           read_version(n->runtime + strlen(scheme), out);
}

static bool applies(const struct advisory *a, const struct fact_node *n)
{
    unsigned long version[3];

    return version_of(n, a->product, version) && compare(version, a->from) >= 0 &&
           compare(version, a->fixed) < 0;
}

/* What stands between the container and the hole. */
static struct escape_guard guard_of(const struct advisory *a, const struct fact_pod *p,
                                    const struct fact_container *k, const struct fact_node *n,
                                    const struct escape_guard *g)
{
    uint64_t caps = escape_caps(k, n);
    bool has = escape_uid(k) != ESCAPE_OTHER && (caps & a->cap) == a->cap;

    if (a->product != KERNEL)
        return *g;
    if (escape_sandboxed(p))
        return (struct escape_guard){
            VERDICT_BLOCKED, "spec.runtimeClassName",
            "the runtime class is a sandbox: its kernel is not the node's"};
    if (a->cap && !has && strcmp(k->seccomp, "RuntimeDefault") == 0 &&
        !(caps & ESCAPE_CAP(CAP_SYS_ADMIN)))
        return (struct escape_guard){VERDICT_BLOCKED, "securityContext.seccompProfile",
                                     "the hole needs a user namespace of one's own, which the "
                                     "default seccomp profile refuses"};
    return (struct escape_guard){.verdict = VERDICT_YES};
}

static const char *reason(struct rule_ctx *c, const struct advisory *a, const struct fact_node *n)
{
    const char *version = a->product == KERNEL ? n->kernel : n->runtime;

    if (a->product == RUNC)
        return arena_printf(c->scratch,
                            "%s came with a runc that has %s (%s), mended with containerd "
                            "%lu.%lu.%lu; the version of runc itself is not shown",
                            version, a->id, a->what, a->fixed[0], a->fixed[1], a->fixed[2]);
    return arena_printf(c->scratch,
                        "%s %s is older than %lu.%lu.%lu, which mends %s (%s); the distribution "
                        "may have mended it without another version",
                        a->product == KERNEL ? "kernel" : "runtime", version, a->fixed[0],
                        a->fixed[1], a->fixed[2], a->id, a->what);
}

static void draw(struct rule_ctx *c, const struct advisory *a, const struct fact_pod *p,
                 const struct fact_container *k, const struct fact_node *n,
                 const struct escape_guard *g)
{
    bool kernel = a->product == KERNEL;
    struct evidence ev[] = {
        {arena_printf(c->scratch, "Node %s", n->meta.name), n->meta.uid,
         kernel ? "status.nodeInfo.kernelVersion" : "status.nodeInfo.containerRuntimeVersion",
         reason(c, a, n)},
        {rule_pod(c, p), p->meta.uid, g->field, g->why},
    };

    draft_edge(c->d, k->ix, n->meta.ix, kernel ? EDGE_CE_KERNEL_CVE : EDGE_CE_RUNTIME_CVE,
               a->needs == ANYONE ? escape_class_any(k, a->class) : escape_class(k, a->class),
               g->verdict == VERDICT_BLOCKED ? VERDICT_BLOCKED : VERDICT_UNKNOWN, ev,
               g->why ? 2 : 1);
}

/* The advisories that hold for a node, as a set of their places. */
static uint64_t advisories_of(const struct fact_node *n)
{
    uint64_t set = 0;

    _Static_assert(ARRAY_LEN(advisories) <= 64, "the set has 64 places");
    for (size_t i = 0; i < ARRAY_LEN(advisories); i++)
        if (applies(&advisories[i], n))
            set |= UINT64_C(1) << i;
    return set;
}

static void of_pod(struct rule_ctx *c, const struct fact_pod *p, const struct fact_node *n,
                   uint64_t hold)
{
    for (size_t i = 0; hold >> i && i < ARRAY_LEN(advisories); i++) {
        const struct advisory *a = &advisories[i];
        struct escape_guard g;

        if (!(hold >> i & 1) || (a->needs == HOST_NETWORK && !p->host_network))
            continue;
        for (size_t k = 0; k < p->ncontainers; k++) {
            if (!escape_guard(p, &p->containers[k], n, &g))
                continue;
            g = guard_of(a, p, &p->containers[k], n, &g);
            draw(c, a, p, &p->containers[k], n, &g);
        }
    }
}

static void derive(struct rule_ctx *c)
{
    const struct fact_node *nodes = c->f->nodes.v;
    uint64_t *hold = arena_calloc(c->scratch, c->f->nodes.n, sizeof(*hold));

    for (size_t i = 0; i < c->f->nodes.n; i++)
        hold[i] = advisories_of(&nodes[i]);
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        if (p->on && hold[p->on - nodes] && assets_node(c->f, c->d, p) != UINT32_MAX)
            of_pod(c, p, p->on, hold[p->on - nodes]);
    }
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *k = q->from.container;
    const struct fact_node *n = q->to.node;
    bool kernel = q->kind == EDGE_CE_KERNEL_CVE;

    if (!k || !n)
        return false;
    if (why_elsewhere(c, out, p, &q->to) || why_no_linux(c, out, p, k))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(advisories); i++)
        if ((advisories[i].product == KERNEL) == kernel && applies(&advisories[i], n))
            return false;
    return why_say(out, WHY_RELATED, arena_printf(c->scratch, "Node %s", n->meta.name), n->meta.uid,
                   kernel ? "status.nodeInfo.kernelVersion"
                          : "status.nodeInfo.containerRuntimeVersion",
                   arena_printf(c->scratch, "no published hole that is known here fits %s",
                                kernel ? n->kernel : n->runtime));
}

const struct rule rule_ce_cve = {
    .name = "ce_cve",
    .version = 2,
    .kinds = {EDGE_CE_RUNTIME_CVE, EDGE_CE_KERNEL_CVE},
    .derive = derive,
    .missing = missing,
};
