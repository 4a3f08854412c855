/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a setting comes from, and what is refused. */
#include <stdio.h>
#include <unistd.h>

#include "graphd/config.h"
#include "tests/test.h"

static const struct {
    const char *listen, *host;
    unsigned port;
    const char *error; /* NULL: accepted */
} addresses[] = {
    {"127.0.0.1:8080", "127.0.0.1", 8080, NULL},
    {"127.9.8.7:0", "127.9.8.7", 0, NULL},
    {"localhost:1", "127.0.0.1", 1, NULL},
    {"[::1]:65535", "::1", 65535, NULL},
    {"0.0.0.0:80", NULL, 0, "not loopback"},
    {"[::]:80", NULL, 0, "not loopback"},
    {"10.0.0.1:80", NULL, 0, "not loopback"},
    {"example.com:80", NULL, 0, "not loopback"},
    {"127.0.0.1.evil:80", NULL, 0, "not loopback"},
    {"::1:80", NULL, 0, "want ADDRESS:PORT"},
    {"127.0.0.1", NULL, 0, "want ADDRESS:PORT"},
    {"127.0.0.1:", NULL, 0, "want ADDRESS:PORT"},
    {"127.0.0.1:65536", NULL, 0, "want ADDRESS:PORT"},
    {"127.0.0.1:-1", NULL, 0, "want ADDRESS:PORT"},
    {":80", NULL, 0, "want ADDRESS:PORT"},
    {"[]:80", NULL, 0, "want ADDRESS:PORT"},
    {"", NULL, 0, "want ADDRESS:PORT"},
};

Test(config, address)
{
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        char host[CONFIG_HOST];
        uint16_t port;
        struct err err = {0};
        bool ok = config_address(addresses[i].listen, host, &port, &err);

        cr_expect_eq(ok, addresses[i].error == NULL, "%s: %s", addresses[i].listen, err.msg);
        if (ok && addresses[i].host) {
            cr_expect_str_eq(host, addresses[i].host, "%s", addresses[i].listen);
            cr_expect_eq(port, addresses[i].port, "%s", addresses[i].listen);
        } else if (addresses[i].error) {
            cr_expect(strstr(err.msg, addresses[i].error), "%s: %s", addresses[i].listen, err.msg);
        }
    }
}

static void write_file(char path[], const char *text)
{
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    dprintf(fd, "%s", text);
    close(fd);
}

Test(config, command_line_over_environment_over_file_over_default)
{
    char path[] = "/tmp/graphd-test-config.XXXXXX";
    char *argv[] = {
        (char *)"graphd", (char *)"--workers", (char *)"7", (char *)"--config", path, NULL};
    bool done;
    struct err err = {0};

    write_file(path, "[graphd-ingest]\nanything = goes\n"
                     "[graphd]\ndatabase = from-file\nworkers = 5\nqueue = 5\ncluster = a\n");
    setenv("GRAPHD_WORKERS", "6", 1);
    setenv("GRAPHD_QUEUE", "6", 1);
    AUTO(config) c = config_new(5, argv, &done, &err);
    unlink(path);
    cr_assert(c && !done, "%s", err.msg);
    cr_expect_eq(c->workers, 7);
    cr_expect_eq(c->queue, 6);
    cr_expect_str_eq(c->cluster, "a");
    cr_expect_str_eq(c->database, "from-file");
    cr_expect_str_eq(c->read_database, "from-file");
    cr_expect_eq(c->header_bytes, 16384);
    cr_expect_eq(c->level, LOG_LEVEL_INFO);
}

static const struct {
    const char *file, *error;
} bad_files[] = {
    {"[graphd]\nworker = 5\n", "unknown key \"worker\""},
    {"[graph]\n", "unknown group [graph]"},
    {"[graphd]\nworkers = -5\n", "workers: want 1 to 256 threads"},
    {"[graphd]\nworkers = 5x\n", "workers: want 1 to 256 threads"},
    {"[graphd]\nworkers = 99999999999999999999\n", "workers: want 1 to 256 threads"},
    {"nonsense", "config"},
    {"[graphd]\ncluster = \xff\n", ""},
    {"[graphd]\n", "database: not set"},
};

Test(config, refuses_a_bad_file)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
        char path[] = "/tmp/graphd-test-config.XXXXXX";
        char *argv[] = {(char *)"graphd", (char *)"--config", path, NULL};
        bool done;

        write_file(path, bad_files[i].file);
        must_fail(config_new(3, argv, &done, &e) != NULL, ERR_USAGE, bad_files[i].error);
        unlink(path);
    }
}
