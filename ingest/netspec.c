/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of network policies in three spellings. */
#include "ingest/netspec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

enum { MAX_RULES = 20000, MAX_PEERS = 100000, LAST_PORT = 65535, MAX_PRIORITY = 1000 };

/* What the reader of one rule needs to know. */
struct reading {
    struct facts *f;
    enum netspec_form form;
    enum net_tier tier;
    const char *peers; /* "from" or "to" */
};

bool netspec_cidr(const char *text, struct fact_cidr *out)
{
    const char *slash = strchr(text, '/');
    char addr[INET6_ADDRSTRLEN], *end;
    size_t len = slash ? (size_t)(slash - text) : 0;

    *out = (struct fact_cidr){0};
    if (!slash || len >= sizeof(addr) || !g_ascii_isdigit(slash[1]))
        return false;
    memcpy(addr, text, len);
    addr[len] = '\0';
    errno = 0;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    out->v6 = strchr(addr, ':') != NULL;
    if (*end || errno || bits > (out->v6 ? 128 : 32) ||
        inet_pton(out->v6 ? AF_INET6 : AF_INET, addr, out->addr) != 1)
        return false;
    out->bits = (uint8_t)bits;
    for (size_t i = 0; i < sizeof(out->addr); i++) {
        size_t kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8)
            out->addr[i] &= (uint8_t)(0xff00 >> kept);
    }
    return true;
}

static bool read_cidrs(const struct jx *list, struct facts *f, const struct fact_cidr **out,
                       size_t *n, struct err *e)
{
    struct fact_cidr *v = arena_calloc(f->arena, jx_count(list), sizeof(*v));
    const char *text;

    for (size_t i = 0; i < jx_count(list); i++) {
        struct jx at = jx_at(list, i);
        if (!jx_text(&at, &text, e))
            return false;
        if (!netspec_cidr(text, &v[i]))
            return jx_err(&at, e, "want an address block, got %.60s", text);
    }
    *out = v;
    *n = jx_count(list);
    return true;
}

/* Whether an address block lies in another and is smaller. */
static bool inside(const struct fact_cidr *hole, const struct fact_cidr *whole)
{
    if (hole->v6 != whole->v6 || hole->bits <= whole->bits)
        return false;
    for (size_t bit = 0; bit < whole->bits; bit++)
        if ((hole->addr[bit / 8] ^ whole->addr[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static bool read_block(const struct jx *block, struct facts *f, struct fact_netpeer *out,
                       struct err *e)
{
    struct fact_cidr *whole = arena_calloc(f->arena, 1, sizeof(*whole));
    const char *text;
    struct jx holes;

    if (!jx_str(block, "cidr", &text, e) || !jx_opt_arr(block, "except", &holes, e))
        return false;
    if (!netspec_cidr(text, whole)) {
        struct jx at = {.v = block->v, .up = block, .key = "cidr"};
        return jx_err(&at, e, "want an address block, got %.60s", text);
    }
    out->blocks = whole;
    out->nblocks = 1;
    if (!read_cidrs(&holes, f, &out->holes, &out->nholes, e))
        return false;
    for (size_t i = 0; i < out->nholes; i++)
        if (!inside(&out->holes[i], whole)) {
            struct jx at = jx_at(&holes, i);
            return jx_err(&at, e, "want an address block inside of %.60s", text);
        }
    return true;
}

/* A peer of a NetworkPolicy. */
static bool read_peer(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_netpeer *p = element;
    struct facts *f = arg;
    struct jx ns, pods, block;

    if (!jx_opt_obj(in, "namespaceSelector", &ns, e) || !jx_opt_obj(in, "podSelector", &pods, e) ||
        !jx_opt_obj(in, "ipBlock", &block, e))
        return false;
    if (block.v ? ns.v || pods.v : !ns.v && !pods.v) {
        p->unread = block.v ? "ipBlock together with a selector" : "no selector and no ipBlock";
        return true;
    }
    p->by_namespace = ns.v != NULL;
    p->by_pod = pods.v != NULL;
    if (block.v)
        return read_block(&block, f, p, e);
    return field_selector(in, "namespaceSelector", f, &p->namespaces, e) &&
           field_selector(in, "podSelector", f, &p->pods, e);
}

/* How many of some members are there; null is not. */
static size_t count_of(const struct jx *in, const char *const *keys)
{
    size_t n = 0;

    for (; *keys; keys++) {
        const json_t *v = json_object_get(in->v, *keys);
        n += v && !json_is_null(v);
    }
    return n;
}

/* Namespaces: a selector; or, in first drafts of the API, one that is a level deeper, or the keys
 * of labels that they share with the subject's, or do not. */
static bool read_namespaces(const struct jx *in, struct facts *f, struct fact_netpeer *p,
                            struct err *e)
{
    struct jx namespaces, older;

    if (!jx_obj(in, "namespaces", &namespaces, e) ||
        !jx_opt_obj(&namespaces, "namespaceSelector", &older, e))
        return false;
    if (json_object_get(namespaces.v, "sameLabels") ||
        json_object_get(namespaces.v, "notSameLabels")) {
        if (!field_texts(&namespaces, "sameLabels", f, &p->same, e) ||
            !field_texts(&namespaces, "notSameLabels", f, &p->not_same, e))
            return false;
        if (!p->same.n == !p->not_same.n)
            *p = (struct fact_netpeer){.unread = "namespaces with sameLabels or notSameLabels, "
                                                 "none or both of them"};
        return true;
    }
    return older.v ? field_selector(&namespaces, "namespaceSelector", f, &p->namespaces, e)
                   : field_selector(in, "namespaces", f, &p->namespaces, e);
}

/* namespaces or pods of an administrator's policy; *known says that one of them is there. */
static bool read_chosen(const struct jx *in, struct facts *f, struct fact_netpeer *p, bool *known,
                        struct err *e)
{
    struct jx namespaces, pods, inner;

    if (!jx_opt_obj(in, "namespaces", &namespaces, e) || !jx_opt_obj(in, "pods", &pods, e) ||
        !jx_opt_obj(&pods, "namespaces", &inner, e))
        return false;
    *known = namespaces.v || pods.v;
    p->by_namespace = *known;
    p->by_pod = pods.v != NULL;
    if (!pods.v)
        return !namespaces.v || read_namespaces(in, f, p, e);
    return field_selector(&pods, "podSelector", f, &p->pods, e) &&
           (inner.v ? read_namespaces(&pods, f, p, e)
                    : field_selector(&pods, "namespaceSelector", f, &p->namespaces, e));
}

static bool read_admin_peer(void *arg, const struct jx *in, void *element, struct err *e)
{
    static const char *const fields[] = {"namespaces", "pods",        "nodes",
                                         "networks",   "domainNames", NULL};
    struct fact_netpeer *p = element;
    struct jx networks, nodes;
    bool known;

    if (count_of(in, fields) > 1)
        return jx_err(in, e, "want one of namespaces, pods, nodes, networks and domainNames");
    if (!read_chosen(in, arg, p, &known, e) || !jx_opt_arr(in, "networks", &networks, e) ||
        !jx_opt_obj(in, "nodes", &nodes, e))
        return false;
    if (nodes.v && !known && !networks.v) {
        p->by_node = true;
        return field_selector(in, "nodes", arg, &p->nodes, e);
    }
    if (networks.v)
        return read_cidrs(&networks, arg, &p->blocks, &p->nblocks, e);
    if (!known)
        p->unread =
            json_object_get(in->v, "domainNames") ? "domainNames" : "a peer of an unknown kind";
    return true;
}

static bool read_subject(const struct jx *spec, struct facts *f, struct fact_netpeer *out,
                         struct err *e)
{
    static const char *const fields[] = {"namespaces", "pods", NULL};
    struct jx subject;
    bool known;

    if (!jx_obj(spec, "subject", &subject, e) || !read_chosen(&subject, f, out, &known, e))
        return false;
    if (out->same.n || out->not_same.n) /* the same as what? */
        *out = (struct fact_netpeer){.unread = "namespaces.sameLabels"};
    return count_of(&subject, fields) == 1 || jx_err(&subject, e, "want namespaces or pods");
}

/* "TCP", "UDP", "SCTP"; absent: TCP.  Others are applied by nothing. */
static bool read_protocol(const struct jx *in, unsigned *out, struct err *e)
{
    const char *name;

    if (!jx_opt_str(in, "protocol", "TCP", &name, e))
        return false;
    if (!*name)
        name = "TCP";
    *out = strcmp(name, "TCP") == 0    ? NET_TCP
           : strcmp(name, "UDP") == 0  ? NET_UDP
           : strcmp(name, "SCTP") == 0 ? NET_SCTP
                                       : 0;
    if (*out)
        return true;
    struct jx at = {.v = in->v, .up = in, .key = "protocol"};
    return jx_err(&at, e, "want TCP, UDP or SCTP, got %.20s", name);
}

/* Port 0 is none. */
static bool check_port(const struct jx *in, const struct fact_netport *p, struct err *e)
{
    return p->from > 0 || jx_err(in, e, "want ports from 1 to %d", LAST_PORT);
}

/* A range ends after a number only; without one the entry would mean more than it says. */
static bool no_end(const struct jx *in, struct err *e)
{
    const json_t *end = json_object_get(in->v, "endPort");

    return !end || json_is_null(end) || jx_err(in, e, "endPort wants a port that is a number");
}

/* An entry of a NetworkPolicy: port is a number, a name or absent. */
static bool read_port(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_netport *p = element;
    const json_t *port = json_object_get(in->v, "port");
    struct facts *f = arg;

    p->name = "";
    if (!read_protocol(in, &p->protocols, e))
        return false;
    if (json_is_string(port))
        return field_name(in, "port", f, &p->name, e) && no_end(in, e);
    if (!port || json_is_null(port)) {
        if (!no_end(in, e))
            return false;
        p->from = 1;
        p->to = LAST_PORT;
        return true;
    }
    if (!field_port(in, "port", 0, &p->from, e) || !field_port(in, "endPort", p->from, &p->to, e))
        return false;
    return (p->from <= p->to || jx_err(in, e, "endPort lies before port")) && check_port(in, p, e);
}

/* {"start": 1, "end": 9} */
static bool read_range(const struct jx *in, struct fact_netport *p, struct err *e)
{
    return field_port(in, "start", 0, &p->from, e) && field_port(in, "end", 0, &p->to, e) &&
           (p->from <= p->to || jx_err(in, e, "the range ends before it starts")) &&
           check_port(in, p, e);
}

static bool read_admin_port(void *arg, const struct jx *in, void *element, struct err *e)
{
    static const char *const fields[] = {"portNumber", "portRange", "namedPort", NULL};
    struct fact_netport *p = element;
    struct jx number, range;

    if (count_of(in, fields) != 1)
        return jx_err(in, e, "want one of portNumber, portRange and namedPort");
    if (!field_str(in, "namedPort", arg, &p->name, e) ||
        !jx_opt_obj(in, "portNumber", &number, e) || !jx_opt_obj(in, "portRange", &range, e))
        return false;
    p->protocols = NET_ALL;
    if (number.v) {
        if (!read_protocol(&number, &p->protocols, e) ||
            !field_port(&number, "port", 0, &p->from, e))
            return false;
        p->to = p->from;
        return check_port(&number, p, e);
    } else if (range.v) {
        return read_protocol(&range, &p->protocols, e) && read_range(&range, p, e);
    }
    return *p->name || jx_err(in, e, "want the name of a port");
}

/* {"tcp": {"destinationPort": {"number": 80}}}, {"tcp": {}}, {"destinationNamedPort": "web"} */
static bool read_cluster_port(void *arg, const struct jx *in, void *element, struct err *e)
{
    static const struct {
        const char *key;
        unsigned protocol;
    } protocols[] = {{"tcp", NET_TCP}, {"udp", NET_UDP}, {"sctp", NET_SCTP}};
    static const char *const fields[] = {"tcp", "udp", "sctp", "destinationNamedPort", NULL};
    static const char *const forms[] = {"number", "range", NULL};
    struct fact_netport *p = element;
    struct jx proto, port, range;

    if (count_of(in, fields) != 1)
        return jx_err(in, e, "want one of tcp, udp, sctp and destinationNamedPort");
    if (!field_str(in, "destinationNamedPort", arg, &p->name, e))
        return false;
    p->protocols = NET_ALL;
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
        if (!jx_opt_obj(in, protocols[i].key, &proto, e))
            return false;
        if (!proto.v)
            continue;
        p->protocols = protocols[i].protocol;
        p->from = 1;
        p->to = LAST_PORT;
        if (!jx_opt_obj(&proto, "destinationPort", &port, e) ||
            !jx_opt_obj(&port, "range", &range, e))
            return false;
        if (!port.v)
            return true;
        if (count_of(&port, forms) != 1)
            return jx_err(&port, e, "want one of number and range");
        if (range.v)
            return read_range(&range, p, e);
        if (!field_port(&port, "number", 0, &p->from, e))
            return false;
        p->to = p->from;
        return check_port(&port, p, e);
    }
    return *p->name || jx_err(in, e, "want the name of a port");
}

/* Allow is Accept for ClusterNetworkPolicies; the BaselineAdminNetworkPolicy passes to nobody. */
static bool read_action(const struct jx *in, const struct reading *r, enum net_action *out,
                        struct err *e)
{
    const char *open = r->form == NETSPEC_CLUSTER ? "Accept" : "Allow", *name;
    bool may_pass = r->form == NETSPEC_CLUSTER || r->tier != NET_BASELINE;

    if (!jx_str(in, "action", &name, e))
        return false;
    *out = strcmp(name, open) == 0 ? NET_ALLOW : strcmp(name, "Deny") == 0 ? NET_DENY : NET_PASS;
    return *out != NET_PASS || (may_pass && strcmp(name, "Pass") == 0) ||
           jx_err(in, e, "want the action %s, Deny%s, got %.20s", open, may_pass ? " or Pass" : "",
                  name);
}

static bool read_rule(void *arg, const struct jx *in, void *element, struct err *e)
{
    static const struct {
        const char *ports;
        field_reader peer, port;
    } forms[] = {
        [NETSPEC_NETWORKPOLICY] = {"ports", read_peer, read_port},
        [NETSPEC_ADMIN] = {"ports", read_admin_peer, read_admin_port},
        [NETSPEC_CLUSTER] = {"protocols", read_admin_peer, read_cluster_port},
    };
    const struct reading *r = arg;
    struct fact_netrule *rule = element;
    void *peers, *ports;

    if (!field_str(in, "name", r->f, &rule->name, e) ||
        (r->form != NETSPEC_NETWORKPOLICY && !read_action(in, r, &rule->action, e)) ||
        !field_objects(in, r->peers, MAX_PEERS, r->f, sizeof(struct fact_netpeer),
                       forms[r->form].peer, r->f, &peers, &rule->npeers, e) ||
        !field_objects(in, forms[r->form].ports, MAX_PEERS, r->f, sizeof(struct fact_netport),
                       forms[r->form].port, r->f, &ports, &rule->nports, e))
        return false;
    rule->peers = peers;
    rule->ports = ports;
    rule->any_peer = r->form == NETSPEC_NETWORKPOLICY && rule->npeers == 0;
    rule->any_port = rule->nports == 0;
    return r->form == NETSPEC_NETWORKPOLICY || rule->npeers > 0 ||
           jx_err(in, e, "want peers in %s", r->peers);
}

bool netspec_rules(const struct jx *spec, const char *key, enum netspec_form form,
                   enum net_tier tier, struct facts *f, const struct fact_netrule **out, size_t *n,
                   struct err *e)
{
    struct reading r = {f, form, tier, strcmp(key, "ingress") == 0 ? "from" : "to"};
    void *rules;

    if (!field_objects(spec, key, MAX_RULES, f, sizeof(struct fact_netrule), read_rule, &r, &rules,
                       n, e))
        return false;
    *out = rules;
    return true;
}

static bool read_tier(const struct jx *spec, enum net_tier *out, struct err *e)
{
    const char *tier;

    if (!jx_str(spec, "tier", &tier, e))
        return false;
    *out = strcmp(tier, "Baseline") == 0 ? NET_BASELINE : NET_ADMIN;
    return *out == NET_BASELINE || strcmp(tier, "Admin") == 0 ||
           jx_err(spec, e, "want the tier Admin or Baseline, got %.20s", tier);
}

bool netspec_parse(const struct jx *item, const char *kind, enum net_tier tier,
                   enum netspec_form form, struct facts *f, struct err *e)
{
    static const char *const priorities[] = {"priority", NULL};
    struct fact_netpol p = {.kind = kind, .tier = tier};
    struct jx spec;
    int64_t priority;

    if (!kind_meta(item, false, f, &p.meta, e) || !jx_obj(item, "spec", &spec, e) ||
        (form == NETSPEC_CLUSTER && !read_tier(&spec, &p.tier, e)) ||
        !jx_opt_int(&spec, "priority", 0, &priority, e) || !read_subject(&spec, f, &p.subject, e) ||
        !netspec_rules(&spec, "ingress", form, p.tier, f, &p.ingress, &p.ningress, e) ||
        !netspec_rules(&spec, "egress", form, p.tier, f, &p.egress, &p.negress, e))
        return false;
    if (priority < 0 || priority > MAX_PRIORITY)
        return jx_err(&spec, e, "want a priority from 0 to %d", MAX_PRIORITY);
    if (!(form == NETSPEC_ADMIN && tier == NET_BASELINE) && count_of(&spec, priorities) != 1)
        return jx_err(&spec, e, "want a priority");
    if (form == NETSPEC_ADMIN && tier == NET_BASELINE && strcmp(p.meta.name, "default") != 0)
        return jx_err(item, e, "want the name default, got %.60s", p.meta.name);
    p.priority = (int32_t)priority;
    FACTS_ADD(f, netpols, p);
    return true;
}
