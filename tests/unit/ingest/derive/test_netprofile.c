/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network plugins by what they install, and settings on top. */
#include "ingest/derive/netprofile.h"
#include "ingest/kind.h"
#include "tests/support/facts_text.h"
#include "tests/test.h"

enum { MOST_DAEMONS = 2, MOST_CONTAINERS = 3 };

struct daemon {
    const char *ns, *name;
    struct {
        const char *name, *image, *arg;
    } containers[MOST_CONTAINERS];
};

static const struct {
    const char *what;
    struct daemon daemons[MOST_DAEMONS];
    const char *plugin; /* "" not known */
    bool enforced;
    const char *lacks; /* switches that are not as usual: pods nodes end_port sctp admin */
} cases[] = {
    {"nothing is known", {{0}}, "", true, ""},
    {"a workload of the name only",
     {{"shop", "cilium", {{"web", "cilium/cilium:v1.15.1", NULL}}}},
     "",
     true,
     ""},
    {"calico",
     {{"kube-system", "calico-node", {{"calico-node", "calico/node:v3.29.1", NULL}}}},
     "calico",
     true,
     ""},
    {"an older calico",
     {{"calico-system", "calico-node", {{"calico-node", "quay.io/calico/node:v3.27.0", NULL}}}},
     "calico",
     true,
     "admin"},
    {"cilium without ranges of ports",
     {{"kube-system",
       "cilium",
       {{"cilium-agent", "quay.io/cilium/cilium:v1.15.6@sha256:00", NULL}}}},
     "cilium",
     true,
     "pods nodes end_port admin"},
    {"cilium with them",
     {{"kube-system", "cilium", {{"cilium-agent", "quay.io/cilium/cilium:v1.16.0", NULL}}}},
     "cilium",
     true,
     "pods nodes admin"},
    {"an old cilium",
     {{"kube-system", "cilium", {{"cilium-agent", "cilium/cilium:v1.12.19", NULL}}}},
     "cilium",
     true,
     "pods nodes end_port sctp admin"},
    {"cilium of no version",
     {{"kube-system", "cilium", {{"cilium-agent", "mirror/cilium:latest", NULL}}}},
     "cilium",
     true,
     "pods nodes admin"},
    {"dataplane v2",
     {{"kube-system", "anetd", {{"cilium-agent", "gke.gcr.io/cilium/cilium:v1.14.4", NULL}}},
      {"kube-system", "netd", {{"netd", "gke.gcr.io/netd:v0.3", NULL}}}},
     "gke-dataplane-v2",
     true,
     "pods nodes admin"},
    {"netd alone",
     {{"kube-system", "netd", {{"netd", "gke.gcr.io/netd:v0.3", NULL}}}},
     "gke-netd",
     false,
     "admin"},
    {"flannel",
     {{"kube-flannel", "kube-flannel-ds", {{"kube-flannel", "flannel/flannel:v0.25.1", NULL}}}},
     "flannel",
     false,
     "admin"},
    {"an old flannel",
     {{"kube-system", "kube-flannel-ds-amd64", {{"kube-flannel", "flannel:v0.11.0", NULL}}}},
     "flannel",
     false,
     "admin"},
    {"flannel with a controller for policies",
     {{"kube-flannel",
       "kube-flannel-ds",
       {{"kube-flannel", "flannel/flannel:v0.25.1", NULL},
        {"kube-network-policies", "kube-network-policies:v0.8.0", NULL}}}},
     "kube-network-policies",
     true,
     ""},
    {"canal",
     {{"kube-system",
       "canal",
       {{"calico-node", "calico/node:v3.29.0", NULL}, {"kube-flannel", "flannel:v0.24", NULL}}}},
     "canal",
     true,
     "admin"},
    {"calico beside flannel",
     {{"kube-flannel", "kube-flannel-ds", {{"kube-flannel", "flannel:v0.25.1", NULL}}},
      {"kube-system", "calico-node", {{"calico-node", "calico/node:v3.29.0", NULL}}}},
     "canal",
     true,
     ""},
    {"aws without an agent",
     {{"kube-system", "aws-node", {{"aws-node", "amazon-k8s-cni:v1.13.0", NULL}}}},
     "aws-vpc-cni",
     false,
     "admin"},
    {"aws with an agent that is switched off",
     {{"kube-system",
       "aws-node",
       {{"aws-node", "amazon-k8s-cni:v1.18.0", NULL},
        {"aws-eks-nodeagent", "agent:v1.1.0", "--enable-network-policy=false"}}}},
     "aws-vpc-cni",
     false,
     "admin"},
    {"aws with an agent",
     {{"kube-system",
       "aws-node",
       {{"aws-node", "amazon-k8s-cni:v1.18.0", NULL},
        {"aws-eks-nodeagent", "agent:v1.1.0", "--enable-network-policy=true"}}}},
     "aws-vpc-cni",
     true,
     "admin"},
    {"calico on aws",
     {{"kube-system", "aws-node", {{"aws-node", "amazon-k8s-cni:v1.18.0", NULL}}},
      {"calico-system", "calico-node", {{"calico-node", "calico/node:v3.26.0", NULL}}}},
     "calico",
     true,
     "admin"},
    {"kind before 0.24",
     {{"kube-system",
       "kindnet",
       {{"kindnet-cni", "docker.io/kindest/kindnetd:v20240513-cd2ac642", NULL}}}},
     "kindnet",
     false,
     "admin"},
    {"kind since 0.24",
     {{"kube-system",
       "kindnet",
       {{"kindnet-cni", "docker.io/kindest/kindnetd:v20241212-9f82dd49", NULL}}}},
     "kindnet",
     true,
     "admin"},
    {"kindnet on its own",
     {{"kube-system", "kindnet", {{"kindnet-cni", "ghcr.io/aojea/kindnetd:v1.6.0", NULL}}}},
     "kindnet",
     true,
     "admin"},
    {"azure without policies",
     {{"kube-system", "azure-cns", {{"cns-container", "azure-cns:v1.6.5", NULL}}}},
     "azure-cni",
     false,
     "admin"},
    {"azure with them",
     {{"kube-system", "azure-cns", {{"cns-container", "azure-cns:v1.6.5", NULL}}},
      {"kube-system", "azure-npm", {{"azure-npm", "azure-npm:v1.5.5", NULL}}}},
     "azure-npm",
     true,
     "admin"},
    {"weave",
     {{"kube-system",
       "weave-net",
       {{"weave", "weave-kube:2.8.1", NULL}, {"weave-npc", "npc:2.8.1", NULL}}}},
     "weave-net",
     true,
     "end_port admin"},
    {"antrea",
     {{"kube-system", "antrea-agent", {{"antrea-agent", "antrea/antrea-agent:v2.0.0", NULL}}}},
     "antrea",
     true,
     ""},
    {"openshift",
     {{"openshift-ovn-kubernetes", "ovnkube-node", {{"ovnkube-controller", "x@sha256:0", NULL}}}},
     "ovn-kubernetes",
     true,
     ""},
    {"kube-router",
     {{"kube-system", "kube-router", {{"kube-router", "cloudnativelabs/kube-router:v2.1", NULL}}}},
     "kube-router",
     true,
     "sctp admin"},
    {"kube-ovn",
     {{"kube-system", "kube-ovn-cni", {{"cni-server", "kubeovn/kube-ovn:v1.12.4", NULL}}}},
     "kube-ovn",
     true,
     "admin"},
};

static void put_containers(const struct daemon *d, GString *out)
{
    for (size_t i = 0; i < MOST_CONTAINERS && d->containers[i].name; i++) {
        g_string_append_printf(out, "%s{'name':'%s','image':'%s'", i ? "," : "",
                               d->containers[i].name, d->containers[i].image);
        if (d->containers[i].arg)
            g_string_append_printf(out, ",'args':['--x=y','%s']", d->containers[i].arg);
        g_string_append_c(out, '}');
    }
}

/* The DaemonSet, or (`as_pods`) only a pod of it. */
static void add_daemon(struct facts *f, const struct daemon *d, bool as_pods)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (as_pods)
        g_string_printf(text,
                        "{'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'%s','name':"
                        "'%s-x','ownerReferences':[{'kind':'DaemonSet','name':'%s','controller':"
                        "true}]},'spec':{'containers':[",
                        d->ns, d->name, d->name);
    else
        g_string_printf(text,
                        "{'apiVersion':'apps/v1','kind':'DaemonSet','metadata':{'namespace':'%s',"
                        "'name':'%s'},'spec':{'template':{'spec':{'containers':[",
                        d->ns, d->name);
    put_containers(d, text);
    g_string_append(text, as_pods ? "]}}" : "]}}}}");
    facts_text_add(f, text->str);
}

static const char *lacking(struct arena *a, const struct netprofile *p)
{
    const char *text = arena_printf(
        a, "%s%s%s%s%s", p->blocks_match_pods ? "" : "pods ", p->blocks_match_nodes ? "" : "nodes ",
        p->end_port ? "" : "end_port ", p->sctp ? "" : "sctp ", p->admin_tiers ? "" : "admin ");

    return g_strchomp(arena_strdup(a, text));
}

static void expect_case(size_t i, bool as_pods)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct netprofile p;

    for (size_t k = 0; k < MOST_DAEMONS && cases[i].daemons[k].name; k++)
        add_daemon(f, &cases[i].daemons[k], as_pods);
    kind_predict_pods(f);
    facts_index(f);
    netprofile_of(f, &p);
    cr_expect_str_eq(p.plugin, cases[i].plugin, "%s: %s", cases[i].what, p.plugin);
    cr_expect_eq(p.enforced, cases[i].enforced, "%s", cases[i].what);
    cr_expect_str_eq(lacking(a, &p), cases[i].lacks, "%s: lacks %s", cases[i].what, lacking(a, &p));
    cr_expect_eq(*p.said_by != '\0', *p.plugin != '\0', "%s: %s", cases[i].what, p.said_by);
    cr_expect_not(p.keeps_source || p.selects_host_network, "%s", cases[i].what);
}

Test(netprofile, plugins_are_known_by_their_daemonsets)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_case(i, false);
}

Test(netprofile, plugins_are_known_by_pods_where_no_daemonset_was_read)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_case(i, true);
}

Test(netprofile, k3s_enforces_although_nothing_shows_it)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct netprofile p;

    facts_text_add(f, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n'},'status':"
                      "{'nodeInfo':{'kubeletVersion':'v1.30.2+k3s1'}}}");
    facts_index(f);
    netprofile_of(f, &p);
    cr_expect_str_eq(p.plugin, "k3s");
    cr_expect_str_eq(p.said_by, "Node n");
    cr_expect(p.enforced);
}

Test(netprofile, a_setting_wins_over_what_is_seen)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct netprofile p;

    add_daemon(f, &(struct daemon){"kube-system", "cilium", {{"cilium-agent", "c:v1.15.0", NULL}}},
               false);
    facts_index(f);
    f->network = "ipblock-nodes=yes,keeps-source=yes";
    netprofile_of(f, &p);
    cr_expect_str_eq(p.plugin, "cilium");
    cr_expect_str_eq(p.said_by, "DaemonSet kube-system/cilium, setting");
    cr_expect(p.blocks_match_nodes && !p.blocks_match_pods && p.keeps_source && !p.end_port);
    f->network = "enforced=no,plugin=calico";
    netprofile_of(f, &p);
    cr_expect_str_eq(p.plugin, "calico");
    cr_expect_str_eq(p.said_by, "setting");
    cr_expect(!p.enforced && p.blocks_match_pods && p.end_port && p.admin_tiers);
    f->network = "plugin=flannel";
    netprofile_of(f, &p);
    cr_expect(!p.enforced);
    f->network = "plugin=other";
    netprofile_of(f, &p);
    cr_expect(p.enforced && p.blocks_match_pods && p.blocks_match_nodes);
}

Test(netprofile, a_wrong_setting_is_told)
{
    static const struct {
        const char *setting, *error;
    } wrong[] = {
        {"enforced", "want KEY=VALUE, got \"enforced\""},
        {"enforced=yes,", "want KEY=VALUE, got \"\""},
        {"enforced=maybe", "enforced wants yes or no, got \"maybe\""},
        {"sctp=", "sctp wants yes or no, got \"\""},
        {"color=red", "there is no \"color\"; want KEY=VALUE of plugin enforced"},
        {"plugin=ciilium", "no plugin \"ciilium\""},
        {"plugin=", "no plugin \"\""},
    };

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        must_fail(netprofile_check(wrong[i].setting, &e), ERR_USAGE, wrong[i].error);
    must(netprofile_check("plugin=cilium,enforced=no,ipblock-pods=yes,ipblock-nodes=no,"
                          "host-network=yes,keeps-source=no,end-port=yes,sctp=no,"
                          "admin-policies=yes",
                          &e));
}
