/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting graphd, and a client of a few socket calls. */
#include "tests/api/api_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 5000, MOST_OPTIONS = 32, MOST_BODY = 4 << 20 };

/* The port of a URL that nobody answers: 1 is never used. */
static const char nowhere[] = "postgresql://127.0.0.1:1/none?connect_timeout=1";

static void run_graphd(const char *const *options, int log)
{
    const char *bin = getenv("GRAPHD_BIN");
    char path[1024];
    char *argv[MOST_OPTIONS] = {path, (char *)"--listen", (char *)"127.0.0.1:0"};
    size_t n = 3;
    bool database = false;

    snprintf(path, sizeof(path), "%s/graphd", bin ? bin : "build/release/bin");
    for (; *options && n + 3 < MOST_OPTIONS; options++) {
        database |= strcmp(*options, "--database") == 0;
        argv[n++] = (char *)*options;
    }
    if (!database) {
        argv[n++] = (char *)"--database";
        argv[n++] = (char *)nowhere;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(log, STDERR_FILENO);
    execv(path, argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", path, strerror(errno));
    _exit(127);
}

/* Takes in what was logged within `ms`; false if nothing was. */
static bool read_log(struct api *api, int ms)
{
    struct pollfd p = {.fd = api->log, .events = POLLIN};
    size_t room = sizeof(api->seen) - 1 - api->nseen;

    if (room == 0 || poll(&p, 1, ms) <= 0)
        return false;
    ssize_t n = read(api->log, api->seen + api->nseen, room);
    if (n <= 0)
        return false;
    api->nseen += (size_t)n;
    api->seen[api->nseen] = '\0';
    return true;
}

bool api_logged(struct api *api, const char *text)
{
    usec end = clock_mono() + WAIT_MS * 1000;

    while (!strstr(api->seen, text)) {
        int left = (int)((end - clock_mono()) / 1000);
        if (left <= 0 || !read_log(api, left))
            return false;
    }
    return true;
}

void api_start(struct api *api, const char *const *options)
{
    int pipe_fds[2];

    memset(api, 0, sizeof(*api));
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(pipe_fds), 0);
    api->pid = fork();
    cr_assert_geq(api->pid, 0);
    if (api->pid == 0)
        run_graphd(options, pipe_fds[1]);
    close(pipe_fds[1]);
    api->log = pipe_fds[0];
    cr_assert(api_logged(api, "\"http.listening\""), "graphd does not start: %s", api->seen);
    const char *port = strstr(api->seen, "\"port\":");
    cr_assert(port);
    api->port = (uint16_t)strtoul(port + strlen("\"port\":"), NULL, 10);
}

int api_stop(struct api *api, int sig)
{
    int status = 0;

    kill(api->pid, sig);
    while (read_log(api, 30000))
        continue;
    waitpid(api->pid, &status, 0);
    close(api->log);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int api_connect(const struct api *api)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(api->port)};
    struct timeval patience = {.tv_sec = WAIT_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}

bool api_send(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

bool api_say(int fd, const char *text)
{
    return api_send(fd, text, strlen(text));
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length:");

    return at ? strtoul(at + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

void api_read(int fd, struct arena *a, bool headless, struct api_reply *out)
{
    size_t n = 0;

    *out = (struct api_reply){.body = (char *)""};
    /* Byte by byte: what follows the headers belongs to the next call. */
    while (n + 1 < sizeof(out->head) && recv(fd, out->head + n, 1, 0) == 1) {
        out->head[++n] = '\0';
        if (n >= 4 && strcmp(out->head + n - 4, "\r\n\r\n") == 0)
            break;
    }
    if (n < 12)
        return;
    out->status = (int)strtoul(out->head + strlen("HTTP/1.1 "), NULL, 10);
    size_t len = headless ? 0 : content_length(out->head), have = 0;
    cr_assert_lt(len, (size_t)MOST_BODY);
    if (out->status == 304 || out->status == 204 || len == 0)
        return;
    out->body = arena_calloc(a, len + 1, 1);
    while (have < len) {
        ssize_t got = recv(fd, out->body + have, len - have, 0);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    cr_expect_eq(have, len, "body ends after %zu of %zu bytes", have, len);
}

bool api_closed(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char byte;

    return poll(&p, 1, 1000) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

void api_get(const struct api *api, struct arena *a, const char *path, const char *extra,
             struct api_reply *out)
{
    int fd = api_connect(api);

    cr_assert_geq(fd, 0, "no connection");
    api_say(fd, arena_printf(a, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, extra));
    api_read(fd, a, false, out);
    close(fd);
}

double api_metric(const struct api *api, const char *name)
{
    AUTO(arena) a = arena_new();
    struct api_reply r;

    api_get(api, a, "/metrics", "", &r);
    cr_assert_eq(r.status, 200);
    const char *line = strstr(r.body, arena_printf(a, "\n%s", name));
    if (!line)
        return 0;
    line = strchr(line + 1, '\n') ? arena_strndup(a, line + 1, strcspn(line + 1, "\n")) : line + 1;
    return strtod(strrchr(line, ' ') + 1, NULL);
}
