/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The normal form as JSON; every member of it, so that a test sees what it did not expect. */
#include "tests/support/alert_json.h"

static void put(json_t *out, const char *name, const char *text)
{
    if (*text)
        json_object_set_new(out, name, json_string(text));
}

json_t *alert_json(const struct alert *al)
{
    json_t *out = json_object(), *mitre = json_array();
    char time[CLOCK_TEXT];

    put(out, "source_id", al->source_id);
    put(out, "origin", al->origin);
    put(out, "rule", al->rule);
    put(out, "message", al->message);
    put(out, "severity_name", al->severity_name);
    put(out, "time", clock_text(al->time, time));
    put(out, "hostname", al->hostname);
    put(out, "cluster", al->cluster);
    put(out, "pod_uid", al->sel.pod_uid);
    put(out, "container_id", al->sel.container_id);
    put(out, "namespace", al->sel.ns);
    put(out, "pod", al->sel.pod);
    put(out, "container", al->sel.container);
    put(out, "node", al->sel.node);
    put(out, "pod_ip", al->sel.pod_ip);
    put(out, "user", al->sel.user);
    put(out, "image", al->sel.image);
    put(out, "process_name", al->process.name);
    put(out, "process_cmdline", al->process.cmdline);
    put(out, "process_exe", al->process.exe);
    put(out, "process_parent", al->process.parent);
    put(out, "process_user", al->process.user);
    put(out, "process_file", al->process.file);
    json_object_set_new(out, "severity", json_integer(al->severity));
    if (al->on_host)
        json_object_set_new(out, "on_host", json_true());
    for (size_t i = 0; i < al->nmitre; i++)
        json_array_append_new(mitre, json_string(al->mitre[i]));
    json_object_set_new(out, "mitre", mitre);
    return out;
}
