/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recorded Falco and falcosidekick payloads: each is accepted with these selectors, or refused with
 * this reason. */
#include <glib.h>

#include "graphd/alerts/intake.h"
#include "tests/test.h"

#define API_POD .ns = "payments", .pod = "api-6c9f7d4b5c-x2x8q", .container = "api"
#define API_UID .pod_uid = "6b1e0a52-0f0c-4a0a-9d7e-2f8f6b1f7a11"
#define SHORT_ID .container_id = "8a1e3c0f4b7d"
#define FULL_ID .container_id = "8a1e3c0f4b7d9e2b5566778899aabbccddeeff00112233445566778899aabbcc"
#define MACHINE .node = "ip-10-0-3-17.ec2.internal"

static const struct sample {
    const char *file;
    const char *refused; /* NULL: accepted */
    size_t alerts;
    int severity;
    struct alert_selectors first; /* of the first alert, image aside; NULL stands for "" */
    const char *cluster, *mitre;  /* mitre: its first id */
    bool on_host;
} samples[] = {
    {.file = "01-shell-in-container.json",
     .alerts = 1,
     .severity = 40,
     .first = {API_POD, SHORT_ID, MACHINE},
     .mitre = "T1059"},
    {.file = "02-falcosidekick-webhook.json",
     .alerts = 1,
     .severity = 60,
     .first = {API_POD, API_UID, FULL_ID, MACHINE, .pod_ip = "10.0.3.201"},
     .cluster = "prod-eu",
     .mitre = "T1555"},
    {.file = "03-null-k8s-meta-no-hostname.json",
     .alerts = 1,
     .severity = 75,
     .first = {.container_id = "f36f482d44ea"},
     .mitre = "TA0003"},
    {.file = "04-container-id-only.json",
     .alerts = 1,
     .severity = 40,
     .first = {.container_id = "446c7dbbeac8", .node = "aks-pool-14626312-vmss000014"},
     .mitre = "T1565"},
    {.file = "05-host-event.json",
     .alerts = 1,
     .severity = 75,
     .first = {MACHINE},
     .mitre = "TA0003",
     .on_host = true},
    {.file = "06-NA-strings.json",
     .alerts = 1,
     .severity = 75,
     .first = {MACHINE},
     .on_host = true},
    {.file = "07-statefulset-same-pod-name.jsonl",
     .alerts = 3,
     .severity = 40,
     .first = {.ns = "shop",
               .pod = "db-0",
               .container_id = "aaaaaaaaaaaa",
               .pod_uid = "11111111-1111-4111-8111-111111111111",
               MACHINE},
     .mitre = "T1059"},
    {.file = "08-k8s-audit.json",
     .alerts = 1,
     .severity = 40,
     .first = {.user = "system:serviceaccount:ci:runner"}},
    {.file = "09-aws-cloudtrail.json",
     .alerts = 1,
     .severity = 60,
     .first = {.user = "system:serviceaccount:payments:api"}},
    {.file = "10-sidekick-truncated.json",
     .alerts = 1,
     .severity = 60,
     .first = {API_POD, API_UID, FULL_ID, MACHINE, .pod_ip = "10.0.3.201"},
     .cluster = "prod-eu",
     .mitre = "T1555"},
    {.file = "11-duplicates-retry.jsonl",
     .alerts = 3,
     .severity = 60,
     .first = {API_POD, API_UID, FULL_ID, MACHINE, .pod_ip = "10.0.3.201"},
     .cluster = "prod-eu",
     .mitre = "T1555"},
    {.file = "12-internal-drop.json", .alerts = 1, .severity = 5, .first = {0}},
    {.file = "13-test-rule.json", .alerts = 1, .severity = 5, .first = {0}},
    {.file = "14-invalid-utf8.bin",
     .alerts = 1,
     .severity = 40,
     .first = {API_POD, SHORT_ID, MACHINE},
     .mitre = "T1059"},
    {.file = "15-plain-text.txt", .refused = "body: want JSON, got other text"},
    {.file = "16-dockershim-container-name-has-pod.json",
     .alerts = 1,
     .severity = 60,
     .first = {.ns = "default",
               .pod = "analytics-jas-7b8548566b-hzsbq",
               .container = "minimal-notebook",
               .pod_uid = "0da1b821-f65c-4cf6-b4a2-7427045bf5b9",
               .container_id = "26a75f9eb595",
               MACHINE}},
    {.file = "17-hostname-is-falco-pod.json",
     .alerts = 1,
     .severity = 20,
     .first = {API_POD, SHORT_ID, .node = "falco-7zq4k"},
     .mitre = "T1610"},
    {.file = "18-no-output-no-tags.json",
     .alerts = 1,
     .severity = 40,
     .first = {API_POD, SHORT_ID, MACHINE}},
    {.file = "19-append-output-extra-fields.json",
     .alerts = 1,
     .severity = 40,
     .first = {API_POD, API_UID, SHORT_ID, MACHINE},
     .cluster = "prod-eu",
     .mitre = "T1059"},
    {.file = "20-nonstring-surprises.json",
     .alerts = 1,
     .severity = 90,
     .first = {MACHINE},
     .mitre = "T1611"},
};

static void same(const char *file, const char *what, const char *got, const char *want)
{
    cr_expect_str_eq(got, want ? want : "", "%s: %s is \"%s\"", file, what, got);
}

static void check(const struct sample *s, const char *root)
{
    AUTO(arena) a = arena_new();
    g_autofree char *path = g_build_filename(root, s->file, NULL), *body = NULL;
    struct intake_batch b = {0};
    struct err e = {0};
    gsize len;

    cr_assert(g_file_get_contents(path, &body, &len, NULL), "no %s", path);
    bool ok = intake_parse(intake_format("falco"), body, len, a, &b, &e);
    if (s->refused) {
        cr_expect(!ok && strstr(e.msg, s->refused), "%s: %s", s->file, ok ? "accepted" : e.msg);
        return;
    }
    cr_assert(ok, "%s: %s", s->file, e.msg);
    cr_assert_eq(b.count, s->alerts, "%s: %zu alerts", s->file, b.count);
    const struct alert *al = &b.alerts[0];
    cr_expect_eq(al->severity, s->severity, "%s: severity %d", s->file, al->severity);
    cr_expect_eq(al->on_host, s->on_host, "%s: on_host", s->file);
    cr_expect_gt(al->time, 0, "%s: no time", s->file);
    same(s->file, "pod_uid", al->sel.pod_uid, s->first.pod_uid);
    same(s->file, "container_id", al->sel.container_id, s->first.container_id);
    same(s->file, "ns", al->sel.ns, s->first.ns);
    same(s->file, "pod", al->sel.pod, s->first.pod);
    same(s->file, "container", al->sel.container, s->first.container);
    same(s->file, "node", al->sel.node, s->first.node);
    same(s->file, "pod_ip", al->sel.pod_ip, s->first.pod_ip);
    same(s->file, "user", al->sel.user, s->first.user);
    same(s->file, "cluster", al->cluster, s->cluster);
    same(s->file, "mitre", al->nmitre ? al->mitre[0] : "", s->mitre);
}

Test(falco_samples, are_accepted_or_refused_with_a_reason)
{
    const char *fixtures = test_fixtures();

    if (!fixtures)
        cr_skip_test("GRAPHD_FIXTURES is not set");
    g_autofree char *root = g_build_filename(fixtures, "alerts/falco", NULL);
    g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);
    cr_assert(dir, "no folder %s", root);
    for (const char *name; (name = g_dir_read_name(dir));) {
        size_t i = 0;
        while (i < ARRAY_LEN(samples) && strcmp(samples[i].file, name) != 0)
            i++;
        cr_expect_lt(i, ARRAY_LEN(samples), "%s stands in no row of the table", name);
    }
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        check(&samples[i], root);
}

/* The receipt has another uuid, the event is the same; a pod's two incarnations are two events. */
Test(falco_samples, retries_share_a_dedup_key)
{
    static const struct {
        const char *file;
        bool same;
    } files[] = {{"11-duplicates-retry.jsonl", true},
                 {"07-statefulset-same-pod-name.jsonl", false}};
    const char *fixtures = test_fixtures();

    if (!fixtures)
        cr_skip_test("GRAPHD_FIXTURES is not set");
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTO(arena) a = arena_new();
        g_autofree char *path = g_build_filename(fixtures, "alerts/falco", files[i].file, NULL);
        g_autofree char *body = NULL;
        struct intake_batch b;
        gsize len;

        cr_assert(g_file_get_contents(path, &body, &len, NULL), "no %s", path);
        must(intake_parse(intake_format("falco"), body, len, a, &b, &e));
        cr_expect_eq(strcmp(b.alerts[0].dedup_key, b.alerts[1].dedup_key) == 0, files[i].same, "%s",
                     files[i].file);
    }
}
