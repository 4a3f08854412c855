/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting, waiting for and ending children. */
#include "ctl/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

const char *proc_sibling(struct arena *a, const char *self, const char *name)
{
    g_autofree char *dir = NULL;

    if (!strchr(self, '/'))
        return arena_strdup(a, name);
    dir = g_path_get_dirname(self);
    return arena_printf(a, "%s/%s", dir, name);
}

/* In the child: only calls that are safe after fork. */
static void become(const char *const *argv, int stderr_fd, int report, pid_t parent)
{
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(127);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (stderr_fd >= 0)
        dup2(stderr_fd, STDERR_FILENO);
    execvp(argv[0], (char *const *)argv);
    int why = errno;
    if (write(report, &why, sizeof(why)) < 0)
        _exit(126);
    _exit(127);
}

pid_t proc_start(const char *const *argv, int stderr_fd, struct err *e)
{
    int report[2], why = 0;
    pid_t parent = getpid();

    if (pipe2(report, O_CLOEXEC) < 0) {
        err_set(e, ERR_IO, "pipe: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, stderr_fd, report[1], parent);
    close(report[1]);
    ssize_t n = pid > 0 ? read(report[0], &why, sizeof(why)) : 0;
    close(report[0]);
    if (pid > 0 && n == 0)
        return pid;
    if (pid > 0)
        waitpid(pid, NULL, 0);
    err_set(e, ERR_IO, "cannot start %s: %s", argv[0], strerror(pid < 0 ? errno : why));
    return -1;
}

bool proc_wait(pid_t pid, const char *what, struct err *e)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return err_set(e, ERR_IO, "%s: %s", what, strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFEXITED(status))
        return err_set(e, ERR_IO, "%s failed with status %d", what, WEXITSTATUS(status));
    return err_set(e, ERR_IO, "%s was ended by signal %d", what, WTERMSIG(status));
}

void proc_end(pid_t pid, int sig, int wait_ms)
{
    enum { STEP_MS = 20 };

    if (pid <= 0)
        return;
    kill(pid, sig);
    for (int waited = 0; waited < wait_ms; waited += STEP_MS) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        g_usleep(STEP_MS * 1000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
