/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings from config.def, read with GLib. */
#include "graphd/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "base/arena.h"
#include "base/version.h"

struct settings {
    struct config c; /* first: what callers hold */
    GPtrArray *texts;
};

static const struct option {
    const char *key, *dflt, *value, *sentence;
    size_t offset;        /* in struct config */
    uint32_t least, most; /* of a number; most 0: it is text */
} options[] = {
#define TEXT(field, key, dflt, value, sentence)                                                    \
    {key, dflt, value, sentence, offsetof(struct config, field), 0, 0},
#define NUMBER(field, key, dflt, least, most, unit, sentence)                                      \
    {key, #dflt, unit, sentence, offsetof(struct config, field), least, most},
#include "graphd/config.def"
#undef TEXT
#undef NUMBER
};

enum { OPTIONS = ARRAY_LEN(options), GROUP_LIMIT = 64 };

/* What the command line said. */
struct command {
    char *given[OPTIONS];
    char *file;
    gboolean help, version, check;
};

static void command_done(struct command *cmd)
{
    for (size_t i = 0; i < OPTIONS; i++)
        g_free(cmd->given[i]);
    g_free(cmd->file);
}

static GOptionContext *context_new(struct command *cmd, GPtrArray *texts)
{
    GOptionContext *ctx = g_option_context_new(NULL);
    GOptionEntry entries[OPTIONS + 5] = {0};

    for (size_t i = 0; i < OPTIONS; i++) {
        char *what = g_strdup_printf("%s (%s)", options[i].sentence,
                                     *options[i].dflt ? options[i].dflt : "unset");
        g_ptr_array_add(texts, what);
        entries[i] = (GOptionEntry){
            options[i].key, 0, 0, G_OPTION_ARG_STRING, &cmd->given[i], what, options[i].value};
    }
    entries[OPTIONS] =
        (GOptionEntry){"config", 0, 0, G_OPTION_ARG_FILENAME, &cmd->file, "INI file", "FILE"};
    entries[OPTIONS + 1] = (GOptionEntry){
        "check-config", 0, 0, G_OPTION_ARG_NONE, &cmd->check, "check the settings and end", NULL};
    entries[OPTIONS + 2] =
        (GOptionEntry){"help", 'h', 0, G_OPTION_ARG_NONE, &cmd->help, "show this and end", NULL};
    entries[OPTIONS + 3] = (GOptionEntry){
        "version", 'V', 0, G_OPTION_ARG_NONE, &cmd->version, "show the version and end", NULL};
    g_option_context_set_help_enabled(ctx, FALSE);
    g_option_context_add_main_entries(ctx, entries, NULL);
    g_option_context_set_summary(
        ctx, "Serves the attack graph of Kubernetes clusters over HTTP.  Every option is also\n"
             "GRAPHD_OPTION in the environment and a line of [graphd] in the file.");
    return ctx;
}

static bool set_option(struct settings *s, const struct option *o, const char *text,
                       const char *where, struct err *e)
{
    char *field = (char *)&s->c + o->offset;
    guint64 n;

    if (o->most) {
        if (!g_ascii_string_to_unsigned(text, 10, o->least, o->most, &n, NULL))
            return err_set(e, ERR_USAGE, "%s: %s: want %u to %u %s, got \"%.40s\"", where, o->key,
                           o->least, o->most, o->value, text);
        uint32_t v = (uint32_t)n;
        memcpy(field, &v, sizeof(v));
        return true;
    }
    if (!g_utf8_validate(text, -1, NULL))
        return err_set(e, ERR_USAGE, "%s: %s: not UTF-8", where, o->key);
    const char *copy = g_strdup(text);
    g_ptr_array_add(s->texts, (gpointer)(uintptr_t)copy);
    memcpy(field, &copy, sizeof(copy));
    return true;
}

static const struct option *find_option(const char *key)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (strcmp(options[i].key, key) == 0)
            return &options[i];
    return NULL;
}

/* The file may serve all three programs, each with its group; a misspelt group or key must not be
 * overlooked. */
static bool from_file(struct settings *s, const char *path, struct err *e)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) bad = NULL;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &bad))
        return err_set(e, ERR_USAGE, "%s: %s", path, bad->message);
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (size_t g = 0; groups[g]; g++) {
        if (strcmp(groups[g], "graphd-ingest") == 0 || strcmp(groups[g], "graphctl") == 0)
            continue;
        if (strcmp(groups[g], "graphd") != 0)
            return err_set(e, ERR_USAGE, "%s: unknown group [%.40s]", path, groups[g]);
        g_auto(GStrv) keys = g_key_file_get_keys(file, groups[g], NULL, NULL);
        for (size_t k = 0; keys && keys[k]; k++) {
            const struct option *o = find_option(keys[k]);
            if (!o)
                return err_set(e, ERR_USAGE, "%s: unknown key \"%.40s\"", path, keys[k]);
            g_autofree char *text = g_key_file_get_string(file, groups[g], keys[k], &bad);
            if (!text)
                return err_set(e, ERR_USAGE, "%s: %s", path, bad->message);
            if (!set_option(s, o, text, path, e))
                return false;
        }
    }
    return true;
}

static bool from_environment(struct settings *s, struct err *e)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        g_autofree char *key = g_ascii_strup(options[i].key, -1);
        g_autofree char *name = g_strdup_printf("GRAPHD_%s", g_strdelimit(key, "-", '_'));
        const char *text = g_getenv(name);
        if (text && !set_option(s, &options[i], text, name, e))
            return false;
    }
    return true;
}

bool config_is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (g_ascii_strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

bool config_address(const char *text, char host[CONFIG_HOST], uint16_t *port, struct err *e)
{
    const char *colon = strrchr(text, ':');
    const char *from = text, *to = colon;
    guint64 n;

    if (colon && *text == '[' && colon > text + 1 && colon[-1] == ']') {
        from++;
        to--;
    } else if (colon && memchr(text, ':', (size_t)(colon - text))) {
        colon = NULL; /* an IPv6 address without brackets: no telling where the port starts */
    }
    if (!colon || to == from || (size_t)(to - from) >= CONFIG_HOST ||
        !g_ascii_string_to_unsigned(colon + 1, 10, 0, UINT16_MAX, &n, NULL))
        return err_set(e, ERR_USAGE, "listen: want ADDRESS:PORT, got \"%.80s\"", text);
    snprintf(host, CONFIG_HOST, "%.*s", (int)(to - from), from);
    if (!config_is_loopback(host))
        return err_set(e, ERR_USAGE,
                       "listen: %s is not loopback: without authentication graphd serves "
                       "127.0.0.0/8, ::1 or localhost only",
                       host);
    if (g_ascii_strcasecmp(host, "localhost") == 0)
        snprintf(host, CONFIG_HOST, "127.0.0.1");
    *port = (uint16_t)n;
    return true;
}

static bool check(struct config *c, struct err *e)
{
    char host[CONFIG_HOST];
    uint16_t port;

    if (!*c->database)
        return err_set(e, ERR_USAGE, "database: not set (--database URL or GRAPHD_DATABASE)");
    if (!*c->read_database)
        c->read_database = c->database;
    if (!log_parse_level(c->log_level, &c->level))
        return err_set(e, ERR_USAGE, "log-level: want error, warn, info or debug, got \"%.40s\"",
                       c->log_level);
    return config_address(c->listen, host, &port, e);
}

static bool read_all(struct settings *s, const struct command *cmd, struct err *e)
{
    const char *file = cmd->file ? cmd->file : g_getenv("GRAPHD_CONFIG");

    for (size_t i = 0; i < OPTIONS; i++)
        if (!set_option(s, &options[i], options[i].dflt, "default", e))
            return false;
    if (file && *file && !from_file(s, file, e))
        return false;
    if (!from_environment(s, e))
        return false;
    for (size_t i = 0; i < OPTIONS; i++)
        if (cmd->given[i] && !set_option(s, &options[i], cmd->given[i], "command line", e))
            return false;
    return check(&s->c, e);
}

/* Parses the words of the command line; *done when they asked for text only. */
static bool parse(struct command *cmd, int argc, char **argv, bool *done, GPtrArray *texts,
                  struct err *e)
{
    g_autoptr(GOptionContext) ctx = context_new(cmd, texts);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GError) bad = NULL;

    /* GLib reorders the array that it parses; the caller's stays as it is for the next reload. */
    for (int i = 0; i < argc; i++)
        g_ptr_array_add(words, argv[i]);
    g_ptr_array_add(words, NULL);
    char **list = (char **)words->pdata;
    if (!g_option_context_parse(ctx, &argc, &list, &bad))
        return err_set(e, ERR_USAGE, "%s", bad->message);
    if (argc > 1)
        return err_set(e, ERR_USAGE, "unexpected argument \"%.80s\"", list[1]);
    *done = cmd->help || cmd->version;
    if (cmd->help) {
        g_autofree char *help = g_option_context_get_help(ctx, TRUE, NULL);
        fputs(help, stdout);
    } else if (cmd->version) {
        puts("graphd " VERSION);
    }
    return true;
}

struct config *config_new(int argc, char **argv, bool *done, struct err *e)
{
    struct settings *s = must_calloc(1, sizeof(*s));
    struct command cmd = {0};

    s->texts = g_ptr_array_new_with_free_func(g_free);
    *done = false;
    bool ok = parse(&cmd, argc, argv, done, s->texts, e);
    if (ok && !*done) {
        ok = read_all(s, &cmd, e);
        *done = ok && cmd.check;
    }
    command_done(&cmd);
    if (ok)
        return &s->c;
    config_free(&s->c);
    return NULL;
}

void config_free(struct config *c)
{
    struct settings *s = (struct settings *)c;

    if (!s)
        return;
    g_ptr_array_free(s->texts, TRUE);
    free(s);
}
