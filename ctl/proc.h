/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Child processes of `graphctl up`: in a process group of their own, so that Ctrl-C reaches only
 * us, and ended by the kernel if we die. */
#pragma once

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/* The path of a sibling program ("graphd"): beside `self` if that has a slash, else as found in
 * PATH by the kernel's search. */
const char *proc_sibling(struct arena *a, const char *self, const char *name);

/* Starts argv[0] (searched in PATH if it has no slash).  `stderr_fd` becomes its stderr, -1 leaves
 * ours.  Returns: the pid, -1 on failure.
 * Errors: IO if it cannot be started. */
pid_t proc_start(const char *const *argv, int stderr_fd, struct err *e) MUST_CHECK;

/* Waits for the end of a child.  Errors: IO naming `what` if it ended with a status or by a signal.
 */
bool proc_wait(pid_t pid, const char *what, struct err *e) MUST_CHECK;

/* Sends `sig`, waits up to `wait_ms` for the end, then kills. */
void proc_end(pid_t pid, int sig, int wait_ms);
