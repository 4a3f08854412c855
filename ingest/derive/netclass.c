/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes in two steps: pods whose namespace, labels in use, ports in use and address are the same
 * are one sample; samples for which the same conditions hold are one class. */
#include "ingest/derive/netclass.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "ingest/derive/selector.h"

enum { WORD = 64, ADDR = 16, NODE_ADDRESSES = 16 };

struct condition {
    const struct fact_netpeer *peer;
    const char *ns; /* only this namespace; NULL: whatever peer->namespaces selects */
    uint64_t *bits; /* over points */
};

/* Where addresses of one family are cut: the first address of each piece. */
struct border {
    uint8_t addr[ADDR];
    bool v6;
};

struct sample {
    const struct fact_pod *pod;
    uint64_t *holds; /* over conditions */
    uint32_t point;
};

struct netclass {
    const struct facts *f;
    bool blocks_match_pods, blocks_match_nodes, selects_host_network;
    bool asks_nodes;           /* some condition is about nodes */
    GArray *conditions;        /* struct condition */
    GHashTable *condition_ids; /* text -> number + 1 */
    GHashTable *keys;          /* label keys that some pod selector names */
    GHashTable *ports;         /* port names in use */
    GArray *borders;           /* struct border */
    GArray *ranges;            /* struct netclass_range; `point` is set last */
    uint64_t **range_holds;    /* over conditions, of each range */
    GArray *samples;           /* struct sample */
    uint32_t *sample_of;       /* of each pod of the facts, then of each candidate */
    GPtrArray *candidates;     /* const struct fact_pod * */
    GPtrArray *examples;       /* const struct fact_pod *, of each class of pods */
    size_t npoints;
};

struct netclass *netclass_new(const struct facts *f, const struct netprofile *profile)
{
    struct netclass *nc = must_calloc(1, sizeof(*nc));
    struct border v4 = {{0}, false}, v6 = {{0}, true};

    nc->f = f;
    nc->blocks_match_pods = profile->blocks_match_pods;
    nc->blocks_match_nodes = profile->blocks_match_nodes;
    nc->selects_host_network = profile->selects_host_network;
    nc->conditions = g_array_new(FALSE, FALSE, sizeof(struct condition));
    nc->condition_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    nc->keys = g_hash_table_new(g_str_hash, g_str_equal);
    nc->ports = g_hash_table_new(g_str_hash, g_str_equal);
    nc->borders = g_array_new(FALSE, FALSE, sizeof(struct border));
    nc->ranges = g_array_new(FALSE, TRUE, sizeof(struct netclass_range));
    nc->samples = g_array_new(FALSE, FALSE, sizeof(struct sample));
    nc->examples = g_ptr_array_new();
    nc->candidates = g_ptr_array_new();
    g_array_append_val(nc->borders, v4);
    g_array_append_val(nc->borders, v6);
    return nc;
}

void netclass_free(struct netclass *nc)
{
    if (!nc)
        return;
    for (guint i = 0; i < nc->conditions->len; i++)
        free(g_array_index(nc->conditions, struct condition, i).bits);
    for (guint i = 0; i < nc->samples->len; i++)
        free(g_array_index(nc->samples, struct sample, i).holds);
    for (guint i = 0; nc->range_holds && i < nc->ranges->len; i++)
        free(nc->range_holds[i]);
    free(nc->range_holds);
    free(nc->sample_of);
    g_array_free(nc->conditions, TRUE);
    g_array_free(nc->borders, TRUE);
    g_array_free(nc->ranges, TRUE);
    g_array_free(nc->samples, TRUE);
    g_ptr_array_free(nc->examples, TRUE);
    g_ptr_array_free(nc->candidates, TRUE);
    g_hash_table_destroy(nc->condition_ids);
    g_hash_table_destroy(nc->keys);
    g_hash_table_destroy(nc->ports);
    free(nc);
}

/* Lengths stand before texts, since a label value of a file may hold anything. */
static void put(GString *out, const char *s)
{
    g_string_append_printf(out, "%zu:%s", strlen(s), s);
}

static void put_selector(GString *out, const struct fact_selector *s)
{
    for (size_t i = 0; i < s->nlabels; i++) {
        g_string_append_c(out, '=');
        put(out, s->labels[i].key);
        put(out, s->labels[i].value);
    }
    for (size_t i = 0; i < s->nrequirements; i++) {
        const struct fact_requirement *r = &s->requirements[i];
        g_string_append_printf(out, "?%d", (int)r->op);
        put(out, r->key);
        for (size_t k = 0; k < r->values.n; k++)
            put(out, r->values.v[k]);
    }
}

static void put_cidrs(GString *out, const struct fact_cidr *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(out, "/%d%d.", v[i].bits, v[i].v6);
        for (size_t k = 0; k < ADDR; k++)
            g_string_append_printf(out, "%02x", v[i].addr[k]);
    }
}

static char *condition_text(const struct fact_netpeer *p, const char *ns)
{
    GString *out = g_string_new(p->nblocks ? "b" : ns ? "n" : "s");

    if (p->by_node) {
        g_string_assign(out, "m");
        put_selector(out, &p->nodes);
        return g_string_free(out, FALSE);
    }
    if (p->nblocks) {
        put_cidrs(out, p->blocks, p->nblocks);
        g_string_append_c(out, '-');
        put_cidrs(out, p->holes, p->nholes);
        return g_string_free(out, FALSE);
    }
    if (ns)
        put(out, ns);
    else
        put_selector(out, &p->namespaces);
    g_string_append_c(out, ';');
    put_selector(out, &p->pods);
    return g_string_free(out, FALSE);
}

static void note_keys(struct netclass *nc, const struct fact_selector *s)
{
    for (size_t i = 0; i < s->nlabels; i++)
        g_hash_table_add(nc->keys, (gpointer)s->labels[i].key);
    for (size_t i = 0; i < s->nrequirements; i++)
        g_hash_table_add(nc->keys, (gpointer)s->requirements[i].key);
}

/* The last address of a block. */
static void last_of(const struct fact_cidr *c, uint8_t out[ADDR])
{
    size_t len = c->v6 ? ADDR : 4;

    memcpy(out, c->addr, ADDR);
    for (size_t i = 0; i < len; i++) {
        size_t kept = c->bits > 8 * i ? c->bits - 8 * i : 0;
        if (kept < 8)
            out[i] |= (uint8_t)(0xff >> kept);
    }
}

/* The next address; false behind the last of the family. */
static bool next_of(const uint8_t addr[ADDR], bool v6, uint8_t out[ADDR])
{
    memcpy(out, addr, ADDR);
    for (size_t i = v6 ? ADDR : 4; i-- > 0;)
        if (++out[i])
            return true;
    return false;
}

static void cut(struct netclass *nc, const struct fact_cidr *v, size_t n)
{
    uint8_t last[ADDR];

    for (size_t i = 0; i < n; i++) {
        struct border from = {.v6 = v[i].v6}, after = {.v6 = v[i].v6};
        memcpy(from.addr, v[i].addr, ADDR);
        g_array_append_val(nc->borders, from);
        last_of(&v[i], last);
        if (next_of(last, v[i].v6, after.addr))
            g_array_append_val(nc->borders, after);
    }
}

static bool parse_ip(const char *text, uint8_t out[ADDR], bool *v6)
{
    memset(out, 0, ADDR);
    *v6 = strchr(text, ':') != NULL;
    return *text && inet_pton(*v6 ? AF_INET6 : AF_INET, text, out) == 1;
}

/* The addresses of a node as blocks of one.  Returns: how many, at most `most`. */
static size_t node_blocks(const struct fact_node *n, struct fact_cidr *out, size_t most)
{
    size_t found = 0;

    for (size_t i = 0; i < n->addresses.n && found < most; i++) {
        const char *ip = strchr(n->addresses.v[i], '=');
        struct fact_cidr c = {0};

        if (!ip || !parse_ip(ip + 1, c.addr, &c.v6))
            continue;
        c.bits = c.v6 ? 128 : 32;
        out[found++] = c;
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
            cut(nc, block, node_blocks(n, block, NODE_ADDRESSES));
    }
}

uint32_t netclass_condition(struct netclass *nc, const struct fact_netpeer *p, const char *ns)
{
    struct condition c = {.peer = p, .ns = !p->by_namespace && *ns ? ns : NULL};

    if (p->unread || (p->by_node && !facts_read(nc->f, FACTS_NODES)))
        return NETCLASS_NONE;
    char *text = condition_text(p, c.ns);
    uint32_t id = GPOINTER_TO_UINT(g_hash_table_lookup(nc->condition_ids, text));
    if (id) {
        g_free(text);
        return id - 1;
    }
    g_array_append_val(nc->conditions, c);
    g_hash_table_insert(nc->condition_ids, text, GUINT_TO_POINTER(nc->conditions->len));
    note_keys(nc, &p->pods);
    if (p->by_node) {
        nc->asks_nodes = true;
        cut_nodes(nc, &p->nodes);
    }
    cut(nc, p->blocks, p->nblocks);
    cut(nc, p->holes, p->nholes);
    return nc->conditions->len - 1;
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

static size_t words(size_t bits)
{
    return (bits + WORD - 1) / WORD;
}

static void set_bit(uint64_t *set, size_t i)
{
    set[i / WORD] |= UINT64_C(1) << i % WORD;
}

static int by_address(gconstpointer a, gconstpointer b)
{
    const struct border *x = a, *y = b;

    return x->v6 != y->v6 ? (int)x->v6 - (int)y->v6 : memcmp(x->addr, y->addr, ADDR);
}

/* Sorted borders to ranges that do not overlap. */
static void make_ranges(struct netclass *nc)
{
    GArray *b = nc->borders;

    g_array_sort(b, by_address);
    for (guint i = 0; i < b->len; i++) {
        const struct border *at = &g_array_index(b, struct border, i);
        struct netclass_range r = {.v6 = at->v6, .point = NETCLASS_NONE};

        if (i + 1 < b->len && by_address(at, at + 1) == 0)
            continue;
        memcpy(r.first, at->addr, ADDR);
        memset(r.last, 0xff, at->v6 ? ADDR : 4);
        if (i + 1 < b->len && at[1].v6 == at->v6) {
            memcpy(r.last, at[1].addr, ADDR);
            for (size_t k = at->v6 ? ADDR : 4; k-- > 0 && r.last[k]-- == 0;)
                ;
        }
        g_array_append_val(nc->ranges, r);
    }
}

/* The range that an address lies in. */
static size_t range_of(const struct netclass *nc, const uint8_t addr[ADDR], bool v6)
{
    struct border want = {.v6 = v6};
    size_t low = 0, high = nc->ranges->len;

    memcpy(want.addr, addr, ADDR);
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        const struct netclass_range *r = &g_array_index(nc->ranges, struct netclass_range, mid);
        struct border at = {.v6 = r->v6};

        memcpy(at.addr, r->first, ADDR);
        if (by_address(&at, &want) <= 0)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* Marks the ranges of some blocks, or clears them. */
static void mark(struct netclass *nc, const struct fact_cidr *v, size_t n, size_t condition,
                 bool on)
{
    uint64_t bit = UINT64_C(1) << condition % WORD;
    uint8_t last[ADDR];

    for (size_t i = 0; i < n; i++) {
        last_of(&v[i], last);
        size_t end = range_of(nc, last, v[i].v6);
        for (size_t at = range_of(nc, v[i].addr, v[i].v6); at <= end; at++) {
            uint64_t *word = &nc->range_holds[at][condition / WORD];
            *word = on ? *word | bit : *word & ~bit;
        }
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
    size_t w = words(nc->conditions->len);

    nc->range_holds = must_calloc(nc->ranges->len, sizeof(*nc->range_holds));
    for (guint i = 0; i < nc->ranges->len; i++)
        nc->range_holds[i] = must_calloc(w ? w : 1, sizeof(uint64_t));
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
    uint8_t addr[ADDR];
    bool v6;

    if (!(p->host_network ? nc->blocks_match_nodes : nc->blocks_match_pods))
        return;
    for (size_t i = 0; i < p->pod_ips.n; i++)
        if (parse_ip(p->pod_ips.v[i], addr, &v6))
            each(arg, range_of(nc, addr, v6));
    if (p->pod_ips.n || !p->host_network || !p->on)
        return;
    for (size_t i = 0, n = node_blocks(p->on, block, NODE_ADDRESSES); i < n; i++)
        each(arg, range_of(nc, block[i].addr, block[i].v6));
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_range(void *arg, size_t range)
{
    g_string_append_printf(arg, "@%zu", range);
}

/* Adds sorted pieces of text: the order of labels and ports does not matter. */
static void put_sorted(GString *out, GPtrArray *parts)
{
    g_ptr_array_sort(parts, by_text);
    for (guint i = 0; i < parts->len; i++)
        g_string_append(out, parts->pdata[i]);
    g_ptr_array_set_size(parts, 0);
}

/* What the port names in use lead to on a pod. */
static void put_ports(const struct netclass *nc, const struct fact_pod *p, GString *out)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);

    for (size_t i = 0; i < p->ncontainers; i++)
        for (size_t k = 0; k < p->containers[i].nports; k++) {
            const struct fact_port *port = &p->containers[i].ports[k];
            if (g_hash_table_contains(nc->ports, port->name))
                g_ptr_array_add(parts, g_strdup_printf("#%zu:%s%zu:%s%d", strlen(port->name),
                                                       port->name, strlen(port->protocol),
                                                       port->protocol, port->number));
        }
    put_sorted(out, parts);
}

/* All that a condition may look at. */
static void sample_text(const struct netclass *nc, const struct fact_pod *p, GString *out)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);

    g_string_truncate(out, 0);
    put(out, p->meta.ns);
    g_string_append_c(out, p->host_network ? 'h' : 'p');
    for (size_t i = 0; i < p->meta.nlabels; i++) {
        const struct label *l = &p->meta.labels[i];
        if (g_hash_table_contains(nc->keys, l->key))
            g_ptr_array_add(parts, g_strdup_printf("%zu:%s%zu:%s", strlen(l->key), l->key,
                                                   strlen(l->value), l->value));
    }
    put_sorted(out, parts);
    put_ports(nc, p, out);
    if (nc->asks_nodes && p->host_network)
        put(out, p->node);
    each_range(nc, p, put_range, out);
}

static void make_samples(struct netclass *nc)
{
    const struct facts *f = nc->f;
    size_t n = f->pods.n + nc->candidates->len;
    g_autoptr(GString) text = g_string_new(NULL);
    GHashTable *by = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    nc->sample_of = must_calloc(n ? n : 1, sizeof(*nc->sample_of));
    for (size_t i = 0; i < n; i++) {
        struct sample s = {.pod = i < f->pods.n ? &f->pods.v[i]
                                                : nc->candidates->pdata[i - f->pods.n]};
        guint id;

        sample_text(nc, s.pod, text);
        id = GPOINTER_TO_UINT(g_hash_table_lookup(by, text->str));
        if (!id) {
            g_array_append_val(nc->samples, s);
            id = nc->samples->len;
            g_hash_table_insert(by, g_strdup(text->str), GUINT_TO_POINTER(id));
        }
        nc->sample_of[i] = id - 1;
    }
    g_hash_table_destroy(by);
}

struct joined {
    uint64_t *into;
    const struct netclass *nc;
    size_t words;
};

static void join_range(void *arg, size_t range)
{
    struct joined *j = arg;

    for (size_t i = 0; i < j->words; i++)
        j->into[i] |= j->nc->range_holds[range][i];
}

/* The conditions of one namespace: those of its own policies, and those whose namespace selector
 * takes it. */
static GArray *conditions_in(const struct netclass *nc, const char *ns)
{
    const struct fact_namespace *n = facts_namespace(nc->f, ns);
    GArray *out = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (uint32_t i = 0; i < nc->conditions->len; i++) {
        const struct condition *c = condition_at(nc, i);

        if (c->peer->nblocks || c->peer->by_node)
            continue;
        if (c->ns ? strcmp(c->ns, ns) == 0
                  : n && selector_matches_namespace(&c->peer->namespaces, n))
            g_array_append_val(out, i);
    }
    return out;
}

static void free_array(gpointer a)
{
    g_array_free(a, TRUE);
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
    size_t w = words(nc->conditions->len);
    GHashTable *by_ns = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_array);

    for (guint i = 0; i < nc->samples->len; i++) {
        struct sample *s = &g_array_index(nc->samples, struct sample, i);
        GArray *all = g_hash_table_lookup(by_ns, s->pod->meta.ns);
        struct joined j = {must_calloc(w ? w : 1, sizeof(uint64_t)), nc, w};

        s->holds = j.into;
        if (!all) {
            all = conditions_in(nc, s->pod->meta.ns);
            g_hash_table_insert(by_ns, (gpointer)s->pod->meta.ns, all);
        }
        bool selected = !s->pod->host_network || nc->selects_host_network;
        for (guint k = 0; k < all->len && selected; k++) {
            uint32_t at = g_array_index(all, uint32_t, k);
            if (selector_matches(&condition_at(nc, at)->peer->pods, s->pod->meta.labels,
                                 s->pod->meta.nlabels))
                set_bit(s->holds, at);
        }
        if (nc->asks_nodes)
            judge_host(nc, s->pod, s->holds);
        each_range(nc, s->pod, join_range, &j);
    }
    g_hash_table_destroy(by_ns);
}

/* The text by which samples are one class: conditions as they are, and what a port name means. */
static void class_text(const struct netclass *nc, const struct sample *s, GString *out)
{
    g_string_assign(out, s->pod->host_network ? "h" : "p");
    for (size_t i = 0; i < words(nc->conditions->len); i++)
        g_string_append_printf(out, "%" G_GINT64_MODIFIER "x.", s->holds[i]);
    put_ports(nc, s->pod, out);
}

/* A number for a text, counted from *n. */
static uint32_t number(GHashTable *by, const char *text, size_t *n, bool *fresh)
{
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(by, text));

    *fresh = id == 0;
    if (*fresh) {
        id = (guint)++ * n;
        g_hash_table_insert(by, g_strdup(text), GUINT_TO_POINTER(id));
    }
    return id - 1;
}

static void make_points(struct netclass *nc)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GHashTable *by = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t w = words(nc->conditions->len);
    bool fresh;

    for (guint i = 0; i < nc->samples->len; i++) {
        struct sample *s = &g_array_index(nc->samples, struct sample, i);
        class_text(nc, s, text);
        s->point = number(by, text->str, &nc->npoints, &fresh);
        if (fresh)
            g_ptr_array_add(nc->examples, (gpointer)s->pod);
    }
    for (guint i = 0; i < nc->ranges->len; i++) {
        g_string_assign(text, "x"); /* an address is never the same as a pod */
        for (size_t k = 0; k < w; k++)
            g_string_append_printf(text, "%" G_GINT64_MODIFIER "x.", nc->range_holds[i][k]);
        g_array_index(nc->ranges, struct netclass_range, i).point =
            number(by, text->str, &nc->npoints, &fresh);
    }
    g_hash_table_destroy(by);
}

static void spread(struct netclass *nc, const uint64_t *holds, uint32_t point)
{
    for (size_t i = 0; i < nc->conditions->len; i++)
        if (holds[i / WORD] >> i % WORD & 1)
            set_bit(condition_at(nc, i)->bits, point);
}

void netclass_done(struct netclass *nc)
{
    if (!nc->blocks_match_nodes)
        cut_nodes(nc, NULL);
    make_ranges(nc);
    judge_ranges(nc);
    make_samples(nc);
    judge_samples(nc);
    make_points(nc);
    for (guint i = 0; i < nc->conditions->len; i++)
        condition_at(nc, i)->bits = must_calloc(words(nc->npoints), sizeof(uint64_t));
    for (guint i = 0; i < nc->samples->len; i++) {
        const struct sample *s = &g_array_index(nc->samples, struct sample, i);
        spread(nc, s->holds, s->point);
    }
    for (guint i = 0; i < nc->ranges->len; i++)
        spread(nc, nc->range_holds[i], g_array_index(nc->ranges, struct netclass_range, i).point);
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
    return g_array_index(nc->samples, struct sample, nc->sample_of[pod]).point;
}

uint32_t netclass_of_candidate(const struct netclass *nc, size_t candidate)
{
    return netclass_of_pod(nc, nc->f->pods.n + candidate);
}

uint32_t netclass_of_address(const struct netclass *nc, const char *address)
{
    uint8_t addr[ADDR];
    bool v6;

    if (!parse_ip(address, addr, &v6))
        return NETCLASS_NONE;
    return g_array_index(nc->ranges, struct netclass_range, range_of(nc, addr, v6)).point;
}

const struct fact_pod *netclass_example(const struct netclass *nc, uint32_t point)
{
    return nc->examples->pdata[point];
}

const uint64_t *netclass_matches(const struct netclass *nc, uint32_t condition)
{
    return condition_at(nc, condition)->bits;
}

const struct netclass_range *netclass_ranges(const struct netclass *nc, size_t *n)
{
    *n = nc->ranges->len;
    return (const struct netclass_range *)(const void *)nc->ranges->data;
}
