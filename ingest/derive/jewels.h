/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crown jewels: what matters by itself, and how we come to think so. */
#pragma once

#include "base/jw.h"
#include "ingest/derive/assets.h"

/* The label or annotation with which a user says what a namespace, workload, pod, node, Secret,
 * service account, ConfigMap or claim is worth: "0" (nothing) to "1" (everything). */
#define JEWELS_TAG "graphd.io/crown-jewel"

/* The weight that a user gave the object.  Returns: false if there is none or it is no number in
 * 0..1; then *bad (may be NULL) is the text that was ignored, or NULL. */
bool jewels_tag(const struct meta *m, double *weight, const char **bad);

/* The database that a container seems to be ("postgres"), by image or by port and claim; NULL if
 * none.  A heuristic. */
const char *jewels_data_store(const struct fact_pod *p, const struct fact_container *c);

/* What users tagged whose worth lies in containers: namespaces and workloads. */
struct jewels;
struct jewels *jewels_new(const struct facts *f);
void jewels_free(struct jewels *js);
DEFINE_AUTO(jewels)

/* Adds what explains the marks to the props of a container, and of whatever carries the tag.
 * `crownJewelOf` is the thing that was tagged: jewels that name the same one are one asset. Text
 * lives in `a`. */
void jewels_container_props(const struct jewels *js, const struct fact_pod *p,
                            const struct fact_container *c, struct arena *a, struct jw *w);
void jewels_tag_props(const struct meta *m, struct jw *w);

/* Marks the built-in crown jewels and what users tagged; call once all nodes are made. */
void jewels_mark(const struct jewels *js, const struct facts *f, const struct assets *as,
                 struct draft *d);
