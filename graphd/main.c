/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphd: serves the attack graph over HTTP. */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "graphd/alerts/rank.h"
#include "graphd/http.h"
#include "graphd/jobs.h"
#include "graphd/loop.h"
#include "graphd/recalled.h"

enum { DRAIN_SECONDS = 25, SPARE_FILES = 64 };

/* Tells systemd, if it asked.  Source: sd_notify(3). */
static void notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;

    if (len == 0 || len >= sizeof(to.sun_path))
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    memcpy(to.sun_path, path, len);
    if (to.sun_path[0] == '@')
        to.sun_path[0] = '\0';
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
        log_debug("systemd.unreachable", "state", LOG_STR(state));
    close(fd);
}

/* Each connection is a file: asks for as many as the settings allow. */
static void raise_file_limit(const struct config *c)
{
    struct rlimit limit;
    rlim_t want = (rlim_t)c->max_connections + c->workers + SPARE_FILES;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
        return;
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < want)
        log_warn("config.files", "limit", LOG_U64(limit.rlim_cur), "wanted", LOG_U64(want));
}

struct command_line {
    int argc;
    char **argv;
};

/* SIGHUP: the log level changes at once; what else changed is for the next start. */
static void reload(void *arg)
{
    const struct command_line *cmd = arg;
    bool done;
    struct err e;
    AUTO(config) c = config_new(cmd->argc, cmd->argv, &done, &e);

    if (!c) {
        log_error("config.refused", "why", LOG_STR(e.msg));
        return;
    }
    log_set_level(c->level);
    log_info("config.reloaded", "log_level", LOG_STR(c->log_level));
}

static void run_job(void *job, struct jobs_worker *w, void *arg)
{
    http_run(job, w);
    loop_post(arg, job);
}

/* Threads inherit the mask: signals are for the loop. */
static void block_signals(bool block)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static bool serve(const struct config *c, struct command_line *cmd, struct err *e)
{
    AUTO(rank) rank = rank_new();
    AUTO(recalled) recalled = recalled_new();
    struct service service = {
        .config = c, .rank = rank, .recalled = recalled, .started_at = clock_now()};
    AUTO(loop) loop = loop_new(&service, e);

    if (!loop)
        return false;
    block_signals(true);
    AUTO(snapshots) snapshots = snapshots_new(c->read_database);
    service.snapshots = snapshots;
    struct jobs *jobs = jobs_new(c->workers, c->queue, run_job, loop);
    service.jobs = jobs;
    block_signals(false);
    notify("READY=1");
    bool whole = loop_run(loop, (usec)DRAIN_SECONDS * 1000000, reload, cmd);
    notify("STOPPING=1");
    if (!whole) {
        /* A worker still holds a request: joining it could take for ever. */
        log_error("graphd.stopped", "why", LOG_STR("requests did not end in time"));
        _exit(EXIT_FAILURE);
    }
    jobs_free(jobs);
    log_info("graphd.stopped");
    return true;
}

int main(int argc, char **argv)
{
    struct command_line cmd = {argc, argv};
    struct err e = {0};
    bool done;
    AUTO(config) c = config_new(argc, argv, &done, &e);

    if (done)
        return EXIT_SUCCESS;
    if (c) {
        log_set_level(c->level);
        raise_file_limit(c);
    }
    if (!c || !serve(c, &cmd, &e)) {
        fprintf(stderr, "graphd: %s\n", e.msg);
        return err_exit(e.kind);
    }
    return EXIT_SUCCESS;
}
