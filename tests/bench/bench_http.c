/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small replies over kept-alive connections: the whole server (guard, routing, a worker, request
 * ids) against evhttp alone that sends the same bytes, in turns in the same run. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "graphd/http.h"
#include "graphd/jobs.h"
#include "graphd/loop.h"

enum { CLIENTS = 16, ROUNDS = 5, ROUND_MS = 800, WARM_MS = 200 };

static const char request[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char reply[] = "{\"status\":\"ok\"}";

static void on_request(struct evhttp_request *req, void *arg)
{
    struct evbuffer *out = evbuffer_new();

    (void)arg;
    evbuffer_add(out, reply, sizeof(reply) - 1);
    evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type", "application/json");
    evhttp_send_reply(req, 200, "OK", out);
    evbuffer_free(out);
}

static void serve_bare(int port_out)
{
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);

    evhttp_set_gencb(http, on_request, NULL);
    if (!bound || getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&sa, &len) != 0)
        must_die("cannot bind");
    dprintf(port_out, "\"port\":%u,", ntohs(sa.sin_port));
    event_base_dispatch(base);
}

static void run_job(void *job, struct jobs_worker *w, void *arg)
{
    http_run(job, w);
    loop_post(arg, job);
}

static void serve_ours(int port_out)
{
    const struct config config = {.listen = "127.0.0.1:0",
                                  .workers = 2,
                                  .max_connections = 100,
                                  .queue = 100,
                                  .header_bytes = 16384,
                                  .request_seconds = 30};
    struct service service = {.config = &config, .started_at = clock_now()};
    struct err e;

    /* The port is in the first line of the log. */
    dup2(port_out, STDERR_FILENO);
    struct loop *loop = loop_new(&service, &e);
    if (!loop)
        must_die(e.msg);
    log_set_level(LOG_LEVEL_ERROR);
    service.snapshots = snapshots_new("postgresql://127.0.0.1:1/none?connect_timeout=1");
    service.jobs = jobs_new(config.workers, config.queue, run_job, loop);
    (void)loop_run(loop, 0, NULL, NULL);
}

struct server {
    pid_t pid;
    uint16_t port;
};

static struct server start(void (*serve)(int port_out))
{
    struct server s;
    int fds[2];
    char text[1024];
    size_t n = 0;
    const char *at = NULL;

    if (pipe(fds) != 0 || (s.pid = fork()) < 0)
        must_die("cannot fork");
    if (s.pid == 0) {
        serve(fds[1]);
        _exit(EXIT_SUCCESS);
    }
    while (!at && n + 1 < sizeof(text)) {
        ssize_t got = read(fds[0], text + n, sizeof(text) - 1 - n);
        if (got <= 0)
            must_die("a server does not start");
        text[n += (size_t)got] = '\0';
        at = strstr(text, "\"port\":");
        if (at && !strchr(at, ','))
            at = NULL;
    }
    if (!at)
        must_die("a server does not start");
    s.port = (uint16_t)strtoul(at + strlen("\"port\":"), NULL, 10);
    return s;
}

static atomic_bool stop;
static atomic_ulong replies, wrong;
static uint16_t target;

/* Asks and reads, one at a time; every reply is looked at. */
static void *client(void *arg)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(target)};
    char buf[2048];
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)arg;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        must_die("cannot connect");
    while (!atomic_load(&stop)) {
        size_t n = 0;
        if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
            must_die("connection lost");
        do {
            ssize_t got = recv(fd, buf + n, sizeof(buf) - 1 - n, 0);
            if (got <= 0)
                must_die("connection lost");
            buf[n += (size_t)got] = '\0';
        } while (!strstr(buf, reply));
        atomic_fetch_add(strncmp(buf, "HTTP/1.1 200", 12) == 0 ? &replies : &wrong, 1);
    }
    close(fd);
    return NULL;
}

/* Requests per second over one round. */
static double measure(const struct server *s)
{
    pthread_t threads[CLIENTS];

    target = s->port;
    atomic_store(&stop, false);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, NULL);
    usleep(WARM_MS * 1000);
    unsigned long before = atomic_load(&replies);
    usec began = clock_mono();
    usleep(ROUND_MS * 1000);
    double rate = (double)(atomic_load(&replies) - before) * 1e6 / (double)(clock_mono() - began);
    atomic_store(&stop, true);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    return rate;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(void)
{
    struct server bare = start(serve_bare), ours = start(serve_ours);
    double rates[2][ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        rates[0][i] = measure(&bare);
        rates[1][i] = measure(&ours);
    }
    for (size_t i = 0; i < 2; i++)
        qsort(rates[i], ROUNDS, sizeof(rates[i][0]), by_value);
    double theirs = rates[0][ROUNDS / 2], mine = rates[1][ROUNDS / 2];
    printf("{\"bench\":\"http/small-reply\",\"requests_per_second\":%.0f,\"bare_evhttp\":%.0f,"
           "\"ratio_to_bare_evhttp\":%.2f,\"clients\":%d,\"wrong\":%lu}\n",
           mine, theirs, mine / theirs, CLIENTS, atomic_load(&wrong));
    kill(bare.pid, SIGKILL);
    kill(ours.pid, SIGKILL);
    waitpid(bare.pid, NULL, 0);
    waitpid(ours.pid, NULL, 0);
    return atomic_load(&wrong) == 0 && mine > 0 && theirs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
