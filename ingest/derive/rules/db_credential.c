/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DB_CREDENTIAL: what opens a data store.  The container that is the store; a Secret with its
 * password, for whom the network lets through; and a container that has both. */
#include <string.h>

#include "ingest/derive/datacreds.h"
#include "ingest/derive/datareach.h"
#include "ingest/derive/escape.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/why.h"

struct drawing {
    struct rule_ctx *c;
    const struct datacreds *creds;
    struct datareach *reach;
};

static struct evidence of_pod(struct arena *a, const struct fact_pod *p, const char *field,
                              const char *reason)
{
    return (struct evidence){.object = arena_printf(a, "Pod %s/%s", p->meta.ns, p->meta.name),
                             .uid = p->meta.uid,
                             .field = field,
                             .reason = reason};
}

static void draw_itself(struct rule_ctx *c, const struct datastore *s)
{
    for (size_t i = 0; i < s->runs.n; i++) {
        const struct datastore_run *run = &s->runs.v[i];
        struct evidence ev = of_pod(
            c->scratch, run->pod, escape_field(c->scratch, run->pod, run->container, "image"),
            arena_printf(c->scratch, "the container is the store: %s", s->engine->name));

        draft_edge(c->d, run->container->ix, s->ix, EDGE_DB_CREDENTIAL, CLASS_STRUCTURAL,
                   VERDICT_YES, &ev, 1);
    }
}

/* Somebody else must give the network. */
static void draw_secret(const struct drawing *dr, const struct fact_secret *s)
{
    size_t n;
    const struct datacred *const *creds = datacreds_of(dr->creds, s, &n);

    for (size_t i = 0; i < n; i++)
        draft_edge(dr->c->d, s->meta.ix, creds[i]->store->ix, EDGE_DB_CREDENTIAL, CLASS_MODERATE,
                   creds[i]->sure ? VERDICT_YES : VERDICT_UNKNOWN, &creds[i]->ev, 1);
}

/* --- containers that hold one ------------------------------------------------------------------
 */

/* One way in which a container sees a Secret. */
struct holding {
    const struct fact_pod *pod;
    const struct fact_container *container;
    const struct fact_secret *secret;
    const char *field, *reason;
    bool sure; /* false: a CSI driver may not show it */
};

typedef void holding_fn(const struct drawing *dr, const struct holding *h, void *arg);

/* Who is told about the holdings of a container. */
struct told {
    holding_fn *each;
    void *arg;
};

static void hold(const struct drawing *dr, struct holding *h, const char *secret,
                 const struct told *to)
{
    size_t n;

    h->secret = facts_secret(dr->c->f, h->pod->meta.ns, secret);
    if (h->secret && datacreds_of(dr->creds, h->secret, &n) && n > 0)
        to->each(dr, h, to->arg);
}

static void hold_mount(const struct drawing *dr, struct holding *h, size_t at,
                       const struct told *to)
{
    struct arena *a = dr->c->scratch;
    const struct fact_mount *m = &h->container->mounts[at];

    if (m->volume >= h->pod->nvolumes)
        return;
    const struct fact_volume *v = &h->pod->volumes[m->volume];
    h->sure = v->type != VOLUME_CSI;
    for (size_t i = 0; i < v->secrets.n; i++) {
        h->field = escape_field(a, h->pod, h->container, arena_printf(a, "volumeMounts[%zu]", at));
        h->reason = arena_printf(a, "the container has Secret %s as files%s", v->secrets.v[i],
                                 h->sure ? "" : ", if its CSI driver shows it");
        hold(dr, h, v->secrets.v[i], to);
    }
}

/* The Secrets that a container sees and that open a store. */
static void holdings(const struct drawing *dr, const struct fact_pod *p,
                     const struct fact_container *k, const struct told *to)
{
    struct arena *a = dr->c->scratch;
    struct holding h = {.pod = p, .container = k, .sure = true};

    for (size_t i = 0; i < k->nsecret_vars; i++) {
        const struct fact_secret_var *v = &k->secret_vars[i];

        h.field = escape_field(a, p, k, "env");
        h.reason =
            arena_printf(a, "variable %s has key %s of Secret %s", v->name, v->key, v->secret);
        hold(dr, &h, v->secret, to);
    }
    for (size_t i = k->env_secrets_from; i < k->env_secrets.n; i++) {
        h.field = escape_field(a, p, k, "envFrom");
        h.reason =
            arena_printf(a, "every key of Secret %s is in its environment", k->env_secrets.v[i]);
        hold(dr, &h, k->env_secrets.v[i], to);
    }
    for (size_t i = 0; i < k->nmounts; i++)
        hold_mount(dr, &h, i, to);
}

/* Whether the pod may connect: to a store in the same pod always. */
static struct netreach_answer connects(const struct drawing *dr, const struct fact_pod *p,
                                       const struct datastore *s)
{
    uint32_t segment = netreach_of_pod(hubs_net(dr->c->hubs), p);

    for (size_t i = 0; i < s->runs.n; i++) {
        const struct fact_pod *to = s->runs.v[i].pod;
        const char *why = to == p ? "the store runs in the same pod"
                          : p->host_network && p->on && to->on == p->on
                              ? "policies do not stop what the store's own node sends"
                              : NULL;

        if (why)
            return (struct netreach_answer){
                .open = NETREACH_OPEN, .sure = true, .ev = of_pod(dr->c->scratch, p, NULL, why)};
    }
    if (segment == NETREACH_NONE)
        return (struct netreach_answer){
            .open = NETREACH_SOME,
            .ev = of_pod(dr->c->scratch, p, NULL, "what it sends from is not known")};
    return *datareach_ask_pod(dr->reach, p, s);
}

static void draw_holder(const struct drawing *dr, const struct holding *h, void *arg)
{
    size_t n;
    const struct datacred *const *creds = datacreds_of(dr->creds, h->secret, &n);

    (void)arg;
    for (size_t i = 0; i < n; i++) {
        const struct datacred *cred = creds[i];
        struct netreach_answer net = connects(dr, h->pod, cred->store);
        bool sure = h->sure && cred->sure && net.sure && net.open == NETREACH_OPEN;
        struct evidence ev[3] = {of_pod(dr->c->scratch, h->pod, h->field, h->reason), cred->ev,
                                 net.ev};

        if (net.open != NETREACH_CLOSED &&
            datastores_of(dr->c->as->stores, h->container) != cred->store)
            draft_edge(dr->c->d, h->container->ix, cred->store->ix, EDGE_DB_CREDENTIAL,
                       escape_class_any(h->container, cred->sure ? CLASS_TRIVIAL : CLASS_EASY),
                       sure ? VERDICT_YES : VERDICT_UNKNOWN, ev, 3);
    }
}

static void derive(struct rule_ctx *c)
{
    size_t n;
    struct datastore **all = datastores_all(c->as->stores, &n);

    if (n == 0)
        return;
    AUTO(datacreds) creds = datacreds_new(c->f, c->as->stores, c->scratch);
    AUTO(datareach) reach = datareach_new(c->f, hubs_net(c->hubs), c->scratch);
    struct drawing dr = {c, creds, reach};
    for (size_t i = 0; i < n; i++)
        draw_itself(c, all[i]);
    for (size_t i = 0; i < c->f->secrets.n; i++)
        draw_secret(&dr, &c->f->secrets.v[i]);
    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];

        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            if (!p->containers[k].ended)
                holdings(&dr, p, &p->containers[k], &(struct told){draw_holder, NULL});
    }
}

/* --- missing --------------------------------------------------------------------------------- */

static const struct datacred *opens(const struct datacreds *creds, const struct fact_secret *s,
                                    const struct datastore *store)
{
    size_t n;
    const struct datacred *const *all = datacreds_of(creds, s, &n);

    for (size_t i = 0; i < n; i++)
        if (all[i]->store == store)
            return all[i];
    return NULL;
}

static bool missing_secret(struct rule_ctx *c, const struct rule_question *q,
                           const struct datastore *s, struct rule_why *out)
{
    const struct fact_secret *secret = q->from.secret;

    AUTO(datacreds) creds = datacreds_new(c->f, c->as->stores, c->scratch);
    if (!secret || opens(creds, secret, s))
        return false;
    return why_say(out, WHY_RELATED,
                   arena_printf(c->scratch, "Secret %s/%s", secret->meta.ns, secret->meta.name),
                   secret->meta.uid, "metadata.name",
                   "no container of the store takes its password from it, and no name of it, its "
                   "keys or their variables speaks of the store");
}

struct near {
    const struct datastore *store;
    bool holds; /* a Secret of it */
};

static void look(const struct drawing *dr, const struct holding *h, void *arg)
{
    struct near *near = arg;

    near->holds |= opens(dr->creds, h->secret, near->store) != NULL;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct datastore *s = datastores_find(c->as->stores, q->to.ns, q->to.name, q->to.sub);
    const struct fact_pod *p = q->from.pod;

    if (!s)
        return false;
    if (q->from.kind == NODE_SECRET)
        return missing_secret(c, q, s, out);
    if (!p || !q->from.container || datastores_of(c->as->stores, q->from.container) == s)
        return false;
    if (why_ended(c, out, p))
        return true;
    AUTO(datacreds) creds = datacreds_new(c->f, c->as->stores, c->scratch);
    AUTO(datareach) reach = datareach_new(c->f, hubs_net(c->hubs), c->scratch);
    struct drawing dr = {c, creds, reach};
    struct near near = {.store = s};
    holdings(&dr, p, q->from.container, &(struct told){look, &near});
    struct netreach_answer net = connects(&dr, p, s);
    if (near.holds && net.open == NETREACH_CLOSED)
        return why_say(out, WHY_ALMOST, net.ev.object, net.ev.uid, net.ev.field, net.ev.reason);
    return !near.holds &&
           why_container(c, out, WHY_RELATED, p, q->from.container, "{env,envFrom,volumeMounts}",
                         "the container sees no Secret that opens the store");
}

const struct rule rule_db_credential = {
    .name = "db_credential",
    .version = 1,
    .kinds = {EDGE_DB_CREDENTIAL},
    .derive = derive,
    .missing = missing,
};
