/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each selector of a peer, and of what is let out, as the labels of a pod that it takes. */
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
    struct arena *a;
    GArray *wanted;     /* struct wanted */
    GHashTable *egress; /* namespace -> GPtrArray of const struct fact_netpol *: they isolate it */
    GArray *pods;       /* struct fact_pod */
    GHashTable *by_text;
    size_t most, left_out; /* of one namespace */
};

static bool has_labels(const struct fact_selector *s)
{
    return s->nlabels || s->nrequirements;
}

static void want_peers(struct maker *m, const struct fact_netpol *p,
                       const struct fact_netrule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].npeers; k++) {
            const struct fact_netpeer *peer = &rules[i].peers[k];
            struct wanted w = {peer, peer->by_namespace ? NULL : p->meta.ns};

            if (peer->by_pod && has_labels(&peer->pods))
                g_array_append_val(m->wanted, w);
        }
}

static void free_list(gpointer list)
{
    g_ptr_array_free(list, TRUE);
}

static void note_egress(struct maker *m, const struct fact_netpol *p)
{
    GPtrArray *list = g_hash_table_lookup(m->egress, p->meta.ns);

    if (p->tier != NET_NAMESPACED || !p->isolates_egress)
        return;
    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(m->egress, (gpointer)p->meta.ns, list);
    }
    g_ptr_array_add(list, (gpointer)p);
}

/* Adds a label unless the key is there.  Returns: false if it is there with another value. */
static bool put(struct label *labels, size_t *n, const char *key, const char *value, bool any)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(labels[i].key, key) == 0)
            return any || strcmp(labels[i].value, value) == 0;
    labels[(*n)++] = (struct label){key, value};
    return true;
}

/* Adds labels that a selector takes; what it forbids is left away.  Returns: false if others are
 * there with the same keys. */
static bool add_labels(const struct fact_selector *s, struct label *labels, size_t *n)
{
    bool ok = true;

    for (size_t i = 0; i < s->nlabels; i++)
        ok &= put(labels, n, s->labels[i].key, s->labels[i].value, false);
    for (size_t i = 0; i < s->nrequirements; i++) {
        const struct fact_requirement *r = &s->requirements[i];

        if (r->op == SELECTOR_EXISTS)
            ok &= put(labels, n, r->key, "", true);
        else if (r->op == SELECTOR_IN && r->values.n)
            ok &= put(labels, n, r->key, r->values.v[0], false);
    }
    return ok;
}

static int by_key(gconstpointer a, gconstpointer b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

/* A pod that both selectors (`t` may be NULL, then `s` too) take, as far as that can be. */
static void add(struct maker *m, const char *ns, const struct fact_selector *s,
                const struct fact_selector *t)
{
    struct fact_pod p = {.meta = {.ns = ns, .name = "", .uid = "", .predicted = true}};
    size_t room = (s ? s->nlabels + s->nrequirements : 0) + (t ? t->nlabels + t->nrequirements : 0);
    struct label *labels = arena_calloc(m->a, room + 1, sizeof(*labels));
    GString *text = g_string_new(NULL);
    bool ok = true;

    if (s)
        ok = add_labels(s, labels, &p.meta.nlabels) || !t;
    if (t)
        ok = add_labels(t, labels, &p.meta.nlabels) && ok;
    qsort(labels, p.meta.nlabels, sizeof(*labels), by_key);
    p.meta.labels = labels;
    for (size_t i = 0; i < p.meta.nlabels; i++)
        g_string_append_printf(text, "%s=%s,", labels[i].key, labels[i].value);
    char *key = g_string_free(text, FALSE);
    if (!ok || g_hash_table_contains(m->by_text, key)) {
        g_free(key);
        return;
    }
    if (g_hash_table_size(m->by_text) >= m->most) {
        g_free(key);
        m->left_out++;
        return;
    }
    g_hash_table_add(m->by_text, key);
    p.node = p.service_account = p.phase = p.runtime_class = p.pod_ip = "";
    p.workload_kind = p.workload_name = "";
    g_array_append_val(m->pods, p);
}

/* Whether a policy isolates for egress the pod that a selector asks for. */
static bool is_isolated(const GPtrArray *egress, const struct fact_pod *p)
{
    for (guint i = 0; i < egress->len; i++) {
        const struct fact_netpol *by = egress->pdata[i];
        if (selector_matches(&by->subject.pods, p->meta.labels, p->meta.nlabels))
            return true;
    }
    return false;
}

/* Pods that policies let out: alone, and as the peer that was added last, if that is isolated. */
static void add_let_out(struct maker *m, const char *ns, const struct fact_selector *peer,
                        size_t before)
{
    const GPtrArray *egress = g_hash_table_lookup(m->egress, ns);

    if (!egress ||
        (peer && (m->pods->len == before ||
                  !is_isolated(egress, &g_array_index(m->pods, struct fact_pod, before)))))
        return;
    for (guint i = 0; i < egress->len; i++) {
        const struct fact_netpol *p = egress->pdata[i];
        if (p->negress && has_labels(&p->subject.pods))
            add(m, ns, peer, &p->subject.pods);
    }
}

static void of_namespace(struct maker *m, const struct fact_namespace *ns)
{
    g_hash_table_remove_all(m->by_text);
    add(m, ns->meta.name, NULL, NULL);
    add_let_out(m, ns->meta.name, NULL, 0);
    for (guint i = 0; i < m->wanted->len; i++) {
        const struct wanted *w = &g_array_index(m->wanted, struct wanted, i);
        size_t before = m->pods->len;

        if (w->ns ? strcmp(w->ns, ns->meta.name) != 0
                  : !selector_matches_namespace(&w->peer->namespaces, ns))
            continue;
        add(m, ns->meta.name, &w->peer->pods, NULL);
        add_let_out(m, ns->meta.name, &w->peer->pods, before);
    }
}

static void read_policies(struct maker *m)
{
    for (size_t i = 0; i < m->f->netpols.n; i++) {
        const struct fact_netpol *p = &m->f->netpols.v[i];

        want_peers(m, p, p->ingress, p->ningress);
        want_peers(m, p, p->egress, p->negress);
        note_egress(m, p);
    }
}

void netslots_of(const struct facts *f, struct arena *a, struct netslots *out)
{
    struct maker m = {.f = f, .a = a};
    size_t n = f->namespaces.n, *first = arena_calloc(a, n + 1, sizeof(*first));

    m.most = MAX(NETSLOTS_SHARE, NETSLOTS_MOST / MAX(n, 1));
    m.wanted = g_array_new(FALSE, FALSE, sizeof(struct wanted));
    m.pods = g_array_new(FALSE, FALSE, sizeof(struct fact_pod));
    m.by_text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m.egress = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_list);
    read_policies(&m);
    for (size_t i = 0; i < n; i++) {
        first[i] = m.pods->len;
        of_namespace(&m, &f->namespaces.v[i]);
    }
    first[n] = m.pods->len;
    *out = (struct netslots){arena_memdup(a, m.pods->data, m.pods->len * sizeof(struct fact_pod)),
                             m.pods->len, first, m.left_out};
    g_array_free(m.wanted, TRUE);
    g_array_free(m.pods, TRUE);
    g_hash_table_destroy(m.by_text);
    g_hash_table_destroy(m.egress);
}
