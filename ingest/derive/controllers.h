/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which well-known controllers run, by the images of their pods and the accounts they run as. */
#pragma once

#include "ingest/derive/facts.h"

struct controllers;

/* Finds what runs, or would (manifests): each account with each image once. */
struct controllers *controllers_new(const struct facts *f);
void controllers_free(struct controllers *cs);
DEFINE_AUTO(controllers)

/* Whether a repository, without registry, tag and digest, ends with these components: "velero" and
 * "velero/velero" fit "docker.io/velero/velero:v1.16.0". */
bool controllers_image_is(const char *image, const char *components);

typedef void controllers_fn(void *arg, const struct fact_pod *p, const struct fact_container *c);

/* Calls `found` once for each account that runs such an image ("" any), where the account's name
 * ends with `account` ("" any; Helm puts the release before it).
 * Cost: pairs of account and image. */
void controllers_each(const struct controllers *cs, const char *image, const char *account,
                      controllers_fn *found, void *arg);
