/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each selector of a peer, as the labels of a pod that it takes. */
#include "ingest/derive/netslots.h"

#include <string.h>

#include "ingest/derive/selector.h"

/* A selector of pods in some policy's peer, and where it looks. */
struct wanted {
    const struct fact_netpeer *peer;
    const char *ns; /* of the policy, if the peer names no namespaces */
};

struct maker {
    const struct facts *f;
    GArray *wanted; /* struct wanted */
    GArray *pods;   /* struct fact_pod */
    GHashTable *by_text;
};

static void want_peers(struct maker *m, const struct fact_netpol *p,
                       const struct fact_netrule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++) {
            const struct fact_netpeer *peer = &rules[i].peers[k];
            struct wanted w = {peer, peer->by_namespace ? NULL : p->meta.ns};

            if (peer->by_pod && (peer->pods.nlabels || peer->pods.nrequirements))
                g_array_append_val(m->wanted, w);
        }
}

static int by_key(gconstpointer a, gconstpointer b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

/* Labels that a selector takes; what it forbids is left away. */
static void labels_for(const struct facts *f, const struct fact_selector *s, struct meta *out)
{
    size_t room = s->nlabels + s->nrequirements;
    struct label *labels = arena_calloc(f->arena, room + 1, sizeof(*labels));
    size_t n = 0;

    for (size_t i = 0; i < s->nlabels; i++)
        labels[n++] = s->labels[i];
    for (size_t i = 0; i < s->nrequirements; i++) {
        const struct fact_requirement *r = &s->requirements[i];

        if (r->op == SELECTOR_EXISTS)
            labels[n++] = (struct label){r->key, ""};
        else if (r->op == SELECTOR_IN && r->values.n)
            labels[n++] = (struct label){r->key, r->values.v[0]};
    }
    qsort(labels, n, sizeof(*labels), by_key);
    out->labels = labels;
    out->nlabels = n;
}

static void add(struct maker *m, const char *ns, const struct fact_selector *s)
{
    struct fact_pod p = {.meta = {.ns = ns, .name = "", .uid = "", .predicted = true}};
    GString *text = g_string_new(NULL);

    if (s)
        labels_for(m->f, s, &p.meta);
    for (size_t i = 0; i < p.meta.nlabels; i++)
        g_string_append_printf(text, "%s=%s,", p.meta.labels[i].key, p.meta.labels[i].value);
    char *key = g_string_free(text, FALSE);
    if (!g_hash_table_add(m->by_text, key) || m->pods->len >= NETSLOTS_MOST)
        return;
    p.node = p.service_account = p.phase = p.runtime_class = p.pod_ip = "";
    p.workload_kind = p.workload_name = "";
    g_array_append_val(m->pods, p);
}

static void of_namespace(struct maker *m, const struct fact_namespace *ns)
{
    g_hash_table_remove_all(m->by_text);
    add(m, ns->meta.name, NULL);
    for (guint i = 0; i < m->wanted->len; i++) {
        const struct wanted *w = &g_array_index(m->wanted, struct wanted, i);

        if (w->ns ? strcmp(w->ns, ns->meta.name) == 0
                  : selector_matches_namespace(&w->peer->namespaces, ns))
            add(m, ns->meta.name, &w->peer->pods);
    }
}

void netslots_of(const struct facts *f, struct netslots *out)
{
    struct maker m = {.f = f};
    size_t *first = arena_calloc(f->arena, f->namespaces.n + 1, sizeof(*first));

    m.wanted = g_array_new(FALSE, FALSE, sizeof(struct wanted));
    m.pods = g_array_new(FALSE, FALSE, sizeof(struct fact_pod));
    m.by_text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < f->netpols.n; i++) {
        want_peers(&m, &f->netpols.v[i], f->netpols.v[i].ingress, f->netpols.v[i].ningress);
        want_peers(&m, &f->netpols.v[i], f->netpols.v[i].egress, f->netpols.v[i].negress);
    }
    for (size_t i = 0; i < f->namespaces.n; i++) {
        first[i] = m.pods->len;
        of_namespace(&m, &f->namespaces.v[i]);
    }
    first[f->namespaces.n] = m.pods->len;
    *out = (struct netslots){
        arena_memdup(f->arena, m.pods->data, m.pods->len * sizeof(struct fact_pod)), m.pods->len,
        first};
    g_array_free(m.wanted, TRUE);
    g_array_free(m.pods, TRUE);
    g_hash_table_destroy(m.by_text);
}
