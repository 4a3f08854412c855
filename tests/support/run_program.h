/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs one of our programs to its end, as an operator would, and keeps all that it said. */
#pragma once

#include "base/arena.h"

struct run_result {
    int status;          /* exit status; 128 + signal if it was killed */
    const char *out;     /* standard output */
    const char *err;     /* standard error */
    uint64_t peak_bytes; /* of its memory */
    double seconds;
};

/* Runs $GRAPHD_BIN/`program` with `args` (NULL-terminated); texts live in the arena. */
struct run_result run_program(struct arena *a, const char *program, const char *const *args);

/* A directory of the test's own, in the arena, and its removal with all that is in it. */
const char *run_folder(struct arena *a);
void run_remove(const char *folder);

/* Writes a file; folder/name as a path in the arena. */
const char *run_write(struct arena *a, const char *folder, const char *name, const char *bytes,
                      size_t len);
