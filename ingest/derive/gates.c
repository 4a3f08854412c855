/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of version gates. */
#include "ingest/derive/gates.h"

static const struct {
    int maybe_from, from, until, maybe_until; /* minors of 1.x */
    const char *sentence;
} table[] = {
#define GATE(name, maybe_from, from, until, maybe_until, sentence)                                 \
    {maybe_from, from, until, maybe_until, sentence},
#include "ingest/derive/gates.def"
#undef GATE
};

enum tri gates_hold(const struct facts *f, enum gate g)
{
    int minor = f->version_minor;

    if (f->version_major != 1)
        return TRI_UNSET;
    if (minor < table[g].maybe_from || (table[g].maybe_until && minor >= table[g].maybe_until))
        return TRI_NO;
    return minor >= table[g].from && (!table[g].until || minor < table[g].until) ? TRI_YES
                                                                                 : TRI_UNSET;
}

const char *gates_sentence(enum gate g)
{
    return table[g].sentence;
}
