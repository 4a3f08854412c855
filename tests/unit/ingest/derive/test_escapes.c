/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the table of escapes: classes, and what is missing. */
#include "ingest/derive/escapes.h"
#include "tests/test.h"

/* A running pod with one container, on a node with an OS. */
struct scene {
    struct facts *f;
    struct fact_pod p;
    struct fact_container k;
    struct fact_node node;
    struct escapes_case at;
};

static void set(struct scene *s, struct arena *a, const char *os)
{
    *s = (struct scene){
        .p = {.meta = {.ns = "shop", .name = "a", .uid = "u"}, .runtime_class = "", .phase = ""},
        .k = {.name = "main",
              .run_as_user = -1,
              .apparmor = "",
              .seccomp = "",
              .proc_mount = "",
              .target = ""},
        .node = {.meta = {.ns = "", .name = "w1", .uid = "n"},
                 .os = "linux",
                 .arch = "amd64",
                 .os_image = os,
                 .kernel = "",
                 .runtime = "",
                 .kubelet = ""},
    };
    s->f = facts_new(a, "c");
    s->p.containers = &s->k;
    s->p.ncontainers = 1;
    s->at = (struct escapes_case){s->f, &s->p, &s->k, &s->node, a};
}

Test(escapes, every_row_is_whole)
{
    for (size_t i = 0; i < escapes_count; i++) {
        const struct escapes_row *r = &escapes_rows[i];

        cr_expect_eq(escapes_find(r->kind), r, "row %zu: a kind twice", i);
        cr_expect(!r->host || r->host_why, "row %zu", i);
        cr_expect(!(r->privileged && r->left_to_privileged), "row %zu", i);
        cr_expect(r->locked >= r->class, "row %zu", i);
    }
    cr_expect_null(escapes_find(EDGE_POD_EXEC));
}

Test(escapes, class_is_harder_on_a_locked_os_and_for_other_users)
{
    AUTO(arena) a = arena_new();
    const struct {
        const char *os;
        int64_t user;
        enum tri escalation;
        enum edge_class want;
    } cases[] = {
        {"Ubuntu 24.04", 0, TRI_UNSET, CLASS_EASY},
        {"Ubuntu 24.04", -1, TRI_UNSET, CLASS_EASY},
        {"Ubuntu 24.04", 1000, TRI_UNSET, CLASS_MODERATE},
        {"Ubuntu 24.04", 1000, TRI_NO, CLASS_HARD},
        {"Bottlerocket OS 1.20", 0, TRI_UNSET, CLASS_HARD},
        {"Talos (v1.8.0)", 1000, TRI_UNSET, CLASS_HARD},
        {"Flatcar Container Linux", 0, TRI_UNSET, CLASS_EASY},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct escapes_found found;
        struct scene s;

        set(&s, a, cases[i].os);
        s.k.privileged = TRI_YES;
        s.k.run_as_user = cases[i].user;
        s.k.allow_privilege_escalation = cases[i].escalation;
        cr_assert(escapes_judge(escapes_find(EDGE_CE_MODULE_LOAD), &s.at, &found), "%zu", i);
        cr_expect_eq(found.class, cases[i].want, "%zu: %d", i, found.class);
        facts_free(s.f);
    }
}

Test(escapes, says_what_is_missing)
{
    AUTO(arena) a = arena_new();
    struct escapes_found found;
    struct scene s;

    set(&s, a, "");
    cr_expect(!escapes_judge(escapes_find(EDGE_CE_PRIV_MOUNT), &s.at, &found));
    cr_expect(strstr(found.missing, "not privileged"), "%s", found.missing);
    cr_expect(!escapes_judge(escapes_find(EDGE_CE_SYS_PTRACE), &s.at, &found));
    cr_expect(strstr(found.missing, "hostPID"), "%s", found.missing);
    s.p.host_pid = true;
    cr_expect(!escapes_judge(escapes_find(EDGE_CE_SYS_PTRACE), &s.at, &found));
    cr_expect(strstr(found.missing, "capabilities"), "%s", found.missing);
    s.k.privileged = TRI_YES;
    cr_expect(!escapes_judge(escapes_find(EDGE_CE_SYS_PTRACE), &s.at, &found));
    cr_expect(strstr(found.missing, "privileged"), "%s", found.missing);
    cr_expect(escapes_judge(escapes_find(EDGE_CE_NSENTER), &s.at, &found));
    cr_expect_null(found.missing);
    s.k.ended = true;
    cr_expect(!escapes_judge(escapes_find(EDGE_CE_NSENTER), &s.at, &found));
    cr_expect(strstr(found.missing, "ended"), "%s", found.missing);
    facts_free(s.f);
}
