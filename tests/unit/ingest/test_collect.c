/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From files to objects and facts, and the answers of `ask rbac`. */
#include <stdio.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "ingest/ask.h"
#include "ingest/collect.h"
#include "tests/test.h"

/* Collects texts as files of their own, in that order. */
static struct collect *collect_texts(struct arena *a, const char *const *texts)
{
    struct collect *c = collect_new(a, "test");

    for (; *texts; texts++) {
        g_autofree char *path = NULL;
        g_autofree char *plain = g_strdelimit(g_strdup(*texts), "'", '"');
        int fd = g_file_open_tmp("graphd-collect-XXXXXX", &path, NULL);
        cr_assert(fd >= 0 && g_file_set_contents(path, plain, -1, NULL));
        g_close(fd, NULL);
        must(collect_read(c, path, &e));
        g_remove(path);
    }
    collect_finish(c);
    return c;
}

static struct collect *collect_path(struct arena *a, const char *below)
{
    struct collect *c = collect_new(a, "test");
    g_autofree char *path = g_build_filename(test_fixtures(), "clusters", below, NULL);

    must(collect_read(c, path, &e));
    collect_finish(c);
    return c;
}

static const struct object_row *find(const struct collect *c, const char *resource, const char *ns,
                                     const char *name)
{
    size_t n;
    const struct object_row *o = collect_objects(c, &n);

    for (size_t i = 0; i < n; i++)
        if (!strcmp(o[i].resource, resource) && !strcmp(o[i].ns, ns) && !strcmp(o[i].name, name))
            return &o[i];
    return NULL;
}

static void each_gap(void *arg, const char *what, const char *why, const char *file)
{
    (void)file;
    g_string_append_printf(arg, "%s: %s\n", what, why);
}

Test(collect, the_same_content_is_the_same_text)
{
    AUTO(arena) a = arena_new();
    static const char *const texts[] = {
        "{'kind':'ServiceAccountList','apiVersion':'v1','items':[{'metadata':{'name':'a','"
        "namespace':'n',"
        "'labels':{'y':'2','x':'1'},'managedFields':[{'a':1}]}}]}",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  labels:\n    x: \"1\"\n    y: \"2\"\n"
        "  namespace: n\n  name: b\n",
        NULL};
    AUTO(collect) c = collect_texts(a, texts);
    const struct object_row *one = find(c, "serviceaccounts", "n", "a");
    const struct object_row *two = find(c, "serviceaccounts", "n", "b");

    cr_assert(one && two);
    cr_expect_str_eq(one->json,
                     "{\"metadata\":{\"labels\":{\"x\":\"1\",\"y\":\"2\"},\"name\":\"a\","
                     "\"namespace\":\"n\"}}");
    cr_expect_str_eq(two->json,
                     "{\"metadata\":{\"labels\":{\"x\":\"1\",\"y\":\"2\"},\"name\":\"b\","
                     "\"namespace\":\"n\"}}");
}

Test(collect, the_later_of_two_counts_but_metadata_never_hides_more)
{
    AUTO(arena) a = arena_new();
    static const char *const texts[] = {"{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'"
                                        "aws-auth','namespace':'kube-system'},"
                                        "'data':{'mapRoles':'seen'}}",
                                        "{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'"
                                        "other','namespace':'kube-system'},"
                                        "'data':{'k':'hidden'}}",
                                        "{'kind':'ConfigMap','apiVersion':'v1','metadata':{'name':'"
                                        "other','namespace':'kube-system',"
                                        "'uid':'2'}}",
                                        NULL};
    AUTO(collect) c = collect_texts(a, texts);
    const struct object_row *auth = find(c, "configmaps", "kube-system", "aws-auth");
    const struct object_row *other = find(c, "configmaps", "kube-system", "other");

    cr_assert(auth && other);
    cr_expect(strstr(auth->json, "\"mapRoles\":\"seen\""), "%s", auth->json);
    cr_expect_not(strstr(other->json, "hidden"), "%s", other->json);
    cr_expect_str_eq(other->uid, "2");
    cr_expect_eq(collect_totals(c)->again, 1);
    cr_expect_eq(collect_facts(c)->configmaps.n, 2);
}

Test(collect, what_is_wrong_is_told_and_the_rest_is_kept)
{
    AUTO(arena) a = arena_new();
    g_autoptr(GString) gaps = g_string_new(NULL);
    static const char *const texts[] = {
        "{'kind':'PodList','apiVersion':'v1','items':["
        "{'metadata':{'name':'good','namespace':'n'},'spec':{'containers':[]}},"
        "{'metadata':{'name':7},'spec':{'containers':[]}},"
        "{'metadata':{'name':'double','name':'twice'}},"
        "{'metadata':{'name':'bytes\xff'}},"
        "{'metadata':{'name':'big'},'spec':{'containers':[],'hostPID':123456789012345678901234}},"
        "{'metadata':{'name':'last','namespace':'n'},'spec':{'containers':[]}}]}",
        "{'kind':'Pod','apiVersion':'v2','metadata':{'name':'tomorrow'},'spec':{}}",
        "{'kind':'Wombat','apiVersion':'zoo/v1','metadata':{'name':'w'}}",
        "{'kind':'Status','apiVersion':'v1','status':'Failure','reason':'Forbidden','code':403,"
        "'details':{'kind':'nodes'}}",
        NULL};
    AUTO(collect) c = collect_texts(a, texts);

    cr_expect(find(c, "pods", "n", "good") && find(c, "pods", "n", "last"));
    cr_expect_eq(collect_facts(c)->pods.n, 3); /* the version of a core group does not matter */
    ledger_each_gap(collect_ledger(c), each_gap, gaps);
    static const char *const want[] = {
        "pods: item 1: /metadata/name: want string, got integer\n",
        "pods: item 2: byte 35: /metadata/name: member name appears twice\n",
        "pods: item 3: byte 26: /metadata/name: text that is not UTF-8\n",
        "pods: item 4: /spec/hostPID: a number out of range\n",
        "nodes: 403 Forbidden\n",
        "roles: not in the input\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        cr_expect(strstr(gaps->str, want[i]), "lacks %sin\n%s", want[i], gaps->str);
    cr_expect_not(strstr(gaps->str, "nodes: not in the input"), "%s", gaps->str);
    cr_expect_not(strstr(gaps->str, "Wombat"), "%s", gaps->str);
}

/* Old servers have no such policies; one that refuses to list them has. */
Test(collect, a_kind_that_not_every_server_has_is_missed_only_where_it_was_refused)
{
    static const char *const refused[] = {
        "{'kind':'Status','apiVersion':'v1','status':'Failure','reason':'Forbidden','code':403,"
        "'details':{'kind':'validatingadmissionpolicies'}}",
        NULL};
    static const char *const absent[] = {
        "{'kind':'Status','apiVersion':'v1','status':'Failure','reason':'NotFound','code':404,"
        "'details':{'kind':'mutatingadmissionpolicies'}}",
        NULL};
    AUTO(arena) a = arena_new();
    AUTO(collect) no = collect_texts(a, refused);
    AUTO(collect) gone = collect_texts(a, absent);

    cr_expect(ledger_has_gap(collect_ledger(no), "validatingadmissionpolicies"));
    cr_expect_not(ledger_has_gap(collect_ledger(no), "mutatingadmissionpolicies"));
    cr_expect(collect_facts(no)->gaps[FACTS_POLICIES]);
    cr_expect_not(facts_read(collect_facts(no), FACTS_POLICIES));
    cr_expect_not(ledger_has_gap(collect_ledger(gone), "mutatingadmissionpolicies"));
    cr_expect(facts_read(collect_facts(gone), FACTS_MUTATING_POLICIES));
    cr_expect_not(facts_read(collect_facts(gone), FACTS_POLICIES));
}

Test(collect, hostile_names_are_names)
{
    AUTO(arena) a = arena_new();
    static const char *const texts[] = {
        "{'kind':'ClusterRole','apiVersion':'rbac.authorization.k8s.io/v1','metadata':{'name':"
        "'%s%n\\n\\u0001\\\"$(id)\\\\ \\ud83d\\ude00'},'rules':[]}",
        NULL};
    AUTO(collect) c = collect_texts(a, texts);
    const struct object_row *o =
        find(c, "clusterroles", "", "%s%n\n\x01\"$(id)\\ \xf0\x9f\x98\x80");

    cr_assert(o);
    cr_expect(strstr(o->json, "%s%n\\u000a\\u0001\\\"$(id)\\\\ \xf0\x9f\x98\x80"), "%s", o->json);
}

/* Whether both hold the same texts for all resources that both were asked for. */
static void expect_same(struct collect *x, struct collect *y, const char *how)
{
    size_t n, m, compared = 0;
    const struct object_row *o = collect_objects(x, &n), *p = collect_objects(y, &m);

    for (size_t i = 0; i < n; i++) {
        const struct object_row *other = NULL;
        for (size_t j = 0; j < m && !other; j++)
            if (!strcmp(o[i].resource, p[j].resource) && !strcmp(o[i].ns, p[j].ns) &&
                !strcmp(o[i].name, p[j].name))
                other = &p[j];
        if (!other)
            continue;
        compared++;
        cr_expect_str_eq(o[i].json, other->json, "%s: %s %s", how, o[i].resource, o[i].name);
    }
    cr_expect_eq(compared, m, "%s: %zu of %zu", how, compared, m);
}

Test(collect, server_and_kubectl_in_json_and_yaml_say_the_same)
{
    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    AUTO(arena) a = arena_new();
    AUTO(collect) lists = collect_path(a, "kubehound/lists");
    AUTO(collect) json = collect_path(a, "kubehound/kubectl/all-in-one.json");
    AUTO(collect) yaml = collect_path(a, "kubehound/kubectl/pods.yaml");
    AUTO(collect) all = collect_path(a, "kubehound/kubectl");

    cr_expect(ledger_complete(collect_ledger(lists)));
    cr_expect_eq(collect_facts(lists)->version_minor, 36);
    expect_same(lists, json, "kubectl -o json");
    expect_same(lists, yaml, "kubectl -o yaml");
    expect_same(lists, all, "both");
}

Test(collect, of_every_recorded_cluster_nothing_is_left_out)
{
    static const char *const clusters[] = {"boutique", "boutique-ingress", "goat", "kubehound",
                                           "zoo",      "zoo-weird"};

    if (!test_fixtures())
        cr_skip_test("GRAPHD_FIXTURES is not set");
    for (size_t i = 0; i < ARRAY_LEN(clusters); i++) {
        AUTO(arena) a = arena_new();
        AUTO(collect) c = collect_path(a, clusters[i]);
        g_autoptr(GString) gaps = g_string_new(NULL);
        size_t n;
        const struct object_row *o = collect_objects(c, &n);
        ledger_each_gap(collect_ledger(c), each_gap, gaps);
        cr_expect(ledger_complete(collect_ledger(c)), "%s:\n%s", clusters[i], gaps->str);
        for (size_t j = 0; j < n; j++)
            cr_expect_not(strstr(o[j].json, "managedFields") || strstr(o[j].json, "last-applied"),
                          "%s %s", o[j].resource, o[j].name);
    }
}

/* --- ask rbac ------------------------------------------------------------------------------ */

static const char *const rbac_texts[] = {
    "{'kind':'List','apiVersion':'v1','items':["
    "{'kind':'ClusterRole','apiVersion':'rbac.authorization.k8s.io/v1','metadata':{'name':'r'},"
    "'rules':[{'verbs':['get'],'apiGroups':[''],'resources':['pods/log']},"
    "{'verbs':['get'],'nonResourceURLs':['/x/*']}]},"
    "{'kind':'ClusterRoleBinding','apiVersion':'rbac.authorization.k8s.io/"
    "v1','metadata':{'name':'b'},"
    "'roleRef':{'kind':'ClusterRole','name':'r'},'subjects':[{'kind':'ServiceAccount','namespace':"
    "'n','name':'s'},{'kind':'Group','name':'g'},{'kind':'Group','name':'h-only'}]}]}",
    NULL};

static const struct {
    const char *row, *answer; /* the last column, or the complaint */
} rows[] = {
    {"ServiceAccount\tn/s\tget\t\tpods\tlog\tm\tp\tfalse", "true"},
    {"ServiceAccount\tn/s\tget\t\tpods\tlog\tm\tp", "true"},
    {"ServiceAccount\tn/t\tget\t\tpods\tlog\tm\tp\ttrue", "false"},
    {"ServiceAccount\tn/s\tget\t\tpods\t\tm\tp\t?", "false"},
    {"ServiceAccount\tn/s\tget\t\tnonResourceURL:/x/y\t\t\t\t?", "true"},
    {"ServiceAccount\tn/s\tpost\t\tnonResourceURL:/x/y\t\t\t\t?", "false"},
    {"User\tu\tget\t\tpods\tlog\t\t\t?", "false"},
    {"User\tu+f+g\tget\t\tpods\tlog\t\t\t?", "true"},
    {"Group\tg\tget\t\tpods\tlog\t\t\t?", "true"},
    {"Group\tg-only\tget\t\tpods\tlog\t\t\t?", "true"},
    {"Group\th-only\tget\t\tpods\tlog\t\t\t?", "true"},
    {"Group\th\tget\t\tpods\tlog\t\t\t?", "false"},
    {"Group\tsystem:masters-only\tdelete\t\tnodes\t\t\t\t?", "true"},
    {"User\tnamed\tget\t\tpods\tlog\t\t\t?", "true"},
    {"ServiceAccount\tn\tget\t\tpods\t\t\t\t?", "line 1: want NAMESPACE/NAME"},
    {"Robot\tn\tget\t\tpods\t\t\t\t?", "line 1: want ServiceAccount, User or Group"},
    {"User\tu\tget\t\tpods", "line 1: want 8 or 9 columns, got 5"},
    {"User\tu\tget\t\tpods\t\t\t\t?\tmore", "line 1: more than 9 columns"},
    {"User\t\tget\t\tpods\t\t\t\t?", "line 1: no subject"},
    {"User\tu\t\t\tpods\t\t\t\t?", "line 1: no verb"},
};

Test(ask, answers_rows_and_names_bad_lines)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) c = collect_texts(a, rbac_texts);
    const char *subjects =
        "[{\"kind\":\"User\",\"id\":\"named\",\"user\":\"u\",\"groups\":[\"g\"]}]";

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char out[512] = "";
        struct err e = {0};
        FILE *in = fmemopen((void *)rows[i].row, strlen(rows[i].row), "r");
        FILE *to = fmemopen(out, sizeof(out), "w");
        bool ok = ask_rbac(collect_facts(c), subjects, in, to, &e);
        fclose(in);
        fclose(to);
        if (!ok) {
            cr_expect(strstr(e.msg, rows[i].answer), "%s: %s", rows[i].row, e.msg);
            continue;
        }
        g_autofree char *tail = g_strdup_printf("\t%s\n", rows[i].answer);
        cr_expect(g_str_has_suffix(out, tail), "%s: %s", rows[i].row, out);
        cr_expect_eq(strncmp(out, rows[i].row, strlen(rows[i].row) - 8), 0, "%s", out);
    }
}

Test(ask, says_what_is_wrong_with_the_subjects)
{
    AUTO(arena) a = arena_new();
    AUTO(collect) c = collect_texts(a, rbac_texts);

    must_fail(ask_rbac(collect_facts(c), "{}", stdin, stdout, &e), ERR_INPUT, "want an array");
    must_fail(ask_rbac(collect_facts(c), "[{\"kind\":1}]", stdin, stdout, &e), ERR_INPUT,
              "subjects: /0/kind: want string, got integer");
}
