/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Falco's JSON events, straight from http_output or by way of falcosidekick. */
#include <string.h>

#include <glib.h>

#include "graphd/alerts/alert.h"

enum { MAX_TAGS = 256, MAX_NAME = 512, MAX_TEXT = 4096 };

/* Falco's closed list of priorities; older versions write them in lower case. */
static const struct {
    const char *name;
    int severity;
} priorities[] = {
    {"emergency", 100}, {"alert", 95},  {"critical", 90},      {"error", 75},
    {"warning", 60},    {"notice", 40}, {"informational", 20}, {"debug", 5},
};

static const struct {
    const char *tag, *id;
} tactics[] = {
    {"mitre_reconnaissance", "TA0043"},  {"mitre_resource_development", "TA0042"},
    {"mitre_initial_access", "TA0001"},  {"mitre_execution", "TA0002"},
    {"mitre_persistence", "TA0003"},     {"mitre_privilege_escalation", "TA0004"},
    {"mitre_defense_evasion", "TA0005"}, {"mitre_credential_access", "TA0006"},
    {"mitre_discovery", "TA0007"},       {"mitre_lateral_movement", "TA0008"},
    {"mitre_collection", "TA0009"},      {"mitre_command_and_control", "TA0011"},
    {"mitre_exfiltration", "TA0010"},    {"mitre_impact", "TA0040"},
};

/* A copy in the arena, cut at a character's edge to at most `max` bytes. */
static const char *keep(struct arena *a, const char *s, size_t max)
{
    size_t n = strlen(s);

    if (n > max) {
        const char *end = g_utf8_find_prev_char(s, s + max + 1);
        n = end ? (size_t)(end - s) : 0;
    }
    return arena_strndup(a, s, n);
}

/* An output field that is text and says something.  Falco leaves out what it does not know in many
 * ways: no member, null, "<NA>", "". */
static const char *field(const json_t *fields, const char *name)
{
    const char *s = json_string_value(json_object_get(fields, name));

    return s && *s && strcmp(s, "<NA>") != 0 ? s : NULL;
}

/* The first of these fields that says something, "" if none.  A name too long to be one is left
 * out: cut short it might name another. */
static const char *name_of(const json_t *fields, struct arena *a, const char *const *names)
{
    for (; *names; names++) {
        const char *s = field(fields, *names);
        if (s && strlen(s) <= MAX_NAME)
            return arena_strdup(a, s);
    }
    return "";
}

#define NAME(fields, a, ...) name_of(fields, a, (const char *const[]){__VA_ARGS__, NULL})

static const char *text_of(const json_t *fields, struct arena *a, const char *name)
{
    const char *s = field(fields, name);

    return s ? keep(a, s, MAX_TEXT) : "";
}

/* A container id without its scheme, lower case; "" unless it has the length of one and is hex. */
static const char *container_id(struct arena *a, const char *s)
{
    const char *scheme = s ? strstr(s, "://") : NULL;

    if (scheme)
        s = scheme + 3;
    size_t n = s ? strlen(s) : 0;
    if (n != 12 && n != 31 && n != 64)
        return "";
    char *out = arena_strdup(a, s);
    for (char *p = out; *p; p++) {
        if (!g_ascii_isxdigit(*p))
            return "";
        *p = g_ascii_tolower(*p);
    }
    return out;
}

/* dockershim names containers k8s_<container>_<pod>_<namespace>_<uid>_<attempt>; Kubernetes names
 * hold no underscore, so the parts are certain.  They fill in what the alert does not say. */
static void read_dockershim(struct alert_selectors *sel, struct arena *a)
{
    g_auto(GStrv) part = NULL;

    if (strncmp(sel->container, "k8s_", 4) != 0)
        return;
    part = g_strsplit(sel->container, "_", 8);
    sel->container = "";
    if (g_strv_length(part) != 6)
        return;
    if (strcmp(part[1], "POD") != 0) /* the pause container is none of the pod's own */
        sel->container = arena_strdup(a, part[1]);
    if (!*sel->ns && !*sel->pod) {
        sel->pod = arena_strdup(a, part[2]);
        sel->ns = arena_strdup(a, part[3]);
    }
    if (!*sel->pod_uid)
        sel->pod_uid = arena_strdup(a, part[4]);
}

static bool technique(const char *tag)
{
    size_t n = strlen(tag);

    if ((n != 5 && n != 9) || (tag[0] != 'T' && tag[0] != 't') || (n == 9 && tag[5] != '.'))
        return false;
    for (size_t i = 1; i < n; i++)
        if (i != 5 && !g_ascii_isdigit(tag[i]))
            return false;
    return true;
}

static void add_mitre(struct alert *out, const char *id)
{
    for (size_t i = 0; i < out->nmitre; i++)
        if (strcmp(out->mitre[i], id) == 0)
            return;
    if (out->nmitre < ALERT_MAX_MITRE)
        out->mitre[out->nmitre++] = id;
}

/* Techniques first: they say more, and the list has an end. */
static bool read_tags(const struct jx *doc, struct arena *a, struct alert *out, struct err *e)
{
    struct jx tags;

    if (!jx_opt_arr(doc, "tags", &tags, e))
        return false;
    size_t n = jx_count(&tags);
    if (n > MAX_TAGS)
        n = MAX_TAGS;
    for (size_t i = 0; i < n; i++) {
        const char *tag = json_string_value(jx_at(&tags, i).v);
        if (!tag || !technique(tag))
            continue;
        char *id = arena_strdup(a, tag);
        id[0] = 'T';
        add_mitre(out, id);
    }
    for (size_t i = 0; i < n; i++) {
        const char *tag = json_string_value(jx_at(&tags, i).v);
        for (size_t t = 0; tag && t < ARRAY_LEN(tactics); t++)
            if (g_ascii_strcasecmp(tag, tactics[t].tag) == 0)
                add_mitre(out, tactics[t].id);
    }
    return true;
}

/* Complains about a member of the event. */
static bool blame(const struct jx *doc, const char *member, struct err *e, const char *words)
{
    struct jx m = {.up = doc, .key = member};

    return jx_err(&m, e, "%s", words);
}

static bool read_priority(const struct jx *doc, struct alert *out, struct err *e)
{
    const char *name;

    if (!jx_str(doc, "priority", &name, e))
        return false;
    if (g_ascii_strcasecmp(name, "info") == 0)
        name = "informational";
    for (size_t i = 0; i < ARRAY_LEN(priorities); i++) {
        if (g_ascii_strcasecmp(name, priorities[i].name) != 0)
            continue;
        out->severity = priorities[i].severity;
        out->severity_name = priorities[i].name;
        return true;
    }
    return blame(doc, "priority", e,
                 "want emergency, alert, critical, error, warning, notice, informational or debug");
}

/* `time` is RFC 3339 with nine digits; where it is missing, evt.time has the nanoseconds. */
static bool read_time(const struct jx *doc, const json_t *fields, struct arena *a,
                      struct alert *out, struct err *e)
{
    const char *text;
    const json_t *ns = json_object_get(fields, "evt.time");

    if (!jx_opt_str(doc, "time", NULL, &text, e))
        return false;
    if (text) {
        out->time_text = keep(a, text, MAX_NAME);
        return clock_parse(text, &out->time, e) || blame(doc, "time", e, arena_strdup(a, e->msg));
    }
    if (!ns)
        ns = json_object_get(fields, "evt.time.iso8601");
    if (!json_is_integer(ns) || json_integer_value(ns) <= 0)
        return blame(doc, "time", e, "missing, and evt.time is no integer either");
    out->time = json_integer_value(ns) / 1000;
    out->time_text = arena_printf(a, "%lld", (long long)json_integer_value(ns));
    return true;
}

/* Whose API identity the event is about: the actor, not the object that was acted upon. */
static const char *api_user(const json_t *fields, struct arena *a)
{
    const char *user = NAME(fields, a, "ka.user.name");

    if (*user)
        return user;
    /* A cloud trail names a service account where it assumed a role by web identity. */
    user = NAME(fields, a, "ct.user");
    return strncmp(user, "system:serviceaccount:", 22) == 0 ? user : "";
}

static void read_selectors(const json_t *fields, struct arena *a, struct alert *out)
{
    struct alert_selectors *sel = &out->sel;
    const char *id = json_string_value(json_object_get(fields, "container.id"));

    *sel = (struct alert_selectors){
        .pod_uid = NAME(fields, a, "k8s.pod.uid", "k8smeta.pod.uid"),
        .container_id = container_id(a, field(fields, "container.full_id")),
        .ns = NAME(fields, a, "k8s.ns.name", "k8smeta.ns.name"),
        .pod = NAME(fields, a, "k8s.pod.name", "k8smeta.pod.name"),
        .container = NAME(fields, a, "container.name"),
        .node = "",
        .pod_ip = NAME(fields, a, "k8s.pod.ip", "k8smeta.pod.ip"),
        .user = api_user(fields, a),
        .image = NAME(fields, a, "container.image.repository"),
    };
    if (!*sel->container_id)
        sel->container_id = container_id(a, id);
    out->on_host = id && strcmp(id, "host") == 0;
    if (out->on_host)
        sel->container = "";
    read_dockershim(sel, a);
    /* Only a system call happens where the sensor runs; a plugin's host name says nothing. */
    if (strcmp(out->origin, "syscall") == 0)
        sel->node = NAME(fields, a, "k8s.node.name", "evt.hostname");
    if (strcmp(out->origin, "syscall") == 0 && *out->hostname)
        sel->node = out->hostname;
    out->cluster = NAME(fields, a, "cluster", "cluster.name", "cluster_name", "k8s.cluster.name");
}

static bool is(const json_t *doc)
{
    return json_is_string(json_object_get(doc, "rule")) &&
           json_is_string(json_object_get(doc, "priority")) &&
           (json_object_get(doc, "output_fields") || json_object_get(doc, "output") ||
            json_object_get(doc, "source"));
}

static bool parse(const struct jx *doc, struct arena *a, struct alert *out, struct err *e)
{
    const char *rule, *origin, *hostname, *message, *uuid;
    struct jx fields;

    if (!json_is_object(doc->v))
        return jx_err(doc, e, "want a Falco event (a JSON object)");
    if (!jx_str(doc, "rule", &rule, e) || !read_priority(doc, out, e) ||
        !jx_opt_obj(doc, "output_fields", &fields, e) ||
        !jx_opt_str(doc, "source", "syscall", &origin, e) ||
        !jx_opt_str(doc, "hostname", "", &hostname, e) ||
        !jx_opt_str(doc, "output", "", &message, e) || !jx_opt_str(doc, "uuid", "", &uuid, e) ||
        !read_time(doc, fields.v, a, out, e) || !read_tags(doc, a, out, e))
        return false;
    if (!*rule)
        return blame(doc, "rule", e, "is empty");

    const json_t *num = json_object_get(fields.v, "evt.num");
    out->event_num =
        json_is_integer(num) ? arena_printf(a, "%lld", (long long)json_integer_value(num)) : "";
    out->rule = keep(a, rule, MAX_NAME);
    out->origin = keep(a, origin, MAX_NAME);
    out->hostname = strlen(hostname) <= MAX_NAME ? arena_strdup(a, hostname) : "";
    out->message = keep(a, message, MAX_TEXT);
    out->source_id = keep(a, uuid, MAX_NAME); /* sidekick's: new for every receipt */
    out->dedup_key = "";
    read_selectors(fields.v, a, out);
    out->process = (struct alert_process){
        .name = text_of(fields.v, a, "proc.name"),
        .cmdline = text_of(fields.v, a, "proc.cmdline"),
        .exe = text_of(fields.v, a, "proc.exepath"),
        .parent = text_of(fields.v, a, "proc.pname"),
        .user = text_of(fields.v, a, "user.name"),
        .file = text_of(fields.v, a, "fd.name"),
    };
    return true;
}

const struct alert_format alert_falco = {.name = "falco", .is = is, .parse = parse};
