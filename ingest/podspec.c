/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pod templates to pods. */
#include "ingest/podspec.h"

#include <string.h>

#include "ingest/field.h"
#include "ingest/kind.h"

/* Far beyond what fits an object of the API server (1.5 MB); files may claim more. */
enum { MAX_CONTAINERS = 1000, MAX_PARTS = 20000 };

/* A pod while it is read. */
struct pod {
    struct facts *f;
    struct fact_pod *out;
    struct jx security; /* the pod's securityContext */
    bool host_process;  /* of the pod */
    const char *seccomp, *apparmor;
    GHashTable *volumes; /* name -> index + 1 */
    GHashTable *ids;     /* container name -> id */
    GHashTable *ended;   /* names of ephemeral containers that are through */
};

static bool read_token(void *arg, const struct jx *in, struct fact_token *out, struct err *e)
{
    return field_str(in, "audience", arg, &out->audience, e) &&
           field_str(in, "path", arg, &out->path, e);
}

/* Pushes the text at in.ref.key ("secretKeyRef", "name"), if it is there. */
static bool push_ref(const struct jx *in, const char *ref, const char *key, struct facts *f,
                     struct texts *list, struct err *e)
{
    struct jx at;
    const char *s;

    if (!jx_opt_obj(in, ref, &at, e) || !field_str(&at, key, f, &s, e))
        return false;
    field_push(f->arena, list, s);
    return true;
}

static bool read_projected(struct facts *f, const struct jx *volume, struct fact_volume *out,
                           struct err *e)
{
    struct jx projected, sources, source, token;

    if (!jx_opt_obj(volume, "projected", &projected, e) ||
        !jx_opt_arr(&projected, "sources", &sources, e))
        return false;
    struct fact_token *tokens = arena_calloc(f->arena, jx_count(&sources), sizeof(*tokens));
    for (size_t i = 0; i < jx_count(&sources); i++) {
        if (!jx_at_obj(&sources, i, &source, e) ||
            !jx_opt_obj(&source, "serviceAccountToken", &token, e) ||
            !push_ref(&source, "secret", "name", f, &out->secrets, e) ||
            !push_ref(&source, "configMap", "name", f, &out->configmaps, e))
            return false;
        if (token.v && !read_token(f, &token, &tokens[out->ntokens++], e))
            return false;
    }
    out->tokens = tokens;
    return true;
}

/* A claim made for this pod alone is called after pod and volume. */
static bool read_claim(struct pod *p, const struct jx *in, struct fact_volume *out, struct err *e)
{
    struct jx pvc, ephemeral;

    if (!jx_opt_obj(in, "persistentVolumeClaim", &pvc, e) ||
        !jx_opt_obj(in, "ephemeral", &ephemeral, e) ||
        !field_str(&pvc, "claimName", p->f, &out->claim, e) ||
        !jx_opt_bool(&pvc, "readOnly", false, &out->read_only, e))
        return false;
    if (ephemeral.v)
        out->claim = arena_printf(p->f->arena, "%s-%s", p->out->meta.name, out->name);
    return true;
}

static bool read_volume(void *arg, const struct jx *in, void *element, struct err *e)
{
    static const struct {
        const char *key;
        enum volume_type type;
    } types[] = {
        {"hostPath", VOLUME_HOST_PATH},        {"secret", VOLUME_SECRET},
        {"configMap", VOLUME_CONFIGMAP},       {"projected", VOLUME_PROJECTED},
        {"emptyDir", VOLUME_EMPTY_DIR},        {"csi", VOLUME_CSI},
        {"persistentVolumeClaim", VOLUME_PVC}, {"ephemeral", VOLUME_PVC},
    };
    struct pod *p = arg;
    struct fact_volume *out = element;
    struct jx host, csi, source;

    if (!field_name(in, "name", p->f, &out->name, e))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (!jx_opt_obj(in, types[i].key, &source, e))
            return false;
        if (source.v)
            out->type = types[i].type;
    }
    out->ix = UINT32_MAX;
    return jx_opt_obj(in, "hostPath", &host, e) && jx_opt_obj(in, "csi", &csi, e) &&
           field_str(&host, "path", p->f, &out->host_path, e) &&
           field_str(&host, "type", p->f, &out->host_path_type, e) &&
           field_str(&csi, "driver", p->f, &out->driver, e) &&
           push_ref(in, "secret", "secretName", p->f, &out->secrets, e) &&
           push_ref(in, "configMap", "name", p->f, &out->configmaps, e) &&
           push_ref(&csi, "nodePublishSecretRef", "name", p->f, &out->secrets, e) &&
           read_claim(p, in, out, e) && read_projected(p->f, in, out, e);
}

static bool read_volumes(struct pod *p, const struct jx *spec, struct err *e)
{
    void *v;

    if (!field_objects(spec, "volumes", MAX_PARTS, p->f, sizeof(struct fact_volume), read_volume, p,
                       &v, &p->out->nvolumes, e))
        return false;
    p->out->volumes = v;
    for (size_t i = 0; i < p->out->nvolumes; i++)
        g_hash_table_insert(p->volumes, (void *)(uintptr_t)p->out->volumes[i].name,
                            GSIZE_TO_POINTER(i + 1));
    return true;
}

static bool read_mount(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct pod *p = arg;
    struct fact_mount *out = element;

    /* Mounts and devices share the reader: only one of the two paths is there. */
    if (!field_name(in, "name", p->f, &out->volume_name, e) ||
        !field_str(in, "mountPath", p->f, &out->path, e) ||
        !field_str(in, "subPath", p->f, &out->sub_path, e) ||
        !field_str(in, "subPathExpr", p->f, &out->sub_path_expr, e) ||
        !jx_opt_bool(in, "readOnly", false, &out->read_only, e))
        return false;
    out->volume = (uint32_t)GPOINTER_TO_SIZE(g_hash_table_lookup(p->volumes, out->volume_name)) - 1;
    if (out->volume < p->out->nvolumes && p->out->volumes[out->volume].read_only)
        out->read_only = true;
    return true;
}

static bool read_device(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct fact_mount *out = element;

    out->device = true;
    return read_mount(arg, in, out, e) &&
           field_str(in, "devicePath", ((struct pod *)arg)->f, &out->path, e);
}

static bool read_mounts(struct pod *p, const struct jx *in, struct fact_container *out,
                        struct err *e)
{
    const size_t size = sizeof(struct fact_mount);
    size_t nmounts, ndevices;
    void *mounts, *devices;

    if (!field_objects(in, "volumeMounts", MAX_PARTS, p->f, size, read_mount, p, &mounts, &nmounts,
                       e) ||
        !field_objects(in, "volumeDevices", MAX_PARTS, p->f, size, read_device, p, &devices,
                       &ndevices, e))
        return false;
    out->mounts = mounts;
    out->nmounts = nmounts + ndevices;
    if (!ndevices)
        return true;
    struct fact_mount *both = arena_calloc(p->f->arena, out->nmounts, size);
    memcpy(both, mounts, nmounts * size);
    memcpy(both + nmounts, devices, ndevices * size);
    out->mounts = both;
    return true;
}

static bool read_port(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct pod *p = arg;
    struct fact_port *out = element;

    if (!field_str(in, "name", p->f, &out->name, e) ||
        !field_str(in, "protocol", p->f, &out->protocol, e) ||
        !field_port(in, "containerPort", 0, &out->number, e) ||
        !field_port(in, "hostPort", p->out->host_network ? out->number : 0, &out->host_port, e))
        return false;
    if (!out->protocol[0])
        out->protocol = "TCP";
    return true;
}

static bool read_env(struct pod *p, const struct jx *in, struct fact_container *out, struct err *e)
{
    struct jx list, item, from;

    if (!jx_opt_arr(in, "env", &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++)
        if (!jx_at_obj(&list, i, &item, e) || !jx_opt_obj(&item, "valueFrom", &from, e) ||
            !push_ref(&from, "secretKeyRef", "name", p->f, &out->env_secrets, e) ||
            !push_ref(&from, "configMapKeyRef", "name", p->f, &out->env_configmaps, e))
            return false;
    out->env_secrets_from = out->env_secrets.n;
    out->env_configmaps_from = out->env_configmaps.n;
    if (!jx_opt_arr(in, "envFrom", &list, e))
        return false;
    for (size_t i = 0; i < jx_count(&list); i++)
        if (!jx_at_obj(&list, i, &item, e) ||
            !push_ref(&item, "secretRef", "name", p->f, &out->env_secrets, e) ||
            !push_ref(&item, "configMapRef", "name", p->f, &out->env_configmaps, e))
            return false;
    return true;
}

/* A seccomp or AppArmor profile: its type, or "Localhost/x"; "" if unset. */
static bool read_profile(const struct jx *security, const char *key, struct facts *f,
                         const char **out, struct err *e)
{
    const char *file;
    struct jx at;

    if (!jx_opt_obj(security, key, &at, e) || !field_str(&at, "type", f, out, e) ||
        !jx_opt_str(&at, "localhostProfile", "", &file, e))
        return false;
    if (!strcmp(*out, "Localhost"))
        *out = arena_printf(f->arena, "Localhost/%s", file);
    return true;
}

/* The same from an annotation, as before there were fields: "runtime/default", "localhost/x". */
static const char *old_profile(struct pod *p, const char *prefix, const char *name)
{
    const struct meta *m = &p->out->meta;
    size_t n = strlen(prefix);

    for (size_t i = 0; i < m->nannotations; i++) {
        const char *value = m->annotations[i].value;
        if (strncmp(m->annotations[i].key, prefix, n) || strcmp(m->annotations[i].key + n, name))
            continue;
        if (!strcmp(value, "unconfined"))
            return "Unconfined";
        if (!strcmp(value, "runtime/default") || !strcmp(value, "docker/default"))
            return "RuntimeDefault";
        if (g_str_has_prefix(value, "localhost/"))
            return arena_printf(p->f->arena, "Localhost/%s", value + strlen("localhost/"));
        return value;
    }
    return "";
}

static const char *first(const char *a, const char *b, const char *c)
{
    return a[0] ? a : b[0] ? b : c;
}

static bool read_profiles(struct pod *p, const struct jx *security, struct fact_container *out,
                          struct err *e)
{
    if (!read_profile(security, "seccompProfile", p->f, &out->seccomp, e) ||
        !read_profile(security, "appArmorProfile", p->f, &out->apparmor, e))
        return false;
    out->seccomp = first(
        out->seccomp, old_profile(p, "container.seccomp.security.alpha.kubernetes.io/", out->name),
        p->seccomp);
    out->apparmor = first(
        out->apparmor, old_profile(p, "container.apparmor.security.beta.kubernetes.io/", out->name),
        p->apparmor);
    return true;
}

static bool read_host_process(const struct jx *security, bool dflt, bool *out, struct err *e)
{
    struct jx windows;

    return jx_opt_obj(security, "windowsOptions", &windows, e) &&
           jx_opt_bool(&windows, "hostProcess", dflt, out, e);
}

/* What the container says, else what the pod says. */
static bool read_user(struct pod *p, const struct jx *security, struct fact_container *out,
                      struct err *e)
{
    int64_t pod_user;
    enum tri pod_non_root;

    if (!jx_opt_int(&p->security, "runAsUser", -1, &pod_user, e) ||
        !jx_opt_int(security, "runAsUser", pod_user, &out->run_as_user, e) ||
        !field_tri(&p->security, "runAsNonRoot", &pod_non_root, e) ||
        !field_tri(security, "runAsNonRoot", &out->run_as_non_root, e))
        return false;
    if (out->run_as_non_root == TRI_UNSET)
        out->run_as_non_root = pod_non_root;
    return out->run_as_user >= -1 || jx_err(security, e, "runAsUser: want a user id");
}

static bool read_security(struct pod *p, const struct jx *in, struct fact_container *out,
                          struct err *e)
{
    struct jx sc, caps;

    return jx_opt_obj(in, "securityContext", &sc, e) && jx_opt_obj(&sc, "capabilities", &caps, e) &&
           field_tri(&sc, "privileged", &out->privileged, e) &&
           field_tri(&sc, "allowPrivilegeEscalation", &out->allow_privilege_escalation, e) &&
           field_tri(&sc, "readOnlyRootFilesystem", &out->read_only_root, e) &&
           field_str(&sc, "procMount", p->f, &out->proc_mount, e) &&
           field_texts(&caps, "add", p->f, &out->caps_add, e) &&
           field_texts(&caps, "drop", p->f, &out->caps_drop, e) && read_user(p, &sc, out, e) &&
           read_profiles(p, &sc, out, e) &&
           read_host_process(&sc, p->host_process, &out->host_process, e);
}

/* The API server wants a name; in a file that lacks it, the place in its list stands for it. */
static bool read_name(const struct pod *p, const struct jx *in, const char **out, struct err *e)
{
    if (!field_str(in, "name", p->f, out, e))
        return false;
    if (!**out)
        *out =
            arena_printf(p->f->arena, "%s-%zu", in->up->key ? in->up->key : "container", in->index);
    return true;
}

static bool read_container(void *arg, const struct jx *in, void *element, struct err *e)
{
    struct pod *p = arg;
    struct fact_container *out = element;
    const char *restart;
    void *ports;

    if (!read_name(p, in, &out->name, e) || !field_str(in, "image", p->f, &out->image, e) ||
        !jx_opt_str(in, "restartPolicy", "", &restart, e) ||
        !field_str(in, "targetContainerName", p->f, &out->target, e) ||
        !jx_opt_bool(in, "stdin", false, &out->reads_stdin, e) || !read_security(p, in, out, e) ||
        !read_mounts(p, in, out, e) || !read_env(p, in, out, e) ||
        !field_texts(in, "args", p->f, &out->args, e) ||
        !field_objects(in, "ports", MAX_PARTS, p->f, sizeof(struct fact_port), read_port, p, &ports,
                       &out->nports, e))
        return false;
    out->ports = ports;
    const char *id = g_hash_table_lookup(p->ids, out->name);
    out->id = id ? id : "";
    out->ended = g_hash_table_contains(p->ended, out->name);
    out->ix = UINT32_MAX;
    /* Told apart from other init containers by the one policy that keeps it running. */
    out->type = strcmp(restart, "Always") ? CONTAINER_INIT : CONTAINER_SIDECAR;
    return true;
}

static bool read_containers(struct pod *p, const struct jx *spec, struct err *e)
{
    static const struct {
        const char *key;
        bool init;
        enum container_type type;
    } lists[] = {
        {"initContainers", true, CONTAINER_INIT},
        {"containers", false, CONTAINER_MAIN},
        {"ephemeralContainers", false, CONTAINER_EPHEMERAL},
    };
    const size_t size = sizeof(struct fact_container);
    void *part[ARRAY_LEN(lists)];
    size_t n[ARRAY_LEN(lists)];

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (!field_objects(spec, lists[i].key, MAX_CONTAINERS, p->f, size, read_container, p,
                           &part[i], &n[i], e))
            return false;
    struct fact_container *all = arena_calloc(p->f->arena, n[0] + n[1] + n[2], size);
    p->out->containers = all;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (size_t c = 0; c < n[i]; c++) {
            struct fact_container *to = &all[p->out->ncontainers++];
            memcpy(to, (char *)part[i] + c * size, size);
            if (!lists[i].init)
                to->type = lists[i].type;
        }
    return true;
}

/* "containerd://5f3c..." -> "5f3c..."; "" for what is no id. */
static const char *bare_id(struct facts *f, const char *id)
{
    const char *scheme = strstr(id, "://"), *hex = scheme ? scheme + 3 : id;

    return hex[strspn(hex, "0123456789abcdef")] ? "" : arena_strdup(f->arena, hex);
}

/* An ephemeral container runs once; all others may be started again. */
static bool read_end(struct pod *p, const struct jx *status, const char *name, struct err *e)
{
    struct jx state, terminated;

    if (!jx_opt_obj(status, "state", &state, e) ||
        !jx_opt_obj(&state, "terminated", &terminated, e))
        return false;
    if (terminated.v)
        g_hash_table_add(p->ended, (void *)(uintptr_t)name);
    return true;
}

static bool read_statuses(struct pod *p, const struct jx *status, struct err *e)
{
    static const struct {
        const char *key;
        bool once; /* runs once */
    } lists[] = {{"containerStatuses", false},
                 {"initContainerStatuses", false},
                 {"ephemeralContainerStatuses", true}};
    struct jx list, item;

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        if (!jx_opt_arr(status, lists[i].key, &list, e))
            return false;
        for (size_t c = 0; c < jx_count(&list); c++) {
            const char *name, *id;
            if (!jx_at_obj(&list, c, &item, e) || !field_name(&item, "name", p->f, &name, e) ||
                !jx_opt_str(&item, "containerID", "", &id, e) ||
                (lists[i].once && !read_end(p, &item, name, e)))
                return false;
            g_hash_table_insert(p->ids, (void *)(uintptr_t)name,
                                (void *)(uintptr_t)bare_id(p->f, id));
        }
    }
    return true;
}

/* The fields of the pod itself. */
static bool read_pod(struct pod *p, const struct jx *spec, struct err *e)
{
    struct facts *f = p->f;
    struct fact_pod *out = p->out;
    const char *old_sa;

    if (!jx_opt_obj(spec, "securityContext", &p->security, e) ||
        !field_str(spec, "nodeName", f, &out->node, e) ||
        !field_str(spec, "serviceAccountName", f, &out->service_account, e) ||
        !field_str(spec, "serviceAccount", f, &old_sa, e) ||
        !field_str(spec, "runtimeClassName", f, &out->runtime_class, e) ||
        !field_tri(spec, "automountServiceAccountToken", &out->automount, e) ||
        !field_tri(spec, "hostUsers", &out->host_users, e) ||
        !field_tri(spec, "shareProcessNamespace", &out->share_pid, e) ||
        !jx_opt_bool(spec, "hostNetwork", false, &out->host_network, e) ||
        !jx_opt_bool(spec, "hostPID", false, &out->host_pid, e) ||
        !jx_opt_bool(spec, "hostIPC", false, &out->host_ipc, e) ||
        !field_members(spec, "imagePullSecrets", "name", f, &out->image_pull_secrets, e) ||
        !read_profile(&p->security, "seccompProfile", f, &p->seccomp, e) ||
        !read_profile(&p->security, "appArmorProfile", f, &p->apparmor, e) ||
        !read_host_process(&p->security, false, &p->host_process, e))
        return false;
    out->service_account = first(out->service_account, old_sa, "default");
    p->seccomp =
        first(p->seccomp, old_profile(p, "seccomp.security.alpha.kubernetes.io/pod", ""), "");
    out->mirror = facts_annotation(&out->meta, "kubernetes.io/config.mirror") != NULL;
    out->phase = out->pod_ip = out->workload_kind = out->workload_name = "";
    return true;
}

bool podspec_parse(const struct jx *spec, const struct jx *status, struct facts *f,
                   struct fact_pod *p, struct err *e)
{
    g_autoptr(GHashTable) volumes = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) ended = g_hash_table_new(g_str_hash, g_str_equal);
    struct pod pod = {.f = f, .out = p, .volumes = volumes, .ids = ids, .ended = ended};

    return read_pod(&pod, spec, e) && read_volumes(&pod, spec, e) &&
           read_statuses(&pod, status, e) && read_containers(&pod, spec, e);
}

static bool read_template(const struct jx *template, struct facts *f, const struct meta *owner,
                          struct fact_pod *out, struct err *e)
{
    static const struct jx no_status;
    struct jx meta, spec;

    out->meta = (struct meta){
        .ns = owner->ns, .name = owner->name, .uid = "", .owner_kind = "", .owner_name = ""};
    return jx_opt_obj(template, "metadata", &meta, e) &&
           field_labels(&meta, "labels", f, &out->meta.labels, &out->meta.nlabels, e) &&
           field_labels(&meta, "annotations", f, &out->meta.annotations, &out->meta.nannotations,
                        e) &&
           jx_obj(template, "spec", &spec, e) && podspec_parse(&spec, &no_status, f, out, e);
}

bool podspec_workload(const struct jx *item, const char *kind, const struct jx *holder,
                      int64_t replicas, struct facts *f, struct err *e)
{
    struct fact_workload w = {.kind = kind, .replicas = replicas};
    struct jx template;

    if (!kind_meta(item, true, f, &w.meta, e) || !jx_opt_obj(holder, "template", &template, e))
        return false;
    w.has_template = template.v != NULL;
    if (w.has_template) {
        struct fact_pod *pod = arena_calloc(f->arena, 1, sizeof(*pod));
        if (!read_template(&template, f, &w.meta, pod, e))
            return false;
        w.template = pod;
    }
    FACTS_ADD(f, workloads, w);
    return true;
}

bool podspec_replicated(const struct jx *item, const char *kind, struct facts *f, struct err *e)
{
    struct jx spec;
    int64_t replicas;

    return jx_opt_obj(item, "spec", &spec, e) && jx_opt_int(&spec, "replicas", 1, &replicas, e) &&
           podspec_workload(item, kind, &spec, replicas, f, e);
}
