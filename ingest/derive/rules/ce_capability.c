/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Escapes that privileges, capabilities and namespaces of the node make possible: every container
 * against every row of escapes.h. */
#include <string.h>

#include "ingest/derive/escapes.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

/* Where a row leads from this case; UINT32_MAX where that is not known. */
static uint32_t target(struct rule_ctx *c, const struct escapes_row *r,
                       const struct escapes_case *at, uint32_t node)
{
    const char *name = *at->p->node ? at->p->node : NODES_UNSCHEDULED;

    if (r->target == ESCAPES_TRAFFIC)
        return hubs_traffic(c->hubs, "", name, "node");
    if (r->target == ESCAPES_NODE_PODS)
        return at->node ? hubs_node_pods(c->hubs, at->node) : UINT32_MAX;
    return node;
}

static void of_container(struct rule_ctx *c, const struct escapes_case *at, uint32_t node)
{
    struct escapes_found found;

    for (size_t i = 0; i < escapes_count; i++) {
        if (!escapes_judge(&escapes_rows[i], at, &found))
            continue;
        uint32_t to = target(c, &escapes_rows[i], at, node);
        if (to != UINT32_MAX)
            draft_edge(c->d, at->k->ix, to, escapes_rows[i].kind, found.class, found.verdict,
                       found.ev, found.nev);
    }
}

static void derive(struct rule_ctx *c)
{
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        uint32_t node = assets_node(c->f, c->d, p);
        struct escapes_case at = {
            .f = c->f, .p = p, .node = facts_node(c->f, p->node), .a = c->scratch};

        for (size_t k = 0; node != UINT32_MAX && k < p->ncontainers; k++) {
            at.k = &p->containers[k];
            of_container(c, &at, node);
        }
    }
}

/* The bit of a capability by its name. */
static uint64_t bit_of(const char *name)
{
    const struct fact_container one = {.caps_add = {&name, 1}};

    return escape_caps_added(&one);
}

/* Those that a container lacks of the capabilities that the row's sentence begins with: "SYS_ADMIN
 * and SYS_PTRACE let it ...". */
static const char *lacked(struct arena *a, const char *sentence, const struct escapes_case *at)
{
    g_auto(GStrv) words = g_strsplit(sentence, " ", -1);
    const char *out = "";

    for (char **w = words; *w; w++) {
        if (strcmp(*w, "and") == 0)
            continue;
        if (!g_ascii_isupper(**w))
            break;
        if (!(escape_caps(at->k, at->node) & bit_of(*w)))
            out = arena_printf(a, "%s%s%s", out, *out ? " and " : "", *w);
    }
    return out;
}

/* What the judge says, with names where it speaks of capabilities. */
static const char *in_words(struct arena *a, const struct escapes_row *r,
                            const struct escapes_case *at, const char *says)
{
    const char *privileged =
        at->k->privileged == TRI_NO ? "privileged is false" : "privileged is not set";

    if (!strstr(says, "capabilities"))
        return says;
    if (!r->caps[0].all)
        return arena_printf(a, "%s; it wants a privileged container", privileged);
    const char *first = lacked(a, r->caps[0].why, at);
    const char *second = r->caps[1].all ? lacked(a, r->caps[1].why, at) : "";
    const char *verb = strstr(first, " and ") ? "are" : "is";
    return arena_printf(a, "%s%s%s %s not added%s%s", r->privileged ? privileged : "",
                        r->privileged ? " and " : "", first, verb, *second ? ", nor " : "", second);
}

static const char *field_of(struct rule_ctx *c, const struct escapes_row *r,
                            const struct escapes_case *at)
{
    if (r->host & ESCAPES_PID && !at->p->host_pid)
        return "spec.hostPID";
    if (r->host & ESCAPES_NET && !at->p->host_network)
        return "spec.hostNetwork";
    if (r->host & ESCAPES_IPC && !at->p->host_ipc)
        return "spec.hostIPC";
    return escape_field(c->scratch, at->p, at->k,
                        r->kind == EDGE_CE_PROC_UNMASKED   ? "securityContext.procMount"
                        : r->caps[0].all && !r->privileged ? "securityContext.capabilities.add"
                        : r->caps[0].all                   ? "securityContext"
                                                           : "securityContext.privileged");
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct escapes_row *r = escapes_find(q->kind);
    const struct escapes_case at = {.f = c->f,
                                    .p = q->from.pod,
                                    .k = q->from.container,
                                    .node =
                                        q->from.pod ? facts_node(c->f, q->from.pod->node) : NULL,
                                    .a = c->scratch};
    struct rule_end node = {.kind = NODE_NODE, .name = q->to.name};
    struct escapes_found found;

    node.node = facts_node(c->f, node.name);
    if (!r || !at.k || !at.p)
        return false;
    if (why_elsewhere(c, out, at.p, &node) || why_no_linux(c, out, at.p, at.k))
        return true;
    return !escapes_judge(r, &at, &found) &&
           why_pod(c, out, strstr(found.missing, "the pod has no") ? WHY_RELATED : WHY_ALMOST, at.p,
                   field_of(c, r, &at), in_words(c->scratch, r, &at, found.missing));
}

const struct rule rule_ce_capability = {
    .name = "ce_capability",
    .version = 2,
    .kinds = {EDGE_CE_PRIV_MOUNT, EDGE_CE_NSENTER, EDGE_CE_MODULE_LOAD, EDGE_CE_SYS_PTRACE,
              EDGE_CE_CGROUP_RELEASE_AGENT, EDGE_CE_DAC_READ_SEARCH, EDGE_CE_SYS_RAWIO, EDGE_CE_BPF,
              EDGE_CE_HOSTNET_MITM, EDGE_CE_HOSTNET_LOCAL, EDGE_CE_HOST_IPC, EDGE_CE_PROC_UNMASKED,
              EDGE_HOST_PID_PEEK, EDGE_HUB_MEMBER},
    .derive = derive,
    .missing = missing,
};
