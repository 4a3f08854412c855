/* SPDX-License-Identifier: GPL-3.0-or-later */
/* graphctl network FROM TO [--port N] | --matrix NS | --quarantine POD */
#include <string.h>

#include "base/fetch.h"
#include "ctl/client.h"

enum { MOST_EXAMPLES = 5, PAGE = 1000 };

static char *matrix, *quarantine, *cluster, *protocol;
static int port;
static gboolean pods, dns, yaml;

static const GOptionEntry options[] = {
    {"port", 0, 0, G_OPTION_ARG_INT, &port, "Only this port of TO", "N"},
    {"protocol", 0, 0, G_OPTION_ARG_STRING, &protocol, "Of the port (TCP)", "TCP|UDP|SCTP"},
    {"matrix", 0, 0, G_OPTION_ARG_STRING, &matrix, "All open connections of a namespace", "NS"},
    {"pods", 0, 0, G_OPTION_ARG_NONE, &pods, "Rows of the matrix are pods, not workloads", NULL},
    {"cluster", 0, 0, G_OPTION_ARG_STRING, &cluster, "Of the matrix, if several are loaded",
     "NAME"},
    {"quarantine", 0, 0, G_OPTION_ARG_STRING, &quarantine, "A policy that isolates one pod", "POD"},
    {"dns", 0, 0, G_OPTION_ARG_NONE, &dns, "The quarantined pod may still ask for names", NULL},
    {"yaml", 0, 0, G_OPTION_ARG_NONE, &yaml, "Print the policy alone, for kubectl apply -f -",
     NULL},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

/* The policy alone; what there is to know goes without saying to whoever asked for it so. */
static bool print_yaml(const json_t *policy, struct err *e)
{
    const char *text = client_text(policy, "yaml");

    if (!*text)
        return err_set(e, ERR_MISSING, "there is no policy: %s",
                       *client_text(policy, "why_not") ? client_text(policy, "why_not")
                                                       : "nothing is open");
    client_print("%s", text);
    return true;
}

static void print_list(const char *title, const json_t *list)
{
    size_t i;
    json_t *item;

    json_array_foreach (list, i, item) {
        if (i == MOST_EXAMPLES) {
            client_print("%s... and %zu more", i ? ", " : "", json_array_size(list) - i);
            break;
        }
        client_print("%s%s", i ? ", " : title, json_string_value(item));
    }
    if (json_array_size(list))
        client_print("\n");
}

static void print_way(const json_t *doc, const char *name)
{
    const json_t *way = json_object_get(doc, name);
    size_t i, k;
    json_t *policy, *rule;

    client_print("\n%s: %s - %s\n", name,
                 json_is_true(json_object_get(way, "open")) ? "open" : "CLOSED",
                 client_text(way, "words"));
    json_array_foreach (json_object_get(way, "policies"), i, policy) {
        const char *ns = client_text(policy, "namespace");
        client_print("  %s %s%s%s (%s)\n", client_text(policy, "kind"), ns, *ns ? "/" : "",
                     client_text(policy, "name"), client_text(policy, "tier"));
        json_array_foreach (json_object_get(policy, "rules"), k, rule)
            client_print("    %s %s: %s\n", client_text(rule, "field"), client_text(rule, "action"),
                         *client_text(rule, "ports") ? client_text(rule, "ports") : "nothing left");
        if (!json_array_size(json_object_get(policy, "rules")))
            client_print("    no rule of it takes the other end\n");
    }
}

static void print_changes(const json_t *doc)
{
    size_t i;
    json_t *change;

    if (json_array_size(json_object_get(doc, "would_change")))
        client_print("\nWhat would change it:\n");
    json_array_foreach (json_object_get(doc, "would_change"), i, change)
        client_print("  %s: %s\n", client_text(change, "way"), client_text(change, "words"));
}

static void print_from_internet(const json_t *path)
{
    const json_t *hop = json_object_get(path, "last_hop");

    if (!json_is_object(path) || !json_array_size(json_object_get(path, "path")))
        return;
    client_print("\nThe best path (probability %.2f%s):\n", client_number(path, "probability"),
                 json_is_true(json_object_get(path, "network_only")) ? ", over the network alone"
                                                                     : "");
    client_path(json_object_get(path, "path"));
    if (json_is_object(hop)) {
        client_print("Its last hop over the network: %s\n", client_text(hop, "edge"));
        print_list("  made by: ", json_object_get(hop, "sources"));
        print_list("  leads to: ", json_object_get(hop, "targets"));
    }
}

static void print_cut(const json_t *cut)
{
    size_t i;
    json_t *note;

    if (!json_is_object(cut))
        return;
    if (!json_is_true(json_object_get(cut, "possible"))) {
        client_print("\nNo policy can be added that closes only this: %s.\n",
                     client_text(cut, "why_not"));
        return;
    }
    client_print("\nThis policy closes it and leaves all else as it is (checked):\n");
    print_list("  isolates: ", json_object_get(cut, "isolates"));
    json_array_foreach (json_object_get(cut, "notes"), i, note)
        client_print("  Note: %s\n", json_string_value(note));
    client_print("\n%s", client_text(cut, "yaml"));
}

static bool ask_pair(struct command_ctx *c, struct err *e)
{
    json_auto_t *doc = NULL;

    if (!command_args(c, 2, e))
        return false;
    const char *path =
        arena_printf(c->arena, "/v1/network?from=%s&to=%s", fetch_escape(c->arena, c->args[0]),
                     fetch_escape(c->arena, c->args[1]));
    if (port)
        path = arena_printf(c->arena, "%s&port=%d", path, port);
    if (protocol)
        path = arena_printf(c->arena, "%s&protocol=%s", path, fetch_escape(c->arena, protocol));
    if (!client_get(c, path, &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    if (yaml)
        return print_yaml(json_object_get(doc, "cut"), e);
    client_print("%s\n", client_text(doc, "summary"));
    if (*client_text(doc, "unsure"))
        client_print("Not certain: %s\n", client_text(doc, "unsure"));
    print_way(doc, "egress");
    print_way(doc, "ingress");
    print_changes(doc);
    print_from_internet(json_object_get(doc, "path"));
    print_cut(json_object_get(doc, "cut"));
    client_coverage(doc);
    return true;
}

/* All pages, one after the other; as JSON they are one document of the last page with all rows. */
static bool ask_matrix(struct command_ctx *c, struct err *e)
{
    json_auto_t *rows = json_array(), *doc = NULL;
    const char *cursor = "";
    size_t i;
    json_t *row;

    if (!command_args(c, 0, e))
        return false;
    do {
        const char *path =
            arena_printf(c->arena, "/v1/network/matrix?namespace=%s&limit=%d%s%s%s%s%s",
                         fetch_escape(c->arena, matrix), PAGE, pods ? "&peers=pod" : "",
                         cluster ? "&cluster=" : "", cluster ? fetch_escape(c->arena, cluster) : "",
                         *cursor ? "&cursor=" : "", *cursor ? fetch_escape(c->arena, cursor) : "");
        json_decref(doc);
        doc = NULL;
        if (!client_get(c, path, &doc, e))
            return false;
        json_array_extend(rows, json_object_get(doc, "items"));
        cursor = arena_strdup(c->arena, client_text(doc, "next"));
    } while (*cursor);
    if (c->json) {
        json_object_set(doc, "items", rows);
        client_dump(doc);
        return true;
    }
    json_array_foreach (rows, i, row)
        client_print("%-40s %-40s %s\n", client_text(row, "src"), client_text(row, "dst"),
                     client_text(row, "connections"));
    client_print("%zu open connections\n", json_array_size(rows));
    client_coverage(doc);
    return true;
}

static void print_remains(const json_t *doc)
{
    size_t i;
    json_t *open;

    if (json_is_true(json_object_get(doc, "closed"))) {
        client_print("With this policy no connection from or to the pod is open (checked).\n");
        return;
    }
    client_print("THIS STAYS OPEN all the same:\n");
    json_array_foreach (json_object_get(doc, "remains"), i, open)
        client_print("  %s %s, by %s %s, for example with %s\n", client_text(open, "way"),
                     client_text(open, "connections"), client_text(open, "object"),
                     client_text(open, "field"), client_text(open, "example"));
}

static bool ask_quarantine(struct command_ctx *c, struct err *e)
{
    json_auto_t *doc = NULL;
    size_t i;
    json_t *line;

    if (!command_args(c, 0, e) ||
        !client_get(c,
                    arena_printf(c->arena, "/v1/network/quarantine?pod=%s%s",
                                 fetch_escape(c->arena, quarantine), dns ? "&dns=true" : ""),
                    &doc, e))
        return false;
    if (c->json) {
        client_dump(doc);
        return true;
    }
    if (yaml || !json_is_true(json_object_get(doc, "possible")))
        return print_yaml(doc, e);
    print_remains(doc);
    print_list("Pods with the same labels, which are left alone: ",
               json_object_get(doc, "same_labels"));
    json_array_foreach (json_object_get(doc, "notes"), i, line)
        client_print("Note: %s\n", json_string_value(line));
    client_print("\nIn this order:\n");
    json_array_foreach (json_object_get(doc, "commands"), i, line)
        client_print("  %s\n", json_string_value(line));
    client_print("\n%s", client_text(doc, "yaml"));
    client_coverage(doc);
    return true;
}

static bool run(struct command_ctx *c, struct err *e)
{
    if (matrix && quarantine)
        return err_set(e, ERR_USAGE, "--matrix and --quarantine are two questions");
    return matrix ? ask_matrix(c, e) : quarantine ? ask_quarantine(c, e) : ask_pair(c, e);
}

const struct command command_network = {
    .name = "network",
    .args = "FROM TO",
    .help = "what network policies let through, who decides, and a policy that closes it",
    .options = options,
    .run = run,
};
