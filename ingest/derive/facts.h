/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts: Kubernetes objects as plain structs, in the shape that the rules read.
 *
 * Filled by the parsers in ingest/kinds, indexed once by facts_index(), read by the rules.  All
 * text and arrays live in the arena of the facts.  Text is never NULL unless said; an absent list
 * has count 0.  A field that may be unset and matters so is an enum tri. */
#pragma once

#include <glib.h>

#include "base/arena.h"
#include "base/err.h"

enum tri { TRI_UNSET, TRI_NO, TRI_YES };

struct label {
    const char *key, *value;
};

struct texts {
    const char *const *v;
    size_t n;
};

/* What every object has. */
struct meta {
    const char *ns;         /* "" for cluster-scoped objects */
    const char *name, *uid; /* uid "" if a manifest has none */
    const struct label *labels, *annotations;
    size_t nlabels, nannotations;
    const char *owner_kind, *owner_name; /* the controlling owner; "" if none */
    bool predicted;                      /* made by us from a template: no real object */
    bool terminating;                    /* has a deletionTimestamp */
    uint32_t ix;                         /* node of the draft graph, set by the asset stage */
};

struct fact_namespace {
    struct meta meta;
};

struct fact_node {
    struct meta meta;
    bool is_virtual;                                   /* no machine; set by the asset stage */
    const char *os;                                    /* "linux", "windows", "" unknown */
    const char *os_image, *kernel, *runtime, *kubelet; /* of nodeInfo; "" unknown */
    const char *arch;                                  /* "amd64", "" unknown */
    const char *provider_id;
    struct texts addresses; /* "InternalIP=10.0.0.1", "Hostname=a" ... */
};

/* What a kubelet says of itself (configz), called after its node. */
struct fact_kubelet {
    struct meta meta;
    enum tri anonymous, webhook; /* who may ask: anybody; whom the API server knows */
    const char *authorization;   /* "Webhook", "AlwaysAllow"; "" unknown */
    int32_t read_only_port;      /* 0 none */
};

enum volume_type {
    VOLUME_OTHER,
    VOLUME_HOST_PATH,
    VOLUME_SECRET,
    VOLUME_CONFIGMAP,
    VOLUME_PROJECTED,
    VOLUME_PVC,
    VOLUME_EMPTY_DIR,
    VOLUME_CSI
};

/* An environment variable that shows one key of a Secret: names alone, never the value. */
struct fact_secret_var {
    const char *name, *secret, *key;
};

/* A serviceAccountToken source of a projected volume. */
struct fact_token {
    const char *audience; /* "" is the API server's own */
    const char *path;
};

struct fact_volume {
    const char *name;
    enum volume_type type;
    const char *host_path, *host_path_type; /* VOLUME_HOST_PATH */
    const char *claim;                      /* VOLUME_PVC: name of the claim */
    bool read_only;                         /* VOLUME_PVC: all mounts of it are */
    const char *driver;                     /* VOLUME_CSI */
    struct texts secrets,
        configmaps;           /* names: of the volume, projected sources, CSI node publish */
    struct texts secret_keys; /* VOLUME_SECRET: the only keys that it shows; none: all of them */
    const struct fact_token *tokens;
    size_t ntokens;
    uint32_t ix; /* node of the draft graph */
};

struct fact_mount {
    uint32_t volume; /* index into the pod's volumes; UINT32_MAX if the pod has none of that name */
    const char *volume_name, *path, *sub_path, *sub_path_expr;
    bool read_only, device; /* read_only: of the mount or of its volume; device: a volumeDevice,
                               `path` is the device path */
};

struct fact_port {
    const char *name, *protocol; /* "TCP" by default */
    int32_t number, host_port;   /* host_port 0: none */
    const char *host_ip;         /* of the node's addresses, the only one; "" all of them */
};

enum container_type { CONTAINER_MAIN, CONTAINER_INIT, CONTAINER_SIDECAR, CONTAINER_EPHEMERAL };

struct fact_container {
    const char *name, *image;
    const char *id; /* hex digits without scheme, "" unknown */
    enum container_type type;
    enum tri privileged, allow_privilege_escalation, run_as_non_root, read_only_root;
    int64_t run_as_user;              /* -1 unset here and in the pod: the image decides */
    struct texts caps_add, caps_drop; /* as written */
    const char *apparmor, *seccomp;   /* effective profile type of container or pod ("Unconfined",
                                         "RuntimeDefault", "Localhost/x"), "" unset */
    const char *proc_mount;
    bool host_process;  /* Windows */
    const char *target; /* of an ephemeral container: whose process ids it shares; "" none */
    bool ended;         /* an ephemeral container that is through; it never starts again */
    bool reads_stdin;   /* `stdin: true`: who attaches types into it */
    const struct fact_mount *mounts;
    size_t nmounts;
    const struct fact_port *ports;
    size_t nports;
    struct texts flags; /* kept of command lines: of etcd who may ask it, of aws-node whether it
                           enforces policies */
    struct texts env_secrets, env_configmaps;     /* names, from env and envFrom */
    size_t env_secrets_from, env_configmaps_from; /* those from here on are of envFrom */
    const struct fact_secret_var *secret_vars;    /* the variables behind env_secrets */
    size_t nsecret_vars;
    uint32_t ix;
};

struct fact_pod {
    struct meta meta;
    const char *node;            /* "" unscheduled */
    const char *service_account; /* "default" if unset */
    const char *phase;           /* "Running", "" in a manifest */
    const char *runtime_class;
    const char *pod_ip;   /* "" unknown */
    struct texts pod_ips; /* of all families, the first too */
    enum tri automount, host_users, share_pid;
    bool host_network, host_pid, host_ipc;
    bool mirror;             /* static pod: annotation kubernetes.io/config.mirror */
    bool token_mounts_known; /* volumes are as admitted: the token volume is there if it is mounted
                              */
    struct texts image_pull_secrets;
    const struct fact_volume *volumes;
    size_t nvolumes;
    const struct fact_container *containers;
    size_t ncontainers;
    const char *workload_kind, *workload_name; /* top of the owner chain ("Deployment"), "" none */
    const struct fact_node *on; /* `node`, set by facts_index; NULL if there is none */
};

struct fact_serviceaccount {
    struct meta meta;
    enum tri automount;
    struct texts secrets, image_pull_secrets;
    uint32_t mint_ix; /* its SA_MINT node */
};

/* One PolicyRule, as stored (never normalised). */
struct fact_rule {
    struct texts verbs, groups, resources, names, urls;
};

struct fact_role {
    struct meta meta; /* ns "" for a ClusterRole */
    const struct fact_rule *rules;
    size_t nrules;
};

enum subject_kind { SUBJECT_SERVICEACCOUNT, SUBJECT_USER, SUBJECT_GROUP };

struct fact_subject {
    enum subject_kind kind;
    const char *ns; /* of a service account, the binding's own if it was unset; else "" */
    const char *name;
};

struct fact_binding {
    struct meta meta; /* ns "" for a ClusterRoleBinding */
    bool to_clusterrole;
    const char *role_name;
    const struct fact_role *role; /* set by facts_index; NULL if there is no such role */
    const struct fact_subject *subjects;
    size_t nsubjects;
    bool could_be; /* there is no such binding, but someone could make it (bindable.h); it is named
                      after its role and has no subjects */
};

struct fact_service_port {
    const char *name, *protocol, *target_name; /* target_name: "" if target is a number */
    int32_t port, target, node_port;
};

struct fact_service {
    struct meta meta;
    const char *type, *cluster_ip, *external_name, *lb_class;
    const char *lb_ip;        /* the address that a load balancer is asked to have */
    struct texts cluster_ips; /* of all families, the first too; "None": headless */
    bool external_local;      /* externalTrafficPolicy Local: the client's address is kept,
                                 and only nodes with an endpoint answer */
    bool internal_local;      /* internalTrafficPolicy Local; says nothing about reach */
    bool publishes_not_ready; /* publishNotReadyAddresses */
    enum tri lb_node_ports;   /* allocateLoadBalancerNodePorts */
    const struct label *selector;
    size_t nselector; /* 0: no selector */
    const struct fact_service_port *ports;
    size_t nports;
    struct texts external_ips, lb_ingress, lb_source_ranges; /* lb_ingress: ip or hostname */
};

struct fact_endpoint {
    const char *pod_ns, *pod_name; /* targetRef to a Pod; "" if none */
    struct texts addresses;
    bool ready;
};

struct fact_endpoints { /* an EndpointSlice or a v1 Endpoints subset */
    struct meta meta;
    int32_t subset;      /* which subset of an Endpoints; -1 an EndpointSlice */
    const char *service; /* name of the Service in the same namespace; "" none */
    const struct fact_endpoint *endpoints;
    size_t nendpoints;
    const struct fact_port *ports;
    size_t nports;
};

struct fact_node_term;

struct fact_pv_secret { /* a Secret that the kubelet reads to mount the volume */
    const char *ns, *name, *field;
};

struct fact_pv {
    struct meta meta;
    const char *host_path, *local_path, *csi_driver, *csi_handle; /* "" none */
    const char *claim_ns, *claim_name;
    const struct fact_node_term *terms; /* nodes it can be used on: any of them; 0: any node */
    size_t nterms;
    const struct fact_pv_secret *secrets;
    size_t nsecrets;
};

struct fact_pvc {
    struct meta meta;
    const char *volume; /* name of the bound PV, "" none */
    const char *storage_class;
};

struct fact_secret {
    struct meta meta;
    const char *type;            /* "" unknown */
    const char *service_account; /* annotation kubernetes.io/service-account.name, "" none */
    const char *service_account_uid;
    struct texts keys; /* names of what it holds; none where only metadata was read */
    bool inferred;     /* only known because something refers to it */
};

struct fact_configmap {
    struct meta meta;
};

struct fact_workload {
    struct meta meta;
    const char *kind; /* "Deployment" */
    int64_t replicas; /* pods that it wants; 0 for a finished Job */
    bool has_template;
    const struct fact_pod *template; /* the pod that it makes, NULL without one */
};

enum selector_operator { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_DOES_NOT_EXIST };

struct fact_requirement { /* one of matchExpressions */
    const char *key;
    enum selector_operator op;
    struct texts values; /* of IN and NOT_IN */
};

struct fact_selector { /* a LabelSelector; asked by selector.h */
    const struct label *labels;
    size_t nlabels;
    const struct fact_requirement *requirements;
    size_t nrequirements;
};

struct fact_node_term { /* one of a nodeSelector; "metadata.name" is a key like a label */
    struct fact_selector match;
    bool more; /* it has requirements that we do not read (Gt, Lt) */
};

struct fact_hook { /* one webhook of a configuration */
    const char *name;
    const char *service_ns, *service_name; /* who answers; "" if it is a URL */
    bool covers_pods;                      /* some rule of it matches new pods */
    struct fact_selector namespaces;       /* whose labels must match */
};

struct fact_webhook { /* one Validating- or MutatingWebhookConfiguration */
    struct meta meta;
    bool mutating;
    const struct fact_hook *hooks;
    size_t nhooks;
    const char *engine; /* "kyverno", "gatekeeper" ...; the configuration's name if not known */
};

/* Protocols that policies speak of, as bits. */
enum net_protocol { NET_TCP = 1, NET_UDP = 2, NET_SCTP = 4, NET_ALL = 7 };

struct fact_netport { /* one entry of a rule's ports */
    const char *name; /* a named port, which each destination pod resolves; "" for numbers */
    unsigned protocols;
    int32_t from, to; /* 1..65535 */
};

struct fact_cidr { /* host bits are 0 */
    uint8_t addr[16], bits;
    bool v6;
};

struct fact_netpeer {                       /* one entry of from or to; all that is set must hold */
    bool by_namespace, by_pod, by_node;     /* selectors are there, if only empty ones */
    struct fact_selector namespaces, pods;  /* !by_namespace: the policy's own namespace */
    struct fact_selector nodes;             /* by_node: their addresses, and nothing else is set */
    struct texts same, not_same;            /* label keys of namespaces; see netsame.h */
    const struct fact_cidr *blocks, *holes; /* addresses, but those in holes */
    size_t nblocks, nholes;
    const char *unread; /* a field that is not evaluated ("domainNames"): nothing else is set */
};

enum net_action { NET_ALLOW, NET_DENY, NET_PASS };

struct fact_netrule {
    const char *name;
    enum net_action action;  /* of a NetworkPolicy: allow */
    bool any_peer, any_port; /* the list is absent or empty */
    const struct fact_netpeer *peers;
    size_t npeers;
    const struct fact_netport *ports;
    size_t nports;
};

enum net_tier { NET_ADMIN, NET_NAMESPACED, NET_BASELINE };

struct fact_netpol { /* a NetworkPolicy, or one of the policies of administrators */
    struct meta meta;
    const char *kind;
    enum net_tier tier;
    int32_t priority;                       /* of the other tiers: the lower wins */
    struct fact_netpeer subject;            /* selectors only */
    bool isolates_ingress, isolates_egress; /* NET_NAMESPACED: by its effective policyTypes */
    const struct fact_netrule *ingress, *egress;
    size_t ningress, negress;
};

/* A policy of a network plugin or mesh, which we see and do not evaluate. */
struct fact_foreignpol {
    struct meta meta;
    const char *kind, *engine;   /* "CiliumNetworkPolicy", "Cilium" */
    struct fact_netpeer subject; /* pods that it applies to, selectors only; see fact_netpol */
    bool ingress, egress;        /* directions that it may change */
    bool may_open;               /* it may open what others close; it may always close */
};

struct fact_crd { /* a CustomResourceDefinition */
    struct meta meta;
    const char *group, *plural, *kind; /* "argoproj.io", "applications", "Application" */
    bool namespaced;
    bool converts; /* has a conversion webhook */
};

struct fact_policy { /* a Validating- or MutatingAdmissionPolicy */
    struct meta meta;
    bool mutating;
    bool covers_pods;                /* some rule of it matches new pods */
    struct fact_selector namespaces; /* whose labels must match */
};

struct fact_policy_binding { /* what puts a policy into force */
    struct meta meta;
    bool mutating;
    const char *policy;              /* its name */
    bool denies;                     /* of a validating one: a failure refuses the request */
    bool covers_pods;                /* it does not confine the policy to what is no new pod */
    struct fact_selector namespaces; /* whose labels must match as well */
};

struct fact_apiservice {
    struct meta meta;
    const char *service; /* "ns/name" of who answers it; "" the API server itself */
};

struct fact_backend { /* where a route sends what it takes */
    const char *ns, *service;
    const char *port_name; /* "" if the port is a number */
    int32_t port;          /* 0 without a name: every port */
    const char *match;     /* host and path that lead here: "a.example/cart"; "" any */
    const char *field;     /* where it stands: "spec.rules[0].http.paths[1].backend" */
};

struct fact_parent {                  /* who serves a route */
    const char *kind;                 /* "Gateway", "Router" (of OpenShift, by name), others */
    const char *ns, *name, *listener; /* listener: "" any of it */
    int32_t port;                     /* of the listener; 0 any */
};

struct fact_route { /* an Ingress, a route of the Gateway API, a Route of OpenShift */
    struct meta meta;
    const char *kind;  /* "Ingress" */
    const char *class; /* of an Ingress; "" none is named */
    bool old_class;    /* the class is named by the annotation of old */
    const struct fact_parent *parents;
    size_t nparents;
    struct texts hosts; /* names that it is for; none: all.  Not of an Ingress */
    const struct fact_backend *backends;
    size_t nbackends;
    struct texts addresses; /* of an Ingress, where it is served: ip or hostname */
};

enum listener_from { LISTENER_SAME, LISTENER_ALL, LISTENER_SELECTOR, LISTENER_NONE };

struct fact_listener {
    const char *name, *protocol, *hostname; /* protocol "HTTPS"; hostname "" all, "*.example" */
    int32_t port;
    enum listener_from from;         /* namespaces whose routes it takes */
    struct fact_selector namespaces; /* of LISTENER_SELECTOR */
    struct texts kinds;              /* of routes; none: those of the protocol */
};

struct fact_gateway {
    struct meta meta;
    const char *class;
    const struct fact_listener *listeners;
    size_t nlisteners;
    struct texts addresses; /* that it has: ip or hostname */
};

struct fact_ingressclass { /* an IngressClass or a GatewayClass */
    struct meta meta;
    const char *kind, *controller; /* "k8s.io/ingress-nginx"; "" none */
    bool is_default;
    const char *parameters; /* kind of its parameters ("IngressClassParams"), "" none */
};

struct fact_grantee { /* one entry of `from` of a ReferenceGrant */
    const char *kind, *ns;
};

struct fact_grant { /* a ReferenceGrant, as far as it is about Services */
    struct meta meta;
    const struct fact_grantee *from;
    size_t nfrom;
    struct texts services; /* by name */
    bool any_service;
};

/* A growing array in an arena: FACTS_ADD(facts, pods, pod). */
#define FACT_LIST(type)                                                                            \
    struct {                                                                                       \
        struct type *v;                                                                            \
        size_t n, room;                                                                            \
    }

/* Keys of the labels or annotations with which users say what their objects are. */
struct facts_tags {
    const char *crown_jewel; /* worth, "0" (nothing) to "1" (everything) */
    const char *data_class;  /* "pii", free text */
    const char *owner;       /* who answers for it, free text */
};

#define FACTS_TAG_CROWN_JEWEL "graphd.io/crown-jewel"
#define FACTS_TAG_DATA_CLASS "graphd.io/data-class"
#define FACTS_TAG_OWNER "graphd.io/owner"

struct facts {
    struct arena *arena; /* borrowed */
    const char *cluster;
    struct facts_tags tags;
    const char *network; /* what a setting says of the network plugin (netprofile.h); "" nothing */
    int version_major, version_minor; /* of the API server; 0 unknown */
    FACT_LIST(fact_namespace) namespaces;
    FACT_LIST(fact_node) nodes;
    FACT_LIST(fact_kubelet) kubelets;
    FACT_LIST(fact_pod) pods;
    FACT_LIST(fact_serviceaccount) serviceaccounts;
    FACT_LIST(fact_role) roles; /* Roles and ClusterRoles */
    FACT_LIST(fact_binding) bindings;
    FACT_LIST(fact_service) services;
    FACT_LIST(fact_endpoints) endpoints;
    FACT_LIST(fact_pv) pvs;
    FACT_LIST(fact_pvc) pvcs;
    FACT_LIST(fact_secret) secrets;
    FACT_LIST(fact_configmap) configmaps;
    FACT_LIST(fact_workload) workloads;
    FACT_LIST(fact_webhook) webhooks;
    FACT_LIST(fact_netpol) netpols;
    FACT_LIST(fact_foreignpol) foreignpols;
    FACT_LIST(fact_crd) crds;
    FACT_LIST(fact_policy) policies;
    FACT_LIST(fact_policy_binding) policy_bindings;
    FACT_LIST(fact_apiservice) apiservices;
    FACT_LIST(fact_route) routes;
    FACT_LIST(fact_gateway) gateways;
    FACT_LIST(fact_ingressclass) ingressclasses; /* and GatewayClasses */
    FACT_LIST(fact_grant) grants;
    /* Indexes by "ns/name" ("/name" for cluster-scoped), made by facts_index; values are pointers
     * into the lists, which then no longer grow. */
    GHashTable *namespace_by_name, *node_by_name, *pod_by_name, *sa_by_name, *role_by_name,
        *clusterrole_by_name, *secret_by_name, *configmap_by_name, *pvc_by_name, *pv_by_name,
        *service_by_name;
    GHashTable *workload_by_name; /* by "kind/ns/name" */
    GHashTable *crd_by_name;      /* "/plural.group" */
    GHashTable *pv_by_claim;      /* "ns/claim" of its claimRef */
    bool listed[64]; /* by enum facts_source: this kind was read (even if there was none of it) */
    bool gaps[64];   /* by enum facts_source: reading it was refused, or some of it was broken */
};

/* What a rule may ask "was it read at all" about; unread input makes verdicts unknown. */
enum facts_source {
    FACTS_NAMESPACES,
    FACTS_NODES,
    FACTS_PODS,
    FACTS_SERVICEACCOUNTS,
    FACTS_ROLES,
    FACTS_CLUSTERROLES,
    FACTS_ROLEBINDINGS,
    FACTS_CLUSTERROLEBINDINGS,
    FACTS_SERVICES,
    FACTS_ENDPOINTS,
    FACTS_SECRETS,
    FACTS_CONFIGMAPS,
    FACTS_PVS,
    FACTS_PVCS,
    FACTS_WORKLOADS,
    FACTS_NETWORKPOLICIES,
    FACTS_WEBHOOKS,
    FACTS_CRDS,
    FACTS_POLICIES,          /* ValidatingAdmissionPolicies and their bindings */
    FACTS_MUTATING_POLICIES, /* MutatingAdmissionPolicies and theirs */
    FACTS_APISERVICES,
    FACTS_INGRESSES,
    FACTS_INGRESSCLASSES,
    FACTS_GATEWAYS,
    FACTS_GATEWAYCLASSES,
    FACTS_GRANTS, /* ReferenceGrants */
    FACTS_SOURCE_COUNT
};

/* Empty facts of a cluster; everything in `a`, which must outlive them. */
struct facts *facts_new(struct arena *a, const char *cluster);
void facts_free(struct facts *f); /* the indexes; the rest belongs to the arena */
DEFINE_AUTO(facts)

/* A zeroed new element at the end of a list, in the arena; pointers to older elements die. */
#define FACTS_PUSH(f, list)                                                                        \
    ((__typeof__((f)->list.v))facts_grow((f)->arena, (void **)&(f)->list.v, &(f)->list.n,          \
                                         &(f)->list.room, sizeof(*(f)->list.v)))
/* Appends one value. */
#define FACTS_ADD(f, list, ...)                                                                    \
    ((void)facts_grow((f)->arena, (void **)&(f)->list.v, &(f)->list.n, &(f)->list.room,            \
                      sizeof(*(f)->list.v)),                                                       \
     (void)((f)->list.v[(f)->list.n - 1] = (__VA_ARGS__)))

/* What both call: room for one more.  Returns: the new element. */
void *facts_grow(struct arena *a, void **v, size_t *n, size_t *room, size_t size);

/* Makes the indexes, resolves roleRefs and owners, and adds what is implied: the namespaces
 * `default` and `kube-system`, namespaces that only other objects live in, nodes and service
 * accounts that only a pod names, Secrets and ConfigMaps that only a pod, service account,
 * ingress or persistent volume refers to (inferred).  An object seen twice counts once, the later
 * one wins; a real one wins over an inferred or predicted one.  Call once, after the last object.
 */
void facts_index(struct facts *f);

/* Sets workload_kind and workload_name of all pods from the owners known so far; facts_index does
 * it again at the end. */
void facts_owners(struct facts *f);

/* Look-ups; NULL if there is none. */
const struct fact_namespace *facts_namespace(const struct facts *f, const char *name);
const struct fact_node *facts_node(const struct facts *f, const char *name);
const struct fact_pod *facts_pod(const struct facts *f, const char *ns, const char *name);
const struct fact_serviceaccount *facts_sa(const struct facts *f, const char *ns, const char *name);
const struct fact_secret *facts_secret(const struct facts *f, const char *ns, const char *name);
const struct fact_configmap *facts_configmap(const struct facts *f, const char *ns,
                                             const char *name);
const struct fact_workload *facts_workload(const struct facts *f, const char *kind, const char *ns,
                                           const char *name);
const struct fact_crd *facts_crd(const struct facts *f, const char *group, const char *plural);

/* Whether all of a source was read, so that what is not there does not exist. */
bool facts_read(const struct facts *f, enum facts_source s);

/* The PersistentVolume that a claim is bound to, as either of the two says; NULL if neither does,
 * or they do not agree. */
const struct fact_pv *facts_pv_of_claim(const struct facts *f, const char *ns, const char *claim);

/* The value of a label or annotation; NULL if it is not there. */
const char *facts_label(const struct meta *m, const char *key);
const char *facts_annotation(const struct meta *m, const char *key);

/* Whether `t` contains `s`. */
bool facts_has(const struct texts *t, const char *s);
