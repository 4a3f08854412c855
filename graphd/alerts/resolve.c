/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolution: a table of steps, strongest first.  A step finds one node, or finds none, or says why
 * what it found will not do. */
#include "graphd/alerts/resolve.h"

#include <stdatomic.h>
#include <string.h>

#include <glib.h>

#include "schema/key.h"

/* One name of a node. */
struct alias {
    const char *text;
    node_ix node;
};

struct aliases {
    struct alias *v;
    size_t n;
};

struct resolve {
    atomic_uint refs;
    struct arena *arena;
    /* of pods that have not ended, by "namespace/name" and "namespace/Kind/name" of their maker */
    struct aliases workloads;
    struct aliases pod_names, pod_ips, machines;
};

struct resolve *resolve_ref(struct resolve *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

void resolve_free(struct resolve *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(r->arena);
    free(r);
}

static int alias_order(const void *x, const void *y)
{
    const struct alias *a = x, *b = y;
    int c = strcmp(a->text, b->text);

    return c ? c : a->node < b->node ? -1 : a->node > b->node;
}

/* The first alias whose text is not before `text`. */
static size_t lower_bound(const struct aliases *in, const char *text)
{
    size_t lo = 0, hi = in->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(in->v[mid].text, text) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void add(GArray *list, struct arena *a, const char *text, node_ix node)
{
    struct alias one = {arena_strdup(a, text), node};

    if (*text)
        g_array_append_val(list, one);
}

static void add_all(GArray *list, struct arena *a, const json_t *v, node_ix node)
{
    if (json_is_string(v)) {
        /* addresses come as "10.0.0.1" or "InternalIP=10.0.0.1" */
        const char *eq = strchr(json_string_value(v), '=');
        add(list, a, eq ? eq + 1 : json_string_value(v), node);
    }
    for (size_t i = 0; i < json_array_size(v); i++)
        if (json_is_string(json_array_get(v, i)))
            add_all(list, a, json_array_get(v, i), node);
}

static struct aliases sorted(GArray *list, struct arena *a)
{
    struct aliases out = {arena_memdup(a, list->data, list->len * sizeof(struct alias)), list->len};

    if (out.n > 1)
        qsort(out.v, out.n, sizeof(*out.v), alias_order);
    g_array_free(list, TRUE);
    return out;
}

/* Gathers the names of all pods and machines. */
struct gather {
    struct arena *a;
    GArray *workloads, *names, *ips, *machines;
};

/* Nothing runs in a pod that ended, no edge leads on from it, and its address may be another's. */
static bool has_ended(const json_t *props)
{
    const char *phase = json_string_value(json_object_get(props, "phase"));

    return phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);
}

static void add_pod(struct gather *to, const struct graph_node *n, node_ix ix)
{
    json_auto_t *props = json_loads(n->props, 0, NULL);
    const char *workload = json_string_value(json_object_get(props, "workload"));
    const char *slash = workload ? strchr(workload, '/') : NULL; /* "Deployment/api" */

    if (has_ended(props))
        return;
    add(to->names, to->a, n->name, ix);
    if (slash) {
        add(to->workloads, to->a, arena_printf(to->a, "%s%s", n->ns, slash), ix);
        add(to->workloads, to->a, arena_printf(to->a, "%s/%s", n->ns, workload), ix);
    }
    /* pods of the host's network share the machine's address: no identity */
    if (!json_is_true(json_object_get(props, "hostNetwork")))
        add_all(to->ips, to->a, json_object_get(props, "podIP"), ix);
}

static void add_machine(struct gather *to, const struct graph_node *n, node_ix ix)
{
    json_auto_t *props = json_loads(n->props, 0, NULL), *labels = json_loads(n->labels, 0, NULL);

    add(to->machines, to->a, n->name, ix);
    add_all(to->machines, to->a, json_object_get(labels, "kubernetes.io/hostname"), ix);
    add_all(to->machines, to->a, json_object_get(props, "addresses"), ix);
}

struct resolve *resolve_new(const struct graph *g)
{
    struct resolve *r = must_calloc(1, sizeof(*r));
    struct gather to = {
        .a = r->arena = arena_new(),
        .workloads = g_array_new(FALSE, FALSE, sizeof(struct alias)),
        .names = g_array_new(FALSE, FALSE, sizeof(struct alias)),
        .ips = g_array_new(FALSE, FALSE, sizeof(struct alias)),
        .machines = g_array_new(FALSE, FALSE, sizeof(struct alias)),
    };

    atomic_init(&r->refs, 1);
    for (size_t i = 0; i < graph_nodes(g); i++) {
        enum node_kind kind = graph_kind(g, (node_ix)i);
        struct graph_node n;
        if (kind != NODE_POD && kind != NODE_NODE)
            continue;
        n = graph_node(g, (node_ix)i);
        if (kind == NODE_POD)
            add_pod(&to, &n, (node_ix)i);
        else
            add_machine(&to, &n, (node_ix)i);
    }
    r->workloads = sorted(to.workloads, to.a);
    r->pod_names = sorted(to.names, to.a);
    r->pod_ips = sorted(to.ips, to.a);
    r->machines = sorted(to.machines, to.a);
    return r;
}

/* One attempt at one alert. */
struct attempt {
    const struct resolve *r;
    const struct graph *g;
    const struct alert *al;
    struct arena *a;
    struct resolve_match *out;
    const char *by; /* what the match is by, if not the step that led to it; else NULL */
    bool over;      /* what the alert means is known and no node stands for it */
};

static void note(struct attempt *t, const char *text)
{
    t->out->note = *t->out->note ? arena_printf(t->a, "%s; %s", t->out->note, text) : text;
}

static bool found(struct attempt *t, node_ix node, double confidence)
{
    if (node == NODE_NONE)
        return false;
    t->out->node = node;
    t->out->confidence = confidence;
    return true;
}

/* The node of that identity in the alert's cluster, or in the only one that has it. */
static node_ix by_key(struct attempt *t, enum node_kind kind, const char *ns, const char *name,
                      const char *sub)
{
    node_ix hit = NODE_NONE;
    size_t n;
    const struct graph_part *p = graph_parts(t->g, &n);

    for (size_t i = 0; i < n; i++) {
        if (*t->al->cluster && strcmp(t->al->cluster, p[i].cluster) != 0)
            continue;
        node_ix ix = graph_find(t->g, key_make(t->a, p[i].cluster, kind, ns, name, sub));
        if (ix == NODE_NONE)
            continue;
        if (hit != NODE_NONE) {
            note(t, "several clusters have one of that name and the alert names no cluster");
            return NODE_NONE;
        }
        hit = ix;
    }
    return hit;
}

/* The only node that goes by `text`, in the alert's cluster if it names one. */
static node_ix by_alias(struct attempt *t, const struct aliases *in, const char *text)
{
    node_ix hit = NODE_NONE;

    for (size_t i = lower_bound(in, text); i < in->n && strcmp(in->v[i].text, text) == 0; i++) {
        node_ix ix = in->v[i].node;
        if (*t->al->cluster && strcmp(t->al->cluster, graph_node(t->g, ix).cluster) != 0)
            continue;
        if (hit != NODE_NONE && hit != ix)
            return NODE_NONE;
        hit = ix;
    }
    return hit;
}

/* The container of the pod by name, else the pod. */
static node_ix container_of(struct attempt *t, node_ix pod, const char *container)
{
    const char *key = graph_node(t->g, pod).key;
    struct key_parts k;
    struct err e;

    if (!*container || !key_parse(t->a, key, &k, &e))
        return pod;
    node_ix ix =
        graph_find(t->g, key_make(t->a, k.cluster, NODE_CONTAINER, k.ns, k.name, container));
    return ix == NODE_NONE ? pod : ix;
}

/* The only node of `kind` with that uid. */
static node_ix by_uid(struct attempt *t, const char *uid, enum node_kind kind)
{
    node_ix hits[8], hit = NODE_NONE;
    size_t n = graph_find_uid(t->g, uid, hits, ARRAY_LEN(hits));

    for (size_t i = 0; i < n && i < ARRAY_LEN(hits); i++) {
        if (graph_kind(t->g, hits[i]) != kind)
            continue;
        if (hit != NODE_NONE) {
            note(t, "more than one container id begins so");
            return NODE_NONE;
        }
        hit = hits[i];
    }
    return hit;
}

/* The first pod, by key, that the workload made and that has not ended; in that cluster, or in the
 * only one that has it if `cluster` is "". */
static node_ix pod_of(struct attempt *t, const char *cluster, const char *workload)
{
    const struct aliases *in = &t->r->workloads;
    node_ix best = NODE_NONE;

    for (size_t i = lower_bound(in, workload); i < in->n && strcmp(in->v[i].text, workload) == 0;
         i++) {
        struct graph_node n = graph_node(t->g, in->v[i].node);
        if (*cluster && strcmp(cluster, n.cluster) != 0)
            continue;
        if (best == NODE_NONE) {
            best = in->v[i].node;
            continue;
        }
        struct graph_node b = graph_node(t->g, best);
        if (strcmp(b.cluster, n.cluster) != 0) {
            note(t, "several clusters have a workload of that name");
            return NODE_NONE;
        }
        if (strcmp(n.key, b.key) < 0)
            best = in->v[i].node;
    }
    return best;
}

/* A pod that is known, or another one of its workload if it ended: what was done to the one can be
 * done to the other, and from the dead nothing can be done. */
static bool found_pod(struct attempt *t, node_ix pod, const char *container, double confidence)
{
    struct graph_node n = graph_node(t->g, pod);
    json_auto_t *props = json_loads(n.props, 0, NULL);
    const char *workload = json_string_value(json_object_get(props, "workload"));
    node_ix other = NODE_NONE;

    if (!has_ended(props))
        return found(t, container_of(t, pod, container), confidence);
    if (workload)
        other = pod_of(t, n.cluster, arena_printf(t->a, "%s/%s", n.ns, workload));
    t->over = other == NODE_NONE;
    if (t->over) {
        note(t, arena_printf(t->a, "pod %s/%s has ended, and no pod of its workload lives", n.ns,
                             n.name));
        return false;
    }
    note(t, arena_printf(t->a, "pod %s/%s has ended: another pod of its workload", n.ns, n.name));
    t->by = "workload";
    return found(t, container_of(t, other, container), 0.7);
}

/* A uid is certain: where the alert's names say something else, the names are wrong. */
static void compare_names(struct attempt *t)
{
    const struct alert_selectors *sel = &t->al->sel;
    struct graph_node n = graph_node(t->g, t->out->node);
    struct key_parts k;
    struct err e;

    if (!key_parse(t->a, n.key, &k, &e))
        return;
    if ((*sel->pod && strcmp(sel->pod, k.name) != 0) || (*sel->ns && strcmp(sel->ns, k.ns) != 0))
        note(t, arena_printf(t->a, "the alert names another pod: %s/%s", sel->ns, sel->pod));
    if (*t->al->cluster && strcmp(t->al->cluster, n.cluster) != 0)
        note(t, arena_printf(t->a, "the alert names another cluster: %s", t->al->cluster));
}

static bool step_pod_uid(struct attempt *t)
{
    node_ix pod = *t->al->sel.pod_uid ? by_uid(t, t->al->sel.pod_uid, NODE_POD) : NODE_NONE;

    return pod != NODE_NONE && found_pod(t, pod, t->al->sel.container, 0.99);
}

static bool step_container_id(struct attempt *t)
{
    const char *id = t->al->sel.container_id;
    node_ix ix = *id ? by_uid(t, id, NODE_CONTAINER) : NODE_NONE, pod;
    double confidence = strlen(id) == 64 ? 0.99 : 0.98;
    struct key_parts k;
    struct err e;

    if (ix == NODE_NONE || !key_parse(t->a, graph_node(t->g, ix).key, &k, &e))
        return false;
    pod = graph_find(t->g, key_make(t->a, k.cluster, NODE_POD, k.ns, k.name, NULL));
    return pod == NODE_NONE ? found(t, ix, confidence) : found_pod(t, pod, k.sub, confidence);
}

/* By name alone a pod is only as certain as its name: a StatefulSet's pods keep theirs. */
static bool step_pod_name(struct attempt *t)
{
    const struct alert_selectors *sel = &t->al->sel;
    node_ix pod;

    if (!*sel->ns || !*sel->pod ||
        (pod = by_key(t, NODE_POD, sel->ns, sel->pod, NULL)) == NODE_NONE)
        return false;
    const char *uid = graph_node(t->g, pod).uid;
    bool other = *sel->pod_uid && *uid && strcmp(sel->pod_uid, uid) != 0;
    if (other)
        note(t, "the graph has another incarnation of this pod");
    return found_pod(t, pod, sel->container, other ? 0.6 : 0.9);
}

/* Controllers name pods after themselves: "-x7k2p" behind a ReplicaSet, DaemonSet or Job, "-0"
 * behind a StatefulSet, "-6c9f7d4b5c-x7k2p" behind a Deployment and "-29012345-x7k2p" behind a
 * CronJob. */
static const char digits[] = "0123456789", random_part[] = "bcdfghjklmnpqrstvwxz0123456789";

/* The length of the name without its last part, if that is `min` to `max` of these characters; 0 if
 * it is not. */
static size_t stem(const char *name, size_t len, const char *of, size_t min, size_t max)
{
    size_t at = len;

    while (at > 0 && strchr(of, name[at - 1]))
        at--;
    return at > 1 && name[at - 1] == '-' && len - at >= min && len - at <= max ? at - 1 : 0;
}

/* The pod is gone or not seen yet: another one of its workload stands for it. */
static bool step_workload(struct attempt *t)
{
    const struct alert_selectors *sel = &t->al->sel;
    size_t ordinal = stem(sel->pod, strlen(sel->pod), digits, 1, 4);
    size_t set = ordinal ? ordinal : stem(sel->pod, strlen(sel->pod), random_part, 5, 5);
    size_t owner = ordinal ? 0 : stem(sel->pod, set, random_part, 8, 10);
    node_ix pod = NODE_NONE;

    if (!*sel->ns || !set)
        return false;
    if (owner)
        pod =
            pod_of(t, t->al->cluster, arena_printf(t->a, "%s/%.*s", sel->ns, (int)owner, sel->pod));
    if (pod == NODE_NONE)
        pod = pod_of(t, t->al->cluster, arena_printf(t->a, "%s/%.*s", sel->ns, (int)set, sel->pod));
    if (pod == NODE_NONE)
        return false;
    note(t, arena_printf(t->a, "pod %s/%s is not in the graph: another pod of its workload",
                         sel->ns, sel->pod));
    return found(t, container_of(t, pod, sel->container), 0.7);
}

static bool step_pod_ip(struct attempt *t)
{
    const struct alert_selectors *sel = &t->al->sel;
    node_ix pod = *sel->pod_ip ? by_alias(t, &t->r->pod_ips, sel->pod_ip) : NODE_NONE;

    return pod != NODE_NONE && found(t, container_of(t, pod, sel->container), 0.7);
}

/* The machine that runs the pod; NODE_NONE if none does. */
static node_ix machine_of(const struct graph *g, node_ix pod)
{
    for (size_t i = 0; i < graph_in_count(g, pod); i++) {
        struct graph_edge e = graph_edge(g, graph_in(g, pod, i));
        if (e.kind == EDGE_POD_ATTACH)
            return e.src;
    }
    return NODE_NONE;
}

/* A sensor calls its machine by name, by address, or by the name of its own pod. */
static bool step_node(struct attempt *t)
{
    const struct alert_selectors *sel = &t->al->sel;
    bool in_container = !t->al->on_host && (*sel->container_id || *sel->pod_uid || *sel->pod);
    double confidence = 0.9;

    if (!*sel->node)
        return false;
    node_ix ix = by_alias(t, &t->r->machines, sel->node);
    if (ix == NODE_NONE) {
        node_ix sensor = by_alias(t, &t->r->pod_names, sel->node);
        if (sensor == NODE_NONE || (ix = machine_of(t->g, sensor)) == NODE_NONE)
            return false;
        confidence = 0.8;
        note(t, "the machine that runs the sensor's pod");
    }
    if (in_container) {
        confidence = 0.3;
        note(t, "the container is not in the graph, only the machine that it ran on: the risk is "
                "the machine's, and so too high");
    }
    return found(t, ix, confidence);
}

static bool step_user(struct attempt *t)
{
    const char *user = t->al->sel.user;
    node_ix ix;

    if (!*user)
        return false;
    if (strncmp(user, "system:serviceaccount:", 22) == 0) {
        const char *ns = user + 22, *name = strchr(ns, ':');
        if (!name)
            return false;
        ix = by_key(t, NODE_SERVICEACCOUNT, arena_strndup(t->a, ns, (size_t)(name - ns)), name + 1,
                    NULL);
    } else if (strncmp(user, "system:node:", 12) == 0) {
        ix = by_key(t, NODE_NODE, "", user + 12, NULL);
    } else {
        ix = by_key(t, NODE_USER, "", user, NULL);
    }
    return found(t, ix, 0.9);
}

/* Strongest first. */
static const struct {
    const char *by;
    bool (*try)(struct attempt *t);
    bool certain; /* unique in the world: names are only compared */
} steps[] = {
    {"pod_uid", step_pod_uid, true},    {"container_id", step_container_id, true},
    {"pod_name", step_pod_name, false}, {"workload", step_workload, false},
    {"pod_ip", step_pod_ip, false},     {"node", step_node, false},
    {"user", step_user, false},
};

static bool loaded(const struct graph *g, const char *cluster)
{
    size_t n;
    const struct graph_part *p = graph_parts(g, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(p[i].cluster, cluster) == 0)
            return true;
    return false;
}

static void explain(struct attempt *t)
{
    const struct alert_selectors *sel = &t->al->sel;

    if (*t->al->cluster && !loaded(t->g, t->al->cluster))
        note(t, arena_printf(t->a, "cluster \"%.100s\" is not loaded", t->al->cluster));
    else if (*sel->pod_uid || *sel->container_id || *sel->pod || *sel->pod_ip || *sel->node ||
             *sel->user)
        note(t, "nothing in the graph has the ids and names that it gives");
    else
        note(t, "the alert names no workload, machine or user");
}

void resolve_alert(const struct resolve *r, const struct graph *g, const struct alert *al,
                   struct arena *a, struct resolve_match *out)
{
    struct attempt t = {.r = r, .g = g, .al = al, .a = a, .out = out};
    size_t n;

    *out = (struct resolve_match){.node = NODE_NONE, .by = "", .note = ""};
    size_t i = 0;
    while (i < ARRAY_LEN(steps) && !steps[i].try(&t) && !t.over)
        i++;
    if (out->node == NODE_NONE) {
        if (!t.over)
            explain(&t);
        return;
    }
    out->by = t.by ? t.by : steps[i].by;
    if (steps[i].certain && !t.by)
        compare_names(&t);
    const char *cluster = graph_node(g, out->node).cluster;
    const struct graph_part *p = graph_parts(g, &n);
    for (i = 0; i < n; i++) {
        if (strcmp(p[i].cluster, cluster) != 0)
            continue;
        out->generation = p[i].generation;
        if (al->time > p[i].taken_at)
            out->staleness_seconds = (double)(al->time - p[i].taken_at) / 1e6;
    }
}
