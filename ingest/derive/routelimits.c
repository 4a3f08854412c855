/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of source ranges and authentication, by the words of each controller. */
#include "ingest/derive/routelimits.h"

#include <string.h>

#include "ingest/derive/netoutside.h"

static const char *const lists[] = {
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/allowlist-source-range",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy.org/allow-list",
    "haproxy.org/whitelist",
    "haproxy-ingress.github.io/allowlist-source-range",
    "haproxy-ingress.github.io/whitelist-source-range",
    "haproxy.router.openshift.io/ip_whitelist",
    "haproxy.router.openshift.io/ip_allowlist",
};

/* What narrows in a way that is not read. */
static const char *const narrowing[] = {
    "alb.ingress.kubernetes.io/security-groups",
    "nginx.ingress.kubernetes.io/denylist-source-range",
};

static const char *const auths[] = {
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "alb.ingress.kubernetes.io/auth-type",
    "haproxy.org/auth-type",
    "haproxy-ingress.github.io/auth-url",
    "haproxy-ingress.github.io/auth-secret",
    "nginx.org/basic-auth-secret",
    "nginx.org/policies",
    "traefik.ingress.kubernetes.io/router.middlewares",
    "konghq.com/plugins",
};

static void say(const struct fact_route *r, const char *key, struct arena *a,
                enum published_open open, const char *reason, struct published_answer *out)
{
    out->open = open;
    out->ev = (struct evidence){
        .object = arena_printf(a, "%s %s/%s", r->kind, r->meta.ns, r->meta.name),
        .uid = r->meta.uid,
        .field = arena_printf(a, "metadata.annotations[%s]", key),
        .reason = reason,
    };
}

/* Routes of OpenShift separate by spaces. */
static char *with_commas(const char *list)
{
    return g_strdelimit(g_strdup(list), " \t\n", ',');
}

void routelimits_sources(const struct fact_route *r, enum netreach_who who, struct arena *a,
                         struct published_answer *answer)
{
    for (size_t i = 0; i < ARRAY_LEN(lists) && answer->open != PUBLISHED_NO; i++) {
        const char *list = facts_annotation(&r->meta, lists[i]);
        g_autofree char *ranges = list ? with_commas(list) : NULL;
        enum published_open most = list ? published_sources(ranges, who) : PUBLISHED_YES;

        if (most < answer->open)
            say(r, lists[i], a, most,
                most == PUBLISHED_NO ? "only private addresses are let in"
                                     : "only some addresses are let in",
                answer);
    }
    for (size_t i = 0; i < ARRAY_LEN(narrowing) && answer->open == PUBLISHED_YES; i++)
        if (facts_annotation(&r->meta, narrowing[i]))
            say(r, narrowing[i], a, PUBLISHED_MAYBE, "it decides who is let in", answer);
}

const char *routelimits_auth(const struct fact_route *r)
{
    for (size_t i = 0; i < ARRAY_LEN(auths); i++) {
        const char *v = facts_annotation(&r->meta, auths[i]);
        if (v && *v && strcmp(v, "none") != 0)
            return auths[i];
    }
    return NULL;
}
