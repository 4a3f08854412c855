/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The escape guard: capabilities as they are written, users, sandboxes, AppArmor. */
#include "ingest/derive/escape.h"
#include "tests/test.h"

#define LIST(...)                                                                                  \
    (struct texts)                                                                                 \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__},                                                        \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)                      \
    }

static struct fact_container container(void)
{
    return (struct fact_container){.name = "main", .run_as_user = -1, .apparmor = ""};
}

Test(escape, adds_up_capabilities)
{
    const uint64_t admin = ESCAPE_CAP(CAP_SYS_ADMIN), module = ESCAPE_CAP(CAP_SYS_MODULE);
    static const struct fact_node containerd = {.runtime = "containerd://1.7.27"},
                                  crio = {.runtime = "cri-o://1.30.1"},
                                  docker = {.runtime = "docker://24.0.9"}, silent = {.runtime = ""};
    const struct {
        const char *name;
        enum tri privileged;
        struct texts add, drop;
        uint64_t has, lacks;
        const struct fact_node *node;
    } cases[] = {
        {"default", TRI_UNSET, {0}, {0}, 1, admin | module, NULL},
        {"privileged", TRI_YES, {0}, LIST("ALL"), admin | module | 1, 0, NULL},
        {"plain", TRI_NO, LIST("SYS_ADMIN"), {0}, admin | 1, module, NULL},
        {"with CAP_, lower case", TRI_NO, LIST("cap_sys_admin"), {0}, admin, module, NULL},
        {"all", TRI_NO, LIST("All"), {0}, admin | module, 0, NULL},
        {"drop all", TRI_NO, {0}, LIST("ALL"), 0, 1 | admin, NULL},
        {"add after drop", TRI_NO, LIST("SYS_MODULE"), LIST("ALL"), module, 1 | admin, NULL},
        {"both: drop wins", TRI_NO, LIST("SYS_ADMIN"), LIST("SYS_ADMIN"), 1, admin, &containerd},
        {"both: Docker adds", TRI_NO, LIST("SYS_ADMIN"), LIST("SYS_ADMIN"), admin, 0, &docker},
        {"all but one", TRI_NO, LIST("ALL"), LIST("SYS_MODULE"), admin, module, NULL},
        {"all but one, Docker", TRI_NO, LIST("ALL"), LIST("SYS_MODULE"), admin, module, &docker},
        {"all of both", TRI_NO, LIST("ALL"), LIST("ALL"), 0, 1 | admin, &crio},
        {"CAP_, containerd", TRI_NO, LIST("CAP_SYS_ADMIN"), LIST("CAP_CHOWN"), 1, admin,
         &containerd},
        {"CAP_, CRI-O", TRI_NO, LIST("CAP_SYS_ADMIN"), LIST("CAP_CHOWN"), admin, 1, &crio},
        {"CAP_, unknown", TRI_NO, LIST("CAP_SYS_ADMIN"), LIST("CAP_CHOWN"), admin | 1, 0, &silent},
        {"CAP_ALL", TRI_NO, LIST("CAP_ALL"), {0}, 1, admin, NULL},
        {"nonsense", TRI_NO, LIST("SYS_ADMINISTRATOR", "", "CAP_"), {0}, 1, admin | module, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fact_container c = container();
        c.privileged = cases[i].privileged;
        c.caps_add = cases[i].add;
        c.caps_drop = cases[i].drop;
        uint64_t got = escape_caps(&c, cases[i].node);
        cr_expect_eq(got & cases[i].has, cases[i].has, "%s: %#lx", cases[i].name, got);
        cr_expect_eq(got & cases[i].lacks, 0, "%s: %#lx", cases[i].name, got);
    }
}

Test(escape, is_harder_for_other_users_and_for_init_containers)
{
    static const struct {
        const char *name;
        int64_t user;
        enum tri non_root, escalation;
        enum container_type type;
        enum edge_class easy, trivial; /* what becomes of those classes */
    } cases[] = {
        {"root", 0, TRI_UNSET, TRI_UNSET, CONTAINER_MAIN, CLASS_EASY, CLASS_TRIVIAL},
        {"the image says", -1, TRI_UNSET, TRI_UNSET, CONTAINER_MAIN, CLASS_EASY, CLASS_TRIVIAL},
        {"another user", 1000, TRI_UNSET, TRI_UNSET, CONTAINER_MAIN, CLASS_MODERATE,
         CLASS_MODERATE},
        {"another user, no escalation", 1000, TRI_YES, TRI_NO, CONTAINER_MAIN, CLASS_HARD,
         CLASS_HARD},
        {"not root, whoever it is", -1, TRI_YES, TRI_UNSET, CONTAINER_MAIN, CLASS_MODERATE,
         CLASS_MODERATE},
        {"root, no escalation", 0, TRI_UNSET, TRI_NO, CONTAINER_SIDECAR, CLASS_EASY, CLASS_TRIVIAL},
        {"init", 0, TRI_UNSET, TRI_UNSET, CONTAINER_INIT, CLASS_HARD, CLASS_HARD},
        {"ephemeral", 0, TRI_UNSET, TRI_UNSET, CONTAINER_EPHEMERAL, CLASS_EASY, CLASS_TRIVIAL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fact_container c = container();
        c.run_as_user = cases[i].user;
        c.run_as_non_root = cases[i].non_root;
        c.allow_privilege_escalation = cases[i].escalation;
        c.type = cases[i].type;
        cr_expect_eq(escape_class(&c, CLASS_EASY), cases[i].easy, "%s", cases[i].name);
        cr_expect_eq(escape_class(&c, CLASS_TRIVIAL), cases[i].trivial, "%s", cases[i].name);
        cr_expect_geq(escape_class(&c, CLASS_RARE), CLASS_RARE, "%s: never easier", cases[i].name);
    }
}

Test(escape, is_blocked_by_user_namespaces_and_sandboxes)
{
    static const struct {
        const char *runtime_class;
        enum tri host_users;
        enum verdict want;
    } cases[] = {
        {"", TRI_UNSET, VERDICT_YES},          {"", TRI_YES, VERDICT_YES},
        {"", TRI_NO, VERDICT_BLOCKED},         {"gvisor", TRI_UNSET, VERDICT_BLOCKED},
        {"kata-fc", TRI_YES, VERDICT_BLOCKED}, {"nvidia", TRI_UNSET, VERDICT_YES},
        {"runc", TRI_UNSET, VERDICT_YES},
    };
    struct fact_container c = container();

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fact_pod p = {.runtime_class = cases[i].runtime_class,
                             .host_users = cases[i].host_users};
        struct escape_guard g;
        cr_assert(escape_guard(&p, &c, NULL, &g));
        cr_expect_eq(g.verdict, cases[i].want, "row %zu", i);
        cr_expect_eq(g.why == NULL, g.verdict == VERDICT_YES, "row %zu", i);
    }
}

Test(escape, does_not_speak_of_windows)
{
    struct fact_pod p = {.runtime_class = ""};
    struct fact_node windows = {.os = "windows"}, linux_node = {.os = "linux"};
    struct fact_container c = container();
    struct escape_guard g;

    cr_expect_not(escape_guard(&p, &c, &windows, &g));
    cr_expect(escape_guard(&p, &c, &linux_node, &g));
    c.host_process = true;
    cr_expect_not(escape_guard(&p, &c, &linux_node, &g));
}

Test(escape, names_the_field_in_its_own_list)
{
    AUTO(arena) a = arena_new();
    const struct fact_container all[] = {
        {.type = CONTAINER_INIT}, {.type = CONTAINER_SIDECAR},   {.type = CONTAINER_MAIN},
        {.type = CONTAINER_MAIN}, {.type = CONTAINER_EPHEMERAL},
    };
    const char *const want[] = {"spec.initContainers[0].x", "spec.initContainers[1].x",
                                "spec.containers[0].x", "spec.containers[1].x",
                                "spec.ephemeralContainers[0].x"};
    struct fact_pod p = {.containers = all, .ncontainers = ARRAY_LEN(all)};

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        cr_expect_str_eq(escape_field(a, &p, &all[i], "x"), want[i]);
}
