/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NetworkPolicies, with the defaults that the API server would fill in. */
#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"
#include "ingest/netspec.h"

static const char *const keep[] = {
    NETSPEC_KEEP,
    NULL,
};

/* Without policyTypes: ingress always, egress if there are egress rules.  A type that is none would
 * isolate nothing. */
static bool read_types(const struct jx *spec, struct facts *f, struct fact_netpol *p, struct err *e)
{
    struct texts types;

    if (!field_texts(spec, "policyTypes", f, &types, e))
        return false;
    for (size_t i = 0; i < types.n; i++)
        if (strcmp(types.v[i], "Ingress") != 0 && strcmp(types.v[i], "Egress") != 0)
            return jx_err(spec, e, "want the policyTypes Ingress and Egress, got %.20s",
                          types.v[i]);
    p->isolates_ingress = types.n == 0 || facts_has(&types, "Ingress");
    p->isolates_egress = types.n == 0 ? p->negress > 0 : facts_has(&types, "Egress");
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_netpol p = {.kind = "NetworkPolicy", .tier = NET_NAMESPACED};
    struct jx spec;

    if (!kind_meta(item, true, f, &p.meta, e) || !jx_opt_obj(item, "spec", &spec, e) ||
        !field_selector(&spec, "podSelector", f, &p.subject.pods, e) ||
        !netspec_rules(&spec, "ingress", NETSPEC_NETWORKPOLICY, p.tier, f, &p.ingress, &p.ningress,
                       e) ||
        !netspec_rules(&spec, "egress", NETSPEC_NETWORKPOLICY, p.tier, f, &p.egress, &p.negress,
                       e) ||
        !read_types(&spec, f, &p, e))
        return false;
    p.subject.by_pod = true;
    FACTS_ADD(f, netpols, p);
    return true;
}

const struct kind kind_networkpolicy = {
    .resource = "networkpolicies",
    .group = "networking.k8s.io",
    .old_group = "extensions",
    .kind = "NetworkPolicy",
    .namespaced = true,
    .source = FACTS_NETWORKPOLICIES,
    .keep = keep,
    .parse = parse,
};
