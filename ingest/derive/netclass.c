/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes in two steps: pods whose namespace, labels in use, ports in use and addresses are the
 * same are one sample; samples for which the same conditions hold are one class. */
#include "ingest/derive/netclass.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/netkey.h"
#include "ingest/derive/netranges.h"
#include "ingest/derive/selector.h"
#include "ingest/derive/selindex.h"

enum { WORD = 64, NODE_ADDRESSES = 16 };

struct condition {
    const struct fact_netpeer *peer;
    const char *ns; /* only this namespace; NULL: whatever peer->namespaces selects */
};

struct sample {
    const struct fact_pod *pod;
    uint32_t point;
};

struct netclass {
    const struct facts *f;
    bool blocks_match_pods, blocks_match_nodes, selects_host_network;
    bool asks_nodes;           /* some condition is about nodes */
    GArray *conditions;        /* struct condition */
    GHashTable *condition_ids; /* netkey_table */
    GHashTable *by_peer;       /* peers seen -> number + 1: what condition_ids says of them */
    GHashTable *keys;          /* label keys that some pod selector names */
    GHashTable *ports;         /* port names in use */
    struct netranges *ranges;
    GArray *samples;        /* struct sample */
    uint32_t *sample_of;    /* of each pod of the facts, then of each candidate */
    GPtrArray *candidates;  /* const struct fact_pod * */
    GPtrArray *examples;    /* const struct fact_pod *, of each class of pods */
    size_t words;           /* of a set of conditions */
    uint64_t *range_holds;  /* the conditions that hold in each range */
    uint64_t *sample_holds; /* and for each sample */
    size_t npoints;
    uint64_t *bits; /* of each condition, its points */
};

struct netclass *netclass_new(const struct facts *f, const struct netprofile *profile)
{
    struct netclass *nc = must_calloc(1, sizeof(*nc));

    nc->f = f;
    nc->blocks_match_pods = profile->blocks_match_pods;
    nc->blocks_match_nodes = profile->blocks_match_nodes;
    nc->selects_host_network = profile->selects_host_network;
    nc->conditions = g_array_new(FALSE, FALSE, sizeof(struct condition));
    nc->condition_ids = netkey_table();
    nc->by_peer = g_hash_table_new(NULL, NULL);
    nc->keys = g_hash_table_new(g_str_hash, g_str_equal);
    nc->ports = g_hash_table_new(g_str_hash, g_str_equal);
    nc->ranges = netranges_new();
    nc->samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    nc->examples = g_ptr_array_new();
    nc->candidates = g_ptr_array_new();
    return nc;
}

void netclass_free(struct netclass *nc)
{
    if (!nc)
        return;
    free(nc->range_holds);
    free(nc->sample_holds);
    free(nc->sample_of);
    free(nc->bits);
    netranges_free(nc->ranges);
    g_array_free(nc->conditions, TRUE);
    g_array_free(nc->samples, TRUE);
    g_ptr_array_free(nc->examples, TRUE);
    g_ptr_array_free(nc->candidates, TRUE);
    g_hash_table_destroy(nc->condition_ids);
    g_hash_table_destroy(nc->by_peer);
    g_hash_table_destroy(nc->keys);
    g_hash_table_destroy(nc->ports);
    free(nc);
}

static void note_keys(struct netclass *nc, const struct fact_selector *s)
{
    for (size_t i = 0; i < s->nlabels; i++)
        g_hash_table_add(nc->keys, (gpointer)s->labels[i].key);
    for (size_t i = 0; i < s->nrequirements; i++)
        g_hash_table_add(nc->keys, (gpointer)s->requirements[i].key);
}

/* The addresses of a node as blocks of one.  Returns: how many, at most `most`. */
static size_t node_blocks(const struct fact_node *n, struct fact_cidr *out, size_t most)
{
    size_t found = 0;

    for (size_t i = 0; i < n->addresses.n && found < most; i++) {
        const char *ip = strchr(n->addresses.v[i], '=');
        found += ip && netranges_one(ip + 1, &out[found]);
    }
    return found;
}

/* Cuts around the nodes that a selector (NULL: all) takes. */
static void cut_nodes(struct netclass *nc, const struct fact_selector *s)
{
    struct fact_cidr block[NODE_ADDRESSES];

    for (size_t i = 0; i < nc->f->nodes.n; i++) {
        const struct fact_node *n = &nc->f->nodes.v[i];
        if (!s || selector_matches(s, n->meta.labels, n->meta.nlabels))
            netranges_cut(nc->ranges, block, node_blocks(n, block, NODE_ADDRESSES));
    }
}

/* The number of a condition, which may be new. */
static uint32_t number_of(struct netclass *nc, const struct fact_netpeer *p, const char *ns)
{
    struct condition c = {.peer = p, .ns = !p->by_namespace && *ns ? ns : NULL};
    g_autoptr(GString) text = g_string_new(NULL);
    bool fresh;

    netkey_put_condition(text, p, c.ns);
    uint32_t id = netkey_number(nc->condition_ids, text, &fresh);
    if (!fresh)
        return id;
    g_array_append_val(nc->conditions, c);
    note_keys(nc, &p->pods);
    if (p->by_node) {
        nc->asks_nodes = true;
        cut_nodes(nc, &p->nodes);
    }
    netranges_cut(nc->ranges, p->blocks, p->nblocks);
    netranges_cut(nc->ranges, p->holes, p->nholes);
    return id;
}

uint32_t netclass_condition(struct netclass *nc, const struct fact_netpeer *p, const char *ns)
{
    if (p->unread || (p->by_node && !facts_read(nc->f, FACTS_NODES)))
        return NETCLASS_NONE;
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(nc->by_peer, p));
    if (!id) {
        id = number_of(nc, p, ns) + 1;
        g_hash_table_insert(nc->by_peer, (gpointer)p, GUINT_TO_POINTER(id));
    }
    return id - 1;
}

void netclass_named_port(struct netclass *nc, const char *name)
{
    g_hash_table_add(nc->ports, (gpointer)name);
}

size_t netclass_candidate(struct netclass *nc, const struct fact_pod *p)
{
    g_ptr_array_add(nc->candidates, (gpointer)p);
    return nc->candidates->len - 1;
}

static struct condition *condition_at(const struct netclass *nc, size_t i)
{
    return &g_array_index(nc->conditions, struct condition, i);
}

static struct sample *sample_at(const struct netclass *nc, size_t i)
{
    return &g_array_index(nc->samples, struct sample, i);
}

static size_t words(size_t bits)
{
    return (bits + WORD - 1) / WORD;
}

static void set_bit(uint64_t *set, size_t i)
{
    set[i / WORD] |= UINT64_C(1) << i % WORD;
}

/* Marks the ranges of some blocks, or clears them. */
static void mark(struct netclass *nc, const struct fact_cidr *v, size_t n, size_t condition,
                 bool on)
{
    uint64_t bit = UINT64_C(1) << condition % WORD;
    size_t at, last;

    for (size_t i = 0; i < n; i++)
        for (netranges_span(nc->ranges, &v[i], &at, &last); at <= last; at++) {
            uint64_t *word = &nc->range_holds[at * nc->words + condition / WORD];
            *word = on ? *word | bit : *word & ~bit;
        }
}

/* What holds for the addresses of nodes: conditions about nodes, and blocks only where the plugin
 * lets them. */
static void judge_nodes(struct netclass *nc, size_t condition)
{
    const struct fact_netpeer *p = condition_at(nc, condition)->peer;
    struct fact_cidr block[NODE_ADDRESSES];

    if (!p->by_node && (!p->nblocks || nc->blocks_match_nodes))
        return;
    for (size_t i = 0; i < nc->f->nodes.n; i++) {
        const struct fact_node *n = &nc->f->nodes.v[i];
        if (!p->by_node || selector_matches(&p->nodes, n->meta.labels, n->meta.nlabels))
            mark(nc, block, node_blocks(n, block, NODE_ADDRESSES), condition, p->by_node);
    }
}

static void judge_ranges(struct netclass *nc)
{
    size_t n;

    netranges_all(nc->ranges, &n);
    nc->range_holds = must_calloc(n, nc->words * sizeof(uint64_t));
    for (size_t i = 0; i < nc->conditions->len; i++) {
        const struct fact_netpeer *p = condition_at(nc, i)->peer;
        mark(nc, p->blocks, p->nblocks, i, true);
        mark(nc, p->holes, p->nholes, i, false);
        judge_nodes(nc, i);
    }
}

/* Calls `each` with the range of every address by which blocks match the pod: its own, or those of
 * the node whose network it is on. */
static void each_range(const struct netclass *nc, const struct fact_pod *p,
                       void (*each)(void *arg, size_t range), void *arg)
{
    struct fact_cidr block[NODE_ADDRESSES];
    size_t range, last;

    if (!(p->host_network ? nc->blocks_match_nodes : nc->blocks_match_pods))
        return;
    for (size_t i = 0; i < p->pod_ips.n; i++)
        if (netranges_find(nc->ranges, p->pod_ips.v[i], &range))
            each(arg, range);
    if (p->pod_ips.n || !p->host_network || !p->on)
        return;
    for (size_t i = 0, n = node_blocks(p->on, block, NODE_ADDRESSES); i < n; i++) {
        netranges_span(nc->ranges, &block[i], &range, &last);
        each(arg, range);
    }
}

static void put_range(void *arg, size_t range)
{
    g_string_append_len(arg, (const char *)&range, sizeof(range));
}

/* What the port names in use lead to on a pod. */
static void put_ports(const struct netclass *nc, const struct fact_pod *p, GString *out)
{
    for (size_t i = 0; i < p->ncontainers; i++)
        for (size_t k = 0; k < p->containers[i].nports; k++) {
            const struct fact_port *port = &p->containers[i].ports[k];
            if (*port->name && g_hash_table_contains(nc->ports, port->name))
                netkey_put_port(out, port);
        }
}

/* All that a condition may look at.  The order of labels splits samples, not classes. */
static void sample_text(const struct netclass *nc, const struct fact_pod *p, GString *out)
{
    g_string_truncate(out, 0);
    netkey_put(out, p->meta.ns);
    g_string_append_c(out, p->host_network ? 'h' : 'p');
    bool selected = !p->host_network || nc->selects_host_network;
    for (size_t i = 0; i < p->meta.nlabels && selected; i++) {
        const struct label *l = &p->meta.labels[i];
        if (g_hash_table_contains(nc->keys, l->key)) {
            netkey_put(out, l->key);
            netkey_put(out, l->value);
        }
    }
    g_string_append_c(out, '#');
    put_ports(nc, p, out);
    g_string_append_c(out, '@');
    if (nc->asks_nodes && p->host_network)
        netkey_put(out, p->node);
    each_range(nc, p, put_range, out);
}

static void make_samples(struct netclass *nc)
{
    const struct facts *f = nc->f;
    size_t n = f->pods.n + nc->candidates->len;
    g_autoptr(GString) text = g_string_new(NULL);
    GHashTable *by = netkey_table();
    bool fresh;

    nc->sample_of = must_calloc(n ? n : 1, sizeof(*nc->sample_of));
    for (size_t i = 0; i < n; i++) {
        struct sample s = {.pod = i < f->pods.n ? &f->pods.v[i]
                                                : nc->candidates->pdata[i - f->pods.n]};

        sample_text(nc, s.pod, text);
        nc->sample_of[i] = netkey_number(by, text, &fresh);
        if (fresh)
            g_array_append_val(nc->samples, s);
    }
    g_hash_table_destroy(by);
}

/* The conditions that are no blocks and no nodes: where they hold. */
struct scopes {
    const struct netclass *nc;
    GHashTable *own;              /* namespace to GArray of uint32_t: conditions of that one */
    struct selindex *by_selector; /* the others, by their namespace selectors */
    GHashTable *in;               /* namespace to struct selindex: all, by their pod selectors */
};

static void free_ids(gpointer ids)
{
    g_array_free(ids, TRUE);
}

static void free_index(gpointer ix)
{
    selindex_free(ix);
}

static void scopes_init(struct scopes *s, const struct netclass *nc)
{
    s->nc = nc;
    s->own = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_ids);
    s->in = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_index);
    s->by_selector = selindex_new();
    for (uint32_t i = 0; i < nc->conditions->len; i++) {
        const struct condition *c = condition_at(nc, i);
        if (c->peer->nblocks || c->peer->by_node)
            continue;
        if (!c->ns) {
            selindex_add(s->by_selector, &c->peer->namespaces, i);
            continue;
        }
        GArray *ids = g_hash_table_lookup(s->own, c->ns);
        if (!ids) {
            ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
            g_hash_table_insert(s->own, (gpointer)c->ns, ids);
        }
        g_array_append_val(ids, i);
    }
}

static void scopes_done(struct scopes *s)
{
    g_hash_table_destroy(s->own);
    g_hash_table_destroy(s->in);
    selindex_free(s->by_selector);
}

/* One namespace while its index is made. */
struct scope {
    const struct netclass *nc;
    const struct fact_namespace *ns;
    struct selindex *ix;
};

static void add_selecting(void *arg, uint32_t id)
{
    const struct scope *s = arg;
    const struct fact_netpeer *p = condition_at(s->nc, id)->peer;

    if (selector_matches_namespace(&p->namespaces, s->ns))
        selindex_add(s->ix, &p->pods, id);
}

/* The conditions of one namespace: those of its own policies, and those whose namespace selector
 * takes it. */
static const struct selindex *conditions_in(struct scopes *s, const char *ns)
{
    const struct fact_namespace absent = {.meta.name = ns}; /* a candidate's */
    const struct fact_namespace *known = facts_namespace(s->nc->f, ns);
    struct scope at = {s->nc, known ? known : &absent, g_hash_table_lookup(s->in, ns)};
    const GArray *own = g_hash_table_lookup(s->own, ns);

    if (at.ix)
        return at.ix;
    at.ix = selindex_new();
    g_hash_table_insert(s->in, (gpointer)ns, at.ix);
    for (guint i = 0; own && i < own->len; i++) {
        uint32_t id = g_array_index(own, uint32_t, i);
        selindex_add(at.ix, &condition_at(s->nc, id)->peer->pods, id);
    }
    const struct label name = {"kubernetes.io/metadata.name", ns};
    selindex_each(s->by_selector, &name, 1, add_selecting, &at);
    selindex_each(s->by_selector, at.ns->meta.labels, at.ns->meta.nlabels, add_selecting, &at);
    return at.ix;
}

/* What holds for one sample, while it is found. */
struct judged {
    const struct netclass *nc;
    const struct fact_pod *pod;
    uint64_t *holds;
};

static void judge_one(void *arg, uint32_t id)
{
    const struct judged *j = arg;

    if (selector_matches(&condition_at(j->nc, id)->peer->pods, j->pod->meta.labels,
                         j->pod->meta.nlabels))
        set_bit(j->holds, id);
}

static void judge_range(void *arg, size_t range)
{
    const struct judged *j = arg;

    for (size_t i = 0; i < j->nc->words; i++)
        j->holds[i] |= j->nc->range_holds[range * j->nc->words + i];
}

/* Conditions about the node whose network a pod is on. */
static void judge_host(const struct netclass *nc, const struct fact_pod *p, uint64_t *holds)
{
    for (guint i = 0; p->host_network && p->on && i < nc->conditions->len; i++) {
        const struct fact_netpeer *peer = condition_at(nc, i)->peer;
        if (peer->by_node &&
            selector_matches(&peer->nodes, p->on->meta.labels, p->on->meta.nlabels))
            set_bit(holds, i);
    }
}

/* What holds for each sample.  Pods on the node's own network are selected by few plugins. */
static void judge_samples(struct netclass *nc)
{
    struct scopes scopes;

    nc->sample_holds = must_calloc(nc->samples->len + 1, nc->words * sizeof(uint64_t));
    scopes_init(&scopes, nc);
    for (guint i = 0; i < nc->samples->len; i++) {
        const struct fact_pod *p = sample_at(nc, i)->pod;
        struct judged j = {nc, p, nc->sample_holds + i * nc->words};

        if (!p->host_network || nc->selects_host_network)
            selindex_each(conditions_in(&scopes, p->meta.ns), p->meta.labels, p->meta.nlabels,
                          judge_one, &j);
        if (nc->asks_nodes)
            judge_host(nc, p, j.holds);
        each_range(nc, p, judge_range, &j);
    }
    scopes_done(&scopes);
}

static int by_port(gconstpointer a, gconstpointer b)
{
    const struct fact_port *x = *(const struct fact_port *const *)a,
                           *y = *(const struct fact_port *const *)b;
    int order = strcmp(x->name, y->name);

    order = order ? order : strcmp(x->protocol, y->protocol);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* The same ports in whatever order and number are one text. */
static void put_sorted_ports(const struct netclass *nc, const struct fact_pod *p, GString *out)
{
    g_autoptr(GPtrArray) ports = g_ptr_array_new();

    for (size_t i = 0; i < p->ncontainers; i++)
        for (size_t k = 0; k < p->containers[i].nports; k++) {
            const struct fact_port *port = &p->containers[i].ports[k];
            if (*port->name && g_hash_table_contains(nc->ports, port->name))
                g_ptr_array_add(ports, (gpointer)port);
        }
    g_ptr_array_sort(ports, by_port);
    for (guint i = 0; i < ports->len; i++)
        if (i == 0 || by_port(&ports->pdata[i - 1], &ports->pdata[i]) != 0)
            netkey_put_port(out, ports->pdata[i]);
}

/* The text by which samples, or ranges, are one class: conditions as they are, and what a port
 * name means. */
static void class_text(const struct netclass *nc, char what, const uint64_t *holds, GString *out)
{
    g_string_truncate(out, 0);
    g_string_append_c(out, what);
    g_string_append_len(out, (const char *)holds, (gssize)(nc->words * sizeof(*holds)));
}

static void make_points(struct netclass *nc)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GHashTable *by = netkey_table();
    bool fresh;
    size_t n;

    for (guint i = 0; i < nc->samples->len; i++) {
        struct sample *s = sample_at(nc, i);
        class_text(nc, s->pod->host_network ? 'h' : 'p', nc->sample_holds + i * nc->words, text);
        put_sorted_ports(nc, s->pod, text);
        s->point = netkey_number(by, text, &fresh);
        if (fresh)
            g_ptr_array_add(nc->examples, (gpointer)s->pod);
    }
    struct netclass_range *ranges = netranges_all(nc->ranges, &n);
    for (size_t i = 0; i < n; i++) {
        /* an address is never the same as a pod */
        class_text(nc, 'x', nc->range_holds + i * nc->words, text);
        ranges[i].point = netkey_number(by, text, &fresh);
    }
    nc->npoints = g_hash_table_size(by);
    g_hash_table_destroy(by);
}

/* Enters a point into the sets of all conditions that hold for it. */
static void spread(struct netclass *nc, const uint64_t *holds, uint32_t point, uint64_t *done)
{
    size_t w = words(nc->npoints);

    if (done[point / WORD] >> point % WORD & 1)
        return;
    set_bit(done, point);
    for (size_t i = 0; i < nc->words; i++)
        for (uint64_t left = holds[i]; left; left &= left - 1)
            set_bit(nc->bits + (i * WORD + (size_t)__builtin_ctzll(left)) * w, point);
}

static void spread_all(struct netclass *nc)
{
    uint64_t *done = must_calloc(words(nc->npoints), sizeof(*done));
    size_t n;
    const struct netclass_range *ranges = netranges_all(nc->ranges, &n);

    nc->bits = must_calloc(nc->conditions->len + 1, words(nc->npoints) * sizeof(uint64_t));
    for (guint i = 0; i < nc->samples->len; i++)
        spread(nc, nc->sample_holds + i * nc->words, sample_at(nc, i)->point, done);
    for (size_t i = 0; i < n; i++)
        spread(nc, nc->range_holds + i * nc->words, ranges[i].point, done);
    free(done);
}

void netclass_done(struct netclass *nc)
{
    if (!nc->blocks_match_nodes)
        cut_nodes(nc, NULL);
    nc->words = words(nc->conditions->len + 1);
    netranges_done(nc->ranges);
    judge_ranges(nc);
    make_samples(nc);
    judge_samples(nc);
    make_points(nc);
    spread_all(nc);
    free(nc->sample_holds);
    free(nc->range_holds);
    nc->sample_holds = nc->range_holds = NULL;
}

size_t netclass_points(const struct netclass *nc)
{
    return nc->npoints;
}

size_t netclass_pod_points(const struct netclass *nc)
{
    return nc->examples->len;
}

uint32_t netclass_of_pod(const struct netclass *nc, size_t pod)
{
    return sample_at(nc, nc->sample_of[pod])->point;
}

uint32_t netclass_of_candidate(const struct netclass *nc, size_t candidate)
{
    return netclass_of_pod(nc, nc->f->pods.n + candidate);
}

uint32_t netclass_of_address(const struct netclass *nc, const char *address)
{
    size_t range, n;

    if (!netranges_find(nc->ranges, address, &range))
        return NETCLASS_NONE;
    return netranges_all(nc->ranges, &n)[range].point;
}

const struct fact_pod *netclass_example(const struct netclass *nc, uint32_t point)
{
    return nc->examples->pdata[point];
}

const uint64_t *netclass_matches(const struct netclass *nc, uint32_t condition)
{
    return nc->bits + condition * words(nc->npoints);
}

const struct netclass_range *netclass_ranges(const struct netclass *nc, size_t *n)
{
    return netranges_all(nc->ranges, n);
}
