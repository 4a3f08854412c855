/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Near misses of rights, rule by rule; whole clusters are in tests/cases/rules (lines of ?). */
#include "ingest/derive/rbac_miss.h"
#include "ingest/derive/why.h"
#include "tests/test.h"

static const struct rbac_right exec[] = {
    {.verb = "create", .group = "", .resource = "pods", .subresource = "exec", .named = true},
    {.verb = "get", .group = "", .resource = "pods", .subresource = "exec", .named = true},
};
static const struct rule_wants wants = {.kind = EDGE_POD_EXEC, .rights = exec, .n = 2};

#define LIST(...)                                                                                  \
    {                                                                                              \
        (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *) \
    }

/* One rule, bound in `ns` ("" the cluster), asked about a target; NULL `says`: nothing is said. */
static const struct {
    struct fact_rule rule;
    const char *ns, *to_ns, *to_name;
    enum node_kind to;
    const char *says;
    unsigned near;
} table[] = {
    {{LIST("create"), LIST(""), LIST("pods/exec"), {0}, {0}},
     "shop",
     "shop",
     "all",
     NODE_PODS,
     NULL,
     0},
    {{LIST("create"), LIST(""), LIST("pods/exec"), {0}, {0}},
     "",
     "shop",
     "web",
     NODE_POD,
     "over everything in scope",
     WHY_HELD},
    {{LIST("create"), LIST(""), LIST("pods/exec"), LIST("web"), {0}},
     "shop",
     "shop",
     "web",
     NODE_POD,
     NULL,
     0},
    {{LIST("create"), LIST(""), LIST("pods/exec"), LIST("web"), {0}},
     "shop",
     "shop",
     "db",
     NODE_POD,
     "only by name: web",
     WHY_RELATED + 4},
    {{LIST("create"), LIST(""), LIST("pods/exec"), LIST("web"), {0}},
     "shop",
     "shop",
     "all",
     NODE_PODS,
     "only by name: web",
     WHY_RELATED + 4},
    {{LIST("delete"), LIST("*"), LIST("*"), {0}, {0}},
     "shop",
     "shop",
     "web",
     NODE_POD,
     "no rule of Role shop/r gives create or get on pods/exec; rules[0] gives delete on *",
     WHY_RELATED + 3},
    {{LIST("*"), LIST("apps"), LIST("*"), {0}, {0}},
     "shop",
     "shop",
     "web",
     NODE_POD,
     "of the API group apps; it is served in core",
     WHY_RELATED + 2},
    {{LIST("create"), LIST(""), LIST("pods"), {0}, {0}},
     "shop",
     "shop",
     "web",
     NODE_POD,
     "which leaves out pods/exec",
     WHY_RELATED + 1},
    {{LIST("create"), LIST(""), LIST("secrets"), {0}, {0}},
     "shop",
     "shop",
     "web",
     NODE_POD,
     "no rule of Role shop/r gives create or get on pods/exec",
     WHY_RELATED - 1},
    {{LIST("create"), LIST(""), LIST("pods/exec"), {0}, {0}},
     "shop",
     "bank",
     "web",
     NODE_POD,
     "but the binding is in namespace shop, the target in bank",
     WHY_RELATED},
    {{LIST("get"), LIST(""), LIST("secrets"), {0}, {0}},
     "shop",
     "",
     "all",
     NODE_PODS,
     "grants nothing outside of it",
     WHY_APART},
};

Test(rbac_miss, tells_the_nearest_rule)
{
    AUTO(arena) a = arena_new();
    struct rule_ctx c = {.scratch = a};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct fact_role role = {
            .meta = {.ns = "shop", .name = "r", .uid = ""}, .rules = &table[i].rule, .nrules = 1};
        struct fact_binding b = {
            .meta = {.ns = table[i].ns, .name = "b", .uid = ""}, .role_name = "r", .role = &role};
        struct rule_question q = {
            .kind = EDGE_POD_EXEC,
            .from = {.kind = NODE_PERMISSION_SET, .binding = &b},
            .to = {.kind = table[i].to, .ns = table[i].to_ns, .name = table[i].to_name, .sub = ""}};
        struct rule_why why = {0};
        bool said = rbac_miss_say(&c, &q, &wants, &why);

        cr_expect_eq(said, table[i].says != NULL, "row %zu: %s", i,
                     said ? why.ev.reason : "silent");
        if (!said || !table[i].says)
            continue;
        cr_expect(strstr(why.ev.reason, table[i].says), "row %zu: \"%s\" lacks \"%s\"", i,
                  why.ev.reason, table[i].says);
        cr_expect_eq(why.near, table[i].near, "row %zu: near %u: %s", i, why.near, why.ev.reason);
        cr_expect(why.specific);
    }
}

/* A cluster-scoped request, and a row whose names are not those of the target. */
Test(rbac_miss, scope_and_names_are_the_rows_matter)
{
    AUTO(arena) a = arena_new();
    struct rule_ctx c = {.scratch = a};
    struct fact_rule rule = {LIST("create"), LIST(""), LIST("pods/exec"), LIST("web"), {0}};
    struct fact_role role = {
        .meta = {.ns = "shop", .name = "r", .uid = ""}, .rules = &rule, .nrules = 1};
    struct fact_binding b = {
        .meta = {.ns = "shop", .name = "b", .uid = ""}, .role_name = "r", .role = &role};
    struct rule_question q = {.kind = EDGE_POD_EXEC,
                              .from = {.kind = NODE_PERMISSION_SET, .binding = &b},
                              .to = {.kind = NODE_NODES, .ns = "", .name = "all", .sub = ""}};
    struct rule_wants other = wants, cluster = wants;
    struct rule_why why;

    other.other = true;
    cluster.cluster = true;
    cr_expect_not(rbac_miss_say(&c, &q, &other, &why), "the right is there");
    cr_expect(rbac_miss_say(&c, &q, &cluster, &why));
    cr_expect(strstr(why.ev.reason, "pods belong to the whole cluster"), "%s", why.ev.reason);
    b.role = NULL;
    cr_expect(rbac_miss_say(&c, &q, &wants, &why));
    cr_expect(strstr(why.ev.reason, "Role shop/r does not exist"), "%s", why.ev.reason);
    q.from.binding = NULL;
    cr_expect_not(rbac_miss_say(&c, &q, &wants, &why));
}
