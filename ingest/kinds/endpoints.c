/* SPDX-License-Identifier: GPL-3.0-or-later */
/* v1 Endpoints, which servers still keep beside EndpointSlices. */
#include "ingest/endpointspec.h"
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "subsets[].addresses[].ip",
    "subsets[].addresses[].nodeName",
    "subsets[].addresses[].targetRef.kind",
    "subsets[].addresses[].targetRef.namespace",
    "subsets[].addresses[].targetRef.name",
    "subsets[].addresses[].targetRef.uid",
    "subsets[].notReadyAddresses[].ip",
    "subsets[].notReadyAddresses[].nodeName",
    "subsets[].notReadyAddresses[].targetRef.kind",
    "subsets[].notReadyAddresses[].targetRef.namespace",
    "subsets[].notReadyAddresses[].targetRef.name",
    "subsets[].notReadyAddresses[].targetRef.uid",
    "subsets[].ports[].*",
    NULL,
};

static bool read_addresses(const struct jx *subset, const char *key, bool ready, struct facts *f,
                           struct fact_endpoints *s, struct fact_endpoint *out, struct err *e)
{
    struct jx list, item;
    const char *ip;

    if (!jx_opt_arr(subset, key, &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++) {
        struct fact_endpoint *to = &out[s->nendpoints++];
        to->ready = ready;
        if (!jx_at_obj(&list, i, &item, e) || !field_str(&item, "ip", f, &ip, e) ||
            !endpointspec_target(&item, f, s->meta.ns, to, e))
            return false;
        field_push(f->arena, &to->addresses, ip);
    }
    return true;
}

static bool read_subset(const struct jx *subset, struct facts *f, struct fact_endpoints *s,
                        struct err *e)
{
    struct jx ready, unready;
    void *ports;

    if (!jx_opt_arr(subset, "addresses", &ready, e) ||
        !jx_opt_arr(subset, "notReadyAddresses", &unready, e))
        return false;
    struct fact_endpoint *v =
        arena_calloc(f->arena, jx_count(&ready) + jx_count(&unready), sizeof(*v));
    if (!read_addresses(subset, "addresses", true, f, s, v, e) ||
        !read_addresses(subset, "notReadyAddresses", false, f, s, v, e) ||
        !field_objects(subset, "ports", ENDPOINTSPEC_MOST, f, sizeof(*s->ports), endpointspec_port,
                       f, &ports, &s->nports, e))
        return false;
    s->endpoints = v;
    s->ports = ports;
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct meta meta;
    struct jx subsets, subset;

    if (!kind_meta(item, true, f, &meta, e) || !jx_opt_arr(item, "subsets", &subsets, e))
        return false;
    size_t n = jx_count(&subsets);
    /* One without subsets is kept as well: it replaces an older one that had some. */
    struct fact_endpoints *all = arena_calloc(f->arena, n ? n : 1, sizeof(*all));
    all[0] = (struct fact_endpoints){.meta = meta, .service = meta.name};
    for (size_t i = 0; i < n; i++) {
        all[i] = (struct fact_endpoints){.meta = meta, .subset = (int32_t)i, .service = meta.name};
        if (!jx_at_obj(&subsets, i, &subset, e) || !read_subset(&subset, f, &all[i], e))
            return false;
    }
    for (size_t i = 0; i < (n ? n : 1); i++)
        FACTS_ADD(f, endpoints, all[i]);
    return true;
}

const struct kind kind_endpoints = {
    .resource = "endpoints",
    .group = "",
    .kind = "Endpoints",
    .namespaced = true,
    .source = FACTS_ENDPOINTS,
    .keep = keep,
    .parse = parse,
};
