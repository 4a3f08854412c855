/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which well-known runners run, by the images of their pods and the accounts they run as. */
#pragma once

#include "ingest/derive/facts.h"

struct runners;

/* Finds what runs, or would (manifests): each account with each image once. */
struct runners *runners_new(const struct facts *f);
void runners_free(struct runners *cs);
DEFINE_AUTO(runners)

/* Whether a repository, without registry, tag and digest, ends with these components: "velero" and
 * "velero/velero" fit "docker.io/velero/velero:v1.16.0". */
bool runners_image_is(const char *image, const char *components);

typedef void runners_fn(void *arg, const struct fact_pod *p, const struct fact_container *c);

/* Calls `found` once for each account that runs such an image ("" any), where the account's name
 * ends with `account` ("" any; Helm puts the release before it).
 * Cost: pairs of account and image. */
void runners_each(const struct runners *cs, const char *image, const char *account,
                  runners_fn *found, void *arg);
