/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of netplugins.def against DaemonSets, or against their pods where no DaemonSet was read. */
#include "ingest/derive/netprofile.h"

#include <stddef.h>
#include <string.h>

#include "ingest/derive/image.h"

enum { MINOR = 1000, MOST_DIGITS = 12 };
#define ALWAYS UINT64_C(0)
#define NEVER UINT64_MAX

struct plugin {
    const char *name, *daemonset, *container;
    uint64_t enforces;
    const char *flag;
    bool pods, nodes;
    uint64_t end_port, sctp, admin;
};

static const struct plugin plugins[] = {
#define PLUGIN(...) {__VA_ARGS__},
#include "ingest/derive/netplugins.def"
#undef PLUGIN
};

/* A DaemonSet that is there: its template, or one of its pods. */
struct daemon {
    const char *ns, *name;
    const struct fact_pod *pod;
};

/* A row that fits a DaemonSet. */
struct found {
    const struct plugin *plugin;
    const struct daemon *by;
    uint64_t version; /* of the image; NEVER if its tag says none */
};

/* --- what the cluster shows ---------------------------------------------------------------- */

static void add_daemon(GArray *out, const char *ns, const char *name, const struct fact_pod *pod)
{
    struct daemon d = {ns, name, pod};

    g_array_append_val(out, d);
}

static GArray *daemons_of(const struct facts *f)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct daemon));

    for (size_t i = 0; i < f->workloads.n; i++) {
        const struct fact_workload *w = &f->workloads.v[i];
        if (strcmp(w->kind, "DaemonSet") == 0 && w->template)
            add_daemon(out, w->meta.ns, w->meta.name, w->template);
    }
    for (size_t i = 0; i < f->pods.n; i++) {
        const struct fact_pod *p = &f->pods.v[i];
        if (strcmp(p->workload_kind, "DaemonSet") == 0 &&
            !facts_workload(f, "DaemonSet", p->meta.ns, p->workload_name))
            add_daemon(out, p->meta.ns, p->workload_name, p);
    }
    return out;
}

/* "v1.15.3" is 1015, "v20240813-c6f155d6" is 20240813000. */
static uint64_t version_of(const char *image)
{
    const char *tag = image + image_repository(image);
    uint64_t part[2] = {0};

    tag += *tag == ':';
    tag += *tag == 'v';
    if (!g_ascii_isdigit(*tag))
        return NEVER;
    for (size_t i = 0; i < 2; i++) {
        for (size_t digits = 0; g_ascii_isdigit(*tag) && digits < MOST_DIGITS; tag++, digits++)
            part[i] = part[i] * 10 + (uint64_t)(*tag - '0');
        if (*tag++ != '.')
            break;
    }
    return part[0] * MINOR + part[1];
}

/* An unknown version is a new one. */
static bool since(const struct found *hit, uint64_t version)
{
    return version != NEVER && hit->version >= version;
}

static bool name_fits(const char *want, const char *name)
{
    size_t n = strlen(want);

    return want[n - 1] == '*' ? strncmp(want, name, n - 1) == 0 : strcmp(want, name) == 0;
}

static const struct fact_container *container_of(const struct fact_pod *p, const char *want)
{
    bool image = strchr(want, '/') != NULL;

    for (size_t i = 0; i < p->ncontainers; i++) {
        const struct fact_container *c = &p->containers[i];
        if (image ? image_is(c->image, want) : strcmp(c->name, want) == 0)
            return c;
    }
    return NULL;
}

/* Whether the last of --flag, --flag=VALUE says no. */
static bool switched_off(const struct fact_container *c, const char *flag)
{
    size_t n = strlen(flag);
    bool off = false;

    for (size_t i = 0; *flag && i < c->flags.n; i++) {
        const char *arg = c->flags.v[i];
        arg += strspn(arg, "-");
        if (strncmp(arg, flag, n) == 0 && (arg[n] == '=' || !arg[n]))
            off = arg[n] && strcmp(arg + n, "=false") == 0;
    }
    return off;
}

/* Whether a row fits some DaemonSet, and enforces policies or not as wanted. */
static bool find(const struct plugin *row, const GArray *daemons, bool enforcing, struct found *out)
{
    for (guint i = 0; i < daemons->len; i++) {
        const struct daemon *d = &g_array_index(daemons, struct daemon, i);
        const struct fact_container *c =
            name_fits(row->daemonset, d->name) ? container_of(d->pod, row->container) : NULL;

        if (!c)
            continue;
        *out = (struct found){row, d, version_of(c->image)};
        if ((since(out, row->enforces) && !switched_off(c, row->flag)) == enforcing)
            return true;
    }
    return false;
}

static bool find_any(const GArray *daemons, bool enforcing, struct found *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++)
        if (find(&plugins[i], daemons, enforcing, out))
            return true;
    return false;
}

static void take_row(const struct found *hit, struct netprofile *out)
{
    const struct plugin *row = hit->plugin;

    out->plugin = row->name;
    out->blocks_match_pods = row->pods;
    out->blocks_match_nodes = row->nodes;
    out->end_port = since(hit, row->end_port);
    out->sctp = since(hit, row->sctp);
    out->admin_tiers = since(hit, row->admin);
}

/* Calico installed beside flannel is canal, whatever its DaemonSets are called. */
static bool with_flannel(const GArray *daemons)
{
    struct found hit;

    return find_any(daemons, false, &hit) && strcmp(hit.plugin->name, "flannel") == 0;
}

/* k3s runs flannel and the policies of kube-router in its own process. */
static bool take_k3s(const struct facts *f, struct netprofile *out)
{
    for (size_t i = 0; i < f->nodes.n; i++)
        if (strstr(f->nodes.v[i].kubelet, "+k3s")) {
            out->plugin = "k3s";
            out->said_by = arena_printf(f->arena, "Node %s", f->nodes.v[i].meta.name);
            out->sctp = out->admin_tiers = false;
            return true;
        }
    return false;
}

static void detect(const struct facts *f, struct netprofile *out)
{
    GArray *daemons = daemons_of(f);
    struct found hit;
    bool enforced = find_any(daemons, true, &hit);

    if (enforced || (!take_k3s(f, out) && find_any(daemons, false, &hit))) {
        take_row(&hit, out);
        out->enforced = enforced;
        out->said_by = arena_printf(f->arena, "DaemonSet %s/%s", hit.by->ns, hit.by->name);
        if (strcmp(out->plugin, "calico") == 0 && with_flannel(daemons))
            out->plugin = "canal";
    }
    g_array_free(daemons, TRUE);
}

/* --- what a setting says ------------------------------------------------------------------- */

static const struct {
    const char *key, *member;
    size_t at;
} switches[] = {
    {"enforced", "enforced", offsetof(struct netprofile, enforced)},
    {"ipblock-pods", "ipblock_pods", offsetof(struct netprofile, blocks_match_pods)},
    {"ipblock-nodes", "ipblock_nodes", offsetof(struct netprofile, blocks_match_nodes)},
    {"host-network", "host_network", offsetof(struct netprofile, selects_host_network)},
    {"keeps-source", "keeps_source", offsetof(struct netprofile, keeps_source)},
    {"end-port", "end_port", offsetof(struct netprofile, end_port)},
    {"sctp", "sctp", offsetof(struct netprofile, sctp)},
    {"admin-policies", "admin_policies", offsetof(struct netprofile, admin_tiers)},
};

static bool *switch_at(struct netprofile *p, size_t i)
{
    return (bool *)(void *)((char *)p + switches[i].at);
}

static bool no_such_plugin(const char *name, struct err *e)
{
    g_autoptr(GString) all = g_string_new("k3s");

    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++)
        if (!strstr(all->str, plugins[i].name))
            g_string_append_printf(all, " %s", plugins[i].name);
    return err_set(e, ERR_USAGE, "no plugin \"%.20s\", but other %s", name, all->str);
}

/* The plugin that is named, at its newest; "other": one that does all that can be done. */
static bool set_plugin(const char *name, struct netprofile *out, struct err *e)
{
    struct found hit = {.version = NEVER};

    *out = (struct netprofile){.plugin = "other",
                               .enforced = true,
                               .blocks_match_pods = true,
                               .blocks_match_nodes = true,
                               .end_port = true,
                               .sctp = true,
                               .admin_tiers = true};
    if (strcmp(name, "other") == 0)
        return true;
    if (strcmp(name, "k3s") == 0) {
        out->plugin = "k3s";
        out->sctp = out->admin_tiers = false;
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++)
        if (strcmp(plugins[i].name, name) == 0) {
            hit.plugin = &plugins[i];
            take_row(&hit, out);
            out->enforced = since(&hit, plugins[i].enforces);
            return true;
        }
    return no_such_plugin(name, e);
}

static bool set_switch(const char *key, const char *value, struct netprofile *out, struct err *e)
{
    bool yes = strcmp(value, "yes") == 0;
    g_autoptr(GString) all = g_string_new("plugin");

    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
        g_string_append_printf(all, " %s", switches[i].key);
        if (strcmp(key, switches[i].key) != 0)
            continue;
        if (!yes && strcmp(value, "no") != 0)
            return err_set(e, ERR_USAGE, "%s wants yes or no, got \"%.40s\"", key, value);
        *switch_at(out, i) = yes;
        return true;
    }
    return err_set(e, ERR_USAGE, "there is no \"%.40s\"; want KEY=VALUE of %s", key, all->str);
}

/* The plugin first: the other keys say what is different about it. */
static bool apply(const char *setting, struct netprofile *out, struct err *e)
{
    g_auto(GStrv) parts = g_strsplit(setting, ",", -1);

    for (int turn = 0; turn < 2; turn++)
        for (char **part = parts; *part; part++) {
            char *value = strchr(*part, '=');
            bool plugin = g_str_has_prefix(*part, "plugin=");

            if (!value)
                return err_set(e, ERR_USAGE, "want KEY=VALUE, got \"%.40s\"", *part);
            if (plugin != (turn == 0))
                continue;
            if (plugin) {
                if (!set_plugin(value + 1, out, e))
                    return false;
                continue;
            }
            g_autofree char *key = g_strndup(*part, (gsize)(value - *part));
            if (!set_switch(key, value + 1, out, e))
                return false;
        }
    return true;
}

bool netprofile_check(const char *setting, struct err *e)
{
    struct netprofile any = {0};

    return apply(setting, &any, e);
}

void netprofile_of(const struct facts *f, struct netprofile *out)
{
    struct err ignored;
    struct netprofile set;

    *out = (struct netprofile){
        .plugin = "",
        .said_by = "",
        .enforced = true,
        .blocks_match_pods = true,
        .blocks_match_nodes = true,
        .end_port = true,
        .sctp = true,
        .admin_tiers = true,
    };
    detect(f, out);
    set = *out;
    if (!*f->network || !apply(f->network, &set, &ignored))
        return;
    bool named = strstr(f->network, "plugin=") || !*out->said_by;
    set.said_by = named ? "setting" : arena_printf(f->arena, "%s, setting", out->said_by);
    *out = set;
}

void netprofile_write(const struct netprofile *p, struct jw *w)
{
    struct netprofile copy = *p;

    jw_obj(w);
    jw_key_str(w, "plugin", p->plugin);
    jw_key_str(w, "said_by", p->said_by);
    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++)
        jw_key_bool(w, switches[i].member, *switch_at(&copy, i));
    jw_end_obj(w);
}
