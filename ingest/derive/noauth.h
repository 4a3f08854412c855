/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What asks nobody for a password: a guess at what listens on a port, by its number and name and by
 * the image of the container.  The table is noauth.def. */
#pragma once

#include "ingest/derive/facts.h"
#include "schema/kinds.h"

struct noauth {
    const char *what; /* "Redis" */
    enum edge_class class;
    bool named; /* the name of the port or the image says so too, not only the number */
};

/* What usually listens on a container's port without asking.  `name` and `image` may be "".
 * Returns: false if nothing that is known. */
bool noauth_find(const struct fact_port *port, const char *image, struct noauth *out);
