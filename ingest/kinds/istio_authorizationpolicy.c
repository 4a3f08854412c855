/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AuthorizationPolicies of Istio: seen, not evaluated. */
#include <string.h>

#include "ingest/foreignspec.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    FOREIGNSPEC_KEEP_ISTIO,
    "spec.action",
    NULL,
};

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    const char *action;
    struct jx spec;

    if (!jx_opt_obj(item, "spec", &spec, e) || !jx_opt_str(&spec, "action", "", &action, e))
        return false;
    /* one that only writes a log changes nothing */
    return strcmp(action, "AUDIT") == 0 || foreignspec_istio(item, "AuthorizationPolicy", f, e);
}

const struct kind kind_istio_authorizationpolicy = {
    .resource = "authorizationpolicies.security.istio.io",
    .group = "security.istio.io",
    .kind = "AuthorizationPolicy",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
