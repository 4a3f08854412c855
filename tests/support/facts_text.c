/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parser of its kind does the work. */
#include "tests/support/facts_text.h"

#include <jansson.h>

#include "ingest/kind.h"
#include "tests/test.h"

void facts_text_add(struct facts *f, const char *text)
{
    g_autofree char *json = g_strdelimit(g_strdup(text), "'", '"');
    json_error_t why;
    json_auto_t *doc = json_loads(json, 0, &why);
    struct jx root = jx_root(doc);

    cr_assert(doc, "%s: %s", json, why.text);
    const struct kind *k = kind_find(json_string_value(json_object_get(doc, "apiVersion")),
                                     json_string_value(json_object_get(doc, "kind")));
    cr_assert(k, "no kind: %s", json);
    must(k->parse(&root, f, &e));
}
