/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The authenticator puts each bearer into system:bootstrappers and into the groups that the token
 * lists, all of which begin with that and a colon. */
#include "ingest/derive/bootstrap.h"

#include <string.h>

#define GROUP "system:bootstrappers"

static bool is_group(const struct fact_subject *s)
{
    return s->kind == SUBJECT_GROUP && g_str_has_prefix(s->name, GROUP) &&
           (s->name[strlen(GROUP)] == '\0' || s->name[strlen(GROUP)] == ':');
}

void bootstrap_groups(struct rule_ctx *c,
                      void (*group)(struct rule_ctx *c, uint32_t node, void *arg), void *arg)
{
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < c->f->bindings.n; i++) {
        const struct fact_binding *b = &c->f->bindings.v[i];

        for (size_t j = 0; c->as->permission_set[i] != UINT32_MAX && j < b->nsubjects; j++)
            if (is_group(&b->subjects[j]) && g_hash_table_add(told, (gpointer)b->subjects[j].name))
                group(c, assets_subject(c->f, c->d, &b->subjects[j]), arg);
    }
}

bool bootstrap_is_on(const struct facts *f)
{
    for (size_t i = 0; i < f->bindings.n; i++)
        if (strcmp(f->bindings.v[i].meta.name, "kubeadm:kubelet-bootstrap") == 0)
            return true;
    return false;
}

bool bootstrap_is_token(const struct fact_secret *s)
{
    return strcmp(s->meta.ns, "kube-system") == 0 &&
           (*s->type ? strcmp(s->type, BOOTSTRAP_TYPE) == 0
                     : g_str_has_prefix(s->meta.name, "bootstrap-token-"));
}
