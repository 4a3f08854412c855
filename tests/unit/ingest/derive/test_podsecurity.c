/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a privileged pod may be made: labels, their absence, and who else has a say. */
#include "ingest/derive/podsecurity.h"
#include "tests/support/cluster.h"
#include "tests/support/evidence.h"
#include "tests/test.h"

#define ENFORCE "pod-security.kubernetes.io/enforce"

static const struct {
    const char *name, *ns, *label; /* label NULL: none */
    int minor;
    bool webhooks_read, namespaces_read, webhook, talos;
    enum verdict want;
    const char *reason; /* part of it */
} cases[] = {
    {"privileged", "a", "privileged", 34, true, true, false, false, VERDICT_YES, "admits"},
    {"baseline", "a", "baseline", 34, true, true, false, false, VERDICT_BLOCKED, "\"baseline\""},
    {"restricted", "a", "restricted", 34, true, true, false, false, VERDICT_BLOCKED, "restricted"},
    {"wrong text", "a", "Privileged", 34, true, true, false, false, VERDICT_BLOCKED, "Privileged"},
    {"empty text", "a", "", 34, true, true, false, false, VERDICT_BLOCKED, "refused"},
    {"no label", "a", NULL, 34, true, true, false, false, VERDICT_YES, "default"},
    {"exempt?", "kube-system", "baseline", 34, true, true, false, false, VERDICT_UNKNOWN, "exempt"},
    {"old server", "a", "baseline", 22, true, true, false, false, VERDICT_UNKNOWN, "1.23"},
    {"old server, no label", "a", NULL, 22, true, true, false, false, VERDICT_UNKNOWN, "PodSecur"},
    {"engine", "a", NULL, 34, true, true, true, false, VERDICT_UNKNOWN, "kyverno"},
    {"engine and label", "a", "privileged", 34, true, true, true, false, VERDICT_UNKNOWN,
     "kyverno"},
    {"engine and refusal", "a", "baseline", 34, true, true, true, false, VERDICT_BLOCKED,
     "refused"},
    {"unread webhooks", "a", NULL, 34, false, true, false, false, VERDICT_UNKNOWN, "not read"},
    {"unread namespace", "a", NULL, 34, true, false, false, false, VERDICT_UNKNOWN, "not read"},
    {"Talos", "a", NULL, 34, true, true, false, true, VERDICT_UNKNOWN, "Talos"},
    {"Talos with label", "a", "privileged", 34, true, true, false, true, VERDICT_YES, "admits"},
};

static const struct fact_hook pods = {.name = "pods", .covers_pods = true},
                              others = {.name = "others"};

Test(podsecurity, judges_namespaces)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(arena) a = arena_new();
        AUTO(facts) f = facts_new(a, "c");
        struct label label = {ENFORCE, cases[i].label};
        struct fact_namespace ns = {.meta = {.name = cases[i].ns, .uid = "", .labels = &label}};

        ns.meta.nlabels = cases[i].label != NULL;
        f->version_major = 1;
        f->version_minor = cases[i].minor;
        f->listed[FACTS_WEBHOOKS] = cases[i].webhooks_read;
        f->listed[FACTS_NAMESPACES] = cases[i].namespaces_read;
        if (cases[i].webhook)
            *FACTS_PUSH(f, webhooks) =
                (struct fact_webhook){.meta = {.name = "policies", .uid = "u"},
                                      .hooks = &pods,
                                      .nhooks = 1,
                                      .engine = "kyverno"};
        if (cases[i].talos)
            FACTS_PUSH(f, nodes)->os_image = "Talos (v1.9.0)";

        struct podsecurity ps = podsecurity_of(f, &ns, a);
        cr_expect_eq(ps.privileged, cases[i].want, "%s: %s", cases[i].name,
                     kinds_verdict_name(ps.privileged));
        cr_expect(strstr(ps.reason, cases[i].reason), "%s: %s", cases[i].name, ps.reason);
    }
}

Test(podsecurity, ignores_engines_that_only_change_pods)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct fact_namespace ns = {.meta = {.name = "a", .uid = "u"}};

    f->listed[FACTS_WEBHOOKS] = true;
    *FACTS_PUSH(f, webhooks) = (struct fact_webhook){.meta = {.name = "injector"},
                                                     .mutating = true,
                                                     .hooks = &pods,
                                                     .nhooks = 1,
                                                     .engine = "istio"};
    *FACTS_PUSH(f, webhooks) = (struct fact_webhook){
        .meta = {.name = "ingress"}, .hooks = &others, .nhooks = 1, .engine = "nginx"};
    cr_expect_eq(podsecurity_of(f, &ns, a).privileged, VERDICT_YES);
}

Test(podsecurity, knows_what_was_refused_from_what_is_not_there)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct fact_namespace ns = {.meta = {.name = "a", .uid = "u"}};

    f->version_major = 1;
    f->version_minor = 36;
    f->listed[FACTS_WEBHOOKS] = true;
    cr_expect_eq(podsecurity_of(f, &ns, a).privileged, VERDICT_YES);
    f->gaps[FACTS_POLICIES] = true;
    cr_expect_eq(podsecurity_of(f, &ns, a).privileged, VERDICT_UNKNOWN);
    f->version_minor = 27; /* evaluates none */
    cr_expect_eq(podsecurity_of(f, &ns, a).privileged, VERDICT_YES);
    f->gaps[FACTS_WEBHOOKS] = true;
    cr_expect_eq(podsecurity_of(f, &ns, a).privileged, VERDICT_UNKNOWN);
}

/* The zoo's only webhook takes no namespace, and its server was seen to admit such pods. */
Test(podsecurity, recorded_webhook_that_matches_nothing_has_no_say)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    struct part p = cluster_derive("zoo", a);
    const struct edge_row *e = cluster_edge(&p, "SLOT_ESCAPE", "podslot/zoo/all", "nodeset//all");

    cr_assert(e);
    cr_expect_eq(e->verdict, VERDICT_YES, "%s", evidence_of(&p, e, a));
}
