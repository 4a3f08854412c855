/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a large PodList: jansson on the whole document against our way, in the same run.
 * MB (first argument, 100 by default) of realistic pods of about 6 kB are made in memory, so that
 * no disk is measured.  One JSON line a figure. */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>
#include <jansson.h>

#include "base/clock.h"
#include "ingest/kind.h"
#include "ingest/sources/cut.h"
#include "ingest/tree.h"
#include "ingest/trim.h"

enum { PIECE = 256 << 10, ROUNDS = 3 };

/* One pod as the API server sends it, managedFields included; %1 ... are made unlike by a number.
 */
static void append_pod(GString *out, unsigned n)
{
    static const char *const managers[] = {"kubectl-client-side-apply", "kube-controller-manager",
                                           "kubelet"};

    g_string_append_printf(
        out,
        "{\"metadata\":{\"name\":\"payments-api-7d9c5b8f6d-%05u\",\"generateName\":"
        "\"payments-api-7d9c5b8f6d-\",\"namespace\":\"team-%u\",\"uid\":"
        "\"06c16923-98dc-4d8b-af40-f22f%08x\",\"resourceVersion\":\"%u\",\"generation\":1,"
        "\"creationTimestamp\":\"2026-11-23T18:50:39Z\",\"labels\":{\"app\":\"payments\","
        "\"app.kubernetes.io/version\":\"1.%u\",\"pod-template-hash\":\"7d9c5b8f6d\"},"
        "\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":"
        "\"{\\\"apiVersion\\\":\\\"v1\\\",\\\"kind\\\":\\\"Pod\\\",\\\"metadata\\\":{"
        "\\\"labels\\\":"
        "{\\\"app\\\":\\\"payments\\\"}},\\\"spec\\\":{\\\"containers\\\":[{\\\"image\\\":"
        "\\\"registry.example/payments:1\\\",\\\"name\\\":\\\"api\\\"}]}}\\n\"},"
        "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":"
        "\"payments-api-7d9c5b8f6d\",\"uid\":\"1\",\"controller\":true,\"blockOwnerDeletion\":true}"
        "],"
        "\"managedFields\":[",
        n % 100000, n % 97, n, 500 + n, n % 40);
    for (size_t i = 0; i < ARRAY_LEN(managers); i++)
        g_string_append_printf(
            out,
            "%s{\"manager\":\"%s\",\"operation\":\"Update\",\"apiVersion\":\"v1\",\"time\":"
            "\"2026-11-23T18:50:39Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{"
            "\"f:annotations\":{\".\":{},\"f:kubectl.kubernetes.io/"
            "last-applied-configuration\":{}},"
            "\"f:labels\":{\".\":{},\"f:app\":{},\"f:pod-template-hash\":{}}},\"f:spec\":{"
            "\"f:containers\":{\"k:{\\\"name\\\":\\\"api\\\"}\":{\".\":{},\"f:env\":{\".\":{},"
            "\"k:{\\\"name\\\":\\\"DB_HOST\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}},"
            "\"f:image\":{},\"f:imagePullPolicy\":{},\"f:name\":{},\"f:resources\":{},"
            "\"f:terminationMessagePath\":{},\"f:terminationMessagePolicy\":{}}},"
            "\"f:dnsPolicy\":{},\"f:enableServiceLinks\":{},\"f:restartPolicy\":{},"
            "\"f:schedulerName\":{},\"f:securityContext\":{},"
            "\"f:terminationGracePeriodSeconds\":{}}}}",
            i ? "," : "", managers[i]);
    g_string_append_printf(
        out,
        "]},\"spec\":{\"volumes\":[{\"name\":\"kube-api-access-dft6w\",\"projected\":{\"sources\":["
        "{\"serviceAccountToken\":{\"expirationSeconds\":3607,\"path\":\"token\"}},{\"configMap\":"
        "{\"name\":\"kube-root-ca.crt\",\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]}},"
        "{\"downwardAPI\":{\"items\":[{\"path\":\"namespace\",\"fieldRef\":{\"apiVersion\":\"v1\","
        "\"fieldPath\":\"metadata.namespace\"}}]}}],\"defaultMode\":420}},{\"name\":\"config\","
        "\"configMap\":{\"name\":\"payments\",\"defaultMode\":420}}],\"containers\":[{\"name\":"
        "\"api\",\"image\":\"registry.example/payments:1.%u\",\"command\":[\"/bin/payments\"],"
        "\"args\":[\"--listen\",\":8080\"],\"ports\":[{\"name\":\"http\",\"containerPort\":8080,"
        "\"protocol\":\"TCP\"}],\"env\":[{\"name\":\"DB_HOST\",\"value\":\"db.team.svc\"},{"
        "\"name\":"
        "\"DB_PASSWORD\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"db\",\"key\":\"password\"}}}],"
        "\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"512Mi\"},\"requests\":{\"cpu\":"
        "\"100m\",\"memory\":\"128Mi\"}},\"volumeMounts\":[{\"name\":\"config\",\"mountPath\":"
        "\"/etc/payments\"},{\"name\":\"kube-api-access-dft6w\",\"readOnly\":true,\"mountPath\":"
        "\"/var/run/secrets/kubernetes.io/"
        "serviceaccount\"}],\"livenessProbe\":{\"httpGet\":{\"path\":"
        "\"/healthz\",\"port\":8080,\"scheme\":\"HTTP\"},\"timeoutSeconds\":1,\"periodSeconds\":10,"
        "\"successThreshold\":1,\"failureThreshold\":3},\"terminationMessagePath\":"
        "\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":"
        "\"IfNotPresent\",\"securityContext\":{\"runAsUser\":1000,\"allowPrivilegeEscalation\":"
        "false,"
        "\"capabilities\":{\"drop\":[\"ALL\"]}}}],\"restartPolicy\":\"Always\","
        "\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","
        "\"serviceAccountName\":"
        "\"payments\",\"serviceAccount\":\"payments\",\"nodeName\":\"ip-10-0-%u-%u\","
        "\"securityContext\":{\"fsGroup\":2000},\"schedulerName\":\"default-scheduler\","
        "\"tolerations\":[{\"key\":\"node.kubernetes.io/"
        "not-ready\",\"operator\":\"Exists\",\"effect\":"
        "\"NoExecute\",\"tolerationSeconds\":300},{\"key\":\"node.kubernetes.io/unreachable\","
        "\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}],\"priority\":"
        "0,"
        "\"enableServiceLinks\":true,\"preemptionPolicy\":\"PreemptLowerPriority\"},",
        n % 40, n % 250, n % 253);
    g_string_append_printf(
        out,
        "\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Initialized\",\"status\":"
        "\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":\"2026-11-23T18:50:39Z\"},{"
        "\"type\":"
        "\"Ready\",\"status\":\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":"
        "\"2026-11-23T18:50:41Z\"},{\"type\":\"ContainersReady\",\"status\":\"True\","
        "\"lastProbeTime\":"
        "null,\"lastTransitionTime\":\"2026-11-23T18:50:41Z\"},{\"type\":\"PodScheduled\","
        "\"status\":"
        "\"True\",\"lastProbeTime\":null,\"lastTransitionTime\":\"2026-11-23T18:50:39Z\"}],"
        "\"hostIP\":"
        "\"10.0.0.%u\",\"podIP\":\"10.244.%u.%u\",\"podIPs\":[{\"ip\":\"10.244.%u.%u\"}],"
        "\"startTime\":\"2026-11-23T18:50:39Z\",\"containerStatuses\":[{\"name\":\"api\",\"state\":"
        "{\"running\":{\"startedAt\":\"2026-11-23T18:50:40Z\"}},\"lastState\":{},\"ready\":true,"
        "\"restartCount\":0,\"image\":\"registry.example/payments:1.%u\",\"imageID\":"
        "\"registry.example/payments@sha256:%064x\",\"containerID\":\"containerd://%064x\","
        "\"started\":true}],\"qosClass\":\"Burstable\"}}",
        n % 253, n / 250 % 250, n % 250, n / 250 % 250, n % 250, n % 40, n, n + 1);
}

static GString *make_list(size_t bytes, size_t *pods)
{
    GString *out = g_string_sized_new(bytes + 16384);

    g_string_append(out, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":"
                         "{\"resourceVersion\":\"669\"},\"items\":[");
    for (*pods = 0; out->len < bytes; (*pods)++) {
        if (*pods)
            g_string_append_c(out, ',');
        append_pod(out, (unsigned)*pods);
    }
    return g_string_append(out, "]}\n");
}

/* Processor time: one thread, and a busy machine must not show. */
static usec now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (usec)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* How far our read goes: only cut; and trim; and parse into facts. */
enum depth { CUT, TRIM, PARSE };

struct reading {
    enum depth depth;
    const struct kind *kind;
    struct trim *trim;
    struct facts *facts;
    GString *text;
    size_t items, kept;
};

static bool on_item(void *arg, const struct cut_item *it, struct err *e)
{
    struct reading *r = arg;

    r->items++;
    if (r->depth == CUT)
        return true;
    g_string_truncate(r->text, 0);
    if (!trim_object(r->trim, it->json, it->len, r->text, e))
        return false;
    r->kept += r->text->len;
    if (r->depth == TRIM)
        return true;
    json_auto_t *doc = tree_parse(r->text->str, r->text->len, e);
    struct jx root = jx_root(doc);
    return doc && r->kind->parse(&root, r->facts, e);
}

static bool on_list(void *arg, const char *api_version, const char *kind, struct err *e)
{
    (void)arg;
    (void)api_version;
    (void)kind;
    (void)e;
    return true;
}

static bool on_broken(void *arg, const char *problem, struct err *e)
{
    (void)arg;
    return err_set(e, ERR_BUG, "%s", problem);
}

/* A figure of /proc/self/status in bytes. */
static size_t status(const char *name)
{
    char text[4096] = "";
    FILE *f = fopen("/proc/self/status", "r");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
    const char *line = n ? strstr(text, name) : NULL;

    if (f)
        fclose(f);
    return line ? strtoul(line + strlen(name), NULL, 10) * 1024 : 0;
}

/* Gives freed memory back and starts to measure anew.  Returns: what is resident. */
static size_t reset_peak(void)
{
    malloc_trim(0);
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (write(fd, "5", 1) != 1)
            fprintf(stderr, "bench_read: peak memory is that of the whole run\n");
        close(fd);
    }
    return status("VmRSS:");
}

static usec read_ours(const GString *list, enum depth depth, struct reading *out)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) facts = facts_new(a, "bench");
    struct reading r = {.depth = depth, .kind = kind_find("v1", "Pod"), .facts = facts};
    struct cut_limits limits = {.item_bytes = 8 << 20, .held_bytes = 64 << 20};
    struct cut_sink sink = {&r, on_item, on_item, on_list, on_broken};
    AUTO(cut) c = cut_new(&limits, &sink);
    AUTO(trim) t = trim_new(kind_common, r.kind->keep);
    char *piece = must_malloc(PIECE);
    struct err e = {0};
    bool ok = true;

    r.trim = t;
    r.text = g_string_new(NULL);
    usec start = now();
    for (size_t at = 0; ok && at < list->len; at += PIECE) {
        size_t n = list->len - at < PIECE ? list->len - at : PIECE;
        memcpy(piece, list->str + at, n); /* what read() does */
        ok = cut_feed(c, piece, n, &e);
    }
    usec took = now() - start;
    if (!ok)
        fprintf(stderr, "bench_read: %s\n", e.msg);
    g_string_free(r.text, TRUE);
    free(piece);
    *out = r;
    return ok ? took : -1;
}

static usec read_jansson(const GString *list, size_t *pods)
{
    usec start = now();
    json_auto_t *doc = json_loadb(list->str, list->len, 0, NULL);
    usec took = now() - start;

    *pods = json_array_size(json_object_get(doc, "items"));
    return took;
}

static double mb_per_s(const GString *list, usec took)
{
    return (double)list->len / (double)took;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"cut", "cut+trim", "cut+trim+parse"};
    size_t pods, seen, mb = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    GString *list = make_list((mb ? mb : 100) << 20, &pods);
    usec best[3] = {0}, theirs = 0;
    size_t extra[3] = {0}, extra_theirs = 0, kept = 0;

    for (int round = 0; round < ROUNDS; round++)
        for (enum depth d = CUT; d <= PARSE; d++) {
            struct reading r;
            size_t before = reset_peak();
            usec took = read_ours(list, d, &r);
            if (took < 0 || r.items != pods)
                return EXIT_FAILURE;
            extra[d] = status("VmHWM:") - before;
            kept = r.kept;
            best[d] = !best[d] || took < best[d] ? took : best[d];
        }
    for (int round = 0; round < 2; round++) {
        size_t before = reset_peak();
        usec took = read_jansson(list, &seen);
        if (seen != pods)
            return EXIT_FAILURE;
        extra_theirs = status("VmHWM:") - before;
        theirs = !theirs || took < theirs ? took : theirs;
    }
    printf("{\"bench\":\"read/jansson-whole\",\"mb\":%.1f,\"pods\":%zu,\"mb_per_s\":%.1f,"
           "\"extra_peak_mb\":%.1f}\n",
           (double)list->len / 1e6, pods, mb_per_s(list, theirs), (double)extra_theirs / 1e6);
    for (enum depth d = CUT; d <= PARSE; d++)
        printf("{\"bench\":\"read/%s\",\"mb_per_s\":%.1f,\"ratio\":%.1f,\"extra_peak_mb\":%.1f}\n",
               names[d], mb_per_s(list, best[d]), (double)theirs / (double)best[d],
               (double)extra[d] / 1e6);
    printf("{\"bench\":\"read/kept\",\"bytes_in\":%zu,\"bytes_kept\":%zu}\n", list->len, kept);
    g_string_free(list, TRUE);
    return EXIT_SUCCESS;
}
