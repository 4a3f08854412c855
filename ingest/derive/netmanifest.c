/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts back to the fields of the API, and a small writer of YAML. */
#include "ingest/derive/netmanifest.h"

#include <string.h>

#include "base/arena.h"
#include "ingest/derive/netend.h"

enum { DEEPEST = 16, INDENT = 2 };

static json_t *put_labels(const struct label *v, size_t n)
{
    json_t *out = json_object();

    for (size_t i = 0; i < n; i++)
        json_object_set_new(out, v[i].key, json_string(v[i].value));
    return out;
}

static json_t *put_requirement(const struct fact_requirement *r)
{
    static const char *const operators[] = {[SELECTOR_IN] = "In",
                                            [SELECTOR_NOT_IN] = "NotIn",
                                            [SELECTOR_EXISTS] = "Exists",
                                            [SELECTOR_DOES_NOT_EXIST] = "DoesNotExist"};
    json_t *out = json_object(), *values;

    json_object_set_new(out, "key", json_string(r->key));
    json_object_set_new(out, "operator", json_string(operators[r->op]));
    if (r->op == SELECTOR_IN || r->op == SELECTOR_NOT_IN) {
        json_object_set_new(out, "values", values = json_array());
        for (size_t i = 0; i < r->values.n; i++)
            json_array_append_new(values, json_string(r->values.v[i]));
    }
    return out;
}

static json_t *put_selector(const struct fact_selector *s)
{
    json_t *out = json_object(), *list;

    if (s->nlabels)
        json_object_set_new(out, "matchLabels", put_labels(s->labels, s->nlabels));
    if (s->nrequirements) {
        json_object_set_new(out, "matchExpressions", list = json_array());
        for (size_t i = 0; i < s->nrequirements; i++)
            json_array_append_new(list, put_requirement(&s->requirements[i]));
    }
    return out;
}

static json_t *put_block(const struct fact_netpeer *p)
{
    AUTO(arena) a = arena_new();
    json_t *block = json_object(), *holes = json_array(), *out = json_object();

    json_object_set_new(block, "cidr", json_string(netend_text(a, &p->blocks[0])));
    for (size_t i = 0; i < p->nholes; i++)
        json_array_append_new(holes, json_string(netend_text(a, &p->holes[i])));
    if (p->nholes)
        json_object_set(block, "except", holes);
    json_decref(holes);
    json_object_set_new(out, "ipBlock", block);
    return out;
}

static json_t *put_peer(const struct fact_netpeer *p)
{
    json_t *out;

    if (p->nblocks)
        return put_block(p);
    out = json_object();
    if (p->by_namespace)
        json_object_set_new(out, "namespaceSelector", put_selector(&p->namespaces));
    if (p->by_pod)
        json_object_set_new(out, "podSelector", put_selector(&p->pods));
    return out;
}

static const char *protocol_name(unsigned bit)
{
    return bit == NET_UDP ? "UDP" : bit == NET_SCTP ? "SCTP" : "TCP";
}

/* An entry for each protocol; no number means all of them. */
static void put_port(json_t *list, const struct fact_netport *p)
{
    for (unsigned bit = NET_TCP; bit <= NET_SCTP; bit *= 2) {
        json_t *port;

        if (!(p->protocols & bit))
            continue;
        json_array_append_new(list, port = json_object());
        json_object_set_new(port, "protocol", json_string(protocol_name(bit)));
        if (p->from == 1 && p->to == 65535)
            continue;
        json_object_set_new(port, "port", json_integer(p->from));
        if (p->to > p->from)
            json_object_set_new(port, "endPort", json_integer(p->to));
    }
}

static json_t *put_rules(const struct fact_netrule *v, size_t n, const char *peers)
{
    json_t *out = json_array(), *list;

    for (size_t i = 0; i < n; i++) {
        json_t *rule = json_object();
        json_array_append_new(out, rule);
        if (!v[i].any_peer) {
            json_object_set_new(rule, peers, list = json_array());
            for (size_t k = 0; k < v[i].npeers; k++)
                json_array_append_new(list, put_peer(&v[i].peers[k]));
        }
        if (!v[i].any_port) {
            json_object_set_new(rule, "ports", list = json_array());
            for (size_t k = 0; k < v[i].nports; k++)
                put_port(list, &v[i].ports[k]);
        }
    }
    return out;
}

json_t *netmanifest_json(const struct fact_netpol *p)
{
    json_t *out = json_object(), *meta = json_object(), *spec = json_object(), *types;

    json_object_set_new(out, "apiVersion", json_string("networking.k8s.io/v1"));
    json_object_set_new(out, "kind", json_string("NetworkPolicy"));
    json_object_set_new(out, "metadata", meta);
    json_object_set_new(meta, "name", json_string(p->meta.name));
    json_object_set_new(meta, "namespace", json_string(p->meta.ns));
    json_object_set_new(out, "spec", spec);
    json_object_set_new(spec, "podSelector", put_selector(&p->subject.pods));
    json_object_set_new(spec, "policyTypes", types = json_array());
    if (p->isolates_ingress) {
        json_array_append_new(types, json_string("Ingress"));
        json_object_set_new(spec, "ingress", put_rules(p->ingress, p->ningress, "from"));
    }
    if (p->isolates_egress) {
        json_array_append_new(types, json_string("Egress"));
        json_object_set_new(spec, "egress", put_rules(p->egress, p->negress, "to"));
    }
    return out;
}

/* Whether text means the same without quotes: a word that is neither number, time nor boolean. */
static bool is_plain(const char *s)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no", "on",
                                        "off",  "y",     "n",    "nan", "inf"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (g_ascii_strcasecmp(s, words[i]) == 0)
            return false;
    if (!g_ascii_isalpha(*s))
        return false;
    for (; *s; s++)
        if (!g_ascii_isalnum(*s) && !strchr("-_./", *s))
            return false;
    return true;
}

static void put_scalar(GString *out, const json_t *v)
{
    if (json_is_string(v) && is_plain(json_string_value(v))) {
        g_string_append(out, json_string_value(v));
        return;
    }
    char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    g_string_append(out, text);
    free(text);
}

static void put_value(GString *out, const json_t *v, unsigned depth, bool in_list);

static void margin(GString *out, unsigned depth)
{
    for (unsigned i = 0; i < depth * INDENT; i++)
        g_string_append_c(out, ' ');
}

/* The first member of an object in a list stands behind its dash. */
static void put_object(GString *out, const json_t *v, unsigned depth, bool in_list)
{
    const char *key;
    json_t *member;
    bool first = in_list;

    json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
        json_t *name = json_string(key);
        if (!first)
            margin(out, depth);
        first = false;
        put_scalar(out, name);
        json_decref(name);
        g_string_append_c(out, ':');
        put_value(out, member, depth + 1, false);
    }
}

static void put_array(GString *out, const json_t *v, unsigned depth)
{
    size_t i;
    json_t *item;

    json_array_foreach (v, i, item) {
        margin(out, depth);
        g_string_append(out, "-");
        put_value(out, item, depth + 1, true);
    }
}

/* What stands behind "key:" or "-"; lists begin in the column of their key. */
static void put_value(GString *out, const json_t *v, unsigned depth, bool in_list)
{
    bool object = json_is_object(v) && json_object_size(v) && depth < DEEPEST;
    bool list = json_is_array(v) && json_array_size(v) && depth < DEEPEST;

    if (!object && !list) {
        g_string_append_c(out, ' ');
        put_scalar(out, v);
        g_string_append_c(out, '\n');
        return;
    }
    g_string_append_c(out, in_list && object ? ' ' : '\n');
    if (object)
        put_object(out, v, depth, in_list);
    else
        put_array(out, v, in_list ? depth : depth - 1);
}

char *netmanifest_yaml(const json_t *doc)
{
    GString *out = g_string_new(NULL);

    put_object(out, doc, 0, false);
    return g_string_free(out, FALSE);
}
