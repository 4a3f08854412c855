/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recorded LIST answers to a graph, straight through the kinds' parsers. */
#include "tests/support/cluster.h"

#include <stdio.h>

#include <jansson.h>

#include "ingest/derive/rule.h"
#include "ingest/kind.h"
#include "tests/test.h"

static json_t *read_json(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, file, NULL);
    json_error_t why;
    json_t *doc = json_load_file(path, 0, &why);

    cr_assert(doc, "%s: %s", path, why.text);
    return doc;
}

/* Items of a list carry no kind: the head says it ("PodList"). */
static void read_list(const json_t *doc, struct facts *f)
{
    const char *list = json_string_value(json_object_get(doc, "kind"));
    const char *version = json_string_value(json_object_get(doc, "apiVersion"));
    json_t *items = json_object_get(doc, "items"), *item;
    size_t i;

    if (!list || !version || !g_str_has_suffix(list, "List"))
        return;
    g_autofree char *name = g_strndup(list, strlen(list) - strlen("List"));
    const struct kind *k = kind_find(version, name);
    if (!k)
        return;
    if (k->source >= 0)
        f->listed[k->source] = true;
    json_array_foreach (items, i, item) {
        struct jx at = jx_root(item);
        if (k->parse)
            must(k->parse(&at, f, &e));
    }
}

static void read_version(const char *dir, struct facts *f)
{
    json_auto_t *doc = read_json(dir, "discovery-version.json");

    f->version_major = (int)strtol(json_string_value(json_object_get(doc, "major")), NULL, 10);
    f->version_minor = (int)strtol(json_string_value(json_object_get(doc, "minor")), NULL, 10);
}

struct facts *cluster_load(const char *dir, struct arena *a)
{
    struct facts *f = facts_new(a, "c");
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *file;

    cr_assert(d, "%s", dir);
    while ((file = g_dir_read_name(d))) {
        if (!g_str_has_suffix(file, "s.json") || g_str_has_prefix(file, "discovery"))
            continue;
        json_auto_t *doc = read_json(dir, file);
        read_list(doc, f);
    }
    g_dir_close(d);
    read_version(dir, f);
    kind_predict_pods(f);
    facts_index(f);
    return f;
}

struct part cluster_derive(const char *name, struct arena *a)
{
    g_autofree char *dir = g_build_filename(test_fixtures(), "clusters", name, "lists", NULL);
    AUTO(facts) f = cluster_load(dir, a);
    struct part p = {0};

    must(rule_derive(f, NULL, a, &p, &e));
    return p;
}

/* The key without what all keys of the cluster begin with. */
static const char *short_key(const struct part *p, uint32_t node)
{
    const char *key = p->nodes[node].key;

    return g_str_has_prefix(key, "k8s:c/") ? key + 6 : key;
}

static bool matches(const struct part *p, const struct edge_row *e, enum edge_kind kind,
                    const char *from, const char *to)
{
    return e->kind == kind && e->verdict == VERDICT_YES &&
           g_str_has_prefix(short_key(p, e->src), from) &&
           g_str_has_prefix(short_key(p, e->dst), to);
}

const struct edge_row *cluster_edge(const struct part *p, const char *label, const char *from,
                                    const char *to)
{
    enum edge_kind kind = kinds_edge_by_name(label);

    cr_assert(kind, "%s", label);
    for (size_t i = 0; i < p->nedges; i++)
        if (p->edges[i].kind == kind && strcmp(short_key(p, p->edges[i].src), from) == 0 &&
            strcmp(short_key(p, p->edges[i].dst), to) == 0)
            return &p->edges[i];
    return NULL;
}

size_t cluster_count(const struct part *p, const char *label, const char *from, const char *to)
{
    size_t n = 0;

    cr_assert(kinds_edge_by_name(label), "%s", label);
    for (size_t i = 0; i < p->nedges; i++)
        n += matches(p, &p->edges[i], kinds_edge_by_name(label), from, to);
    return n;
}

size_t cluster_targets(const struct part *p, const char *label, const char *from, const char *to)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    for (size_t i = 0; i < p->nedges; i++)
        if (matches(p, &p->edges[i], kinds_edge_by_name(label), from, to))
            g_hash_table_add(seen, GUINT_TO_POINTER(p->edges[i].dst));
    return g_hash_table_size(seen);
}

bool cluster_reaches(const struct part *p, const char *from, const char *to,
                     const char *const *labels)
{
    bool *reached = g_new0(bool, p->nnodes), follow[EDGE_KIND_LIMIT] = {false}, grew = true,
         found = false;

    for (size_t i = 0; labels[i]; i++)
        follow[kinds_edge_by_name(labels[i])] = true;
    for (uint32_t i = 0; i < p->nnodes; i++)
        reached[i] = strcmp(short_key(p, i), from) == 0;
    while (grew) {
        grew = false;
        for (size_t i = 0; i < p->nedges; i++) {
            const struct edge_row *e = &p->edges[i];

            if (!follow[e->kind] || e->verdict != VERDICT_YES || !reached[e->src] ||
                reached[e->dst])
                continue;
            reached[e->dst] = grew = true;
        }
    }
    for (uint32_t i = 0; i < p->nnodes; i++)
        found = found || (reached[i] && strcmp(short_key(p, i), to) == 0);
    g_free(reached);
    return found;
}

/* Adds the members of the hubs among the nodes of `all` until there are no more. */
static void open_hubs(const struct part *p, GHashTable *all)
{
    for (guint before = 0; before != g_hash_table_size(all);) {
        before = g_hash_table_size(all);
        for (size_t i = 0; i < p->nedges; i++)
            if (p->edges[i].kind == EDGE_HUB_MEMBER &&
                g_hash_table_contains(all, GUINT_TO_POINTER(p->edges[i].src)))
                g_hash_table_add(all, GUINT_TO_POINTER(p->edges[i].dst));
    }
}

size_t cluster_flat(const struct part *p, const char *label, const char *from, const char *to)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    GHashTableIter it;
    gpointer node;
    size_t n = 0;

    for (size_t i = 0; i < p->nedges; i++)
        if (matches(p, &p->edges[i], kinds_edge_by_name(label), from, ""))
            g_hash_table_add(seen, GUINT_TO_POINTER(p->edges[i].dst));
    open_hubs(p, seen);
    g_hash_table_iter_init(&it, seen);
    while (g_hash_table_iter_next(&it, &node, NULL)) {
        uint32_t ix = GPOINTER_TO_UINT(node);
        n += !kinds_node(p->nodes[ix].kind)->hub && g_str_has_prefix(short_key(p, ix), to);
    }
    return n;
}

void cluster_show(const struct part *p, const char *label)
{
    AUTO(jw) buf = jw_new();

    for (size_t i = 0; i < p->nedges; i++)
        if (p->edges[i].kind == kinds_edge_by_name(label))
            cr_log_info("%s %s -> %s (%s, %s) %s", label, short_key(p, p->edges[i].src),
                        short_key(p, p->edges[i].dst),
                        kinds_class_name((enum edge_class)p->edges[i].class),
                        kinds_verdict_name((enum verdict)p->edges[i].verdict),
                        evidence_text(p->evidence, p->edges[i].evidence, buf));
}
