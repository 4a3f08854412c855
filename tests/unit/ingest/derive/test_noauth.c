/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a port is taken for, by number, name and image. */
#include "ingest/derive/noauth.h"
#include "tests/test.h"

static const struct {
    const char *name, *image, *protocol;
    int32_t number;
    const char *what; /* NULL: nothing that is known */
    enum edge_class class;
    bool named;
} cases[] = {
    {"", "app", "TCP", 6379, "Redis", CLASS_MODERATE, false},
    {"", "bitnami/redis:7.2", "TCP", 6379, "Redis", CLASS_MODERATE, true},
    {"", "reg:5000/valkey/valkey@sha256:0", "TCP", 6379, "Valkey", CLASS_MODERATE, true},
    {"redis", "app", "TCP", 6379, "Redis", CLASS_MODERATE, true},
    /* the name of a registry or a folder is not that of the image */
    {"", "redis.example.com/redis/shop", "TCP", 6379, "Redis", CLASS_MODERATE, false},
    {"", "redis:7", "TCP", 8080, NULL, CLASS_HARD, false},
    {"", "redis:7", "UDP", 6379, NULL, CLASS_HARD, false},
    {"", "memcached", "TCP", 11211, "memcached", CLASS_HARD, true},
    {"", "app", "TCP", 8888, NULL, CLASS_HARD, false},
    {"Jupyter", "app", "TCP", 8888, "Jupyter", CLASS_MODERATE, true},
    {"", "jupyter/base-notebook", "TCP", 8888, "Jupyter", CLASS_MODERATE, true},
    {"jmx", "app", "TCP", 1234, "JMX", CLASS_MODERATE, true},
    {"", "jmx-exporter", "TCP", 1234, NULL, CLASS_HARD, false},
    {"", "metrics-server", "TCP", 10250, NULL, CLASS_HARD, false},
    {"", "hyperkube", "TCP", 10255, "the read-only port of a kubelet", CLASS_HARD, true},
    {"", "", "TCP", 2375, "the Docker API", CLASS_MODERATE, false},
    {"", "app", "TCP", 443, NULL, CLASS_HARD, false},
};

Test(noauth, names_what_usually_asks_nobody)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fact_port p = {cases[i].name, cases[i].protocol, cases[i].number, 0, ""};
        struct noauth got = {0};
        bool found = noauth_find(&p, cases[i].image, &got);

        cr_expect_eq(found, cases[i].what != NULL, "%s:%d \"%s\": %s", cases[i].image,
                     cases[i].number, cases[i].name, found ? got.what : "nothing");
        if (!found || !cases[i].what)
            continue;
        cr_expect_str_eq(got.what, cases[i].what);
        cr_expect_eq(got.class, cases[i].class, "%s", got.what);
        cr_expect_eq(got.named, cases[i].named, "%s: %s", cases[i].image, got.what);
    }
}
