/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl: what a person types. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "ctl/command.h"

static const struct {
    const char *name, *args, *help;
} rows[] = {
#define COMMAND(name, args, help) {#name, args, help},
#include "ctl/commands.def"
#undef COMMAND
};

static void usage(FILE *to)
{
    fprintf(to, "Usage: graphctl COMMAND [OPTIONS] [ARGUMENTS]\n\nCommands:\n");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        fprintf(to, "  %-9s %s\n            %s\n", rows[i].name, rows[i].args, rows[i].help);
    fprintf(to,
            "\nOptions of every command:\n"
            "  --url URL         the service (GRAPHD_URL, http://127.0.0.1:8080)\n"
            "  --database URL    PostgreSQL, for migrate and doctor (GRAPHD_DATABASE)\n"
            "  --output FORMAT   text or json\n"
            "  --help, --version\n\n"
            "KEY is a node key (k8s:shop/pod/web/storefront-0), namespace/pod or a name that only\n"
            "one node has.  Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static bool parse(const struct command *cmd, int *argc, char ***argv, struct command_ctx *c,
                  struct err *e)
{
    static char *url, *database, *output;
    static const GOptionEntry common[] = {
        {"url", 0, 0, G_OPTION_ARG_STRING, &url, "The service", "URL"},
        {"database", 0, 0, G_OPTION_ARG_STRING, &database, "PostgreSQL", "URL"},
        {"output", 0, 0, G_OPTION_ARG_STRING, &output, "text or json", "FORMAT"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) ctx = g_option_context_new(cmd->args);
    g_autoptr(GError) wrong = NULL;
    g_autofree char *summary = g_strdup_printf("graphctl %s: %s", cmd->name, cmd->help);

    g_option_context_set_summary(ctx, summary);
    g_option_context_add_main_entries(ctx, common, NULL);
    if (cmd->options)
        g_option_context_add_main_entries(ctx, cmd->options, NULL);
    if (!g_option_context_parse(ctx, argc, argv, &wrong))
        return err_set(e, ERR_USAGE, "%s", wrong->message);
    if (output && strcmp(output, "json") != 0 && strcmp(output, "text") != 0)
        return err_set(e, ERR_USAGE, "--output wants text or json, got \"%s\"", output);
    c->json = output && strcmp(output, "json") == 0;
    c->url = url ? url : getenv("GRAPHD_URL");
    if (!c->url || !*c->url)
        c->url = "http://127.0.0.1:8080";
    c->database = database ? database : getenv("GRAPHD_DATABASE");
    c->args = *argv + 1;
    c->nargs = *argc - 1;
    return true;
}

int main(int argc, char **argv)
{
    AUTO(arena) a = arena_new();
    struct command_ctx c = {.arena = a, .self = argv[0]};
    struct err e = {0};

    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("graphctl " VERSION);
        return 0;
    }
    const struct command *cmd = find(argv[1]);
    if (!cmd) {
        fprintf(stderr, "graphctl: no command \"%s\"; try graphctl --help\n", argv[1]);
        return 2;
    }
    argc--;
    argv++;
    if (!parse(cmd, &argc, &argv, &c, &e) || !cmd->run(&c, &e)) {
        err_clean(e.msg);
        fprintf(stderr, "graphctl %s: %s\n", cmd->name, e.msg);
        if (e.kind == ERR_USAGE)
            fprintf(stderr, "Usage: graphctl %s %s\n", cmd->name, cmd->args);
        return err_exit(e.kind);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
