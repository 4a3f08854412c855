/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentences from keys, kinds and evidence. */
#include "graphd/words.h"

#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "schema/key.h"

enum { MOST_PIECES = 6 };

/* Patterns of names: N namespace and name, n the name alone, s the sub (a container, a workload's
 * kind).  Kinds that are not here are told by their wire name. */
static const struct {
    enum node_kind kind;
    const char *before;
    char of;
} names[] = {
    {NODE_NAMESPACE, "Namespace ", 'n'},
    {NODE_NODE, "node ", 'n'},
    {NODE_POD, "Pod ", 'N'},
    {NODE_CONTAINER, "container ", 's'},
    {NODE_VOLUME, "volume ", 's'},
    {NODE_ENDPOINT, "port ", 's'},
    {NODE_PERSISTENTVOLUME, "PersistentVolume ", 'n'},
    {NODE_PERSISTENTVOLUMECLAIM, "PersistentVolumeClaim ", 'N'},
    {NODE_SECRET, "Secret ", 'N'},
    {NODE_CONFIGMAP, "ConfigMap ", 'N'},
    {NODE_SERVICEACCOUNT, "ServiceAccount ", 'N'},
    {NODE_USER, "user ", 'n'},
    {NODE_GROUP, "group ", 'n'},
    {NODE_SA_MINT, "tokens of ServiceAccount ", 'N'},
    {NODE_ROLE, "Role ", 'N'},
    {NODE_CLUSTERROLE, "ClusterRole ", 'n'},
    {NODE_SERVICE, "Service ", 'N'},
};

static const char *hub_words(struct arena *a, const struct graph_node *n)
{
    if (n->kind == NODE_CLUSTER_ADMIN)
        return "administrator of the cluster";
    return *n->ns ? arena_printf(a, "%s in namespace %s", n->name, n->ns)
           : g_str_has_suffix(n->name, "namespace") ? n->name
                                                    : arena_printf(a, "%s of the cluster", n->name);
}

const char *words_node(struct arena *a, const struct graph *g, node_ix ix)
{
    struct graph_node n = graph_node(g, ix);
    struct key_parts k;
    struct err e;

    if (n.kind == NODE_INTERNET)
        return "the internet";
    if (kinds_node(n.kind)->hub)
        return hub_words(a, &n);
    if (!key_parse(a, n.key, &k, &e))
        return n.key;
    if (n.kind == NODE_PERMISSION_SET)
        return *k.ns ? arena_printf(a, "the rights that RoleBinding %s/%s grants", k.ns, k.name)
                     : arena_printf(a, "the rights that ClusterRoleBinding %s grants", k.name);
    if (n.kind == NODE_WORKLOAD && k.sub)
        return arena_printf(a, "%s %s/%s", k.sub, k.ns, k.name);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].kind != n.kind)
            continue;
        if (names[i].of == 's')
            return arena_printf(a, "%s%s of Pod %s/%s", names[i].before, k.sub ? k.sub : "", k.ns,
                                k.name);
        return arena_printf(a, "%s%s%s%s", names[i].before, names[i].of == 'N' ? k.ns : "",
                            names[i].of == 'N' ? "/" : "", k.name);
    }
    return arena_printf(a, "%s %s%s%s", kinds_node(n.kind)->name, k.ns, *k.ns ? "/" : "", k.name);
}

static const char *text(const json_t *piece, const char *key)
{
    const char *v = json_string_value(json_object_get(piece, key));

    return v ? v : "";
}

/* "Pod shop/web: the reason (spec.hostPID)"; an object that the reason begins with is not said
 * twice. */
static const char *piece_words(struct arena *a, const char *object, const char *field,
                               const char *reason)
{
    bool said = !*object || g_str_has_prefix(reason, object) || !*reason;
    const char *head = said && *reason ? "" : object;

    return arena_printf(a, "%s%s%s%s%s%s", head, *head && *reason ? ": " : "", reason,
                        *field ? " (" : "", field, *field ? ")" : "");
}

static const char *evidence_words(struct arena *a, const json_t *evidence)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t i;
    json_t *piece;

    json_array_foreach (evidence, i, piece) {
        if (i == MOST_PIECES) {
            g_string_append_printf(out, "; and %zu more", json_array_size(evidence) - i);
            break;
        }
        g_string_append_printf(
            out, "%s%s", i ? "; " : "",
            piece_words(a, text(piece, "object"), text(piece, "field"), text(piece, "reason")));
    }
    return arena_strndup(a, out->str, out->len);
}

static json_t *evidence_of(const struct graph *g, edge_ix e)
{
    const char *json = graph_edge(g, e).evidence;

    return json && *json ? json_loads(json, 0, NULL) : NULL;
}

const char *words_decides(struct arena *a, const struct graph *g, edge_ix e)
{
    json_auto_t *evidence = evidence_of(g, e);

    for (size_t i = json_array_size(evidence); i-- > 0;) {
        const json_t *piece = json_array_get(evidence, i);
        if (*text(piece, "reason"))
            return piece_words(a, arena_strdup(a, text(piece, "object")), text(piece, "field"),
                               text(piece, "reason"));
    }
    return NULL;
}

const char *words_rule(struct arena *a, const struct graph *g, edge_ix e)
{
    json_auto_t *evidence = evidence_of(g, e);
    const char *rule = text(json_array_get(evidence, 0), "rule");

    return *rule ? arena_strdup(a, rule) : NULL;
}

const char *words_edge(struct arena *a, const struct graph *g, edge_ix ix)
{
    struct graph_edge e = graph_edge(g, ix);
    const struct edge_kind_info *kind = kinds_edge(e.kind);
    json_auto_t *evidence = evidence_of(g, ix);
    const char *because = evidence_words(a, evidence), *decides = words_decides(a, g, ix);
    const char *from = words_node(a, g, e.src), *to = words_node(a, g, e.dst), *so;

    switch (e.verdict) {
    case VERDICT_BLOCKED:
        so = arena_printf(a,
                          "Therefore the step from %s to %s (%s: %s) is blocked, and not walked. "
                          "What blocks it: %s.",
                          from, to, kind->label, kind->sentence,
                          decides ? decides : "the evidence does not say");
        break;
    case VERDICT_UNKNOWN:
        so = arena_printf(a,
                          "Whether %s leads to %s (%s: %s) is not known. What is missing or cannot "
                          "be decided: %s.",
                          from, to, kind->label, kind->sentence,
                          decides ? decides : "the evidence does not say");
        break;
    default:
        so = arena_printf(a, "Therefore who holds %s %s %s (%s: %s).", from,
                          e.class == CLASS_STRUCTURAL ? "has" : "can get", to, kind->label,
                          kind->sentence);
    }
    return *because ? arena_printf(a, "%s. %s", because, so) : so;
}

const char *words_missing(struct arena *a, const struct graph *g, node_ix from, node_ix to,
                          enum edge_kind kind, const struct rule_why *why)
{
    const char *label = kinds_edge(kind)->label;
    const char *x = words_node(a, g, from), *y = words_node(a, g, to);
    const struct evidence *ev = &why->ev;

    if (!why->specific)
        return arena_printf(a,
                            "There is no %s from %s to %s; which precondition fails is not known "
                            "more closely. %s.",
                            label, x, y, ev->reason);
    return arena_printf(
        a, "%s. Therefore there is no %s from %s to %s.",
        piece_words(a, ev->object ? ev->object : "", ev->field ? ev->field : "", ev->reason), label,
        x, y);
}

const char *words_page(struct arena *a, enum edge_kind kind)
{
    return arena_printf(a, "docs/edges/%s.md", kinds_edge(kind)->label);
}
