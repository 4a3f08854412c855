/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Projected tokens, token Secrets, and the automount default. */
#include "ingest/derive/tokens.h"

#include <string.h>

bool tokens_api_audience(const char *audience)
{
    static const char *const own[] = {
        "",
        "api",
        "https://kubernetes.default.svc",
        "https://kubernetes.default.svc.cluster.local",
        "kubernetes.default.svc",
    };

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (strcmp(audience, own[i]) == 0)
            return true;
    return false;
}

bool tokens_secret(const struct facts *f, const struct fact_secret *s, enum verdict *out)
{
    const struct fact_serviceaccount *sa =
        *s->service_account ? facts_sa(f, s->meta.ns, s->service_account) : NULL;
    bool uids = sa && *s->service_account_uid && *sa->meta.uid;

    if (!sa || (uids && strcmp(s->service_account_uid, sa->meta.uid) != 0))
        return false; /* of nobody, or of an account of that name that was deleted */
    if (*s->type && strcmp(s->type, "kubernetes.io/service-account-token") != 0)
        return false;
    *out = *s->type || uids ? VERDICT_YES : VERDICT_UNKNOWN;
    if (facts_label(&s->meta, "kubernetes.io/legacy-token-invalid-since"))
        *out = VERDICT_BLOCKED;
    return true;
}

/* A token Secret that was read says whose it is.  One that was not is known by its service
 * account, which lists it, and by the name that the token controller made. */
static bool of_secret(const struct facts *f, const struct fact_pod *p, const char *name,
                      struct token *out)
{
    const struct fact_secret *s = facts_secret(f, p->meta.ns, name);
    const struct fact_serviceaccount *sa = facts_sa(f, p->meta.ns, p->service_account);

    enum verdict verdict;

    *out = (struct token){.ns = p->meta.ns, .path = "token", .audience = "", .legacy = true};
    if (s && *s->service_account) {
        out->sa = s->service_account;
        return tokens_secret(f, s, &verdict) && verdict == VERDICT_YES;
    }
    if (!s || !s->inferred || !sa || !facts_has(&sa->secrets, name))
        return false;
    out->sa = p->service_account;
    return g_str_has_prefix(name, sa->meta.name) &&
           g_str_has_prefix(name + strlen(sa->meta.name), "-token-");
}

/* The kubelet asks for tokens and mounts them.  A manifest has no phase: it stands for a pod that
 * will run. */
static bool waits_for_a_node(const struct fact_pod *p)
{
    return !*p->node && strcmp(p->phase, "Pending") == 0;
}

bool tokens_visible(const struct fact_mount *m, const char *path)
{
    size_t n = strlen(m->sub_path);

    /* A subPath is the file itself or a directory above it; an expression may be anything. */
    if (n == 0 || *m->sub_path_expr)
        return true;
    return strncmp(m->sub_path, path, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* The first token that the mount shows; NULL shows all. */
static bool of_mount(const struct facts *f, const struct fact_pod *p, const struct fact_volume *v,
                     const struct fact_mount *m, struct token *out)
{
    if (waits_for_a_node(p))
        return false;
    for (size_t i = 0; i < v->ntokens; i++)
        if (tokens_api_audience(v->tokens[i].audience) &&
            (!m || tokens_visible(m, v->tokens[i].path))) {
            *out = (struct token){p->meta.ns, p->service_account, v->tokens[i].path,
                                  v->tokens[i].audience, false};
            return true;
        }
    if (v->type == VOLUME_CSI)
        return false;
    for (size_t i = 0; i < v->secrets.n; i++)
        if (of_secret(f, p, v->secrets.v[i], out) && (!m || tokens_visible(m, out->path)))
            return true;
    return false;
}

bool tokens_of_volume(const struct facts *f, const struct fact_pod *p, const struct fact_volume *v,
                      struct token *out)
{
    return of_mount(f, p, v, NULL, out);
}

bool tokens_hidden(const struct facts *f, const struct fact_pod *p, const struct fact_mount *m)
{
    const struct fact_volume *v = &p->volumes[m->volume];
    struct token t;

    return of_mount(f, p, v, NULL, &t) && !of_mount(f, p, v, m, &t);
}

bool tokens_automounted(const struct facts *f, const struct fact_pod *p)
{
    const struct fact_serviceaccount *sa = facts_sa(f, p->meta.ns, p->service_account);

    if (p->token_mounts_known || p->mirror || waits_for_a_node(p))
        return false;
    if (p->automount != TRI_UNSET)
        return p->automount == TRI_YES;
    return !sa || sa->automount != TRI_NO;
}

bool tokens_mounted(const struct facts *f, const struct fact_pod *p, const struct fact_container *k,
                    const char *ns, const char *sa)
{
    struct token t;

    for (size_t i = 0; i < k->nmounts; i++)
        if (k->mounts[i].volume < p->nvolumes &&
            tokens_of_volume(f, p, &p->volumes[k->mounts[i].volume], &t) &&
            tokens_visible(&k->mounts[i], t.path) && strcmp(t.ns, ns) == 0 && strcmp(t.sa, sa) == 0)
            return true;
    return false;
}
