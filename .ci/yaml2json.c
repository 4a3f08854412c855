/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Build tool: a YAML file to JSON on stdout, a line break after every comma between values.
 * With our own reader, so the contract is served as the file says it. */
#include <stdio.h>
#include <stdlib.h>

#include "ingest/sources/yaml.h"

struct out {
    bool text, escape; /* inside a string; after a backslash */
};

static bool put(void *arg, const char *bytes, size_t len, struct err *e)
{
    struct out *o = arg;

    (void)e;
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        putchar(c);
        if (o->escape)
            o->escape = false;
        else if (o->text && c == '\\')
            o->escape = true;
        else if (c == '"')
            o->text = !o->text;
        else if (c == ',' && !o->text)
            putchar('\n');
    }
    return true;
}

static bool broken(void *arg, const char *problem, struct err *e)
{
    (void)arg;
    return err_set(e, ERR_INPUT, "%s", problem);
}

static ssize_t pull(void *arg, char *buf, size_t room, struct err *e)
{
    (void)e;
    return (ssize_t)fread(buf, 1, room, arg);
}

int main(int argc, char **argv)
{
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    struct out o = {0};
    struct err e = {0};

    if (!in)
        return EXIT_FAILURE;
    const struct reader r = {.arg = in, .read = pull};
    const struct yaml_limits limits = {1 << 20, 64, 1 << 20};
    const struct yaml_sink sink = {&o, put, broken};
    if (!yaml_read(&r, &limits, &sink, &e)) {
        fprintf(stderr, "%s: %s\n", argv[1], e.msg);
        return EXIT_FAILURE;
    }
    fclose(in);
    return EXIT_SUCCESS;
}
