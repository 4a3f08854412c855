/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a made-up cluster as the LIST answers of an API server: gen_cluster --pods 10000 --seed 1
 * --out DIR.  The same arguments give the same bytes.  All figures grow with the number of pods
 * unless they are given: a cluster of 10,000 has 300 namespaces, 3,000 service accounts, 5,000
 * bindings, 60 of them cluster-wide, and two pods in a hundred are privileged.
 *
 * A workload is planned in a few dozen bytes; everything about it follows from its number, so files
 * are written as streams, in any order, and still agree with each other. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/arena.h"

enum { TEMPLATE = UINT32_MAX >> 1 };
enum app_kind { DEPLOYMENT, STATEFULSET, DAEMONSET, CRONJOB, MIRROR };
enum host_use { HOST_NONE, HOST_READ, HOST_CNI, HOST_LOG };

struct app {
    char name[48];
    uint32_t id, ns, replicas;
    enum app_kind kind;
    enum host_use host;
    bool privileged, own_sa, sidecar, secret, config, service, host_network, host_pid;
};

static struct {
    int pods, seed, namespaces, want_sas, want_bindings, want_wide;
    char *dir;
    uint32_t nodes, sas, bindings, wide;
    GArray *apps;
    FILE *out;
    GString *item;
    size_t items, privileged, hostpath, made;
} g = {.pods = 10000, .seed = 1};

/* A number that depends on nothing but the seed and the two arguments. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t x = (uint64_t)g.seed * 0x9e3779b97f4a7c15u + a * 0xbf58476d1ce4e5b9u + b;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool chance(uint64_t a, uint64_t b, unsigned percent)
{
    return mix(a, b) % 100 < percent;
}

/* Few namespaces hold most of what there is: the square of a uniform number. */
static uint32_t skewed(uint64_t a, uint64_t b)
{
    double u = (double)(mix(a, b) >> 11) / 9007199254740992.0;

    return (uint32_t)(u * u * g.namespaces);
}

/* Text for the item; single quotes become double ones, so that JSON can be read in C. */
static void add(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void add(const char *fmt, ...)
{
    size_t from = g.item->len;
    va_list ap;

    va_start(ap, fmt);
    g_string_append_vprintf(g.item, fmt, ap);
    va_end(ap);
    for (char *p = g.item->str + from; *p; p++)
        if (*p == '\'')
            *p = '"';
}

static void begin(const char *file, const char *api_version, const char *kind)
{
    g_autofree char *path = g_build_filename(g.dir, file, NULL);

    g.out = fopen(path, "w");
    if (!g.out) {
        fprintf(stderr, "gen_cluster: %s: %s\n", path, strerror(errno));
        exit(1);
    }
    fprintf(g.out,
            "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":{\"resourceVersion\":"
            "\"918273\"},\"items\":[",
            kind, api_version);
    g.items = 0;
}

static void flush_item(void)
{
    if (g.items++)
        putc(',', g.out);
    fwrite(g.item->str, 1, g.item->len, g.out);
    g_string_truncate(g.item, 0);
}

static void end(void)
{
    fputs("]}\n", g.out);
    if (ferror(g.out) | fclose(g.out)) {
        fprintf(stderr, "gen_cluster: %s: cannot write\n", g.dir);
        exit(1);
    }
}

static const char *ns_name(uint32_t ns)
{
    static const char *const teams[] = {"payments", "orders",  "search",   "catalog", "identity",
                                        "shipping", "billing", "insights", "mobile",  "partner"};
    static const char *const stages[] = {"prod", "staging", "dev", "batch"};
    static char text[48];

    if (ns < 3)
        return (const char *const[]){"kube-system", "default", "monitoring"}[ns];
    snprintf(text, sizeof(text), "%s-%s-%u", teams[ns % 10], stages[ns / 10 % 4], ns);
    return text;
}

/* What the namespace enforces: 0 nothing, 1 baseline, 2 restricted. */
static unsigned ns_level(uint32_t ns)
{
    unsigned n = ns < 3 ? 99 : (unsigned)(mix(ns, 'p') % 100);

    return n < 15 ? 2 : n < 40 ? 1 : 0;
}

static const char *node_name(uint32_t node)
{
    static char text[48];

    snprintf(text, sizeof(text),
             node < 3 ? "cp-%u.c.example.internal" : "ip-10-0-%u.example.internal", node);
    return text;
}

static void add_uid(const char *key, uint64_t a, uint64_t b)
{
    uint64_t x = mix(a, b), y = mix(b, a + 7);

    add("'%s':'%08x-%04x-4%03x-a%03x-%012llx'", key, (unsigned)(x >> 32),
        (unsigned)(x >> 16) & 0xffff, (unsigned)x & 0xfff, (unsigned)(y >> 52),
        (unsigned long long)(y & 0xffffffffffff));
}

/* As the API server spells generated suffixes: no vowels, no look-alikes. */
static const char *suffix(char *out, size_t n, uint64_t a, uint64_t b)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    uint64_t x = mix(a, b);

    for (size_t i = 0; i < n; i++, x /= 27)
        out[i] = letters[x % 27];
    out[n] = '\0';
    return out;
}

static void app_hash(const struct app *a, char out[11])
{
    suffix(out, 10, a->id, 'h');
}

static void pod_name(const struct app *a, uint32_t i, char *out, size_t room)
{
    char hash[11], tail[6];

    app_hash(a, hash);
    suffix(tail, 5, a->id, 1000 + i);
    if (a->kind == DEPLOYMENT)
        snprintf(out, room, "%s-%s-%s", a->name, hash, tail);
    else if (a->kind == STATEFULSET)
        snprintf(out, room, "%s-%u", a->name, i);
    else if (a->kind == CRONJOB)
        snprintf(out, room, "%s-29123400-%s", a->name, tail);
    else if (a->kind == MIRROR)
        snprintf(out, room, "%s-%s", a->name, node_name(i));
    else
        snprintf(out, room, "%s-%s", a->name, tail);
}

static uint32_t pod_node(const struct app *a, uint32_t i)
{
    if (a->kind == DAEMONSET || a->kind == MIRROR)
        return i;
    return 3 + (uint32_t)(mix(a->id, 2000 + i) % (g.nodes - 3));
}

static void pod_ip(const struct app *a, uint32_t i, char out[24])
{
    uint32_t n = (uint32_t)mix(a->id, 3000 + i);

    if (a->host_network)
        snprintf(out, 24, "10.0.%u.%u", pod_node(a, i) / 250, pod_node(a, i) % 250 + 4);
    else
        snprintf(out, 24, "10.%u.%u.%u", 128 + (n & 31), n >> 8 & 255, 1 + (n >> 16) % 254);
}

static const char *service_account(const struct app *a)
{
    return a->own_sa ? a->name : "default";
}

/* metadata up to and with labels; the caller adds more and closes it. */
static void add_meta(const char *ns, const char *name, uint64_t a, uint64_t b)
{
    add("{'metadata':{'name':'%s',", name);
    if (ns)
        add("'namespace':'%s',", ns);
    add_uid("uid", a, b);
    add(",'resourceVersion':'%u','creationTimestamp':'2026-0%u-1%uT08:%02u:00Z'",
        (unsigned)(mix(a, b + 1) % 900000 + 1000), (unsigned)(mix(a, b + 2) % 9 + 1),
        (unsigned)(mix(a, b + 3) % 10), (unsigned)(mix(a, b + 4) % 60));
}

static void add_managed(const char *manager, const char *api_version, const char *fields)
{
    add(",'managedFields':[{'manager':'%s','operation':'Update','apiVersion':'%s','time':"
        "'2026-03-11T08:15:00Z','fieldsType':'FieldsV1','fieldsV1':{%s}}]",
        manager, api_version, fields);
}

/* What is between the braces of an annotation that kubectl apply writes: JSON in a string. */
static void add_last_applied(const char *api_version, const char *kind, const char *ns,
                             const char *name, const char *spec)
{
    g_autofree char *text = g_strdup_printf(
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"annotations\":{},\"name\":\"%s\","
        "\"namespace\":\"%s\"},\"spec\":%s}\n",
        api_version, kind, name, ns ? ns : "", spec);
    g_autofree char *escaped = g_strescape(text, NULL);

    add("'kubectl.kubernetes.io/last-applied-configuration':'%s'", escaped);
}

static const char pod_fields[] =
    "'f:metadata':{'f:generateName':{},'f:labels':{'.':{},'f:app':{},'f:app.kubernetes.io/"
    "version':{},'f:pod-template-hash':{},'f:team':{}},'f:ownerReferences':{'.':{},'k:{\\'uid\\':"
    "\\'0\\'}':{}}},'f:spec':{'f:containers':{'k:{\\'name\\':\\'main\\'}':{'.':{},'f:env':{'.':{},"
    "'k:{\\'name\\':\\'LOG_LEVEL\\'}':{'.':{},'f:name':{},'f:value':{}},'k:{\\'name\\':"
    "\\'HTTP_PORT\\'}':{'.':{},'f:name':{},'f:value':{}},'k:{\\'name\\':\\'DB_PASSWORD\\'}':{'.':"
    "{},'f:name':{},'f:valueFrom':{'.':{},'f:secretKeyRef':{}}}},'f:image':{},'f:imagePullPolicy':"
    "{},'f:livenessProbe':{'.':{},'f:failureThreshold':{},'f:httpGet':{'.':{},'f:path':{},'f:port':"
    "{},'f:scheme':{}},'f:initialDelaySeconds':{},'f:periodSeconds':{},'f:successThreshold':{},"
    "'f:timeoutSeconds':{}},'f:name':{},'f:ports':{'.':{},'k:{\\'containerPort\\':8080,"
    "\\'protocol\\':\\'TCP\\'}':{'.':{},'f:containerPort':{},'f:name':{},'f:protocol':{}}},"
    "'f:readinessProbe':{'.':{},'f:failureThreshold':{},'f:httpGet':{'.':{},'f:path':{},'f:port':{}"
    ",'f:scheme':{}},'f:periodSeconds':{},'f:successThreshold':{},'f:timeoutSeconds':{}},"
    "'f:resources':{'.':{},'f:limits':{'.':{},'f:cpu':{},'f:memory':{}},'f:requests':{'.':{},"
    "'f:cpu':{},'f:memory':{}}},'f:securityContext':{'.':{},'f:allowPrivilegeEscalation':{},"
    "'f:capabilities':{'.':{},'f:drop':{}},'f:readOnlyRootFilesystem':{}},"
    "'f:terminationMessagePath':{},'f:terminationMessagePolicy':{}}},'f:dnsPolicy':{},"
    "'f:enableServiceLinks':{},'f:restartPolicy':{},'f:schedulerName':{},'f:securityContext':{},"
    "'f:serviceAccount':{},'f:serviceAccountName':{},'f:terminationGracePeriodSeconds':{},"
    "'f:volumes':{'.':{},'k:{\\'name\\':\\'config\\'}':{'.':{},'f:configMap':{},'f:name':{}}}}";

static void add_probe(const char *name, const char *path)
{
    add(",'%s':{'httpGet':{'path':'%s','port':'http','scheme':'HTTP'},'initialDelaySeconds':10,"
        "'timeoutSeconds':1,'periodSeconds':10,'successThreshold':1,'failureThreshold':3}",
        name, path);
}

static void add_security(const struct app *a)
{
    if (a->privileged)
        add(",'securityContext':{'privileged':true}");
    else if (ns_level(a->ns) == 2 || chance(a->id, 's', 40))
        add(",'securityContext':{'capabilities':{'drop':['ALL']},'runAsUser':10001,'runAsNonRoot':"
            "true,'readOnlyRootFilesystem':true,'allowPrivilegeEscalation':false}");
    else if (ns_level(a->ns) == 0 && chance(a->id, 'c', 3))
        add(",'securityContext':{'capabilities':{'add':['NET_ADMIN','SYS_PTRACE']}}");
}

static void add_mounts(const struct app *a, const char *token)
{
    static const char *const at[] = {"", "/host/root", "/host/opt/cni/bin", "/var/log"};

    add("'volumeMounts':[{'name':'tmp','mountPath':'/tmp'}");
    if (a->config)
        add(",{'name':'config','readOnly':true,'mountPath':'/etc/app'}");
    if (a->secret && chance(a->id, 'v', 40))
        add(",{'name':'tls','readOnly':true,'mountPath':'/etc/tls'}");
    if (a->kind == STATEFULSET)
        add(",{'name':'data','mountPath':'/data'}");
    if (a->host)
        add(",{'name':'host',%s'mountPath':'%s'}", a->host == HOST_CNI ? "" : "'readOnly':true,",
            at[a->host]);
    if (token)
        add(",{'name':'kube-api-access-%s','readOnly':true,'mountPath':"
            "'/var/run/secrets/kubernetes.io/serviceaccount'}",
            token);
    add("]");
}

static void add_container(const struct app *a, const char *name, const char *token)
{
    add("{'name':'%s','image':'registry.example.com/%s/%s:1.%u.%u'", name, ns_name(a->ns),
        strcmp(name, "main") ? name : a->name, (unsigned)(mix(a->id, 'i') % 40),
        (unsigned)(mix(a->id, 'j') % 10));
    add(",'args':['--config=/etc/app/config.yaml','--listen=:8080'],'ports':[{'name':'%s',"
        "'containerPort':%u,'protocol':'TCP'}]",
        strcmp(name, "main") ? "metrics" : "http", strcmp(name, "main") ? 9102u : 8080u);
    if (a->secret && chance(a->id, 'e', 30))
        add(",'envFrom':[{'secretRef':{'name':'%s'}}]", a->name);
    add(",'env':[{'name':'LOG_LEVEL','value':'info'},{'name':'HTTP_PORT','value':'8080'},{'name':"
        "'OTEL_SERVICE_NAME','value':'%s'},{'name':'POD_IP','valueFrom':{'fieldRef':{'apiVersion':"
        "'v1','fieldPath':'status.podIP'}}}",
        a->name);
    if (a->secret)
        add(",{'name':'DB_PASSWORD','valueFrom':{'secretKeyRef':{'name':'%s','key':'password'}}}",
            a->name);
    if (a->config)
        add(",{'name':'FEATURES','valueFrom':{'configMapKeyRef':{'name':'%s','key':'features'}}}",
            a->name);
    add("],'resources':{'limits':{'cpu':'500m','memory':'512Mi'},'requests':{'cpu':'100m','memory':"
        "'256Mi'}},");
    add_mounts(a, token);
    add_probe("livenessProbe", "/healthz");
    add_probe("readinessProbe", "/ready");
    add(",'terminationMessagePath':'/dev/termination-log','terminationMessagePolicy':'File',"
        "'imagePullPolicy':'IfNotPresent'");
    add_security(a);
    add("}");
}

static void add_volumes(const struct app *a, const char *token, uint32_t i)
{
    static const char *const paths[] = {"", "/", "/opt/cni/bin", "/var/log"};

    add("'volumes':[{'name':'tmp','emptyDir':{}}");
    if (a->config)
        add(",{'name':'config','configMap':{'name':'%s','defaultMode':420}}", a->name);
    if (a->secret && chance(a->id, 'v', 40))
        add(",{'name':'tls','secret':{'secretName':'%s-tls','defaultMode':420}}", a->name);
    if (a->kind == STATEFULSET && i != TEMPLATE)
        add(",{'name':'data','persistentVolumeClaim':{'claimName':'data-%s-%u'}}", a->name, i);
    if (a->host)
        add(",{'name':'host','hostPath':{'path':'%s','type':''}}", paths[a->host]);
    if (token)
        add(",{'name':'kube-api-access-%s','projected':{'sources':[{'serviceAccountToken':{"
            "'expirationSeconds':3607,'path':'token'}},{'configMap':{'name':'kube-root-ca.crt',"
            "'items':[{'key':'ca.crt','path':'ca.crt'}]}},{'downwardAPI':{'items':[{'path':"
            "'namespace','fieldRef':{'apiVersion':'v1','fieldPath':'metadata.namespace'}}]}}],"
            "'defaultMode':420}}",
            token);
    add("]");
}

/* The PodSpec of replica `i` as admitted, with the name of its token volume if it mounts one; or of
 * the template. */
static void add_podspec(const struct app *a, const char *token, uint32_t i)
{
    add("{");
    add_volumes(a, token, i);
    add(",'containers':[");
    add_container(a, "main", token);
    if (a->sidecar) {
        add(",");
        add_container(a, "metrics-agent", token);
    }
    add("],'restartPolicy':'%s','terminationGracePeriodSeconds':30,'dnsPolicy':'ClusterFirst',"
        "'serviceAccountName':'%s','serviceAccount':'%s',",
        a->kind == CRONJOB ? "OnFailure" : "Always", service_account(a), service_account(a));
    if (i != TEMPLATE)
        add("'nodeName':'%s',", node_name(pod_node(a, i)));
    if (a->host_network)
        add("'hostNetwork':true,");
    if (a->host_pid)
        add("'hostPID':true,");
    if (chance(a->ns, 'r', 50))
        add("'imagePullSecrets':[{'name':'regcred'}],");
    if (i != TEMPLATE)
        add("'tolerations':[{'key':'node.kubernetes.io/not-ready','operator':'Exists','effect':"
            "'NoExecute','tolerationSeconds':300},{'key':'node.kubernetes.io/unreachable',"
            "'operator':'Exists','effect':'NoExecute','tolerationSeconds':300}],'priority':0,"
            "'enableServiceLinks':true,'preemptionPolicy':'PreemptLowerPriority',");
    add("'securityContext':{},'schedulerName':'default-scheduler'}");
}

static void add_labels(const struct app *a, bool hashed)
{
    char hash[11];

    app_hash(a, hash);
    add("'labels':{'app':'%s','app.kubernetes.io/version':'1.%u','team':'t%u'", a->name,
        (unsigned)(mix(a->id, 'i') % 40), (unsigned)(a->ns % 10));
    if (hashed && a->kind == DEPLOYMENT)
        add(",'pod-template-hash':'%s'", hash);
    add("}");
}

static void add_owner(const struct app *a)
{
    static const char *const kinds[] = {"ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Node"};
    static const char *const apis[] = {"apps/v1", "apps/v1", "apps/v1", "batch/v1", "v1"};
    char hash[11], name[80];

    app_hash(a, hash);
    snprintf(name, sizeof(name), "%s%s%s", a->name,
             a->kind == DEPLOYMENT ? "-"
             : a->kind == CRONJOB  ? "-29123400"
                                   : "",
             a->kind == DEPLOYMENT ? hash : "");
    add(",'ownerReferences':[{'apiVersion':'%s','kind':'%s','name':'%s',", apis[a->kind],
        kinds[a->kind], name);
    add_uid("uid", a->id, 'o');
    add(",'controller':true,'blockOwnerDeletion':true}]");
}

static void add_container_status(const struct app *a, const char *name, uint32_t i, bool done)
{
    uint64_t x = mix(a->id, 4000 + i * 2 + (strcmp(name, "main") ? 1 : 0));

    add("{'name':'%s','state':{'%s':{'%s':'2026-04-01T10:00:00Z'}},'lastState':{},'ready':%s,"
        "'restartCount':0,",
        name, done ? "terminated" : "running", done ? "finishedAt" : "startedAt",
        done ? "false" : "true");
    add("'image':'registry.example.com/%s:1','imageID':'registry.example.com/"
        "%s@sha256:%016llx%016llx"
        "%016llx%016llx',",
        a->name, a->name, (unsigned long long)mix(a->id, 1), (unsigned long long)mix(a->id, 2),
        (unsigned long long)mix(a->id, 3), (unsigned long long)mix(a->id, 4));
    add("'containerID':'containerd://%016llx%016llx%016llx%016llx','started':%s}",
        (unsigned long long)x, (unsigned long long)mix(x, 1), (unsigned long long)mix(x, 2),
        (unsigned long long)mix(x, 3), done ? "false" : "true");
}

static void add_status(const struct app *a, uint32_t i)
{
    static const char *const conditions[] = {"PodReadyToStartContainers", "Initialized", "Ready",
                                             "ContainersReady", "PodScheduled"};
    bool done = a->kind == CRONJOB && chance(a->id, 'd', 70);
    char ip[24];

    pod_ip(a, i, ip);
    add("'status':{'observedGeneration':1,'phase':'%s','conditions':[",
        done ? "Succeeded" : "Running");
    for (size_t c = 0; c < ARRAY_LEN(conditions); c++)
        add("%s{'type':'%s','observedGeneration':1,'status':'True','lastProbeTime':null,"
            "'lastTransitionTime':'2026-04-01T10:00:00Z'}",
            c ? "," : "", conditions[c]);
    add("],'hostIP':'10.0.%u.%u','podIP':'%s','podIPs':[{'ip':'%s'}],'startTime':"
        "'2026-04-01T10:00:00Z','containerStatuses':[",
        pod_node(a, i) / 250, pod_node(a, i) % 250 + 4, ip, ip);
    add_container_status(a, "main", i, done);
    if (a->sidecar) {
        add(",");
        add_container_status(a, "metrics-agent", i, done);
    }
    add("],'qosClass':'Burstable'}}");
}

#define EACH_APP(a)                                                                                \
    for (struct app *a = (struct app *)(void *)g.apps->data;                                       \
         a && a < (struct app *)(void *)g.apps->data + g.apps->len; a++)

static void write_pods(void)
{
    char name[128], token[6];

    begin("pods.json", "v1", "Pod");
    EACH_APP(a)
    for (uint32_t i = 0; i < a->replicas; i++) {
        pod_name(a, i, name, sizeof(name));
        add_meta(ns_name(a->ns), name, a->id, 5000 + i);
        add(",'generateName':'%s-','generation':1,", a->name);
        add_labels(a, true);
        add(",'annotations':{'checksum/config':'%016llx','prometheus.io/scrape':'true'%s}",
            (unsigned long long)mix(a->id, 9),
            a->kind == MIRROR ? ",'kubernetes.io/config.mirror':'1'" : "");
        add_owner(a);
        add_managed("kube-controller-manager", "v1", pod_fields);
        add("},'spec':");
        add_podspec(a, a->kind == MIRROR ? NULL : suffix(token, 5, a->id, 6000 + i), i);
        add(",");
        add_status(a, i);
        flush_item();
        g.made++;
        g.privileged += a->privileged;
        g.hostpath += a->host != HOST_NONE;
    }
    end();
}

/* The template of a workload, as in its spec and in its last-applied annotation. */
static void add_template(const struct app *a, bool hashed)
{
    add("{'metadata':{");
    add_labels(a, hashed);
    add("},'spec':");
    add_podspec(a, NULL, TEMPLATE);
    add("}");
}

static void add_workload_spec(const struct app *a, bool hashed)
{
    add("{");
    if (a->kind != DAEMONSET)
        add("'replicas':%u,", a->replicas);
    add("'selector':{'matchLabels':{'app':'%s'}},'template':", a->name);
    add_template(a, hashed);
    if (a->kind == STATEFULSET)
        add(",'serviceName':'%s','volumeClaimTemplates':[{'kind':'PersistentVolumeClaim',"
            "'apiVersion':'v1','metadata':{'name':'data'},'spec':{'accessModes':['ReadWriteOnce'],"
            "'resources':{'requests':{'storage':'20Gi'}},'storageClassName':'fast'}}]",
            a->name);
    add("}");
}

static void write_workloads(const char *file, const char *kind, enum app_kind which)
{
    begin(file, "apps/v1", kind);
    EACH_APP(a)
    {
        if (a->kind != which)
            continue;
        add_workload_spec(a, false);
        g_autofree char *spec = g_strdup(g.item->str);
        g_string_truncate(g.item, 0);
        add_meta(ns_name(a->ns), a->name, a->id, 'w');
        add(",'generation':3,");
        add_labels(a, false);
        add(",'annotations':{'deployment.kubernetes.io/revision':'3',");
        add_last_applied("apps/v1", kind, ns_name(a->ns), a->name, spec);
        add("}");
        add_managed("kubectl-client-side-apply", "apps/v1", pod_fields);
        add("},'spec':%s,'status':{'observedGeneration':3,'replicas':%u,'readyReplicas':%u,"
            "'desiredNumberScheduled':%u}}",
            spec, a->replicas, a->replicas, a->replicas);
        flush_item();
    }
    end();
}

/* The current one of each Deployment, and an old one of no replicas for every third. */
static void write_replicasets(void)
{
    begin("replicasets.json", "apps/v1", "ReplicaSet");
    EACH_APP(a)
    {
        for (int old = 0; a->kind == DEPLOYMENT && old < (a->id % 3 ? 1 : 2); old++) {
            struct app shape = *a;
            char hash[11], name[80];
            suffix(hash, 10, a->id, old ? 'O' : 'h');
            snprintf(name, sizeof(name), "%s-%s", a->name, hash);
            shape.replicas = old ? 0 : a->replicas;
            add_meta(ns_name(a->ns), name, a->id, old ? 'q' : 'o');
            add(",'generation':1,");
            add_labels(a, true);
            add(",'annotations':{'deployment.kubernetes.io/revision':'3'},'ownerReferences':[{"
                "'apiVersion':'apps/v1','kind':'Deployment','name':'%s',",
                a->name);
            add_uid("uid", a->id, 'w');
            add(",'controller':true,'blockOwnerDeletion':true}]");
            add_managed("kube-controller-manager", "apps/v1", pod_fields);
            add("},'spec':");
            add_workload_spec(&shape, true);
            add(",'status':{'replicas':%u,'observedGeneration':1}}", shape.replicas);
            flush_item();
        }
    }
    end();
}

static void write_jobs(void)
{
    begin("cronjobs.json", "batch/v1", "CronJob");
    EACH_APP(a)
    {
        if (a->kind != CRONJOB)
            continue;
        add_meta(ns_name(a->ns), a->name, a->id, 'w');
        add("},'spec':{'schedule':'%u 3 * * *','concurrencyPolicy':'Forbid','suspend':false,"
            "'jobTemplate':{'spec':{'template':",
            a->id % 60);
        add_template(a, false);
        add("}}},'status':{}}");
        flush_item();
    }
    end();
    begin("jobs.json", "batch/v1", "Job");
    EACH_APP(a)
    {
        char name[80];
        if (a->kind != CRONJOB)
            continue;
        snprintf(name, sizeof(name), "%s-29123400", a->name);
        add_meta(ns_name(a->ns), name, a->id, 'o');
        add(",'ownerReferences':[{'apiVersion':'batch/v1','kind':'CronJob','name':'%s',", a->name);
        add_uid("uid", a->id, 'w');
        add(",'controller':true}]},'spec':{'parallelism':1,'template':");
        add_template(a, false);
        add("},'status':{'conditions':[{'type':'Complete','status':'%s'}]}}",
            chance(a->id, 'd', 70) ? "True" : "False");
        flush_item();
    }
    end();
}

static void write_namespaces(void)
{
    static const char *const levels[] = {"", "baseline", "restricted"};

    begin("namespaces.json", "v1", "Namespace");
    for (uint32_t ns = 0; ns < (uint32_t)g.namespaces; ns++) {
        add_meta(NULL, ns_name(ns), ns, 'N');
        add(",'labels':{'kubernetes.io/metadata.name':'%s'", ns_name(ns));
        if (ns_level(ns))
            add(",'pod-security.kubernetes.io/enforce':'%s'", levels[ns_level(ns)]);
        add("}},'spec':{'finalizers':['kubernetes']},'status':{'phase':'Active'}}");
        flush_item();
    }
    end();
}

static void write_nodes(void)
{
    begin("nodes.json", "v1", "Node");
    for (uint32_t n = 0; n < g.nodes; n++) {
        add_meta(NULL, node_name(n), n, 'M');
        add(",'labels':{'kubernetes.io/arch':'amd64','kubernetes.io/os':'linux','kubernetes.io/"
            "hostname':'%s','topology.kubernetes.io/zone':'eu-west-1%c'%s},'annotations':{'node."
            "alpha.kubernetes.io/ttl':'0'}",
            node_name(n), 'a' + (int)(n % 3),
            n < 3 ? ",'node-role.kubernetes.io/control-plane':''" : "");
        add_managed("kubelet", "v1", "'f:status':{'f:conditions':{},'f:images':{}}");
        add("},'spec':{'providerID':'aws:///eu-west-1%c/"
            "i-%016llx'%s},'status':{'addresses':[{'type'"
            ":'InternalIP','address':'10.0.%u.%u'},{'type':'Hostname','address':'%s'}],'conditions'"
            ":"
            "[{'type':'Ready','status':'True','reason':'KubeletReady'}],",
            'a' + (int)(n % 3), (unsigned long long)mix(n, 'I'),
            n < 3 ? ",'taints':[{'key':'node-role.kubernetes.io/control-plane','effect':"
                    "'NoSchedule'}]"
                  : "",
            n / 250, n % 250 + 4, node_name(n));
        add("'nodeInfo':{'machineID':'%016llx','kernelVersion':'6.1.0-23-cloud-amd64','osImage':"
            "'Debian GNU/Linux 12 (bookworm)','containerRuntimeVersion':'containerd://1.7.22',"
            "'kubeletVersion':'v1.33.4','operatingSystem':'linux','architecture':'amd64'},'images':"
            "[",
            (unsigned long long)mix(n, 'm'));
        for (unsigned i = 0; i < 40; i++)
            add("%s{'names':['registry.example.com/image-%u@sha256:%016llx%016llx%016llx%016llx'],"
                "'sizeBytes':%u}",
                i ? "," : "", i, (unsigned long long)mix(i, 1), (unsigned long long)mix(i, 2),
                (unsigned long long)mix(i, 3), (unsigned long long)mix(i, 4), i * 1000000 + 77);
        add("]}}");
        flush_item();
    }
    end();
}

static const char *service_type(const struct app *a)
{
    unsigned n = (unsigned)(mix(a->id, 'S') % 100);

    return n < 3 ? "LoadBalancer" : n < 8 ? "NodePort" : "ClusterIP";
}

static void write_services(void)
{
    begin("services.json", "v1", "Service");
    EACH_APP(a)
    {
        bool lb = !strcmp(service_type(a), "LoadBalancer");
        if (!a->service)
            continue;
        add_meta(ns_name(a->ns), a->name, a->id, 'v');
        add(",'annotations':{%s",
            lb && chance(a->id, 'L', 50)
                ? "'service.beta.kubernetes.io/aws-load-balancer-scheme':'internal',"
                : "");
        add_last_applied("v1", "Service", ns_name(a->ns), a->name, "{\"ports\":[{\"port\":80}]}");
        add("}");
        add_managed("kubectl-client-side-apply", "v1", "'f:spec':{'f:ports':{},'f:selector':{}}");
        add("},'spec':{'ports':[{'name':'http','protocol':'TCP','port':80,'targetPort':'http'%s}],"
            "'selector':{'app':'%s'},'clusterIP':'10.96.%u.%u','type':'%s','sessionAffinity':'None'"
            "}",
            strcmp(service_type(a), "ClusterIP") ? ",'nodePort':30080" : "", a->name,
            a->id / 250 % 250, a->id % 250 + 1, service_type(a));
        add(",'status':{'loadBalancer':{%s}}}",
            lb ? "'ingress':[{'hostname':'lb-1.elb.example.com'}]" : "");
        flush_item();
    }
    end();
}

static void write_endpointslices(void)
{
    char pod[128], name[80], tail[6], ip[24];

    begin("endpointslices.json", "discovery.k8s.io/v1", "EndpointSlice");
    EACH_APP(a)
    {
        if (!a->service)
            continue;
        snprintf(name, sizeof(name), "%s-%s", a->name, suffix(tail, 5, a->id, 'E'));
        add_meta(ns_name(a->ns), name, a->id, 'e');
        add(",'labels':{'kubernetes.io/service-name':'%s','endpointslice.kubernetes.io/managed-by':"
            "'endpointslice-controller.k8s.io'}},'addressType':'IPv4','endpoints':[",
            a->name);
        for (uint32_t i = 0; i < a->replicas && i < 100; i++) {
            pod_name(a, i, pod, sizeof(pod));
            pod_ip(a, i, ip);
            add("%s{'addresses':['%s'],'conditions':{'ready':true,'serving':true,'terminating':"
                "false"
                "},'nodeName':'%s',",
                i ? "," : "", ip, node_name(pod_node(a, i)));
            add("'targetRef':{'kind':'Pod','namespace':'%s','name':'%s',", ns_name(a->ns), pod);
            add_uid("uid", a->id, 5000 + i);
            add("}}");
        }
        add("],'ports':[{'name':'http','port':8080,'protocol':'TCP'}]}");
        flush_item();
    }
    end();
}

static void write_storage(void)
{
    for (int pv = 0; pv < 2; pv++) {
        begin(pv ? "persistentvolumes.json" : "persistentvolumeclaims.json", "v1",
              pv ? "PersistentVolume" : "PersistentVolumeClaim");
        EACH_APP(a)
        for (uint32_t i = 0; a->kind == STATEFULSET && i < a->replicas; i++) {
            char claim[80], volume[40];
            snprintf(claim, sizeof(claim), "data-%s-%u", a->name, i);
            snprintf(volume, sizeof(volume), "pvc-%016llx",
                     (unsigned long long)mix(a->id, 7000 + i));
            add_meta(pv ? NULL : ns_name(a->ns), pv ? volume : claim, a->id,
                     7000 + i * 2 + (unsigned)pv);
            if (pv)
                add("},'spec':{'capacity':{'storage':'20Gi'},'csi':{'driver':'ebs.csi.aws.com',"
                    "'volumeHandle':'vol-%016llx'},'accessModes':['ReadWriteOnce'],'claimRef':{"
                    "'kind':'PersistentVolumeClaim','namespace':'%s','name':'%s'},"
                    "'storageClassName':'fast'},'status':{'phase':'Bound'}}",
                    (unsigned long long)mix(a->id, i), ns_name(a->ns), claim);
            else
                add("},'spec':{'accessModes':['ReadWriteOnce'],'volumeName':'%s',"
                    "'storageClassName':'fast','resources':{'requests':{'storage':'20Gi'}}},"
                    "'status':{'phase':'Bound'}}",
                    volume);
            flush_item();
        }
        end();
    }
}

static void write_config(void)
{
    begin("secrets.json", "v1", "Secret");
    EACH_APP(a)
    for (int tls = 0; a->secret && tls < 2; tls++) {
        char name[80];
        snprintf(name, sizeof(name), "%s%s", a->name, tls ? "-tls" : "");
        add_meta(ns_name(a->ns), name, a->id, tls ? 't' : 'x');
        add("},'data':{'%s':'c2FtcGxlLXZhbHVlLSVsbHg='},'type':'%s'}", tls ? "tls.key" : "password",
            tls ? "kubernetes.io/tls" : "Opaque");
        flush_item();
    }
    end();
    begin("configmaps.json", "v1", "ConfigMap");
    for (uint32_t ns = 0; ns < (uint32_t)g.namespaces; ns++) {
        add_meta(ns_name(ns), "kube-root-ca.crt", ns, 'K');
        add("},'data':{'ca.crt':'-----BEGIN CERTIFICATE-----'}}");
        flush_item();
    }
    EACH_APP(a)
    {
        if (!a->config)
            continue;
        add_meta(ns_name(a->ns), a->name, a->id, 'y');
        add("},'data':{'config.yaml':'listen: 8080','features':'a,b'}}");
        flush_item();
    }
    end();
}

static void write_network(void)
{
    begin("networkpolicies.json", "networking.k8s.io/v1", "NetworkPolicy");
    for (uint32_t ns = 3; ns < (uint32_t)g.namespaces; ns++) {
        if (!chance(ns, 'D', 50))
            continue;
        add_meta(ns_name(ns), "default-deny", ns, 'D');
        add("},'spec':{'podSelector':{},'policyTypes':['Ingress']}}");
        flush_item();
    }
    EACH_APP(a)
    {
        if (!a->service || !chance(a->id, 'n', 40))
            continue;
        add_meta(ns_name(a->ns), a->name, a->id, 'n');
        add("},'spec':{'podSelector':{'matchLabels':{'app':'%s'}},'ingress':[{'ports':[{'protocol':"
            "'TCP','port':8080}],'from':[{'podSelector':{'matchLabels':{'team':'t%u'}}},{"
            "'namespaceSelector':{'matchLabels':{'kubernetes.io/metadata.name':'monitoring'}}}]}],"
            "'policyTypes':['Ingress']}}",
            a->name, a->ns % 10);
        flush_item();
    }
    end();
    begin("ingresses.json", "networking.k8s.io/v1", "Ingress");
    EACH_APP(a)
    {
        if (!a->service || !chance(a->id, 'g', 5))
            continue;
        add_meta(ns_name(a->ns), a->name, a->id, 'g');
        add("},'spec':{'ingressClassName':'nginx','tls':[{'hosts':['%s.example.com'],'secretName':"
            "'%s-tls'}],'rules':[{'host':'%s.example.com','http':{'paths':[{'path':'/','pathType':"
            "'Prefix','backend':{'service':{'name':'%s','port':{'number':80}}}}]}}]},'status':{}}",
            a->name, a->name, a->name, a->name);
        flush_item();
    }
    end();
}

struct sa {
    char name[48];
    uint32_t ns;
};

/* Every namespace has `default`; then those of apps; the rest are of pipelines. */
static GArray *plan_sas(void)
{
    GArray *sas = g_array_new(FALSE, TRUE, sizeof(struct sa));

    for (uint32_t ns = 0; ns < (uint32_t)g.namespaces; ns++) {
        struct sa sa = {"default", ns};
        g_array_append_val(sas, sa);
    }
    EACH_APP(a)
    {
        struct sa sa = {.ns = a->ns};
        a->own_sa = sas->len < g.sas && chance(a->id, 'a', 70);
        if (!a->own_sa)
            continue;
        g_strlcpy(sa.name, a->name, sizeof(sa.name));
        g_array_append_val(sas, sa);
    }
    for (uint32_t i = 0; sas->len < g.sas; i++) {
        struct sa sa = {.ns = skewed(i, 'c')};
        snprintf(sa.name, sizeof(sa.name), "ci-%u", i);
        g_array_append_val(sas, sa);
    }
    return sas;
}

static void write_sas(GArray *sas)
{
    begin("serviceaccounts.json", "v1", "ServiceAccount");
    for (guint i = 0; i < sas->len; i++) {
        const struct sa *sa = &g_array_index(sas, struct sa, i);
        add_meta(ns_name(sa->ns), sa->name, i, 'A');
        if (chance(i, 'R', 3))
            add(",'annotations':{'eks.amazonaws.com/role-arn':'arn:aws:iam::123456789012:role/%s'}",
                sa->name);
        add("}%s%s}", chance(i, 'X', 20) ? ",'automountServiceAccountToken':false" : "",
            chance(sa->ns, 'r', 50) ? ",'imagePullSecrets':[{'name':'regcred'}]" : "");
        flush_item();
    }
    end();
}

struct grant {
    const char *name, *rules;
};

static const struct grant wide[] = {
    {"pod-reader",
     "{'verbs':['get','list','watch'],'apiGroups':[''],'resources':['pods','nodes']}"},
    {"metrics", "{'verbs':['get'],'nonResourceURLs':['/metrics','/healthz/*']},{'verbs':['get',"
                "'list'],'apiGroups':[''],'resources':['nodes/metrics','services','endpoints']}"},
    {"secret-lister", "{'verbs':['get','list','watch'],'apiGroups':[''],'resources':['secrets']}"},
    {"workload-operator", "{'verbs':['*'],'apiGroups':['apps'],'resources':['deployments',"
                          "'statefulsets','replicasets']}"},
    {"debugger",
     "{'verbs':['create','get'],'apiGroups':[''],'resources':['pods/exec','pods/log']}"},
    {"scaler", "{'verbs':['get','update','patch'],'apiGroups':['*'],'resources':['*/scale']}"},
    {"node-agent", "{'verbs':['get','list','watch','patch'],'apiGroups':[''],'resources':['nodes',"
                   "'nodes/status','nodes/proxy']}"},
    {"pod-creator", "{'verbs':['create','delete'],'apiGroups':[''],'resources':['pods']},{'verbs':["
                    "'create'],'apiGroups':['batch'],'resources':['jobs']}"},
    {"token-minter", "{'verbs':['create'],'apiGroups':[''],'resources':['serviceaccounts/token']}"},
    {"everything", "{'verbs':['*'],'apiGroups':['*'],'resources':['*']}"},
};

static const struct grant narrow[] = {
    {"config-reader",
     "{'verbs':['get','list','watch'],'apiGroups':[''],'resources':['configmaps']}"},
    {"leader",
     "{'verbs':['get','create','update'],'apiGroups':['coordination.k8s.io'],'resources':["
     "'leases']}"},
    {"own-secret", "{'verbs':['get'],'apiGroups':[''],'resources':['secrets'],'resourceNames':["
                   "'regcred']}"},
    {"deployer", "{'verbs':['get','list','create','update','patch'],'apiGroups':['apps'],"
                 "'resources':['deployments']},{'verbs':['get','list'],'apiGroups':[''],"
                 "'resources':['pods','services']}"},
    {"shell", "{'verbs':['create'],'apiGroups':[''],'resources':['pods/exec']},{'verbs':['get',"
              "'list'],'apiGroups':[''],'resources':['pods']}"},
    {"viewer", "{'verbs':['get','list','watch'],'apiGroups':['','apps','batch'],'resources':["
               "'pods','services','deployments','jobs']}"},
};

static const struct grant builtin[] = {
    {"cluster-admin", "{'verbs':['*'],'apiGroups':['*'],'resources':['*']},{'verbs':['*'],"
                      "'nonResourceURLs':['*']}"},
    {"admin", "{'verbs':['create','delete','get','list','patch','update','watch'],'apiGroups':['',"
              "'apps','batch'],'resources':['pods','pods/exec','secrets','configmaps','services',"
              "'deployments','jobs','serviceaccounts']},{'verbs':['*'],'apiGroups':["
              "'rbac.authorization.k8s.io'],'resources':['roles','rolebindings']}"},
    {"edit", "{'verbs':['create','delete','get','list','patch','update','watch'],'apiGroups':['',"
             "'apps','batch'],'resources':['pods','pods/exec','secrets','configmaps','services',"
             "'deployments','jobs']}"},
    {"view", "{'verbs':['get','list','watch'],'apiGroups':['','apps','batch'],'resources':['pods',"
             "'configmaps','services','deployments','jobs']}"},
};

static void add_role(const char *ns, const struct grant *r, uint64_t id)
{
    add_meta(ns, r->name, id, 'r');
    add_managed("kubectl-create", "rbac.authorization.k8s.io/v1", "'f:rules':{}");
    add("},'rules':[%s]}", r->rules);
    flush_item();
}

static void write_roles(void)
{
    begin("clusterroles.json", "rbac.authorization.k8s.io/v1", "ClusterRole");
    for (size_t i = 0; i < ARRAY_LEN(builtin); i++)
        add_role(NULL, &builtin[i], i);
    for (size_t i = 0; i < ARRAY_LEN(wide); i++)
        add_role(NULL, &wide[i], 100 + i);
    end();
    begin("roles.json", "rbac.authorization.k8s.io/v1", "Role");
    for (uint32_t ns = 0; ns < (uint32_t)g.namespaces; ns++)
        for (size_t i = 0; i < ARRAY_LEN(narrow); i++)
            add_role(ns_name(ns), &narrow[i], 1000 + ns * ARRAY_LEN(narrow) + i);
    end();
}

static void add_binding(const char *ns, const char *name, uint64_t id, const char *role_kind,
                        const char *role, const struct sa *sa)
{
    add_meta(ns, name, id, 'B');
    add_managed("kubectl-create", "rbac.authorization.k8s.io/v1", "'f:roleRef':{},'f:subjects':{}");
    if (chance(id, 'G', 12))
        add("},'subjects':[{'kind':'Group','apiGroup':'rbac.authorization.k8s.io','name':"
            "'team-%u-devs'}]",
            sa->ns % 10);
    else
        add("},'subjects':[{'kind':'ServiceAccount','name':'%s','namespace':'%s'}]", sa->name,
            ns_name(sa->ns));
    add(",'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':'%s','name':'%s'}}", role_kind,
        role);
    flush_item();
}

/* Most bind an account in its own namespace, some reach over; few grant `admin`. */
static void write_bindings(GArray *sas)
{
    char name[48];

    begin("clusterrolebindings.json", "rbac.authorization.k8s.io/v1", "ClusterRoleBinding");
    for (uint32_t i = 0; i < g.wide; i++) {
        snprintf(name, sizeof(name), "wide-%u", i);
        add_binding(NULL, name, i, "ClusterRole", wide[i % ARRAY_LEN(wide)].name,
                    &g_array_index(sas, struct sa, mix(i, 'W') % sas->len));
    }
    end();
    begin("rolebindings.json", "rbac.authorization.k8s.io/v1", "RoleBinding");
    for (uint32_t i = g.wide; i < g.bindings; i++) {
        const struct sa *sa = &g_array_index(sas, struct sa, mix(i, 'b') % sas->len);
        const char *ns = ns_name(chance(i, 'f', 5) ? skewed(i, 'F') : sa->ns);
        g_autofree char *own = g_strdup(ns);
        bool cluster = chance(i, 'k', 40);
        unsigned n = (unsigned)(mix(i, 'l') % 100);
        snprintf(name, sizeof(name), "binding-%u", i);
        add_binding(own, name, i, cluster ? "ClusterRole" : "Role",
                    cluster ? builtin[n < 5    ? 1
                                      : n < 35 ? 2
                                               : 3]
                                  .name
                            : narrow[n % ARRAY_LEN(narrow)].name,
                    sa);
    }
    end();
}

/* Kinds of which this cluster has one or none. */
static void write_rest(void)
{
    begin("storageclasses.json", "storage.k8s.io/v1", "StorageClass");
    add_meta(NULL, "fast", 1, 'C');
    add("},'provisioner':'ebs.csi.aws.com','parameters':{'type':'gp3'},'volumeBindingMode':"
        "'WaitForFirstConsumer'}");
    flush_item();
    end();
    begin("validatingwebhookconfigurations.json", "admissionregistration.k8s.io/v1",
          "ValidatingWebhookConfiguration");
    end();
    begin("mutatingwebhookconfigurations.json", "admissionregistration.k8s.io/v1",
          "MutatingWebhookConfiguration");
    end();
    begin("replicationcontrollers.json", "v1", "ReplicationController");
    end();
    begin("apiservices.json", "apiregistration.k8s.io/v1", "APIService");
    end();
    g_autofree char *path = g_build_filename(g.dir, "version.json", NULL);
    static const char version[] = "{\"major\":\"1\",\"minor\":\"33\",\"gitVersion\":\"v1.33.4\","
                                  "\"platform\":\"linux/amd64\"}\n";
    if (!g_file_set_contents(path, version, -1, NULL))
        exit(1);
}

static void plan(const char *name, uint32_t ns, enum app_kind kind, uint32_t replicas,
                 struct app as)
{
    as.id = g.apps->len;
    as.ns = ns;
    as.kind = kind;
    as.replicas = replicas;
    g_strlcpy(as.name, name, sizeof(as.name));
    g_array_append_val(g.apps, as);
    g.pods -= (int)replicas;
}

/* The agents that run on every node, and the control plane. */
static void plan_system(void)
{
    static const char *const statics[] = {"etcd", "kube-apiserver", "kube-controller-manager",
                                          "kube-scheduler"};

    plan("kube-proxy", 0, DAEMONSET, g.nodes,
         (struct app){.privileged = true, .host_network = true});
    plan("cni-node", 0, DAEMONSET, g.nodes, (struct app){.host = HOST_CNI, .host_network = true});
    plan("node-exporter", 2, DAEMONSET, g.nodes,
         (struct app){.host = HOST_READ, .host_network = true, .host_pid = true});
    for (size_t i = 0; i < ARRAY_LEN(statics); i++)
        plan(statics[i], 0, MIRROR, 3, (struct app){.host_network = true});
}

static void plan_app(uint32_t i)
{
    static const char *const words[] = {"api",   "web",    "worker", "gateway", "cache",
                                        "queue", "report", "sync",   "auth",    "index"};
    uint64_t x = mix(i, 'z');
    unsigned n = (unsigned)(x % 100);
    enum app_kind kind = n < 84 ? DEPLOYMENT : n < 92 ? STATEFULSET : CRONJOB;
    uint32_t ns = skewed(i, 'Z'), replicas = kind == CRONJOB ? 1 : 1 + (uint32_t)(x >> 8) % 7;
    char name[48];
    struct app as = {
        .sidecar = chance(i, 1, 12),
        .secret = chance(i, 2, 45),
        .config = chance(i, 3, 60),
        .service = kind != CRONJOB && chance(i, 4, 70),
    };

    if (!ns_level(ns)) {
        as.privileged = mix(i, 5) % 1000 < 16;
        as.host = mix(i, 6) % 1000 < 16 ? HOST_LOG : HOST_NONE;
        as.host_network = mix(i, 7) % 1000 < 5;
    }
    snprintf(name, sizeof(name), "%s-%u", words[x >> 32 & 7], i);
    plan(name, ns, kind, MIN(replicas, (uint32_t)g.pods), as);
}

static bool read_arguments(int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"pods", 0, 0, G_OPTION_ARG_INT, &g.pods, "how many (10000)", "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT, &g.seed, "of all choices (1)", "S"},
        {"namespaces", 0, 0, G_OPTION_ARG_INT, &g.namespaces, "3 % of pods", "N"},
        {"service-accounts", 0, 0, G_OPTION_ARG_INT, &g.want_sas, "30 % of pods", "N"},
        {"bindings", 0, 0, G_OPTION_ARG_INT, &g.want_bindings, "50 % of pods", "N"},
        {"cluster-wide", 0, 0, G_OPTION_ARG_INT, &g.want_wide, "0.6 % of pods, of the bindings",
         "N"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &g.dir, "where to write", "DIR"},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("- a made-up cluster as LIST answers");
    g_autoptr(GError) why = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    bool ok = g_option_context_parse(context, &argc, &argv, &why);
    g_option_context_free(context);
    if (!ok || !g.dir || g.pods < 100 || g.pods > 10000000 || argc > 1) {
        fprintf(stderr, "gen_cluster: %s\n",
                why ? why->message : "want --pods 100.. and --out DIR");
        return false;
    }
    if (g_mkdir_with_parents(g.dir, 0777)) {
        fprintf(stderr, "gen_cluster: %s: %s\n", g.dir, strerror(errno));
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (!read_arguments(argc, argv))
        return 2;
    uint32_t pods = (uint32_t)g.pods;
    g.namespaces = g.namespaces > 3 ? g.namespaces : MAX(4, g.pods * 3 / 100);
    g.nodes = MAX(5, pods / 100);
    g.sas = g.want_sas > 0 ? (uint32_t)g.want_sas : pods * 3 / 10;
    g.bindings = g.want_bindings > 0 ? (uint32_t)g.want_bindings : pods / 2;
    g.wide = g.want_wide > 0 ? (uint32_t)g.want_wide : MAX(10, pods * 6 / 1000);
    g.apps = g_array_new(FALSE, TRUE, sizeof(struct app));
    g.item = g_string_sized_new(16384);
    plan_system();
    for (uint32_t i = 0; g.pods > 0; i++)
        plan_app(i);
    GArray *sas = plan_sas();

    write_namespaces();
    write_nodes();
    write_pods();
    write_workloads("deployments.json", "Deployment", DEPLOYMENT);
    write_workloads("statefulsets.json", "StatefulSet", STATEFULSET);
    write_workloads("daemonsets.json", "DaemonSet", DAEMONSET);
    write_replicasets();
    write_jobs();
    write_services();
    write_endpointslices();
    write_storage();
    write_config();
    write_network();
    write_sas(sas);
    write_roles();
    write_bindings(sas);
    write_rest();
    fprintf(
        stderr,
        "%zu pods of %u workloads on %u nodes in %d namespaces, %u service accounts, %u bindings "
        "(%u cluster-wide), %zu privileged, %zu with a hostPath\n",
        g.made, g.apps->len, g.nodes, g.namespaces, sas->len, g.bindings, g.wide, g.privileged,
        g.hostpath);
    g_array_free(sas, TRUE);
    g_array_free(g.apps, TRUE);
    g_string_free(g.item, TRUE);
    g_free(g.dir);
    return 0;
}
