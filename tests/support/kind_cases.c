/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A resource with a dot says the group. */
#include "tests/support/kind_cases.h"

#include <string.h>

char *kind_cases(const struct kind *k)
{
    const char *group = strchr(k->resource, '.');
    g_autofree char *stem = g_ascii_strdown(k->kind, -1);

    return g_strconcat("tests/cases/kinds/", stem, group ? group : "", NULL);
}
