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
    {NODE_REGISTRY, "registry ", 'n'},
};

/* Hubs are named "all pods of shop", or "all pods" for those of the cluster. */
static const char *hub_words(struct arena *a, const struct graph_node *n)
{
    g_autofree char *tail = g_strconcat(" of ", n->ns, NULL);

    if (*n->ns && g_str_has_suffix(n->name, tail))
        return arena_printf(a, "%.*s of namespace %s", (int)(strlen(n->name) - strlen(tail)),
                            n->name, n->ns);
    if (*n->ns)
        return arena_printf(a, "%s of namespace %s", n->name, n->ns);
    return strstr(n->name, " of ") || strstr(n->name, " in ")
               ? n->name
               : arena_printf(a, "%s of the cluster", n->name);
}

/* A third part says that there is no such binding yet, but somebody could make it. */
static const char *rights_words(struct arena *a, const struct key_parts *k)
{
    const char *role = k->sub && strcmp(k->sub, "clusterrole") == 0 ? "ClusterRole" : "Role";

    if (k->sub && *k->ns)
        return arena_printf(a, "the rights that a new binding to %s %s would grant in namespace %s",
                            role, k->name, k->ns);
    if (k->sub)
        return arena_printf(a, "the rights that a new binding to %s %s would grant", role, k->name);
    return *k->ns ? arena_printf(a, "the rights that RoleBinding %s/%s grants", k->ns, k->name)
                  : arena_printf(a, "the rights that ClusterRoleBinding %s grants", k->name);
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
        return rights_words(a, &k);
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

/* "Pod shop/web: the reason (spec.hostPID)"; what the reason says itself is not said twice.  "" for
 * a piece that says nothing but its object. */
static const char *piece_words(struct arena *a, const char *object, const char *field,
                               const char *reason)
{
    if (!*reason && !*field)
        return "";
    bool head = *object && !strstr(reason, object), tail = *field && !strstr(reason, field);

    return arena_printf(a, "%s%s%s%s%s%s", head ? object : "", head && *reason ? ": " : "", reason,
                        tail ? " (" : "", tail ? field : "", tail ? ")" : "");
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
        const char *words =
            piece_words(a, text(piece, "object"), text(piece, "field"), text(piece, "reason"));
        g_string_append_printf(out, "%s%s", out->len && *words ? "; " : "", words);
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

static const char *holder(struct arena *a, enum node_kind kind, const char *node)
{
    if (kind == NODE_INTERNET)
        return "anyone on the internet";
    return arena_printf(a, "who %s %s", kind == NODE_ENDPOINT ? "reaches" : "holds", node);
}

/* What decides the verdict, unless it is all that was said already. */
static const char *once(struct arena *a, const char *what, const char *because, const char *decides)
{
    if (!decides)
        return arena_printf(a, " %s: the evidence does not say.", what);
    return strcmp(because, decides) == 0 ? "" : arena_printf(a, " %s: %s.", what, decides);
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
        so = arena_printf(
            a, "Therefore the step from %s to %s (%s: %s) is blocked, and not walked.%s", from, to,
            kind->label, kind->sentence, once(a, "What blocks it", because, decides));
        break;
    case VERDICT_UNKNOWN:
        so = arena_printf(a, "Therefore it is not known whether %s leads to %s (%s: %s).%s", from,
                          to, kind->label, kind->sentence,
                          once(a, "What is missing or cannot be decided", because, decides));
        break;
    default:
        so = arena_printf(a, "Therefore %s %s %s (%s: %s).", holder(a, graph_kind(g, e.src), from),
                          graph_kind(g, e.dst) == NODE_ENDPOINT ? "reaches"
                          : e.class == CLASS_STRUCTURAL         ? "has"
                                                                : "can get",
                          to, kind->label, kind->sentence);
    }
    if (*because)
        return arena_printf(a, "%s. %s", because, so);
    char *alone = arena_strdup(a, so + strlen("Therefore "));
    alone[0] = g_ascii_toupper(alone[0]);
    return alone;
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
