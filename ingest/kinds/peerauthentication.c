/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PeerAuthentications of Istio: a strict one closes pods to who is not of the mesh. */
#include <string.h>

#include "ingest/foreignspec.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    FOREIGNSPEC_KEEP_ISTIO,
    "spec.mtls.mode",
    "spec.portLevelMtls.*",
    NULL,
};

static bool read_mode(const struct jx *mtls, bool *strict, struct err *e)
{
    const char *mode;

    if (!jx_opt_str(mtls, "mode", "", &mode, e))
        return false;
    *strict = *strict || strcmp(mode, "STRICT") == 0;
    return true;
}

static bool read_modes(const struct jx *spec, bool *strict, struct err *e)
{
    struct jx mtls, ports, one;
    const char *port;
    json_t *v;

    *strict = false;
    if (!jx_opt_obj(spec, "mtls", &mtls, e) || !read_mode(&mtls, strict, e) ||
        !jx_opt_obj(spec, "portLevelMtls", &ports, e))
        return false;
    json_object_foreach ((json_t *)(uintptr_t)ports.v, port, v)
        if (!jx_opt_obj(&ports, port, &one, e) || !read_mode(&one, strict, e))
            return false;
    return true;
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct jx spec;
    bool strict;

    return jx_opt_obj(item, "spec", &spec, e) && read_modes(&spec, &strict, e) &&
           (!strict || foreignspec_istio(item, "PeerAuthentication", f, e));
}

const struct kind kind_peerauthentication = {
    .resource = "peerauthentications",
    .group = "security.istio.io",
    .kind = "PeerAuthentication",
    .namespaced = true,
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
