/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures and graphs as text and as JSON. */
#include "ingest/summary.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Rows by kind, in the order of their numbers. */
struct counts {
    size_t nodes[NODE_KIND_LIMIT], edges[EDGE_KIND_LIMIT], blocked[EDGE_KIND_LIMIT];
};

static void count(const struct part *p, struct counts *c)
{
    memset(c, 0, sizeof(*c));
    for (size_t i = 0; i < p->nnodes; i++)
        c->nodes[p->nodes[i].kind]++;
    for (size_t i = 0; i < p->nedges; i++) {
        c->edges[p->edges[i].kind]++;
        c->blocked[p->edges[i].kind] += p->edges[i].verdict == VERDICT_BLOCKED;
    }
}

/* Objects are sorted by resource: calls `row` once for each with its number. */
static void each_resource(struct collect *collect,
                          void (*row)(void *arg, const char *resource, size_t n), void *arg)
{
    size_t n, from = 0;
    const struct object_row *o = collect_objects(collect, &n);

    for (size_t i = 1; i <= n; i++)
        if (i == n || strcmp(o[i].resource, o[from].resource) != 0) {
            row(arg, o[from].resource, i - from);
            from = i;
        }
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void json_resource(void *arg, const char *resource, size_t n)
{
    jw_key_uint(arg, resource, n);
}

static void json_diff(struct jw *w, const char *what, const struct store_diff *d)
{
    jw_key(w, what);
    jw_obj(w);
    jw_key_uint(w, "added", d->added);
    jw_key_uint(w, "changed", d->changed);
    jw_key_uint(w, "removed", d->removed);
    jw_key_uint(w, "same", d->same);
    jw_end_obj(w);
}

static void json_kinds(struct jw *w, const struct part *p)
{
    struct counts c;

    count(p, &c);
    jw_key(w, "nodes");
    jw_obj(w);
    for (unsigned k = 0; k < NODE_KIND_LIMIT; k++)
        if (c.nodes[k])
            jw_key_uint(w, kinds_node(k)->name, c.nodes[k]);
    jw_end_obj(w);
    jw_key(w, "edges");
    jw_obj(w);
    for (unsigned k = 0; k < EDGE_KIND_LIMIT; k++)
        if (c.edges[k])
            jw_key_uint(w, kinds_edge(k)->label, c.edges[k]);
    jw_end_obj(w);
}

static void json_input(struct jw *w, const struct collect_figures *f)
{
    jw_key(w, "input");
    jw_obj(w);
    jw_key_uint(w, "files", f->source.files);
    jw_key_uint(w, "bytes", f->source.bytes);
    jw_key_uint(w, "items", f->source.items);
    jw_key_uint(w, "kept_bytes", f->kept_bytes);
    jw_key_uint(w, "repeated", f->again);
    jw_end_obj(w);
}

void summary_json(const struct summary *s, struct jw *w)
{
    jw_obj(w);
    jw_key_str(w, "cluster", s->part->cluster);
    if (s->stored) {
        jw_key_uint(w, "generation", s->stored->generation);
        jw_key_bool(w, "changed", s->stored->changed);
    }
    json_input(w, collect_totals(s->collect));
    jw_key(w, "objects");
    jw_obj(w);
    each_resource(s->collect, json_resource, w);
    jw_end_obj(w);
    json_kinds(w, s->part);
    if (s->stored) {
        jw_key(w, "diff");
        jw_obj(w);
        json_diff(w, "nodes", &s->stored->nodes);
        json_diff(w, "edges", &s->stored->edges);
        json_diff(w, "objects", &s->stored->objects);
        jw_end_obj(w);
    }
    jw_key_json(w, "coverage", s->part->coverage);
    jw_key(w, "stages");
    jw_arr(w);
    for (size_t i = 0; i < s->nstages; i++) {
        jw_obj(w);
        jw_key_str(w, "stage", s->stages[i].name);
        jw_key_real(w, "seconds", (double)s->stages[i].took / 1e6);
        jw_key_uint(w, "peak_bytes", s->stages[i].peak_bytes);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    jw_end_obj(w);
    jw_raw(w, "\n");
}

static void json_node(struct jw *w, const struct node_row *n)
{
    jw_obj(w);
    jw_key_str(w, "key", n->key);
    jw_key_str(w, "kind", kinds_node(n->kind)->name);
    jw_key_str(w, "namespace", n->ns);
    jw_key_str(w, "name", n->name);
    if (*n->uid)
        jw_key_str(w, "uid", n->uid);
    jw_key_json(w, "labels", n->labels);
    jw_key_json(w, "props", n->props);
    if (n->jewel != JEWEL_NONE) {
        jw_key_str(w, "jewel", kinds_jewel(n->jewel)->name);
        jw_key_real(w, "weight", n->weight);
    }
    jw_end_obj(w);
}

static void json_edge(struct jw *w, const struct part *p, const struct edge_row *e, struct jw *buf)
{
    jw_obj(w);
    jw_key_str(w, "from", p->nodes[e->src].key);
    jw_key_str(w, "to", p->nodes[e->dst].key);
    jw_key_str(w, "edge", kinds_edge(e->kind)->label);
    jw_key_str(w, "class", kinds_class_name(e->class));
    jw_key_str(w, "verdict", kinds_verdict_name(e->verdict));
    jw_key_json(w, "evidence", evidence_text(p->evidence, e->evidence, buf));
    jw_end_obj(w);
}

void summary_graph_json(const struct summary *s, struct jw *w)
{
    const struct part *p = s->part;
    AUTO(jw) buf = jw_new();

    jw_obj(w);
    jw_key_str(w, "cluster", p->cluster);
    jw_key(w, "nodes");
    jw_arr(w);
    for (size_t i = 0; i < p->nnodes; i++)
        json_node(w, &p->nodes[i]);
    jw_end_arr(w);
    jw_key(w, "edges");
    jw_arr(w);
    for (size_t i = 0; i < p->nedges; i++)
        json_edge(w, p, &p->edges[i], buf);
    jw_end_arr(w);
    jw_key_json(w, "coverage", p->coverage);
    jw_end_obj(w);
    jw_raw(w, "\n");
}

/* --- text ---------------------------------------------------------------------------------- */

static void text_resource(void *arg, const char *resource, size_t n)
{
    g_string_append_printf(arg, "  %-34s %10zu\n", resource, n);
}

static void text_diff(GString *out, const char *what, const struct store_diff *d)
{
    g_string_append_printf(out, "  %-8s %10zu added %10zu changed %10zu removed %10zu same\n", what,
                           d->added, d->changed, d->removed, d->same);
}

static void text_kinds(GString *out, const struct part *p)
{
    struct counts c;

    count(p, &c);
    g_string_append_printf(out, "\nNodes: %zu\n", p->nnodes);
    for (unsigned k = 0; k < NODE_KIND_LIMIT; k++)
        if (c.nodes[k])
            text_resource(out, kinds_node(k)->name, c.nodes[k]);
    g_string_append_printf(out, "\nEdges: %zu\n", p->nedges);
    for (unsigned k = 0; k < EDGE_KIND_LIMIT; k++) {
        if (!c.edges[k])
            continue;
        g_string_append_printf(out, "  %-34s %10zu", kinds_edge(k)->label, c.edges[k]);
        if (c.blocked[k])
            g_string_append_printf(out, "  (%zu blocked)", c.blocked[k]);
        g_string_append_c(out, '\n');
    }
}

/* What stands in files may hold anything; the terminal sees printable text. */
static void text_gap(void *arg, const char *what, const char *why, const char *file)
{
    g_autofree char *line = g_strdup_printf("  %-24s %s%s%s%s", *what ? what : "-", why,
                                            *file ? " (" : "", file, *file ? ")" : "");

    err_clean(line);
    g_string_append_printf(arg, "%s\n", line);
}

static void text_coverage(GString *out, const struct ledger *l)
{
    if (ledger_complete(l)) {
        g_string_append(out, "\nCoverage: complete\n");
        return;
    }
    g_string_append_printf(out, "\nCoverage: %zu missing\n", ledger_gaps(l));
    ledger_each_gap(l, text_gap, out);
}

void summary_text(const struct summary *s, GString *out)
{
    const struct collect_figures *f = collect_totals(s->collect);
    size_t n;

    collect_objects(s->collect, &n);
    g_string_append_printf(out, "Cluster %s", s->part->cluster);
    if (s->stored)
        g_string_append_printf(out, ": generation %u%s", s->stored->generation,
                               s->stored->changed ? "" : ", nothing changed");
    g_string_append_printf(out, "\n\nObjects: %zu from %llu files, %.1f MB\n", n,
                           (unsigned long long)f->source.files, (double)f->source.bytes / 1e6);
    each_resource(s->collect, text_resource, out);
    text_kinds(out, s->part);
    if (s->stored) {
        g_string_append(out, "\nStored:\n");
        text_diff(out, "nodes", &s->stored->nodes);
        text_diff(out, "edges", &s->stored->edges);
        text_diff(out, "objects", &s->stored->objects);
    }
    text_coverage(out, collect_ledger(s->collect));
    g_string_append(out, "\nStages:\n");
    for (size_t i = 0; i < s->nstages; i++)
        g_string_append_printf(out, "  %-8s %9.3f s %9.1f MB peak\n", s->stages[i].name,
                               (double)s->stages[i].took / 1e6,
                               (double)s->stages[i].peak_bytes / 1e6);
}

void summary_graph_text(const struct summary *s, GString *out)
{
    const struct part *p = s->part;

    for (size_t i = 0; i < p->nedges; i++) {
        const struct edge_row *e = &p->edges[i];
        g_string_append_printf(out, "%-22s %-8s %s -> %s\n", kinds_edge(e->kind)->label,
                               kinds_verdict_name(e->verdict), p->nodes[e->src].key,
                               p->nodes[e->dst].key);
    }
    text_kinds(out, p);
    text_coverage(out, collect_ledger(s->collect));
}

/* --- memory -------------------------------------------------------------------------------- */

void summary_reset_peak(void)
{
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    ssize_t n = write(fd, "5", 1);
    (void)n; /* then the peak is that of the whole run so far */
    close(fd);
}

uint64_t summary_peak(void)
{
    char text[4096];
    struct rusage all;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    if (n > 0) {
        text[n] = '\0';
        const char *line = strstr(text, "VmHWM:");
        if (line)
            return strtoull(line + strlen("VmHWM:"), NULL, 10) * 1024;
    }
    return getrusage(RUSAGE_SELF, &all) == 0 ? (uint64_t)all.ru_maxrss * 1024 : 0;
}
