/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Black-box tests: the real graphd on a port of its own, and a client that sends any bytes. */
#pragma once

#include <sys/types.h>

#include "base/clock.h"
#include "tests/test.h"

struct api {
    pid_t pid;
    uint16_t port;
    int log;              /* its standard error */
    char seen[64 * 1024]; /* what it logged so far */
    size_t nseen;
};

/* Starts graphd with `options` (NULL-terminated) on a free port of loopback.  Without --database
 * among them it gets one that does not answer.  Fails the test if it does not start. */
void api_start(struct api *api, const char *const *options);

/* Waits for a line of the log that contains `text`; false after five seconds. */
bool api_logged(struct api *api, const char *text);

/* Sends a signal; waits for the end and returns the exit status (128 + signal if killed). */
int api_stop(struct api *api, int sig);

struct api_reply {
    int status;      /* 0: the connection ended without a reply */
    char head[4096]; /* status line and headers */
    char *body;      /* of Content-Length bytes, NUL-terminated; "" if none; lives in the arena */
};

/* A connection; -1 if it is refused. */
int api_connect(const struct api *api);

/* Sends bytes; false if the other side is gone. */
bool api_send(int fd, const char *bytes, size_t len);
bool api_say(int fd, const char *text);

/* Reads one reply.  `headless`: it answers HEAD, so no body follows. */
void api_read(int fd, struct arena *a, bool headless, struct api_reply *out);

/* Whether the other side closes within a second, with nothing more sent. */
bool api_closed(int fd);

/* One request on a connection of its own, and its reply; `extra` is header lines or "". */
void api_get(const struct api *api, struct arena *a, const char *path, const char *extra,
             struct api_reply *out);

/* The value of a line of /metrics that starts with `name`; 0 if there is none. */
double api_metric(const struct api *api, const char *name);
