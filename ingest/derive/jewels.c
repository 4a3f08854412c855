/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crown jewels: takeover of the cluster, its secrets, its nodes, data stores, and what users tag.
 */
#include "ingest/derive/jewels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/derive/nodes.h"

static void mark(struct draft *d, uint32_t node, enum jewel j)
{
    draft_set_jewel(d, node, j, kinds_jewel(j)->weight);
}

/* Runs of pods on nodes: which node, and which service account. */
struct run {
    const struct fact_node *node;
    const struct fact_serviceaccount *sa;
};

static int by_node(const void *a, const void *b)
{
    const struct run *x = a, *y = b;

    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return (x->sa > y->sa) - (x->sa < y->sa);
}

/* Who takes a node gets its pods and what they run as. */
static double node_weight(size_t pods, size_t accounts)
{
    const double least = 0.3, step = 0.05, most = 0.7;
    double w = least + step * log2(1.0 + (double)pods + (double)accounts);

    return w < most ? round(w * 1000) / 1000 : most;
}

static void mark_worker(const struct fact_node *n, const struct assets *as, struct draft *d,
                        size_t pods, size_t accounts)
{
    if (assets_control_plane(as, n->meta.name))
        mark(d, n->meta.ix, JEWEL_CONTROL_PLANE);
    else if (!n->is_virtual)
        draft_set_jewel(d, n->meta.ix, JEWEL_NODE_ANY, node_weight(pods, accounts));
}

static void mark_nodes(const struct facts *f, const struct assets *as, struct draft *d)
{
    struct run *runs = must_malloc(f->pods.n * sizeof(*runs) + 1);
    size_t n = 0, at = 0;

    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];

        if (p->on && nodes_pod_runs(p))
            runs[n++] = (struct run){p->on, facts_sa(f, p->meta.ns, p->service_account)};
    }
    if (n > 0)
        qsort(runs, n, sizeof(*runs), by_node);
    for (size_t i = 0; i < f->nodes.n; i++) { /* both in the order of the list */
        size_t first = at, accounts = 0;

        for (; at < n && runs[at].node == &f->nodes.v[i]; at++)
            accounts += at == first || runs[at].sa != runs[at - 1].sa;
        mark_worker(&f->nodes.v[i], as, d, at - first, accounts);
    }
    free(runs);
    uint32_t some = draft_find(d, NODE_NODE, "", NODES_UNSCHEDULED);
    if (some != UINT32_MAX)
        mark(d, some, JEWEL_NODE_ANY);
}

struct jewels {
    const struct facts *f;
    struct tags *tags;
    struct controllers *controllers;
};

struct jewels *jewels_new(const struct facts *f)
{
    struct jewels *js = must_calloc(1, sizeof(*js));

    js->f = f;
    js->tags = tags_new(f);
    js->controllers = controllers_new(f);
    return js;
}

void jewels_free(struct jewels *js)
{
    if (!js)
        return;
    tags_free(js->tags);
    controllers_free(js->controllers);
    free(js);
}

static void own_worth_props(const struct jewels *js, const struct meta *m, struct jw *w)
{
    double weight;
    const char *bad;

    if (tags_worth(js->f, m, &weight, &bad))
        jw_key_real(w, "crownJewel", weight);
    else if (bad)
        jw_key_str(w, "crownJewelIgnored", bad);
}

void jewels_words(const struct jewels *js, const struct meta *m, struct jw *w)
{
    struct tags_said said = tags_of(js->tags, m);

    tags_props(&said, w);
}

void jewels_props(const struct jewels *js, const struct meta *m, struct jw *w)
{
    own_worth_props(js, m, w);
    jewels_words(js, m, w);
}

void jewels_hub_props(const struct jewels *js, const char *ns, struct jw *w)
{
    struct tags_said said = tags_of_namespace(js->tags, ns);

    tags_props(&said, w);
}

void jewels_serviceaccount_props(const struct jewels *js, const struct fact_serviceaccount *sa,
                                 struct jw *w)
{
    const struct controller *c = controllers_of(js->controllers, sa);
    double weight;

    jewels_props(js, &sa->meta, w);
    if (!c || tags_worth(js->f, &sa->meta, &weight, NULL))
        return;
    jw_key_str(w, "crownJewelOf", c->thing);
    jw_key_str(w, "crownJewelWhy", c->why);
    if (c->heuristic)
        jw_key_bool(w, "crownJewelHeuristic", true);
}

/* What is known of a pod before its containers are looked at. */
void jewels_pod(const struct jewels *js, const struct fact_pod *p, struct jewels_pod *out)
{
    *out = (struct jewels_pod){.pod = p, .said = tags_of_pod(js->tags, p)};
    out->runs = nodes_pod_runs(p);
    out->sensitive = tags_sensitive(out->said.data_class);
    for (size_t i = 0; i < p->ncontainers; i++)
        out->has_store |= datastores_engine(p, &p->containers[i]) != NULL;
}

void jewels_pod_props(const struct jewels *js, const struct jewels_pod *jp, struct jw *w)
{
    own_worth_props(js, &jp->pod->meta, w);
    tags_props(&jp->said, w);
}

/* What a container or store is worth, and as what. */
struct worth {
    enum jewel jewel;
    double weight;
    const char *of; /* the thing that it stands for; NULL: itself */
};

/* What users say wins over what we guess, the nearest word (pod, workload, namespace) over the
 * others.  The jewel is the container, not its pod or workload too: who holds those holds it.
 * Tagged data makes a store of a pod in which we see none, but not of all that a namespace holds.
 * A container that is a store gives its DATA_STORE, which is what matters.
 */
static struct worth container_worth(const struct jewels_pod *jp, const struct fact_container *c,
                                    struct arena *a)
{
    const struct fact_pod *p = jp->pod;
    bool owned = *p->workload_kind;

    if (!jp->runs || c->type != CONTAINER_MAIN)
        return (struct worth){0};
    if (jp->said.worth_of)
        return (struct worth){JEWEL_CUSTOMER, jp->said.worth, jp->said.worth_of};
    if (jp->sensitive && jp->said.own_class && !jp->has_store)
        return (struct worth){JEWEL_DATA_STORE, 1,
                              arena_printf(a, "%s %s/%s", owned ? p->workload_kind : "Pod",
                                           p->meta.ns, owned ? p->workload_name : p->meta.name)};
    return (struct worth){0};
}

void jewels_container(const struct jewels *js, const struct jewels_pod *jp,
                      const struct fact_container *c, struct draft *d, struct jw *w)
{
    const struct datastore_engine *store = datastores_engine(jp->pod, c);
    struct worth worth = container_worth(jp, c, js->f->arena);

    if (store) {
        jw_key_str(w, "dataStore", store->name);
        jw_key_bool(w, "dataStoreHeuristic", true);
        if (datastores_keeps_claim(jp->pod, c))
            jw_key_bool(w, "persistent", true);
    }
    if (worth.of)
        jw_key_str(w, "crownJewelOf", worth.of);
    tags_props(&jp->said, w);
    if (worth.jewel != JEWEL_NONE)
        draft_set_jewel(d, c->ix, worth.jewel, worth.weight);
}

static struct worth store_worth(const struct tags_said *said)
{
    if (said->worth_of)
        return (struct worth){JEWEL_CUSTOMER, said->worth, said->worth_of};
    return (struct worth){
        JEWEL_DATA_STORE,
        tags_sensitive(said->data_class) ? 1 : kinds_jewel(JEWEL_DATA_STORE)->weight, NULL};
}

/* What the first Service says that says something. */
static struct tags_said said_of_services(const struct jewels *js, const struct datastore *s)
{
    struct tags_said said = {0};

    for (size_t i = 0; i < s->nservices; i++) {
        const struct meta *m = &s->services[i]->meta;
        struct tags_said one = tags_of(js->tags, m);

        said.owner = said.owner ? said.owner : one.owner;
        said.data_class = said.data_class ? said.data_class : one.data_class;
        if (!said.worth_of && tags_worth(js->f, m, &said.worth, NULL))
            said.worth_of = arena_printf(js->f->arena, "Service %s/%s", m->ns, m->name);
    }
    return said;
}

void jewels_store(const struct jewels *js, const struct datastore *s, struct draft *d, struct jw *w)
{
    struct tags_said said =
        s->runs.n ? tags_of_pod(js->tags, s->runs.v[0].pod) : said_of_services(js, s);
    struct worth worth = store_worth(&said);

    if (worth.of)
        jw_key_str(w, "crownJewelOf", worth.of);
    tags_props(&said, w);
    draft_set_jewel(d, s->ix, worth.jewel, worth.weight);
}

/* A hub that is one jewel of several which stand for `thing`. */
static void stands_for(const struct jewels *js, struct draft *d, uint32_t hub, const char *ns,
                       const char *thing)
{
    AUTO(jw) w = jw_new();

    jw_obj(w);
    jw_key_str(w, "crownJewelOf", thing);
    jewels_hub_props(js, ns, w);
    jw_end_obj(w);
    draft_set_props(d, hub, jw_text(w));
}

/* Who administrates a tagged namespace holds what is tagged, though no container of it may run. */
static void mark_namespaces(const struct jewels *js, const struct assets *as, struct draft *d)
{
    for (size_t i = 0; i < js->f->namespaces.n; i++) {
        const char *ns = js->f->namespaces.v[i].meta.name;
        struct tags_said said = tags_of_namespace(js->tags, ns);

        if (!said.worth_of)
            continue;
        draft_set_jewel(d, assets_ns(as, ns)->admin, JEWEL_CUSTOMER, said.worth);
        stands_for(js, d, assets_ns(as, ns)->admin, ns, said.worth_of);
    }
}

static void mark_object(const struct jewels *js, struct draft *d, const struct meta *m)
{
    double weight;

    if (tags_worth(js->f, m, &weight, NULL))
        draft_set_jewel(d, m->ix, JEWEL_CUSTOMER, weight);
}

/* Volumes that users say hold such data. */
static void mark_volume(const struct jewels *js, struct draft *d, const struct meta *m)
{
    struct tags_said said = tags_of(js->tags, m);

    if (said.own_class && tags_sensitive(said.data_class))
        draft_set_jewel(d, m->ix, JEWEL_DATA_STORE, 1);
    mark_object(js, d, m);
}

static void mark_serviceaccount(const struct jewels *js, struct draft *d,
                                const struct fact_serviceaccount *sa)
{
    const struct controller *c = controllers_of(js->controllers, sa);

    if (c)
        mark(d, sa->meta.ix, c->jewel);
    mark_object(js, d, &sa->meta);
}

/* Objects that are nodes themselves. */
static void mark_objects(const struct jewels *js, struct draft *d)
{
    const struct facts *f = js->f;

    for (size_t i = 0; i < f->nodes.n; i++)
        mark_object(js, d, &f->nodes.v[i].meta);
    for (size_t i = 0; i < f->secrets.n; i++)
        mark_object(js, d, &f->secrets.v[i].meta);
    for (size_t i = 0; i < f->serviceaccounts.n; i++)
        mark_serviceaccount(js, d, &f->serviceaccounts.v[i]);
    for (size_t i = 0; i < f->configmaps.n; i++)
        mark_object(js, d, &f->configmaps.v[i].meta);
    for (size_t i = 0; i < f->pvcs.n; i++)
        mark_volume(js, d, &f->pvcs.v[i].meta);
    for (size_t i = 0; i < f->pvs.n; i++)
        mark_volume(js, d, &f->pvs.v[i].meta);
}

/* Those of kube-system are all that matter most: the same loss, by two names. */
static void mark_secrets(const struct jewels *js, const struct assets *as, struct draft *d)
{
    static const char thing[] = "Secrets of the cluster";
    const struct asset_ns *kube_system = assets_ns(as, "kube-system");

    mark(d, as->secrets, JEWEL_SECRETS_CLUSTER);
    stands_for(js, d, as->secrets, "", thing);
    if (!kube_system)
        return;
    mark(d, kube_system->secrets, JEWEL_SECRETS_CLUSTER);
    stands_for(js, d, kube_system->secrets, "kube-system", thing);
}

void jewels_mark(const struct jewels *js, const struct assets *as, struct draft *d)
{
    mark(d, as->cluster_admin, JEWEL_CLUSTER_ADMIN);
    mark_secrets(js, as, d);
    mark_nodes(js->f, as, d);
    mark_namespaces(js, as, d);
    mark_objects(js, d);
}
