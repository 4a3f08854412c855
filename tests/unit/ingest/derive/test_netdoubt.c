/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of the answers is in doubt, and what is not: small clusters and one question each. */
#include "ingest/derive/netdoubt.h"
#include "ingest/derive/netpol.h"
#include "tests/support/facts_text.h"
#include "tests/test.h"

#define NETPOL "'apiVersion':'networking.k8s.io/v1','kind':'NetworkPolicy'"
#define ADMIN "'apiVersion':'policy.networking.k8s.io/v1alpha1','kind':'AdminNetworkPolicy'"
#define CILIUM "'apiVersion':'cilium.io/v2','kind':'CiliumNetworkPolicy'"
#define META(name) "'metadata':{'namespace':'shop','name':'" name "'}"
#define DENY_IN                                                                                    \
    "{" NETPOL "," META("closed") ",'spec':{'podSelector':{'matchLabels':{'app':'web'}}}}"
#define EVERYBODY "'subject':{'namespaces':{}}"
#define RULE(action, from, ports) "{'action':'" action "','from':[" from "]" ports "}"
#define ALL "{'namespaces':{}}"
#define PORT(n) ",'ports':[{'portNumber':{'port':" #n "}}]"

/* What is asked: ways in which pods app=web and app=db of the namespace shop may be otherwise. */
enum { IN_OPENS = 1, IN_CLOSES = 2, OUT_OPENS = 4, OUT_CLOSES = 8, OUTSIDE_OPENS = 16 };

static const struct {
    const char *what, *network; /* setting of the plugin */
    const char *objects[3];
    unsigned web, db; /* bits */
    const char *says; /* of the first doubt about web */
} cases[] = {
    {"a policy is enforced", "plugin=calico", {DENY_IN}, 0, 0, NULL},
    {"nobody enforces it",
     "plugin=flannel",
     {DENY_IN},
     IN_OPENS,
     0,
     "NetworkPolicy shop/closed: flannel does not enforce network policies (setting)"},
    {"a foreign policy may open and close",
     "plugin=cilium",
     {"{" CILIUM "," META("c") ",'spec':{'endpointSelector':{'matchLabels':{'app':'web'}},"
                               "'ingress':[{}]}}"},
     IN_OPENS | IN_CLOSES,
     0,
     "CiliumNetworkPolicy shop/c: policies of Cilium are not evaluated"},
    {"of its directions only",
     "plugin=cilium",
     {"{" CILIUM "," META("c") ",'spec':{'endpointSelector':{},'egress':[{}]}}"},
     OUT_OPENS | OUT_CLOSES | OUTSIDE_OPENS,
     OUT_OPENS | OUT_CLOSES | OUTSIDE_OPENS,
     NULL},
    {"in its namespace only",
     "plugin=cilium",
     {"{" CILIUM ",'metadata':{'namespace':'other','name':'c'},'spec':{'endpointSelector':{},"
      "'egress':[{}]}}"},
     0,
     0,
     NULL},
    {"a mesh only closes",
     "",
     {"{'apiVersion':'security.istio.io/v1','kind':'AuthorizationPolicy'," META("a") "}"},
     IN_CLOSES,
     IN_CLOSES,
     NULL},
    {"a range of ports where none is understood",
     "end-port=no",
     {"{" NETPOL "," META("r") ",'spec':{'podSelector':{'matchLabels':{'app':'web'}},'ingress':"
                               "[{'ports':[{'port':80,'endPort':90}]}]}}"},
     IN_CLOSES,
     0,
     "NetworkPolicy shop/r: the network plugin does not understand ranges of ports"},
    {"all ports are no range",
     "end-port=no",
     {"{" NETPOL "," META("r") ",'spec':{'podSelector':{},'ingress':[{'ports':[{'protocol':"
                               "'TCP'}]}]}}"},
     0,
     0,
     NULL},
    {"sctp where it is not understood",
     "plugin=kube-router",
     {"{" NETPOL "," META(
         "r") ",'spec':{'podSelector':{'matchLabels':{'app':'web'}},"
              "'policyTypes':['Egress'],'egress':[{'ports':[{'protocol':'SCTP','port':80}]}]}}"},
     OUT_CLOSES,
     0,
     "NetworkPolicy shop/r: kube-router does not understand SCTP"},
    {"what an administrator denies where nobody enforces it",
     "plugin=kindnet",
     {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':1," EVERYBODY
      ",'ingress':[" RULE("Deny", ALL, "") "]}}"},
      IN_OPENS, IN_OPENS,
      "AdminNetworkPolicy a: kindnet does not enforce policies of administrators (setting)"},
     {"what an administrator allows where nobody enforces it",
      "plugin=kindnet",
      {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':1," EVERYBODY
       ",'ingress':[" RULE("Allow", ALL, "") "]}}"},
       IN_CLOSES, IN_CLOSES, NULL},
      {"domains matter outside only",
       "",
       {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':1," EVERYBODY
        ",'egress':[{'action':'Allow','to':[{'domainNames':['x.example']}]}]}}"},
       OUTSIDE_OPENS,
       OUTSIDE_OPENS,
       NULL},
      {"nodes were not read",
       "",
       {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':1," EVERYBODY
        ",'egress':[{'action':'Deny','to':[{'nodes':{}}]}]}}"},
       OUTSIDE_OPENS,
       OUTSIDE_OPENS,
       NULL},
      {"one priority, opposite rules; the first by name is taken to win",
       "",
       {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':5," EVERYBODY ",'ingress':[" RULE("Allow", ALL, "") "]}}",
           "{" ADMIN ",'metadata':{'name':'b'},'spec':{'priority':5,'subject':{'pods':{"
           "'namespaceSelector':{},'podSelector':{'matchLabels':{'app':'web'}}}},'ingress':[" RULE(
          "Deny", ALL, PORT(80)) "]}}"},
           IN_CLOSES, 0,
           "AdminNetworkPolicy a: AdminNetworkPolicy b has the same priority and says otherwise; "
           "nothing "
           "defines their order"},
       {"one priority, opposite rules, the other way",
        "",
        {"{" ADMIN ",'metadata':{'name':'b'},'spec':{'priority':5," EVERYBODY
         ",'ingress':[" RULE("Allow", ALL, "") "]}}",
                             "{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':5," EVERYBODY
                             ",'ingress':[" RULE("Deny", ALL, "") "]}}"},
         IN_OPENS, IN_OPENS, NULL},
        {"one priority, the same rules",
         "",
         {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':5," EVERYBODY
          ",'ingress':[" RULE("Deny", ALL, "") "]}}",
                              "{" ADMIN ",'metadata':{'name':'b'},'spec':{'priority':5," EVERYBODY
                              ",'ingress':[" RULE("Deny", ALL, "") "]}}"},
          0, 0, NULL},
         {"one priority, other ports",
          "",
          {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':5," EVERYBODY
           ",'ingress':[" RULE("Deny", ALL, PORT(80)) "]}}",
                               "{" ADMIN ",'metadata':{'name':'b'},'spec':{'priority':5," EVERYBODY
                               ",'ingress':[" RULE("Allow", ALL, PORT(81)) "]}}"},
                               0, 0, NULL},
           {"one priority, other peers",
            "",
            {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':5," EVERYBODY
             ",'ingress':[" RULE("Deny", "{'networks':['10.0.0.0/8']}", "") "]}}",
                 "{" ADMIN ",'metadata':{'name':'b'},'spec':{'priority':5," EVERYBODY
                 ",'ingress':[" RULE("Allow", "{'networks':['192.168.0.0/16']}", "") "]}}"},
             0, 0, NULL},
            {"two priorities",
             "",
             {"{" ADMIN ",'metadata':{'name':'a'},'spec':{'priority':5," EVERYBODY
              ",'ingress':[" RULE("Deny", ALL, "") "]}}",
                                  "{" ADMIN
                                  ",'metadata':{'name':'b'},'spec':{'priority':6," EVERYBODY
                                  ",'ingress':[" RULE("Allow", ALL, "") "]}}"},
              0, 0, NULL},
};

static unsigned doubts_of(const struct netdoubt *nd, uint32_t point, struct evidence *ev)
{
    unsigned out = 0;

    out |= netdoubt_may_open(nd, NET_EGRESS, point, true, ev) ? OUTSIDE_OPENS : 0;
    out |= netdoubt_may_open(nd, NET_EGRESS, point, false, ev) ? OUT_OPENS : 0;
    out |= netdoubt_may_close(nd, NET_EGRESS, point, ev) ? OUT_CLOSES : 0;
    out |= netdoubt_may_close(nd, NET_INGRESS, point, ev) ? IN_CLOSES : 0;
    out |= netdoubt_may_open(nd, NET_INGRESS, point, false, ev) ? IN_OPENS : 0;
    return out;
}

static void add_pod(struct facts *f, const char *name)
{
    g_autofree char *text =
        g_strdup_printf("{'apiVersion':'v1','kind':'Pod','metadata':{'namespace':'shop','name':"
                        "'%s','labels':{'app':'%s'}},'spec':{'containers':[]}}",
                        name, name);

    facts_text_add(f, text);
}

static void expect_case(size_t i)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct netprofile profile;
    struct evidence ev = {0}, other = {0};

    add_pod(f, "web");
    add_pod(f, "db");
    for (size_t k = 0; k < 3 && cases[i].objects[k]; k++)
        facts_text_add(f, cases[i].objects[k]);
    facts_index(f);
    f->network = cases[i].network;
    netprofile_of(f, &profile);
    AUTO(netpol) np = netpol_of(f, &profile, NULL, 0);
    const struct netdoubt *nd = netpol_doubts(np);
    unsigned web = doubts_of(nd, netclass_of_pod(netpol_classes(np), 0), &ev);
    unsigned db = doubts_of(nd, netclass_of_pod(netpol_classes(np), 1), &other);
    cr_expect_eq(web, cases[i].web, "%s: web %u, want %u", cases[i].what, web, cases[i].web);
    cr_expect_eq(db, cases[i].db, "%s: db %u, want %u", cases[i].what, db, cases[i].db);
    g_autofree char *says = g_strdup_printf("%s: %s", ev.object, ev.reason);
    if (cases[i].says)
        cr_expect_str_eq(says, cases[i].says, "%s", cases[i].what);
    uint32_t outside = netclass_of_address(netpol_classes(np), "192.0.2.1");
    cr_expect_eq(doubts_of(nd, outside, NULL), 0, "%s: an address has no policies", cases[i].what);
}

Test(netdoubt, tells_what_may_be_otherwise)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_case(i);
}
