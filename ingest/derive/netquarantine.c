/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three attempts, the least trouble first: by the pod's own labels, by one that is set on it, and
 * with the labels taken off by which other policies hold it. */
#include "ingest/derive/netquarantine.h"

#include <string.h>

#include "ingest/derive/netcheck.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/selector.h"

enum { LONGEST_VALUE = 63, LONGEST_NAME = 200, MOST_OPEN = 100 };

struct maker {
    const struct facts *f;
    struct arena *a;
    uint32_t pod;
    bool dns, blocks_match_pods;
    struct netquarantine *out;
    GArray *open; /* struct netquarantine_open */
};

static const struct fact_pod *pod_of(const struct maker *m)
{
    return &m->f->pods.v[m->pod];
}

/* Running pods that have all labels of this one. */
static void find_hit(struct maker *m)
{
    const struct meta *own = &pod_of(m)->meta;
    const struct fact_selector same = {.labels = own->labels, .nlabels = own->nlabels};
    uint32_t *hit = arena_calloc(m->a, m->f->pods.n + 1, sizeof(*hit));

    for (uint32_t i = 0; i < m->f->pods.n; i++) {
        const struct fact_pod *p = &m->f->pods.v[i];
        if (i != m->pod && nodes_pod_runs(p) && !p->host_network &&
            strcmp(p->meta.ns, own->ns) == 0 &&
            selector_matches(&same, p->meta.labels, p->meta.nlabels))
            hit[m->out->nhit++] = i;
    }
    m->out->hit = hit;
}

/* A label value: at most 63 characters, ended by a letter or digit. */
static const char *label_value(const struct maker *m)
{
    const struct meta *own = &pod_of(m)->meta;
    char *v = arena_strndup(m->a, *own->uid ? own->uid : own->name,
                            strnlen(*own->uid ? own->uid : own->name, LONGEST_VALUE));

    for (size_t n = strlen(v); n > 0 && !g_ascii_isalnum(v[n - 1]); n--)
        v[n - 1] = '\0';
    return v;
}

/* Port 53 of the cluster's DNS. */
static void allow_dns(struct maker *m, struct fact_netpol *p)
{
    static const struct label name[] = {{"kubernetes.io/metadata.name", "kube-system"}};
    static const struct label app[] = {{"k8s-app", "kube-dns"}};
    static const struct fact_netpeer peer = {.by_namespace = true,
                                             .by_pod = true,
                                             .namespaces = {.labels = name, .nlabels = 1},
                                             .pods = {.labels = app, .nlabels = 1}};
    static const struct fact_netport ports[] = {{"", NET_UDP, 53, 53}, {"", NET_TCP, 53, 53}};
    static const struct fact_netrule rule = {
        .name = "", .action = NET_ALLOW, .peers = &peer, .npeers = 1, .ports = ports, .nports = 2};

    if (!m->dns)
        return;
    p->egress = &rule;
    p->negress = 1;
}

static struct fact_netpol *make_policy(struct maker *m)
{
    const struct meta *own = &pod_of(m)->meta;
    struct fact_netpol *p = arena_calloc(m->a, 1, sizeof(*p));
    struct label *by = arena_calloc(m->a, 1, sizeof(*by));

    p->kind = "NetworkPolicy";
    p->tier = NET_NAMESPACED;
    p->meta = (struct meta){.ns = own->ns, .uid = "", .owner_kind = "", .owner_name = ""};
    p->meta.name = arena_printf(m->a, "graphd-quarantine-%.*s", LONGEST_NAME, own->name);
    p->subject.by_pod = true;
    p->subject.pods = (struct fact_selector){.labels = own->labels, .nlabels = own->nlabels};
    if (m->out->label) {
        *by = (struct label){NETQUARANTINE_LABEL, m->out->label};
        p->subject.pods = (struct fact_selector){.labels = by, .nlabels = 1};
    }
    p->isolates_ingress = p->isolates_egress = true;
    allow_dns(m, p);
    return p;
}

/* The facts with the pod labelled as the answer asks for. */
static struct facts *relabelled(struct maker *m, const struct fact_netpol *policy)
{
    struct facts *f = netcheck_with(m->f, policy, 1, m->a);
    struct fact_pod *v = arena_memdup(m->a, f->pods.v, f->pods.n * sizeof(*v));
    struct meta *own = &v[m->pod].meta;
    struct label *labels = arena_calloc(m->a, own->nlabels + 1, sizeof(*labels));
    const struct texts gone = {m->out->remove, m->out->nremove};
    size_t n = 0;

    for (size_t i = 0; i < own->nlabels; i++)
        if (!facts_has(&gone, own->labels[i].key))
            labels[n++] = own->labels[i];
    if (m->out->label)
        labels[n++] = (struct label){NETQUARANTINE_LABEL, m->out->label};
    own->labels = labels;
    own->nlabels = n;
    f->pods.v = v;
    return f;
}

static const char *point_name(const struct netclass *nc, uint32_t point, struct arena *a)
{
    size_t n;
    const struct netclass_range *r = netclass_ranges(nc, &n);

    if (point < netclass_pod_points(nc)) {
        const struct fact_pod *p = netclass_example(nc, point);
        return arena_printf(a, "%s/%s", p->meta.ns, p->meta.name);
    }
    for (size_t i = 0; i < n; i++)
        if (r[i].point == point) {
            struct fact_cidr c = {.v6 = r[i].v6, .bits = r[i].v6 ? 128 : 32};
            memcpy(c.addr, r[i].first, sizeof(c.addr));
            return netend_text(a, &c);
        }
    return "";
}

/* Counts one rule that opens; each stands once in the list.  Policies are the engine's, which goes.
 */
static void add_open(struct maker *m, enum net_way way, const struct netwhy_policy *p,
                     const struct netwhy_rule *r, const char *example)
{
    for (guint i = 0; i < m->open->len; i++) {
        struct netquarantine_open *o = &g_array_index(m->open, struct netquarantine_open, i);
        if (o->way == way && strcmp(o->object, p->object) == 0 && strcmp(o->field, r->field) == 0) {
            o->points++;
            return;
        }
    }
    struct netquarantine_open o = {.way = way,
                                   .policy = arena_memdup(m->a, p->fact, sizeof(*p->fact)),
                                   .object = p->object,
                                   .field = r->field,
                                   .ports = r->ports,
                                   .example = example,
                                   .points = 1};
    if (m->open->len < MOST_OPEN)
        g_array_append_val(m->open, o);
}

/* What of a direction is open to another point, but what the quarantine itself allows. */
static void see_pair(struct maker *m, const struct netpol *np, enum net_way way, uint32_t own,
                     uint32_t other, const struct fact_netpol *ours)
{
    const struct netclass *nc = netpol_classes(np);
    struct netwhy_question q = {.src = way == NET_INGRESS ? other : own,
                                .dst = way == NET_INGRESS ? own : other};
    struct netwhy why;

    q.src_pod = q.src < netclass_pod_points(nc) ? netclass_example(nc, q.src) : NULL;
    q.dst_pod = q.dst < netclass_pod_points(nc) ? netclass_example(nc, q.dst) : NULL;
    netwhy_ask(np, &q, m->a, &why);
    for (size_t i = 0; why.open && i < why.ways[way].npolicies; i++) {
        const struct netwhy_policy *p = &why.ways[way].policies[i];
        bool own_rule = strcmp(p->fact->meta.name, ours->meta.name) == 0;
        for (size_t k = 0; !own_rule && k < p->nrules; k++)
            if (p->rules[k].fact->action == NET_ALLOW && *p->rules[k].ports)
                add_open(m, way, p, &p->rules[k], point_name(nc, other, m->a));
    }
}

static bool try(struct maker *m)
{
    struct fact_netpol *policy = make_policy(m);
    const struct facts *f = relabelled(m, policy);
    AUTO(netpol) np = netpol_new(f, m->blocks_match_pods);
    uint32_t own = netclass_of_pod(netpol_classes(np), m->pod);

    g_array_set_size(m->open, 0);
    m->out->policy = policy;
    for (uint32_t i = 0; i < netclass_points(netpol_classes(np)); i++) {
        see_pair(m, np, NET_INGRESS, own, i, policy);
        see_pair(m, np, NET_EGRESS, own, i, policy);
    }
    m->out->closed = m->open->len == 0;
    return m->out->closed;
}

/* All labels of the pod: a selector that named one of them lets go of it. */
static void take_labels_off(struct maker *m)
{
    const struct meta *own = &pod_of(m)->meta;
    const char **keys = arena_calloc(m->a, own->nlabels + 1, sizeof(*keys));

    for (size_t i = 0; i < own->nlabels; i++)
        keys[i] = own->labels[i].key;
    m->out->remove = keys;
    m->out->nremove = own->nlabels;
}

/* The pod's own labels if they are its own alone, else one that is set on it; labels are taken off
 * only if something is gained by it. */
static void try_all(struct maker *m, const char *label)
{
    m->out->label = label;
    if (try(m))
        return;
    guint before = m->open->len;
    m->out->label = label_value(m);
    take_labels_off(m);
    if (try(m) || m->open->len < before)
        return;
    m->out->label = label;
    m->out->nremove = 0;
    try(m);
}

void netquarantine_make(const struct facts *f, uint32_t pod, bool dns, bool blocks_match_pods,
                        struct arena *a, struct netquarantine *out)
{
    struct maker m = {
        .f = f, .a = a, .pod = pod, .dns = dns, .blocks_match_pods = blocks_match_pods, .out = out};

    *out = (struct netquarantine){0};
    if (pod_of(&m)->host_network) {
        out->why_not = "it uses the network of its node, and no NetworkPolicy selects it: drain "
                       "the node or delete the pod";
        return;
    }
    m.open = g_array_new(FALSE, TRUE, sizeof(struct netquarantine_open));
    find_hit(&m);
    try_all(&m, pod_of(&m)->meta.nlabels && !out->nhit ? NULL : label_value(&m));
    out->nopen = m.open->len;
    out->open = arena_memdup(a, m.open->data, m.open->len * sizeof(*out->open));
    g_array_free(m.open, TRUE);
}
