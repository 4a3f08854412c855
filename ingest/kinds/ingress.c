/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ingresses; what they say of Secrets. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "spec.*",
    "status.loadBalancer.ingress[].ip",
    "status.loadBalancer.ingress[].hostname",
    "metadata.annotations.\"kubernetes.io/ingress.class\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/scheme\"",
    "metadata.annotations.\"alb.ingress.kubernetes.io/inbound-cidrs\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/whitelist-source-range\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/denylist-source-range\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-type\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-secret\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-tls-secret\"",
    "metadata.annotations.\"nginx.ingress.kubernetes.io/auth-url\"",
    NULL,
};

/* Only the name of a TLS Secret is concluded; if it was read, that one wins. */
static void add_secret(struct facts *f, const struct meta *ingress, const char *name)
{
    struct fact_secret s = {
        .meta = {.ns = ingress->ns, .name = name, .uid = "", .owner_kind = "", .owner_name = ""},
        .type = "kubernetes.io/tls",
        .service_account = "",
        .service_account_uid = "",
        .inferred = true,
    };

    FACTS_ADD(f, secrets, s);
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct texts names = {0};
    struct meta meta;
    struct jx spec;

    if (!kind_meta(item, true, f, &meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !field_members(&spec, "tls", "secretName", f, &names, e))
        return false;
    for (size_t i = 0; i < names.n; i++)
        add_secret(f, &meta, names.v[i]);
    return true;
}

const struct kind kind_ingress = {
    .resource = "ingresses",
    .group = "networking.k8s.io",
    .old_group = "extensions",
    .kind = "Ingress",
    .namespaced = true,
    .source = -1,
    .keep = keep,
    .parse = parse,
};
