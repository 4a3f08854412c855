/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADMIN_UI: who reaches the port of an application that administers the cluster is, or may become,
 * the service account that it runs as. */
#include <stdlib.h>
#include <string.h>

#include "ingest/derive/escape.h"
#include "ingest/derive/image.h"
#include "ingest/derive/nodes.h"
#include "ingest/derive/ports.h"
#include "ingest/derive/rule.h"
#include "ingest/derive/tokens.h"
#include "ingest/derive/why.h"

enum login { ASKS, OPEN, SINCE, NOT_KNOWN };

#define ACTS true
#define SHOWS false
#define ONLY (-1)
#define PORTS(...) ((const int32_t[]){__VA_ARGS__, 0})

static const struct ui {
    const char *app, *image;
    const int32_t *ports;
    enum login login;
    unsigned major, minor;
    bool acts;
    const char *sentence;
} uis[] = {
#define ADMIN_UI(app, image, ports, login, major, minor, does, sentence)                           \
    {app, image, ports, login, major, minor, does, sentence},
#include "ingest/derive/adminuis.def"
#undef ADMIN_UI
};

static const struct ui *ui_of(const struct fact_container *k)
{
    if (k->type != CONTAINER_MAIN && k->type != CONTAINER_SIDECAR)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(uis); i++)
        if (image_is(k->image, uis[i].image))
            return &uis[i];
    return NULL;
}

static bool usual(const struct ui *u, int32_t number)
{
    for (const int32_t *p = u->ports; *p; p++)
        if (*p == number)
            return true;
    return false;
}

/* Metrics of the same container, often on a port of that number, are none. */
static bool serves(const struct ui *u, const struct fact_container *k, const struct fact_port *port)
{
    return strcmp(port->protocol, "TCP") == 0 && !strstr(port->name, "metrics") &&
           (usual(u, port->number) || (k->nports == 1 && usual(u, ONLY)));
}

/* Whether the version in the image's tag is before the one of the row; UNSET if it does not say. */
static enum tri older(const struct ui *u, const char *image)
{
    const char *at = image + image_repository(image);
    char *end;

    if (*at != ':')
        return TRI_UNSET;
    at += 1 + (at[1] == 'v');
    if (!g_ascii_isdigit(*at))
        return TRI_UNSET;
    unsigned long major = strtoul(at, &end, 10);
    if (*end != '.' || !g_ascii_isdigit(end[1]))
        return TRI_UNSET;
    unsigned long minor = strtoul(end + 1, NULL, 10);
    return major < u->major || (major == u->major && minor < u->minor) ? TRI_YES : TRI_NO;
}

/* How hard it is to be the account, and what is said of the login. */
static enum edge_class class_of(const struct ui *u, const char *image, const char **login)
{
    enum tri open = u->login == OPEN    ? TRI_YES
                    : u->login == ASKS  ? TRI_NO
                    : u->login == SINCE ? older(u, image)
                                        : TRI_UNSET;

    *login = open == TRI_YES  ? "asks for no login"
             : open == TRI_NO ? "asks for a login"
                              : "may ask for a login";
    if (!u->acts || open == TRI_NO)
        return CLASS_HARD;
    return open == TRI_YES ? CLASS_EASY : CLASS_MODERATE;
}

static bool has_token(struct rule_ctx *c, const struct fact_pod *p, const struct fact_container *k)
{
    return tokens_automounted(c->f, p) ||
           tokens_mounted(c->f, p, k, p->meta.ns, p->service_account);
}

static void draw(struct rule_ctx *c, const struct ui *u, const struct fact_pod *p,
                 const struct fact_container *k, int32_t port, const char *field)
{
    struct fact_subject s = {SUBJECT_SERVICEACCOUNT, p->meta.ns, p->service_account};
    const char *login;
    enum edge_class class = class_of(u, k->image, &login);
    struct evidence ev = {
        .object = arena_printf(c->scratch, "Pod %s/%s", p->meta.ns, p->meta.name),
        .uid = p->meta.uid,
        .field = field,
        .reason =
            arena_printf(c->scratch, "by its image it is %s, which %s by default: %s%s", u->app,
                         login, u->sentence, u->acts ? "" : "; to be its account takes a flaw"),
    };

    draft_edge(c->d, ports_endpoint(c->d, p, "TCP", port), assets_subject(c->f, c->d, &s),
               EDGE_ADMIN_UI, class, VERDICT_YES, &ev, 1);
}

static void of_container(struct rule_ctx *c, const struct fact_pod *p,
                         const struct fact_container *k)
{
    const struct ui *u = ui_of(k);

    if (!u || !has_token(c, p, k))
        return;
    for (size_t i = 0; i < k->nports; i++)
        if (serves(u, k, &k->ports[i]))
            draw(c, u, p, k, k->ports[i].number,
                 escape_field(c->scratch, p, k, arena_printf(c->scratch, "ports[%zu]", i)));
}

/* A port that no container declares, but a Service leads to. */
static void undeclared(void *arg, const struct port_target *t)
{
    struct rule_ctx *c = arg;

    if (strcmp(t->protocol, "TCP") != 0 || ports_declared(t->pod, t->protocol, t->number))
        return;
    for (size_t i = 0; i < t->pod->ncontainers; i++) {
        const struct fact_container *k = &t->pod->containers[i];
        const struct ui *u = ui_of(k);

        if (u && usual(u, t->number) && has_token(c, t->pod, k))
            draw(c, u, t->pod, k, t->number, NULL);
    }
}

static void derive(struct rule_ctx *c)
{
    const struct ports *ps = hubs_ports(c->hubs);

    for (size_t i = 0; i < c->f->pods.n; i++) {
        const struct fact_pod *p = &c->f->pods.v[i];
        for (size_t k = 0; nodes_pod_runs(p) && k < p->ncontainers; k++)
            of_container(c, p, &p->containers[k]);
    }
    for (size_t i = 0; i < c->f->services.n; i++)
        ports_of_service(ps, &c->f->services.v[i], c->scratch, undeclared, c);
}

static bool is_port(const struct rule_end *end, int32_t number)
{
    g_autofree char *sub = g_strdup_printf("tcp:%d", number);

    return strcmp(end->sub, sub) == 0;
}

/* Whether the port is one of the application: declared, or else a Service may lead to it. */
static bool of_ui(const struct ui *u, const struct fact_container *k, const struct rule_end *port)
{
    for (size_t i = 0; i < k->nports; i++)
        if (is_port(port, k->ports[i].number))
            return serves(u, k, &k->ports[i]);
    for (const int32_t *p = u->ports; *p; p++)
        if (is_port(port, *p))
            return true;
    return false;
}

static bool missing(struct rule_ctx *c, const struct rule_question *q, struct rule_why *out)
{
    const struct fact_pod *p = q->from.pod;
    const struct fact_container *first = NULL;

    if (!p)
        return false;
    if (strcmp(p->meta.ns, q->to.ns) != 0 || strcmp(p->service_account, q->to.name) != 0)
        return why_pod(c, out, WHY_APART, p, "spec.serviceAccountName",
                       arena_printf(c->scratch, "the pod runs as service account %s/%s", p->meta.ns,
                                    p->service_account));
    if (why_ended(c, out, p))
        return true;
    for (size_t i = 0; i < p->ncontainers; i++) {
        const struct fact_container *k = &p->containers[i];

        const struct ui *u = ui_of(k);

        if (u && has_token(c, p, k) && of_ui(u, k, &q->from))
            return false;
        first = !first && u ? k : first;
    }
    if (!first)
        return why_pod(c, out, WHY_RELATED, p, "spec.containers[].image",
                       "by its images the pod is no application that administers the cluster");
    if (!has_token(c, p, first))
        return why_container(c, out, WHY_ALMOST, p, first, "volumeMounts",
                             "the application has no token of its account");
    return why_container(
        c, out, WHY_ALMOST, p, first, "ports",
        arena_printf(c->scratch, "%s is no port of %s", q->from.sub, ui_of(first)->app));
}

const struct rule rule_admin_ui = {
    .name = "admin_ui",
    .version = 1,
    .kinds = {EDGE_ADMIN_UI},
    .derive = derive,
    .missing = missing,
};
