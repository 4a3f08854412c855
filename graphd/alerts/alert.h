/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An alert in its normal form, whatever tool raised it.  Plain data, and the row of a format. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/jx.h"

/* What may tie an alert to a node of the graph; "" where the alert does not say. */
struct alert_selectors {
    const char *pod_uid;
    const char *container_id; /* 12, 31 or 64 lower-case hex digits */
    const char *ns, *pod, *container;
    const char *node; /* the machine, by whatever name the sensor knows it */
    const char *pod_ip;
    const char *user; /* API identity: "system:serviceaccount:ns:name", "system:node:n", ... */
    const char *image;
};

/* What ran; "" where the alert does not say. */
struct alert_process {
    const char *name, *cmdline, *exe, *parent, *user, *file;
};

enum { ALERT_MAX_MITRE = 16, ALERT_MAX_RAW = 64 * 1024 };

/* All text is valid UTF-8, never NULL, in the arena of the request. */
struct alert {
    const char *id;        /* of its row, a UUID; NULL while it is not stored */
    const char *source;    /* the format: "falco" */
    const char *source_id; /* the sender's own id, for people; "" if none */
    const char *origin;    /* what the sender watched: "syscall", "k8s_audit"; "" unknown */
    const char *dedup_key; /* same key, same alert; set by intake if the format left it "" */
    const char *rule, *message;
    const char *severity_name;          /* the sender's word for it, in lower case */
    int severity;                       /* 0..100 */
    const char *mitre[ALERT_MAX_MITRE]; /* techniques "T1059.004", then tactics "TA0002" */
    size_t nmitre;
    usec time, received, last_received;
    const char *time_text, *event_num; /* as sent, for the dedup key; not stored */
    const char *hostname;              /* as sent; a selector only if it names a machine */
    const char *cluster;               /* "" unknown */
    bool on_host; /* it says itself that it happened outside of any container */
    uint32_t occurrences;
    struct alert_selectors sel;
    struct alert_process process;
    const char *raw; /* compact JSON as sent, at most ALERT_MAX_RAW bytes */
    bool raw_cut;    /* `raw` was longer and is no whole JSON any more */
};

struct alert_format {
    const char *name;

    /* Whether a document is of this format. */
    bool (*is)(const json_t *doc);

    /* Fills *out, zeroed before, with text in `a`.
     * Errors: INPUT with the way to what is wrong. */
    bool (*parse)(const struct jx *doc, struct arena *a, struct alert *out, struct err *e);
};
