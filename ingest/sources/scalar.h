/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a YAML scalar means to kubectl and the API server. */
#pragma once

#include "base/attr.h"

enum scalar {
    SCALAR_TEXT,
    SCALAR_NULL,
    SCALAR_TRUE,
    SCALAR_FALSE,
    SCALAR_NUMBER_TEXT, /* a JSON number stands in `number` */
    SCALAR_MERGE,       /* << */
    SCALAR_REFUSED      /* .inf, .nan */
};

enum { SCALAR_NUMBER = 48 }; /* bytes that hold any number */

/* Resolves the `len` bytes of `s` (NUL-terminated): `plain` if it stands without quotes, `tag` as
 * in the text or NULL.
 * Source: the resolver of goyaml.v2, which sigs.k8s.io/yaml uses. */
enum scalar scalar_resolve(const char *s, size_t len, bool plain, const char *tag,
                           char number[SCALAR_NUMBER]);
