/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of version gates. */
#include "ingest/derive/gates.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    int maybe_from, from, until, maybe_until; /* minors of 1.x */
    const char *sentence;
} table[] = {
#define GATE(name, maybe_from, from, until, maybe_until, sentence)                                 \
    {maybe_from, from, until, maybe_until, sentence},
#include "ingest/derive/gates.def"
#undef GATE
};

static enum tri holds(int major, int minor, enum gate g)
{
    if (major != 1)
        return TRI_UNSET;
    if (minor < table[g].maybe_from || (table[g].maybe_until && minor >= table[g].maybe_until))
        return TRI_NO;
    return minor >= table[g].from && (!table[g].until || minor < table[g].until) ? TRI_YES
                                                                                 : TRI_UNSET;
}

enum tri gates_hold(const struct facts *f, enum gate g)
{
    return holds(f->version_major, f->version_minor, g);
}

enum tri gates_hold_at(const char *version, enum gate g)
{
    if (strncmp(version, "v1.", 3) != 0 || !g_ascii_isdigit(version[3]))
        return TRI_UNSET;
    unsigned long minor = strtoul(version + 3, NULL, 10);
    return minor < 1000 ? holds(1, (int)minor, g) : TRI_UNSET;
}

const char *gates_sentence(enum gate g)
{
    return table[g].sentence;
}
