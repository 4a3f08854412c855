/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Problem documents stay JSON whatever they quote. */
#include <jansson.h>

#include "graphd/problem.h"
#include "tests/test.h"

Test(problem, quotes_anything)
{
    AUTO(jw) w = jw_new();
    const struct problem p = {.kind = ERR_INPUT,
                              .detail = "a \"b\" \xff",
                              .path = "/\\",
                              .id = "1",
                              .pointer = "/pairs/3/from"};

    cr_expect_eq(problem_write(w, &p), 400);
    json_auto_t *doc = json_loads(jw_text(w), 0, NULL);
    cr_assert(doc, "%s", jw_text(w));
    const char *type, *instance, *pointer;
    int status;
    cr_expect_eq(json_unpack(doc, "{s:s, s:i, s:s, s:[{s:s}]}", "type", &type, "status", &status,
                             "instance", &instance, "errors", "pointer", &pointer),
                 0);
    cr_expect_str_eq(type, "/problems/invalid-input");
    cr_expect_str_eq(instance, "/\\");
    cr_expect_str_eq(pointer, "/pairs/3/from");
    cr_expect_eq(status, 400);
}

Test(problem, has_a_reason_for_every_status_of_an_error)
{
    for (enum err_kind k = 0; k < ERR_COUNT; k++)
        cr_expect_str_neq(problem_reason(err_http(k)), "Unnamed", "%s", err_name(k));
}
