/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kubelet says of itself, which no list of the API server has: users make it from the
 * kubelet's configz (docs/edges/KUBELET_ANON.md).  Its name is that of the node. */
#include "ingest/field.h"
#include "ingest/kind.h"

static const char *const keep[] = {
    "kubeletconfig.authentication.anonymous.enabled",
    "kubeletconfig.authentication.webhook.enabled",
    "kubeletconfig.authorization.mode",
    "kubeletconfig.readOnlyPort",
    NULL,
};

static bool read_who(const struct jx *config, struct fact_kubelet *out, struct err *e)
{
    struct jx authentication, anonymous, webhook;

    return jx_opt_obj(config, "authentication", &authentication, e) &&
           jx_opt_obj(&authentication, "anonymous", &anonymous, e) &&
           jx_opt_obj(&authentication, "webhook", &webhook, e) &&
           field_tri(&anonymous, "enabled", &out->anonymous, e) &&
           field_tri(&webhook, "enabled", &out->webhook, e);
}

static bool parse(const struct jx *item, struct facts *f, struct err *e)
{
    struct fact_kubelet k = {0};
    struct jx config, authorization;

    if (!kind_meta(item, false, f, &k.meta, e) || !jx_obj(item, "kubeletconfig", &config, e) ||
        !read_who(&config, &k, e) || !jx_opt_obj(&config, "authorization", &authorization, e) ||
        !field_str(&authorization, "mode", f, &k.authorization, e) ||
        !field_port(&config, "readOnlyPort", 0, &k.read_only_port, e))
        return false;
    FACTS_ADD(f, kubelets, k);
    return true;
}

const struct kind kind_kubeletconfigz = {
    .resource = "kubeletconfigz",
    .group = "",
    .kind = "KubeletConfigz",
    .source = -1,
    .optional = true,
    .keep = keep,
    .parse = parse,
};
