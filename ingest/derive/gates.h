/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server of some version does, from gates.def. */
#pragma once

#include "ingest/derive/facts.h"

enum gate {
#define GATE(name, maybe_from, from, until, maybe_until, sentence) GATE_##name,
#include "ingest/derive/gates.def"
#undef GATE
    GATE_COUNT
};

/* Whether it holds on the cluster's server; unset if that depends on settings, or the version is
 * not known. */
enum tri gates_hold(const struct facts *f, enum gate g);

/* The same of a program of Kubernetes on its own: "v1.34.2" of a kubelet. */
enum tri gates_hold_at(const char *version, enum gate g);

/* The sentence of the row: what holds. */
const char *gates_sentence(enum gate g);
