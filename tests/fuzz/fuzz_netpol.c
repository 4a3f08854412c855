/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as network policies over a small cluster: lines of a letter for the kind and the JSON
 * of its spec.  What the parsers take, the engine answers as the direct reading of the API's text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/must.h"
#include "ingest/derive/netpol.h"
#include "ingest/kind.h"
#include "tests/oracle/netpol_oracle.h"

enum { MOST_POLICIES = 8, MOST_PORTS = 12, MOST_RANGES = 4, PODS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const cluster[] = {
    "{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\",\"labels\":{\"team\":\"x\"}}}",
    "{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"b\",\"labels\":{\"team\":\"\"}}}",
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"a\",\"labels\":{\"app\":"
    "\"web\"}},"
    "\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[{\"name\":\"web\",\"containerPort\":80},"
    "{\"name\":\"dns\",\"containerPort\":53,\"protocol\":\"UDP\"}]}]},"
    "\"status\":{\"podIP\":\"10.0.0.1\",\"podIPs\":[{\"ip\":\"10.0.0.1\"},{\"ip\":\"fd00::1\"}]}}",
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"q\",\"namespace\":\"a\",\"labels\":{\"app\":\"db\"}"
    "},"
    "\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[{\"name\":\"web\",\"containerPort\":8080}"
    "]"
    "}]},\"status\":{\"podIP\":\"10.0.0.2\"}}",
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"r\",\"namespace\":\"b\",\"labels\":{\"app\":\"\"}},"
    "\"spec\":{\"containers\":[{\"name\":\"c\"}]},\"status\":{\"podIP\":\"fd00::9\"}}",
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"s\",\"namespace\":\"b\"},\"spec\":{\"hostNetwork\":"
    "true,\"containers\":[{\"name\":\"c\"}]},\"status\":{\"podIP\":\"192.168.0.1\"}}",
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"t\",\"namespace\":\"ghost\",\"labels\":{\"app\":"
    "\"web\",\"tier\":\"1\"}},\"spec\":{\"containers\":[{\"name\":\"c\"}]}}",
};

static void take(struct facts *f, const struct kind *k, const json_t *doc)
{
    struct jx root = jx_root(doc);
    struct err e;

    (void)!k->parse(&root, f, &e);
}

static void add_cluster(struct facts *f)
{
    for (size_t i = 0; i < ARRAY_LEN(cluster); i++) {
        json_auto_t *doc = json_loads(cluster[i], 0, NULL);
        take(f, kind_find("v1", json_string_value(json_object_get(doc, "kind"))), doc);
    }
}

/* One line; names are ours, since they decide the order of equal priorities. */
static void add_policy(struct facts *f, const char *line, size_t len, size_t number)
{
    const char *kind = *line == 'a'   ? "AdminNetworkPolicy"
                       : *line == 'b' ? "BaselineAdminNetworkPolicy"
                       : *line == 'c' ? "ClusterNetworkPolicy"
                                      : "NetworkPolicy";
    bool own = strcmp(kind, "NetworkPolicy") == 0;
    json_auto_t *spec = json_loadb(line + 1, len - 1, 0, NULL);
    g_autofree char *name = *line == 'b' ? g_strdup("default") : g_strdup_printf("p%zu", number);

    if (!spec)
        return;
    json_auto_t *doc = json_pack("{s:{s:s,s:s},s:O}", "metadata", "name", name, "namespace",
                                 number % 2 ? "a" : "b", "spec", spec);
    if (!own)
        json_object_del(json_object_get(doc, "metadata"), "namespace");
    take(f, kind_find(own ? "networking.k8s.io/v1" : "policy.networking.k8s.io/v1alpha2", kind),
         doc);
}

static void add_policies(struct facts *f, const char *text, size_t size)
{
    for (size_t n = 0; size && n < MOST_POLICIES; n++) {
        const char *stop = memchr(text, '\n', size);
        size_t len = stop ? (size_t)(stop - text) : size;

        if (len > 1)
            add_policy(f, text, len, n);
        len += stop != NULL;
        text += len;
        size -= len;
    }
}

/* Ports that rules speak of, and their neighbours. */
struct asked {
    int32_t port[MOST_PORTS];
    size_t n;
};

static void ask_about(struct asked *a, int32_t port)
{
    if (port >= 1 && port <= 65535 && a->n < MOST_PORTS)
        a->port[a->n++] = port;
}

static void ask_about_rules(struct asked *a, const struct fact_netrule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rules[i].nports; k++) {
            ask_about(a, rules[i].ports[k].from - 1);
            ask_about(a, rules[i].ports[k].from);
            ask_about(a, rules[i].ports[k].to);
            ask_about(a, rules[i].ports[k].to + 1);
        }
}

struct end {
    struct netpol_oracle_end what;
    uint32_t point;
};

static size_t ends_of(const struct facts *f, const struct netpol *np, struct end *out)
{
    size_t n = 0, ranges;
    const struct netclass_range *r = netclass_ranges(netpol_classes(np), &ranges);

    for (size_t i = 0; i < f->pods.n && n < PODS; i++, n++)
        out[n] =
            (struct end){netpol_oracle_pod(&f->pods.v[i]), netclass_of_pod(netpol_classes(np), i)};
    for (size_t i = 0; i < ranges && i < MOST_RANGES; i++, n++)
        out[n] = (struct end){netpol_oracle_address(i % 2 ? r[i].last : r[i].first, r[i].v6),
                              r[i].point};
    return n;
}

/* Each port in one protocol; the next pair asks in another. */
static void check_pair(const struct netpol_oracle *o, const struct netpol *np,
                       const struct asked *a, const struct end *src, const struct end *dst,
                       size_t pair, uint64_t *set)
{
    netpol_pair(np, src->point, dst->point, set);
    for (size_t i = 0; i < a->n; i++) {
        enum net_protocol protocol = (enum net_protocol)(1u << (pair + i) % 3);

        if (netports_has(netpol_ports(np), set, protocol, a->port[i]) !=
            netpol_oracle_open(o, &src->what, &dst->what, protocol, a->port[i]))
            abort();
    }
}

static void check(const struct facts *f, bool blocks_match_pods)
{
    AUTO(netpol) np = netpol_new(f, blocks_match_pods);
    struct netpol_oracle o = {f, blocks_match_pods};
    struct asked a = {{80, 53, 8080}, 3};
    struct end ends[PODS + MOST_RANGES];
    size_t n = ends_of(f, np, ends);
    g_autofree uint64_t *set = g_new0(uint64_t, netports_words(netpol_ports(np)));

    for (size_t i = 0; i < f->netpols.n; i++) {
        ask_about_rules(&a, f->netpols.v[i].ingress, f->netpols.v[i].ningress);
        ask_about_rules(&a, f->netpols.v[i].egress, f->netpols.v[i].negress);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (i != k && (ends[i].what.pod || ends[k].what.pod))
                check_pair(&o, np, &a, &ends[i], &ends[k], i + k, set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");

    add_cluster(f);
    add_policies(f, (const char *)data, size);
    facts_index(f);
    check(f, false);
    check(f, true);
    return 0;
}
