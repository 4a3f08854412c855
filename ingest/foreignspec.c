/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subjects of foreign policies as the selectors of our own. */
#include "ingest/foreignspec.h"

#include <string.h>

#include "ingest/calicoselector.h"
#include "ingest/field.h"
#include "ingest/kind.h"

enum { MAX_PARTS = 10000 };

#define NAMESPACE_NAME "kubernetes.io/metadata.name"

bool foreignspec_any(const struct jx *in, const char *const *keys, bool *out, struct err *e)
{
    *out = false;
    for (; *keys; keys++) {
        struct jx list;
        if (!jx_opt_arr(in, *keys, &list, e))
            return false;
        *out = *out || jx_count(&list) > 0;
    }
    return true;
}

/* --- Cilium -------------------------------------------------------------------------------- */

/* A label of Cilium's may say where it comes from: "k8s:app", "any:app".
 * Returns: the part behind that, or the label of a namespace that it stands for in *ns; NULL where
 * we cannot tell what it says of pods. */
static const char *cilium_key(const char *key, const char **ns)
{
    static const char of_ns[] = "io.cilium.k8s.namespace.labels.";

    *ns = NULL;
    if (g_str_has_prefix(key, "k8s:") || g_str_has_prefix(key, "any:"))
        key += strlen("k8s:");
    if (strcmp(key, "io.kubernetes.pod.namespace") == 0)
        *ns = NAMESPACE_NAME;
    else if (g_str_has_prefix(key, of_ns))
        *ns = key + strlen(of_ns);
    return g_str_has_prefix(key, "io.cilium.") || strchr(key, ':') ? NULL : key;
}

/* Takes what asks for labels of namespaces out of a selector of pods; what cannot be told goes. */
static void split_cilium(struct facts *f, struct fact_selector *s, struct fact_netpeer *out)
{
    struct label *pods = arena_calloc(f->arena, s->nlabels, sizeof(*pods));
    struct label *spaces = arena_calloc(f->arena, s->nlabels, sizeof(*spaces));
    struct fact_requirement *rp = arena_calloc(f->arena, s->nrequirements, sizeof(*rp));
    struct fact_requirement *rs = arena_calloc(f->arena, s->nrequirements, sizeof(*rs));
    struct fact_selector pod = {.labels = pods, .requirements = rp};
    struct fact_selector space = {.labels = spaces, .requirements = rs};
    const char *ns;

    for (size_t i = 0; i < s->nlabels; i++) {
        const char *key = cilium_key(s->labels[i].key, &ns);
        if (ns)
            spaces[space.nlabels++] = (struct label){ns, s->labels[i].value};
        else if (key)
            pods[pod.nlabels++] = (struct label){key, s->labels[i].value};
    }
    for (size_t i = 0; i < s->nrequirements; i++) {
        struct fact_requirement r = s->requirements[i];
        const char *key = cilium_key(r.key, &ns);
        r.key = ns ? ns : key;
        if (ns)
            rs[space.nrequirements++] = r;
        else if (key)
            rp[pod.nrequirements++] = r;
    }
    out->by_pod = true;
    out->pods = pod;
    out->namespaces = space;
}

/* Whether it is about the node itself: reserved:host and the like. */
static bool is_reserved(const struct fact_selector *s)
{
    for (size_t i = 0; i < s->nlabels; i++)
        if (g_str_has_prefix(s->labels[i].key, "reserved:") ||
            g_str_has_prefix(s->labels[i].key, "reserved."))
            return true;
    return false;
}

static bool read_cilium(void *arg, const struct jx *in, void *element, struct err *e)
{
    static const char *const ingress[] = {"ingress", "ingressDeny", NULL};
    static const char *const egress[] = {"egress", "egressDeny", NULL};
    struct fact_foreignpol *p = element;
    struct facts *f = arg;
    struct fact_selector s;
    struct jx endpoints, nodes;

    if (!jx_opt_obj(in, "endpointSelector", &endpoints, e) ||
        !jx_opt_obj(in, "nodeSelector", &nodes, e) ||
        !field_selector(in, "endpointSelector", f, &s, e) ||
        !foreignspec_any(in, ingress, &p->ingress, e) ||
        !foreignspec_any(in, egress, &p->egress, e))
        return false;
    if ((nodes.v && !endpoints.v) || is_reserved(&s))
        p->ingress = p->egress = false;
    split_cilium(f, &s, &p->subject);
    return true;
}

static void add_cilium(struct facts *f, struct fact_foreignpol p, const struct fact_foreignpol *of)
{
    p.ingress = of->ingress;
    p.egress = of->egress;
    p.subject = of->subject;
    p.subject.by_namespace = !*p.meta.ns;
    if (*p.meta.ns) /* it is about that one, whatever else it says */
        p.subject.namespaces = (struct fact_selector){0};
    if (p.ingress || p.egress)
        FACTS_ADD(f, foreignpols, p);
}

bool foreignspec_cilium(const struct jx *item, const char *kind, bool namespaced, struct facts *f,
                        struct err *e)
{
    struct fact_foreignpol p = {.kind = kind, .engine = "Cilium", .may_open = true};
    struct fact_foreignpol one = {.kind = kind};
    struct jx spec;
    void *more;
    size_t n;

    if (!kind_meta(item, namespaced, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        (spec.v && !read_cilium(f, &spec, &one, e)) ||
        !field_objects(item, "specs", MAX_PARTS, f, sizeof(one), read_cilium, f, &more, &n, e))
        return false;
    if (spec.v)
        add_cilium(f, p, &one);
    for (size_t i = 0; i < n; i++)
        add_cilium(f, p, &((const struct fact_foreignpol *)more)[i]);
    return true;
}

/* --- Calico -------------------------------------------------------------------------------- */

/* Which directions: `types`, or by default those that have rules, ingress if none has. */
static bool read_types(const struct jx *spec, struct facts *f, struct fact_foreignpol *p,
                       struct err *e)
{
    static const char *const ingress[] = {"ingress", NULL}, *const egress[] = {"egress", NULL};
    struct texts types;
    bool in, out;

    if (!field_texts(spec, "types", f, &types, e) || !foreignspec_any(spec, ingress, &in, e) ||
        !foreignspec_any(spec, egress, &out, e))
        return false;
    p->ingress = types.n ? facts_has(&types, "Ingress") : in || !out;
    p->egress = types.n ? facts_has(&types, "Egress") : out;
    return true;
}

/* Calico's name for a label that every namespace has. */
static void rename_keys(const struct fact_selector *s)
{
    for (size_t i = 0; i < s->nrequirements; i++) {
        struct fact_requirement *r = (struct fact_requirement *)(uintptr_t)&s->requirements[i];
        if (strcmp(r->key, "projectcalico.org/name") == 0)
            r->key = NAMESPACE_NAME;
    }
}

bool foreignspec_calico(const struct jx *item, const char *kind, bool namespaced, struct facts *f,
                        struct err *e)
{
    struct fact_foreignpol p = {.kind = kind, .engine = "Calico", .may_open = true};
    const char *pods, *namespaces;
    struct jx spec;

    if (!kind_meta(item, namespaced, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !jx_opt_str(&spec, "selector", "", &pods, e) ||
        !jx_opt_str(&spec, "namespaceSelector", "", &namespaces, e) || !read_types(&spec, f, &p, e))
        return false;
    if (strcmp(namespaces, "global()") == 0)
        return true; /* about endpoints that are in no namespace: no pods */
    p.subject.by_pod = true;
    p.subject.by_namespace = !namespaced;
    calicoselector_read(pods, f->arena, &p.subject.pods);
    if (!namespaced) {
        calicoselector_read(namespaces, f->arena, &p.subject.namespaces);
        rename_keys(&p.subject.namespaces);
    }
    FACTS_ADD(f, foreignpols, p);
    return true;
}

/* --- Antrea -------------------------------------------------------------------------------- */

/* An entry of appliedTo; one that is about groups, service accounts or Services may be any pod. */
static bool read_applied(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_netpeer *p = element;
    struct jx nodes;

    if (!jx_opt_obj(in, "nodeSelector", &nodes, e) ||
        !field_selector(in, "podSelector", arg, &p->pods, e) ||
        !field_selector(in, "namespaceSelector", arg, &p->namespaces, e))
        return false;
    p->by_pod = true;
    p->by_node = nodes.v != NULL;
    return true;
}

bool foreignspec_antrea(const struct jx *item, const char *kind, bool namespaced, struct facts *f,
                        struct err *e)
{
    static const char *const ingress[] = {"ingress", NULL}, *const egress[] = {"egress", NULL};
    struct fact_foreignpol p = {.kind = kind, .engine = "Antrea", .may_open = true};
    struct jx spec;
    void *applied;
    size_t n;

    if (!kind_meta(item, namespaced, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !field_objects(&spec, "appliedTo", MAX_PARTS, f, sizeof(struct fact_netpeer), read_applied,
                       f, &applied, &n, e) ||
        !foreignspec_any(&spec, ingress, &p.ingress, e) ||
        !foreignspec_any(&spec, egress, &p.egress, e))
        return false;
    for (size_t i = 0; i < (n ? n : 1); i++) {
        const struct fact_netpeer everybody = {.by_pod = true};
        p.subject = n ? ((const struct fact_netpeer *)applied)[i] : everybody;
        p.subject.by_namespace = !namespaced;
        if (!p.subject.by_node && (p.ingress || p.egress))
            FACTS_ADD(f, foreignpols, p);
    }
    return true;
}

/* --- Istio --------------------------------------------------------------------------------- */

bool foreignspec_istio(const struct jx *item, const char *kind, struct facts *f, struct err *e)
{
    struct fact_foreignpol p = {.kind = kind, .engine = "Istio", .ingress = true};
    struct jx spec;

    if (!kind_meta(item, true, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !field_selector(&spec, "selector", f, &p.subject.pods, e))
        return false;
    p.subject.by_pod = true;
    p.subject.by_namespace = strcmp(p.meta.ns, "istio-system") == 0;
    FACTS_ADD(f, foreignpols, p);
    return true;
}
