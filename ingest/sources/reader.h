/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes to be pulled, wherever they come from: a file, a pipe, an entry of an archive. */
#pragma once

#include <sys/types.h>

#include "base/err.h"

struct reader {
    void *arg;
    /* Fills `buf` with up to `room` bytes.  Returns: how many, 0 at the end, -1 with *e set. */
    ssize_t (*read)(void *arg, char *buf, size_t room, struct err *e);
};
