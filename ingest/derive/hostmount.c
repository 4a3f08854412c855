/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host path mounts against their containers, and against each other. */
#include "ingest/derive/hostmount.h"

#include "ingest/derive/nodes.h"

/* What keeps a container from the kernel does not keep it from files that it is given: a sandbox
 * shares them, and a user namespace may map its root to their owner. */
static struct escape_guard shared(const struct fact_pod *p, const struct escape_guard *g)
{
    const char *why = "the sandbox shares the directory; what it lets through is not known";

    if (p->host_users == TRI_NO)
        why = "root of the pod owns the files of root on the node if the mount is idmapped";
    return (struct escape_guard){VERDICT_UNKNOWN, g->field, why};
}

const char *hostmount_path(const struct facts *f, const struct fact_pod *p,
                           const struct fact_volume *v, const struct fact_pv **pv)
{
    *pv = NULL;
    if (v->type == VOLUME_HOST_PATH)
        return v->host_path;
    if (v->type != VOLUME_PVC)
        return NULL;
    *pv = facts_pv_of_claim(f, p->meta.ns, v->claim);
    if (*pv && *(*pv)->host_path)
        return (*pv)->host_path;
    return *pv && *(*pv)->local_path ? (*pv)->local_path : NULL;
}

struct evidence hostmount_by_claim(struct arena *a, const struct hostmount *m)
{
    const struct fact_pv *pv = m->pv;

    return (struct evidence){
        .object = arena_printf(a, "PersistentVolume %s", pv->meta.name),
        .uid = pv->meta.uid,
        .field = *pv->host_path ? "spec.hostPath.path" : "spec.local.path",
        .reason = "the claim of the volume is bound to this path of the node",
    };
}

bool hostmount_at(const struct rule_ctx *c, const struct fact_pod *p,
                  const struct fact_container *k, size_t at, struct hostmount *out)
{
    const struct fact_mount *m = &k->mounts[at];
    const struct fact_volume *v = m->volume < p->nvolumes ? &p->volumes[m->volume] : NULL;
    const char *path = v && !m->device ? hostmount_path(c->f, p, v, &out->pv) : NULL;

    if (!path || !escape_guard(p, k, facts_node(c->f, p->node), &out->guard))
        return false;
    out->path = hostpath_normalise(c->scratch, path, m->sub_path);
    if (!out->path)
        return false;
    out->field = escape_field(c->scratch, p, k, arena_printf(c->scratch, "volumeMounts[%zu]", at));
    if (out->guard.verdict == VERDICT_BLOCKED)
        out->guard = shared(p, &out->guard);
    if (out->guard.verdict == VERDICT_YES)
        out->guard = escape_selinux(k, facts_node(c->f, p->node));
    if (*m->sub_path_expr && out->guard.verdict == VERDICT_YES)
        out->guard = (struct escape_guard){VERDICT_UNKNOWN, out->field,
                                           "subPathExpr: the path is only known at run time"};
    return true;
}

bool hostmount_judge(const struct rule_ctx *c, const struct fact_pod *p,
                     const struct fact_container *k, size_t at, struct hostmount *out)
{
    struct hostpath_where where = {
        .control_plane = assets_control_plane(c->as, p->node) != NULL,
        .read_only = k->mounts[at].read_only,
        .privileged = k->privileged == TRI_YES,
        .cgroup_v2 = nodes_cgroup(facts_node(c->f, p->node)) == 2,
    };

    if (!hostmount_at(c, p, k, at, out))
        return false;
    struct hostpath_effect e = hostpath_judge(out->path, &where);
    for (size_t i = 0; i < HOSTPATH_WAYS; i++) {
        struct hostpath_gain *g = &out->gain[i];
        *g = e.way[i];
        g->class = escape_class(k, g->class);
        g->verdict = g->verdict > out->guard.verdict ? g->verdict : out->guard.verdict;
    }
    return true;
}

static void improve(struct hostmount_best *best, enum verdict verdict, enum edge_class class)
{
    struct hostmount_best old = *best;

    best->any = true;
    best->verdict = old.any && old.verdict < verdict ? old.verdict : verdict;
    best->class = old.any && old.class < class ? old.class : class;
    best->both = (best->verdict == verdict && best->class == class) ||
                 (old.both && best->verdict == old.verdict && best->class == old.class);
}

static bool has_host_path(const struct facts *f, const struct fact_pod *p)
{
    const struct fact_pv *pv;

    for (size_t i = 0; i < p->nvolumes; i++)
        if (hostmount_path(f, p, &p->volumes[i], &pv))
            return true;
    return false;
}

const struct hostmount_volume *hostmount_volumes(const struct rule_ctx *c, const struct fact_pod *p)
{
    struct hostmount m;

    if (!has_host_path(c->f, p) || assets_node(c->f, c->d, p) == UINT32_MAX)
        return NULL;

    struct hostmount_volume *all = arena_calloc(c->scratch, p->nvolumes, sizeof(*all));
    for (size_t k = 0; k < p->ncontainers; k++)
        for (size_t at = 0; at < p->containers[k].nmounts; at++) {
            if (!hostmount_judge(c, p, &p->containers[k], at, &m))
                continue;
            struct hostmount_volume *v = &all[p->containers[k].mounts[at].volume];
            for (size_t i = 0; i < HOSTPATH_WAYS; i++)
                if (m.gain[i].any)
                    improve(&v->way[i], m.gain[i].verdict, m.gain[i].class);
        }
    return all;
}

bool hostmount_decides(const struct hostmount_best *best, const struct hostpath_gain *g)
{
    bool verdict = g->verdict == best->verdict, class = g->class == best->class;

    return g->any && (best->both ? verdict && class : verdict || class);
}

/* How much each way gives; who has less does not have the rest. */
static const unsigned char worth[HOSTPATH_WAYS] = {
    [HOSTPATH_READ_LOGS] = 1,  [HOSTPATH_READ_SECRETS] = 2, [HOSTPATH_READ_VOLUMES] = 2,
    [HOSTPATH_WRITE_PODS] = 2, [HOSTPATH_READ_NODE] = 3,    [HOSTPATH_READ_ADMIN] = 3,
    [HOSTPATH_WRITE_NODE] = 3, [HOSTPATH_WRITE_ADMIN] = 3,
};

static void most(unsigned *have, size_t way)
{
    *have = worth[way] > *have ? worth[way] : *have;
}

struct hostmount_share hostmount_share(const struct hostmount_volume *v, const struct hostmount *m)
{
    struct hostmount_best all = {0}, own = {0};
    struct hostmount_share share = {VERDICT_YES, CLASS_STRUCTURAL, NULL};
    unsigned all_worth = 0, own_worth = 0;

    for (size_t i = 0; i < HOSTPATH_WAYS; i++) {
        if (v->way[i].any) {
            improve(&all, v->way[i].verdict, v->way[i].class);
            most(&all_worth, i);
        }
        if (m && m->gain[i].any) {
            improve(&own, m->gain[i].verdict, m->gain[i].class);
            most(&own_worth, i);
        }
    }
    if (!all.any)
        return share;
    if (!own.any)
        return (struct hostmount_share){VERDICT_BLOCKED, CLASS_STRUCTURAL,
                                        "this mount shows and changes nothing of worth on the "
                                        "node; another mount of the volume does"};
    if (own.class > all.class) {
        share.class = own.class;
        share.why = "harder from this container than from another that mounts the volume";
    }
    if (own.verdict > all.verdict) {
        share.verdict = own.verdict;
        share.why = "less certain through this mount than through another of the volume";
    }
    if (own_worth < all_worth) {
        share.verdict = own.verdict > VERDICT_UNKNOWN ? own.verdict : VERDICT_UNKNOWN;
        share.why = own_worth > 1 ? "this mount shows Secrets and neighbours only; another of the "
                                    "volume gives more"
                                  : "this mount shows logs only; another of the volume gives more";
    }
    return share;
}
