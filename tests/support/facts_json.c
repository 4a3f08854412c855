/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts as JSON. */
#include "tests/support/facts_json.h"

#include <string.h>

static void put(json_t *o, const char *key, json_t *v)
{
    if ((json_is_array(v) && !json_array_size(v)) || (json_is_object(v) && !json_object_size(v)))
        json_decref(v);
    else
        json_object_set_new(o, key, v);
}

static void str(json_t *o, const char *key, const char *s)
{
    if (!s)
        put(o, key, json_string("(null)"));
    else if (*s)
        put(o, key, json_string(s));
}

static void num(json_t *o, const char *key, int64_t n)
{
    if (n)
        put(o, key, json_integer(n));
}

static void flag(json_t *o, const char *key, bool b)
{
    if (b)
        put(o, key, json_true());
}

static void tri(json_t *o, const char *key, enum tri t)
{
    if (t != TRI_UNSET)
        put(o, key, json_boolean(t == TRI_YES));
}

static void texts(json_t *o, const char *key, const struct texts *t)
{
    json_t *a = json_array();

    for (size_t i = 0; i < t->n; i++)
        json_array_append_new(a, json_string(t->v[i]));
    put(o, key, a);
}

static void labels(json_t *o, const char *key, const struct label *v, size_t n)
{
    json_t *map = json_object();

    for (size_t i = 0; i < n; i++)
        json_object_set_new(map, v[i].key, json_string(v[i].value));
    put(o, key, map);
}

static json_t *meta(const struct meta *m)
{
    json_t *o = json_object();

    str(o, "ns", m->ns);
    str(o, "name", m->name);
    str(o, "uid", m->uid);
    labels(o, "labels", m->labels, m->nlabels);
    labels(o, "annotations", m->annotations, m->nannotations);
    str(o, "owner_kind", m->owner_kind);
    str(o, "owner_name", m->owner_name);
    flag(o, "predicted", m->predicted);
    flag(o, "terminating", m->terminating);
    return o;
}

#define ARRAY(o, name, v, n, fn)                                                                   \
    do {                                                                                           \
        json_t *list_ = json_array();                                                              \
        for (size_t i_ = 0; i_ < (n); i_++)                                                        \
            json_array_append_new(list_, fn(&(v)[i_]));                                            \
        put(o, name, list_);                                                                       \
    } while (0)

static json_t *token(const struct fact_token *t)
{
    return json_pack("{s:s,s:s}", "audience", t->audience, "path", t->path);
}

static json_t *volume(const struct fact_volume *v)
{
    static const char *const types[] = {"other",     "hostPath", "secret",   "configMap",
                                        "projected", "pvc",      "emptyDir", "csi"};
    json_t *o = json_object();

    str(o, "name", v->name);
    str(o, "type", types[v->type]);
    str(o, "host_path", v->host_path);
    str(o, "host_path_type", v->host_path_type);
    str(o, "claim", v->claim);
    flag(o, "read_only", v->read_only);
    str(o, "driver", v->driver);
    texts(o, "secrets", &v->secrets);
    texts(o, "secret_keys", &v->secret_keys);
    texts(o, "configmaps", &v->configmaps);
    ARRAY(o, "tokens", v->tokens, v->ntokens, token);
    return o;
}

static json_t *mount(const struct fact_mount *m)
{
    json_t *o = json_object();

    put(o, "volume", json_integer(m->volume == UINT32_MAX ? -1 : (json_int_t)m->volume));
    str(o, "volume_name", m->volume_name);
    str(o, "path", m->path);
    str(o, "sub_path", m->sub_path);
    str(o, "sub_path_expr", m->sub_path_expr);
    flag(o, "read_only", m->read_only);
    flag(o, "device", m->device);
    return o;
}

static json_t *port(const struct fact_port *p)
{
    json_t *o = json_object();

    str(o, "name", p->name);
    str(o, "protocol", p->protocol);
    num(o, "number", p->number);
    num(o, "host_port", p->host_port);
    str(o, "host_ip", p->host_ip);
    return o;
}

static json_t *secret_var(const struct fact_secret_var *v)
{
    json_t *o = json_object();

    str(o, "name", v->name);
    str(o, "secret", v->secret);
    str(o, "key", v->key);
    return o;
}

static json_t *container(const struct fact_container *c)
{
    static const char *const types[] = {"main", "init", "sidecar", "ephemeral"};
    json_t *o = json_object();

    str(o, "name", c->name);
    str(o, "image", c->image);
    str(o, "id", c->id);
    str(o, "type", types[c->type]);
    tri(o, "privileged", c->privileged);
    tri(o, "allow_privilege_escalation", c->allow_privilege_escalation);
    tri(o, "run_as_non_root", c->run_as_non_root);
    tri(o, "read_only_root", c->read_only_root);
    if (c->run_as_user != -1)
        put(o, "run_as_user", json_integer(c->run_as_user));
    texts(o, "caps_add", &c->caps_add);
    texts(o, "caps_drop", &c->caps_drop);
    str(o, "apparmor", c->apparmor);
    str(o, "seccomp", c->seccomp);
    str(o, "proc_mount", c->proc_mount);
    flag(o, "host_process", c->host_process);
    str(o, "target", c->target);
    flag(o, "ended", c->ended);
    ARRAY(o, "mounts", c->mounts, c->nmounts, mount);
    ARRAY(o, "ports", c->ports, c->nports, port);
    texts(o, "flags", &c->flags);
    texts(o, "env_secrets", &c->env_secrets);
    texts(o, "env_configmaps", &c->env_configmaps);
    if (c->env_secrets_from < c->env_secrets.n)
        put(o, "env_secrets_from", json_integer((json_int_t)c->env_secrets_from));
    if (c->env_configmaps_from < c->env_configmaps.n)
        put(o, "env_configmaps_from", json_integer((json_int_t)c->env_configmaps_from));
    ARRAY(o, "secret_vars", c->secret_vars, c->nsecret_vars, secret_var);
    return o;
}

static json_t *pod(const struct fact_pod *p)
{
    json_t *o = json_object();

    put(o, "meta", meta(&p->meta));
    str(o, "node", p->node);
    str(o, "service_account", p->service_account);
    str(o, "phase", p->phase);
    str(o, "runtime_class", p->runtime_class);
    str(o, "pod_ip", p->pod_ip);
    tri(o, "automount", p->automount);
    tri(o, "host_users", p->host_users);
    tri(o, "share_pid", p->share_pid);
    flag(o, "host_network", p->host_network);
    flag(o, "host_pid", p->host_pid);
    flag(o, "host_ipc", p->host_ipc);
    flag(o, "mirror", p->mirror);
    flag(o, "token_mounts_known", p->token_mounts_known);
    texts(o, "image_pull_secrets", &p->image_pull_secrets);
    ARRAY(o, "volumes", p->volumes, p->nvolumes, volume);
    ARRAY(o, "containers", p->containers, p->ncontainers, container);
    str(o, "workload_kind", p->workload_kind);
    str(o, "workload_name", p->workload_name);
    return o;
}

static json_t *named(const struct fact_namespace *n)
{
    return meta(&n->meta);
}

static json_t *configmap(const struct fact_configmap *c)
{
    return meta(&c->meta);
}

static json_t *node(const struct fact_node *n)
{
    json_t *o = meta(&n->meta);

    str(o, "os", n->os);
    str(o, "arch", n->arch);
    str(o, "os_image", n->os_image);
    str(o, "kernel", n->kernel);
    str(o, "runtime", n->runtime);
    str(o, "kubelet", n->kubelet);
    str(o, "provider_id", n->provider_id);
    texts(o, "addresses", &n->addresses);
    return o;
}

static json_t *kubelet(const struct fact_kubelet *k)
{
    json_t *o = meta(&k->meta);

    tri(o, "anonymous", k->anonymous);
    tri(o, "webhook", k->webhook);
    str(o, "authorization", k->authorization);
    num(o, "read_only_port", k->read_only_port);
    return o;
}

static json_t *sa(const struct fact_serviceaccount *s)
{
    json_t *o = meta(&s->meta);

    tri(o, "automount", s->automount);
    texts(o, "secrets", &s->secrets);
    texts(o, "image_pull_secrets", &s->image_pull_secrets);
    return o;
}

static json_t *policy_rule(const struct fact_rule *r)
{
    json_t *o = json_object();

    texts(o, "verbs", &r->verbs);
    texts(o, "groups", &r->groups);
    texts(o, "resources", &r->resources);
    texts(o, "names", &r->names);
    texts(o, "urls", &r->urls);
    return o;
}

static json_t *role(const struct fact_role *r)
{
    json_t *o = meta(&r->meta);

    ARRAY(o, "rules", r->rules, r->nrules, policy_rule);
    return o;
}

static json_t *subject(const struct fact_subject *s)
{
    static const char *const types[] = {"ServiceAccount", "User", "Group"};
    json_t *o = json_object();

    str(o, "kind", types[s->kind]);
    str(o, "ns", s->ns);
    str(o, "name", s->name);
    return o;
}

static json_t *binding(const struct fact_binding *b)
{
    json_t *o = meta(&b->meta);

    flag(o, "to_clusterrole", b->to_clusterrole);
    str(o, "role_name", b->role_name);
    ARRAY(o, "subjects", b->subjects, b->nsubjects, subject);
    return o;
}

static json_t *service_port(const struct fact_service_port *p)
{
    json_t *o = json_object();

    str(o, "name", p->name);
    str(o, "protocol", p->protocol);
    str(o, "target_name", p->target_name);
    num(o, "port", p->port);
    num(o, "target", p->target);
    num(o, "node_port", p->node_port);
    return o;
}

static json_t *service(const struct fact_service *s)
{
    json_t *o = meta(&s->meta);

    str(o, "type", s->type);
    str(o, "cluster_ip", s->cluster_ip);
    str(o, "external_name", s->external_name);
    str(o, "lb_class", s->lb_class);
    str(o, "lb_ip", s->lb_ip);
    texts(o, "cluster_ips", &s->cluster_ips);
    flag(o, "external_local", s->external_local);
    flag(o, "internal_local", s->internal_local);
    flag(o, "publishes_not_ready", s->publishes_not_ready);
    tri(o, "lb_node_ports", s->lb_node_ports);
    labels(o, "selector", s->selector, s->nselector);
    ARRAY(o, "ports", s->ports, s->nports, service_port);
    texts(o, "external_ips", &s->external_ips);
    texts(o, "lb_ingress", &s->lb_ingress);
    texts(o, "lb_source_ranges", &s->lb_source_ranges);
    return o;
}

static json_t *endpoint(const struct fact_endpoint *e)
{
    json_t *o = json_object();

    str(o, "pod_ns", e->pod_ns);
    str(o, "pod_name", e->pod_name);
    texts(o, "addresses", &e->addresses);
    flag(o, "ready", e->ready);
    return o;
}

static json_t *endpoints(const struct fact_endpoints *s)
{
    json_t *o = meta(&s->meta);

    num(o, "subset", s->subset);
    str(o, "service", s->service);
    ARRAY(o, "endpoints", s->endpoints, s->nendpoints, endpoint);
    ARRAY(o, "ports", s->ports, s->nports, port);
    return o;
}

static json_t *requirement(const struct fact_requirement *r)
{
    static const char *const names[] = {"In", "NotIn", "Exists", "DoesNotExist"};
    json_t *o = json_object();

    str(o, "key", r->key);
    str(o, "operator", names[r->op]);
    texts(o, "values", &r->values);
    return o;
}

static json_t *node_term(const struct fact_node_term *t)
{
    json_t *o = json_object();

    ARRAY(o, "requirements", t->match.requirements, t->match.nrequirements, requirement);
    flag(o, "more", t->more);
    return o;
}

static json_t *pv(const struct fact_pv *v)
{
    json_t *o = meta(&v->meta);

    str(o, "host_path", v->host_path);
    str(o, "local_path", v->local_path);
    str(o, "csi_driver", v->csi_driver);
    str(o, "csi_handle", v->csi_handle);
    str(o, "claim_ns", v->claim_ns);
    str(o, "claim_name", v->claim_name);
    ARRAY(o, "terms", v->terms, v->nterms, node_term);
    return o;
}

static json_t *pvc(const struct fact_pvc *c)
{
    json_t *o = meta(&c->meta);

    str(o, "volume", c->volume);
    str(o, "storage_class", c->storage_class);
    return o;
}

static json_t *secret(const struct fact_secret *s)
{
    json_t *o = meta(&s->meta);

    str(o, "type", s->type);
    str(o, "service_account", s->service_account);
    str(o, "service_account_uid", s->service_account_uid);
    texts(o, "keys", &s->keys);
    flag(o, "inferred", s->inferred);
    return o;
}

static json_t *workload(const struct fact_workload *w)
{
    json_t *o = json_object();

    put(o, "meta", meta(&w->meta));
    str(o, "kind", w->kind);
    num(o, "replicas", w->replicas);
    flag(o, "has_template", w->has_template);
    if (w->template)
        put(o, "template", pod(w->template));
    return o;
}

static json_t *hook(const struct fact_hook *h)
{
    const struct fact_selector *s = &h->namespaces;
    json_t *o = json_object();

    str(o, "name", h->name);
    flag(o, "covers_pods", h->covers_pods);
    labels(o, "namespace_labels", s->labels, s->nlabels);
    ARRAY(o, "namespace_requirements", s->requirements, s->nrequirements, requirement);
    return o;
}

static json_t *webhook(const struct fact_webhook *w)
{
    json_t *o = meta(&w->meta);

    flag(o, "mutating", w->mutating);
    ARRAY(o, "hooks", w->hooks, w->nhooks, hook);
    str(o, "engine", w->engine);
    return o;
}

static json_t *crd(const struct fact_crd *c)
{
    json_t *o = meta(&c->meta);

    str(o, "group", c->group);
    str(o, "plural", c->plural);
    str(o, "kind", c->kind);
    flag(o, "namespaced", c->namespaced);
    flag(o, "converts", c->converts);
    return o;
}

static json_t *policy(const struct fact_policy *p)
{
    json_t *o = meta(&p->meta);

    flag(o, "mutating", p->mutating);
    flag(o, "covers_pods", p->covers_pods);
    labels(o, "namespace_labels", p->namespaces.labels, p->namespaces.nlabels);
    ARRAY(o, "namespace_requirements", p->namespaces.requirements, p->namespaces.nrequirements,
          requirement);
    return o;
}

static json_t *policy_binding(const struct fact_policy_binding *b)
{
    json_t *o = meta(&b->meta);

    flag(o, "mutating", b->mutating);
    str(o, "policy", b->policy);
    flag(o, "denies", b->denies);
    flag(o, "covers_pods", b->covers_pods);
    labels(o, "namespace_labels", b->namespaces.labels, b->namespaces.nlabels);
    ARRAY(o, "namespace_requirements", b->namespaces.requirements, b->namespaces.nrequirements,
          requirement);
    return o;
}

static json_t *apiservice(const struct fact_apiservice *a)
{
    json_t *o = meta(&a->meta);

    str(o, "service", a->service);
    return o;
}

static json_t *netport(const struct fact_netport *p)
{
    json_t *o = json_object();

    str(o, "name", p->name);
    json_object_set_new(o, "protocols", json_integer(p->protocols));
    json_object_set_new(o, "from", json_integer(p->from));
    json_object_set_new(o, "to", json_integer(p->to));
    return o;
}

static json_t *cidr(const struct fact_cidr *c)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < (c->v6 ? 16 : 4); i++)
        g_string_append_printf(text, "%02x", c->addr[i]);
    g_string_append_printf(text, "/%d", c->bits);
    json_t *o = json_string(text->str);
    g_string_free(text, TRUE);
    return o;
}

static json_t *netpeer(const struct fact_netpeer *p)
{
    json_t *o = json_object();

    flag(o, "by_namespace", p->by_namespace);
    flag(o, "by_pod", p->by_pod);
    labels(o, "namespace_labels", p->namespaces.labels, p->namespaces.nlabels);
    ARRAY(o, "namespace_requirements", p->namespaces.requirements, p->namespaces.nrequirements,
          requirement);
    labels(o, "pod_labels", p->pods.labels, p->pods.nlabels);
    ARRAY(o, "pod_requirements", p->pods.requirements, p->pods.nrequirements, requirement);
    flag(o, "by_node", p->by_node);
    labels(o, "node_labels", p->nodes.labels, p->nodes.nlabels);
    ARRAY(o, "node_requirements", p->nodes.requirements, p->nodes.nrequirements, requirement);
    texts(o, "same", &p->same);
    texts(o, "not_same", &p->not_same);
    ARRAY(o, "blocks", p->blocks, p->nblocks, cidr);
    ARRAY(o, "holes", p->holes, p->nholes, cidr);
    str(o, "unread", p->unread ? p->unread : "");
    return o;
}

static json_t *netrule(const struct fact_netrule *r)
{
    static const char *const actions[] = {"allow", "deny", "pass"};
    json_t *o = json_object();

    str(o, "name", r->name);
    str(o, "action", actions[r->action]);
    flag(o, "any_peer", r->any_peer);
    flag(o, "any_port", r->any_port);
    ARRAY(o, "peers", r->peers, r->npeers, netpeer);
    ARRAY(o, "ports", r->ports, r->nports, netport);
    return o;
}

static json_t *netpol(const struct fact_netpol *p)
{
    static const char *const tiers[] = {"admin", "namespaced", "baseline"};
    json_t *o = meta(&p->meta);

    str(o, "kind", p->kind);
    str(o, "tier", tiers[p->tier]);
    json_object_set_new(o, "priority", json_integer(p->priority));
    json_object_set_new(o, "subject", netpeer(&p->subject));
    flag(o, "isolates_ingress", p->isolates_ingress);
    flag(o, "isolates_egress", p->isolates_egress);
    ARRAY(o, "ingress", p->ingress, p->ningress, netrule);
    ARRAY(o, "egress", p->egress, p->negress, netrule);
    return o;
}

static json_t *backend(const struct fact_backend *b)
{
    json_t *o = json_object();

    str(o, "ns", b->ns);
    str(o, "service", b->service);
    str(o, "port_name", b->port_name);
    num(o, "port", b->port);
    str(o, "match", b->match);
    str(o, "field", b->field);
    return o;
}

static json_t *parent(const struct fact_parent *p)
{
    json_t *o = json_object();

    str(o, "kind", p->kind);
    str(o, "ns", p->ns);
    str(o, "name", p->name);
    str(o, "listener", p->listener);
    num(o, "port", p->port);
    return o;
}

static json_t *route(const struct fact_route *r)
{
    json_t *o = meta(&r->meta);

    str(o, "kind", r->kind);
    str(o, "class", r->class);
    flag(o, "old_class", r->old_class);
    ARRAY(o, "parents", r->parents, r->nparents, parent);
    texts(o, "hosts", &r->hosts);
    ARRAY(o, "backends", r->backends, r->nbackends, backend);
    texts(o, "addresses", &r->addresses);
    return o;
}

static json_t *listener(const struct fact_listener *l)
{
    static const char *const from[] = {"Same", "All", "Selector", "None"};
    json_t *o = json_object();

    str(o, "name", l->name);
    str(o, "protocol", l->protocol);
    str(o, "hostname", l->hostname);
    num(o, "port", l->port);
    str(o, "from", from[l->from]);
    labels(o, "namespace_labels", l->namespaces.labels, l->namespaces.nlabels);
    ARRAY(o, "namespace_requirements", l->namespaces.requirements, l->namespaces.nrequirements,
          requirement);
    texts(o, "kinds", &l->kinds);
    return o;
}

static json_t *gateway(const struct fact_gateway *g)
{
    json_t *o = meta(&g->meta);

    str(o, "class", g->class);
    ARRAY(o, "listeners", g->listeners, g->nlisteners, listener);
    texts(o, "addresses", &g->addresses);
    return o;
}

static json_t *ingressclass(const struct fact_ingressclass *c)
{
    json_t *o = meta(&c->meta);

    str(o, "kind", c->kind);
    str(o, "controller", c->controller);
    flag(o, "is_default", c->is_default);
    str(o, "parameters", c->parameters);
    return o;
}

static json_t *grantee(const struct fact_grantee *g)
{
    json_t *o = json_object();

    str(o, "kind", g->kind);
    str(o, "ns", g->ns);
    return o;
}

static json_t *grant(const struct fact_grant *g)
{
    json_t *o = meta(&g->meta);

    ARRAY(o, "from", g->from, g->nfrom, grantee);
    texts(o, "services", &g->services);
    flag(o, "any_service", g->any_service);
    return o;
}

static json_t *foreignpol(const struct fact_foreignpol *p)
{
    json_t *o = meta(&p->meta);

    str(o, "kind", p->kind);
    str(o, "engine", p->engine);
    json_object_set_new(o, "subject", netpeer(&p->subject));
    flag(o, "ingress", p->ingress);
    flag(o, "egress", p->egress);
    flag(o, "may_open", p->may_open);
    return o;
}

json_t *facts_json(const struct facts *f)
{
    json_t *o = json_object();

#define ALL(list, fn) ARRAY(o, #list, f->list.v, f->list.n, fn)
    ALL(namespaces, named);
    ALL(nodes, node);
    ALL(kubelets, kubelet);
    ALL(pods, pod);
    ALL(serviceaccounts, sa);
    ALL(roles, role);
    ALL(bindings, binding);
    ALL(services, service);
    ALL(endpoints, endpoints);
    ALL(pvs, pv);
    ALL(pvcs, pvc);
    ALL(secrets, secret);
    ALL(configmaps, configmap);
    ALL(workloads, workload);
    ALL(webhooks, webhook);
    ALL(crds, crd);
    ALL(policies, policy);
    ALL(policy_bindings, policy_binding);
    ALL(apiservices, apiservice);
    ALL(netpols, netpol);
    ALL(routes, route);
    ALL(gateways, gateway);
    ALL(ingressclasses, ingressclass);
    ALL(grants, grant);
    ALL(foreignpols, foreignpol);
#undef ALL
    return o;
}
