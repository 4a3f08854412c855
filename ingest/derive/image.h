/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of container images. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How long the repository is, the part before tag and digest: "registry:5000/a/b" of
 * "registry:5000/a/b:1@sha256:...". */
size_t image_repository(const char *image);

/* Whether the repository ends with these components, so that mirrors count: "velero" and
 * "velero/velero" fit "mirror.example/velero/velero:v1.16.0".  Nothing ends with "". */
bool image_is(const char *image, const char *components);
