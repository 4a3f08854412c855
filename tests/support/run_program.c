/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fork, exec, wait4; what was said goes to files without a name, so that no pipe can fill up. */
#include "tests/support/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "tests/test.h"

enum { MOST_ARGS = 32 };

static const char *said(struct arena *a, FILE *f)
{
    off_t len = lseek(fileno(f), 0, SEEK_END);
    char *text = arena_calloc(a, (size_t)len + 1, 1);

    cr_assert_eq(pread(fileno(f), text, (size_t)len, 0), (ssize_t)len);
    fclose(f);
    return text;
}

static void become(const char *program, const char *const *args, int out, int err)
{
    const char *bin = getenv("GRAPHD_BIN");
    char path[1024];
    char *argv[MOST_ARGS + 2] = {path};

    snprintf(path, sizeof(path), "%s/%s", bin ? bin : "build/release/bin", program);
    for (size_t i = 0; i < MOST_ARGS && args[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)args[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execv(path, argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", path, strerror(errno));
    _exit(127);
}

struct run_result run_program(struct arena *a, const char *program, const char *const *args)
{
    FILE *out = tmpfile(), *err = tmpfile();
    usec started = clock_mono();
    struct rusage used;
    int status = 0;

    cr_assert(out && err);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        become(program, args, fileno(out), fileno(err));
    cr_assert_eq(wait4(pid, &status, 0, &used), pid);
    return (struct run_result){
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        .out = said(a, out),
        .err = said(a, err),
        .peak_bytes = (uint64_t)used.ru_maxrss * 1024,
        .seconds = (double)(clock_mono() - started) / 1e6,
    };
}

const char *run_folder(struct arena *a)
{
    char *path = arena_printf(a, "%s/graphd-test.XXXXXX", g_get_tmp_dir());

    cr_assert(mkdtemp(path), "%s: %s", path, strerror(errno));
    return path;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

void run_remove(const char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *run_write(struct arena *a, const char *folder, const char *name, const char *bytes,
                      size_t len)
{
    const char *path = arena_printf(a, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");

    cr_assert(f, "%s: %s", path, strerror(errno));
    cr_assert_eq(fwrite(bytes, 1, len, f), len);
    cr_assert_eq(fclose(f), 0);
    return path;
}
