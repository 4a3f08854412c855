/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sentence by sentence from the API documents; slow on purpose. */
#include "tests/oracle/netpol_oracle.h"

#include <arpa/inet.h>
#include <string.h>

/* A question in one direction. */
struct question {
    const struct netpol_oracle *o;
    bool in; /* is it about the destination's ingress? */
    const struct netpol_oracle_end *subject, *peer, *dst;
    unsigned protocol;
    int32_t port;
};

static void add_address(struct netpol_oracle_end *x, const char *text)
{
    bool v6 = strchr(text, ':');

    if (x->naddrs < 4 && inet_pton(v6 ? AF_INET6 : AF_INET, text, x->addr[x->naddrs].byte) == 1)
        x->addr[x->naddrs++].v6 = v6;
}

struct netpol_oracle_end netpol_oracle_pod(const struct fact_pod *p)
{
    struct netpol_oracle_end x = {.pod = p};

    for (size_t i = 0; i < p->pod_ips.n; i++)
        add_address(&x, p->pod_ips.v[i]);
    for (size_t i = 0; !x.naddrs && p->host_network && p->on && i < p->on->addresses.n; i++)
        add_address(&x, strchr(p->on->addresses.v[i], '=') + 1);
    return x;
}

struct netpol_oracle_end netpol_oracle_address(const uint8_t byte[16], bool v6)
{
    struct netpol_oracle_end x = {.naddrs = 1};

    memcpy(x.addr[0].byte, byte, v6 ? 16 : 4);
    x.addr[0].v6 = v6;
    return x;
}

static const char *value_of(const struct label *l, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(l[i].key, key) == 0)
            return l[i].value;
    return NULL;
}

static bool listed(const struct texts *values, const char *v)
{
    for (size_t i = 0; i < values->n; i++)
        if (strcmp(values->v[i], v) == 0)
            return true;
    return false;
}

/* All requirements are ANDed.  NotIn also takes what lacks the key. */
static bool selects(const struct fact_selector *s, const struct label *l, size_t n)
{
    for (size_t i = 0; i < s->nlabels; i++) {
        const char *v = value_of(l, n, s->labels[i].key);
        if (v == NULL || strcmp(v, s->labels[i].value) != 0)
            return false;
    }
    for (size_t i = 0; i < s->nrequirements; i++) {
        const struct fact_requirement *r = &s->requirements[i];
        const char *v = value_of(l, n, r->key);
        if ((r->op == SELECTOR_IN && !(v && listed(&r->values, v))) ||
            (r->op == SELECTOR_NOT_IN && v && listed(&r->values, v)) ||
            (r->op == SELECTOR_EXISTS && !v) || (r->op == SELECTOR_DOES_NOT_EXIST && v))
            return false;
    }
    return true;
}

/* A namespace has the label kubernetes.io/metadata.name, which is its name. */
static bool selects_namespace(const struct facts *f, const struct fact_selector *s,
                              const char *name)
{
    struct label l[8] = {{"kubernetes.io/metadata.name", name}};
    size_t n = 1;

    for (size_t i = 0; i < f->namespaces.n; i++)
        if (strcmp(f->namespaces.v[i].meta.name, name) == 0)
            for (size_t k = 0; k < f->namespaces.v[i].meta.nlabels && n < 8; k++)
                l[n++] = f->namespaces.v[i].meta.labels[k];
    return selects(s, l, n);
}

static bool in_block(const struct fact_cidr *c, const uint8_t byte[16], bool v6)
{
    if (c->v6 != v6)
        return false;
    for (size_t bit = 0; bit < c->bits; bit++)
        if ((byte[bit / 8] ^ c->addr[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

static bool in_blocks(const struct fact_netpeer *p, const struct netpol_oracle_end *x)
{
    for (size_t a = 0; a < x->naddrs; a++) {
        bool in = false;

        for (size_t i = 0; i < p->nblocks; i++)
            in = in || in_block(&p->blocks[i], x->addr[a].byte, x->addr[a].v6);
        for (size_t i = 0; i < p->nholes; i++)
            in = in && !in_block(&p->holes[i], x->addr[a].byte, x->addr[a].v6);
        if (in)
            return true;
    }
    return false;
}

static bool has_address(const struct fact_node *n, const struct netpol_oracle_end *x)
{
    struct netpol_oracle_end own = {0};

    for (size_t i = 0; i < n->addresses.n; i++)
        add_address(&own, strchr(n->addresses.v[i], '=') + 1);
    for (size_t i = 0; i < own.naddrs; i++)
        for (size_t k = 0; k < x->naddrs; k++)
            if (own.addr[i].v6 == x->addr[k].v6 &&
                memcmp(own.addr[i].byte, x->addr[k].byte, own.addr[i].v6 ? 16 : 4) == 0)
                return true;
    return false;
}

/* The node that an end is, or on whose network it is. */
static const struct fact_node *node_of(const struct netpol_oracle *o,
                                       const struct netpol_oracle_end *x)
{
    for (size_t i = 0; i < o->f->nodes.n; i++)
        if ((!x->pod || x->pod->host_network) && has_address(&o->f->nodes.v[i], x))
            return &o->f->nodes.v[i];
    return NULL;
}

static bool blocks_hold(const struct netpol_oracle *o, const struct netpol_oracle_end *x)
{
    if (o->profile && (node_of(o, x) || (x->pod && x->pod->host_network)))
        return o->profile->blocks_match_nodes;
    return !x->pod || o->blocks_match_pods;
}

/* "To be selected a Namespace must have all of the labels, AND they must all have the same value as
 * the subject", or "at least one of them must have different values". */
static bool like_subject(const struct netpol_oracle *o, const struct fact_netpeer *p,
                         const struct netpol_oracle_end *subject, const struct netpol_oracle_end *x)
{
    const struct texts *t = p->same.n ? &p->same : &p->not_same;
    const struct fact_namespace *its = facts_namespace(o->f, x->pod->meta.ns),
                                *own = facts_namespace(o->f, subject->pod->meta.ns);
    size_t equal = 0;

    for (size_t i = 0; i < t->n && its && own; i++) {
        const char *a = value_of(its->meta.labels, its->meta.nlabels, t->v[i]);
        const char *b = value_of(own->meta.labels, own->meta.nlabels, t->v[i]);
        if (!a)
            return false;
        equal += b && strcmp(a, b) == 0;
    }
    return !t->n || (p->same.n ? equal == t->n : equal < t->n);
}

/* Whether an end is what a peer, or the subject, of a policy in namespace `ns` says. */
static bool is_peer(const struct netpol_oracle *o, const struct fact_netpeer *p, const char *ns,
                    const struct netpol_oracle_end *subject, const struct netpol_oracle_end *x)
{
    const struct fact_node *node = p->by_node ? node_of(o, x) : NULL;

    if (p->by_node)
        return node && selects(&p->nodes, node->meta.labels, node->meta.nlabels);
    if (p->nblocks)
        return blocks_hold(o, x) && in_blocks(p, x);
    if (!x->pod || (x->pod->host_network && !(o->profile && o->profile->selects_host_network)))
        return false;
    if (!like_subject(o, p, subject, x))
        return false;
    if (p->by_namespace && !selects_namespace(o->f, &p->namespaces, x->pod->meta.ns))
        return false;
    if (!p->by_namespace && strcmp(x->pod->meta.ns, ns) != 0)
        return false;
    return !p->by_pod || selects(&p->pods, x->pod->meta.labels, x->pod->meta.nlabels);
}

static bool is_protocol(const char *name, unsigned protocol)
{
    return strcmp(name, protocol == NET_TCP ? "TCP" : protocol == NET_UDP ? "UDP" : "SCTP") == 0;
}

/* A name is what the destination's containers call so, in the same protocol. */
static bool is_port(const struct question *q, const struct fact_netport *p)
{
    if (!(p->protocols & q->protocol))
        return false;
    if (!*p->name)
        return p->from <= q->port && q->port <= p->to;
    for (size_t c = 0; q->dst->pod && c < q->dst->pod->ncontainers; c++)
        for (size_t i = 0; i < q->dst->pod->containers[c].nports; i++) {
            const struct fact_port *have = &q->dst->pod->containers[c].ports[i];
            if (strcmp(have->name, p->name) == 0 && have->number == q->port &&
                is_protocol(have->protocol, q->protocol))
                return true;
        }
    return false;
}

/* What a rule says to the question; NET_RULES_SILENT if it does not match. */
enum { NET_RULES_SILENT = -1 };

/* "For Accept rules, fail closed means: treat the rule as matching no traffic.  For Deny and Pass
 * rules it means: treat the rule as a Deny all rule."  Nodes are no pods. */
static int says(const struct question *q, const struct fact_netpol *p, const struct fact_netrule *r)
{
    bool who = r->any_peer, what = r->any_port, closed = false;

    for (size_t i = 0; i < r->npeers; i++) {
        const struct fact_netpeer *peer = &r->peers[i];
        if (!peer->unread && (!peer->by_node || q->o->profile))
            who = who || is_peer(q->o, peer, p->meta.ns, q->subject, q->peer);
        else if (r->action != NET_ALLOW && peer->by_node)
            who = who || !q->peer->pod || q->peer->pod->host_network;
        else if (r->action != NET_ALLOW)
            closed = true;
    }
    for (size_t i = 0; i < r->nports; i++)
        what = what || is_port(q, &r->ports[i]);
    if (!what || !(who || closed))
        return NET_RULES_SILENT;
    return closed ? NET_DENY : (int)r->action;
}

static const struct fact_netrule *rules_of(const struct question *q, const struct fact_netpol *p,
                                           size_t *n)
{
    *n = q->in ? p->ningress : p->negress;
    return q->in ? p->ingress : p->egress;
}

static bool selects_subject(const struct question *q, const struct fact_netpol *p)
{
    return !p->subject.unread && is_peer(q->o, &p->subject, p->meta.ns, q->subject, q->subject);
}

/* Lower priorities come first; of equal ones the API says nothing, and names decide. */
static bool comes_before(const struct fact_netpol *x, const struct fact_netpol *y)
{
    return x->priority != y->priority ? x->priority < y->priority
                                      : strcmp(x->meta.name, y->meta.name) < 0;
}

/* The policy of a tier that comes next after one; NULL: the first. */
static const struct fact_netpol *next_of(const struct facts *f, enum net_tier tier,
                                         const struct fact_netpol *after)
{
    const struct fact_netpol *next = NULL;

    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];
        if (p->tier == tier && (!after || comes_before(after, p)) &&
            (!next || comes_before(p, next)))
            next = p;
    }
    return next;
}

/* What the first rule of a tier that matches says; NET_PASS if none does. */
static enum net_action first_of(const struct question *q, enum net_tier tier)
{
    const struct fact_netpol *p = NULL;
    size_t n;

    while ((p = next_of(q->o->f, tier, p))) {
        const struct fact_netrule *rules = rules_of(q, p, &n);

        for (size_t k = 0; k < n && selects_subject(q, p); k++) {
            int said = says(q, p, &rules[k]);
            if (said != NET_RULES_SILENT)
                return (enum net_action)said;
        }
    }
    return NET_PASS;
}

/* NetworkPolicies: whether any isolates, and whether any of those lets it through. */
static bool isolated(const struct question *q, bool *open)
{
    const struct facts *f = q->o->f;
    bool any = false;
    size_t n;

    *open = false;
    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];
        const struct fact_netrule *rules = rules_of(q, p, &n);

        if (p->tier != NET_NAMESPACED || !(q->in ? p->isolates_ingress : p->isolates_egress) ||
            !selects_subject(q, p))
            continue;
        any = true;
        for (size_t k = 0; k < n; k++)
            *open = *open || says(q, p, &rules[k]) != NET_RULES_SILENT;
    }
    return any;
}

static bool direction(const struct question *q)
{
    bool open;

    if (!q->subject->pod)
        return true;
    enum net_action a = first_of(q, NET_ADMIN);
    if (a != NET_PASS)
        return a == NET_ALLOW;
    if (isolated(q, &open))
        return open;
    return first_of(q, NET_BASELINE) != NET_DENY;
}

bool netpol_oracle_way(const struct netpol_oracle *o, bool in, const struct netpol_oracle_end *src,
                       const struct netpol_oracle_end *dst, unsigned protocol, int32_t port)
{
    struct question q = {o, in, in ? dst : src, in ? src : dst, dst, protocol, port};

    return direction(&q);
}

bool netpol_oracle_open(const struct netpol_oracle *o, const struct netpol_oracle_end *src,
                        const struct netpol_oracle_end *dst, unsigned protocol, int32_t port)
{
    return netpol_oracle_way(o, false, src, dst, protocol, port) &&
           netpol_oracle_way(o, true, src, dst, protocol, port);
}

bool netpol_oracle_selects(const struct netpol_oracle *o, const struct fact_netpeer *subject,
                           const char *ns, const struct netpol_oracle_end *pod)
{
    return is_peer(o, subject, ns, pod, pod);
}
