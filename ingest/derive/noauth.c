/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are sure come first, then numbers alone. */
#include "ingest/derive/noauth.h"

#include <string.h>

#include "ingest/derive/image.h"

struct row {
    int32_t number;
    const char *word;
    bool alone;
    struct noauth is;
};

static const struct row rows[] = {
#define NOAUTH(number, word, alone, what, class)                                                   \
    {number, word, alone, {what, CLASS_##class, false}},
#include "ingest/derive/noauth.def"
#undef NOAUTH
};

/* Whether the last component of an image's name contains a word. */
static bool has_word(const char *image, const char *word)
{
    g_autofree char *name = g_strndup(image, image_repository(image));
    const char *slash = strrchr(name, '/');
    g_autofree char *last = g_ascii_strdown(slash ? slash + 1 : name, -1);

    return strstr(last, word) != NULL;
}

static bool is_named(const struct row *r, const struct fact_port *port, const char *image)
{
    return g_ascii_strcasecmp(port->name, r->word) == 0 || (r->number && has_word(image, r->word));
}

static bool fits(const struct row *r, const struct fact_port *port, const char *image, bool named)
{
    if (r->number && r->number != port->number)
        return false;
    return named ? is_named(r, port, image) : r->alone;
}

bool noauth_find(const struct fact_port *port, const char *image, struct noauth *out)
{
    if (strcmp(port->protocol, "TCP") != 0)
        return false;
    for (int named = 1; named >= 0; named--)
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            if (fits(&rows[i], port, image, named)) {
                *out = rows[i].is;
                out->named = named;
                return true;
            }
    return false;
}
