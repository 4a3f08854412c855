/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares of a host path volume: what one mount gives of what all give. */
#include "ingest/derive/hostmount.h"
#include "tests/support/evidence.h"
#include "tests/support/load.h"
#include "tests/test.h"

/* A way of the volume: way, verdict, class. */
struct gain {
    size_t way;
    enum verdict verdict;
    enum edge_class class;
};

#define NONE                                                                                       \
    {                                                                                              \
        HOSTPATH_WAYS, VERDICT_YES, CLASS_STRUCTURAL                                               \
    }

Test(hostmount, shares_are_what_the_best_of_others_leaves)
{
    static const struct {
        const char *what;
        struct gain all[2], own[2];
        enum verdict verdict;
        enum edge_class class;
    } cases[] = {
        {"nobody gains", {NONE, NONE}, {NONE, NONE}, VERDICT_YES, CLASS_STRUCTURAL},
        {"the best",
         {{HOSTPATH_READ_NODE, VERDICT_YES, CLASS_EASY}, NONE},
         {{HOSTPATH_READ_NODE, VERDICT_YES, CLASS_EASY}, NONE},
         VERDICT_YES,
         CLASS_STRUCTURAL},
        {"nothing",
         {{HOSTPATH_READ_NODE, VERDICT_UNKNOWN, CLASS_EASY}, NONE},
         {NONE, NONE},
         VERDICT_BLOCKED,
         CLASS_STRUCTURAL},
        {"harder",
         {{HOSTPATH_WRITE_NODE, VERDICT_YES, CLASS_TRIVIAL}, NONE},
         {{HOSTPATH_WRITE_NODE, VERDICT_YES, CLASS_HARD}, NONE},
         VERDICT_YES,
         CLASS_HARD},
        {"less certain",
         {{HOSTPATH_WRITE_NODE, VERDICT_YES, CLASS_EASY}, NONE},
         {{HOSTPATH_WRITE_NODE, VERDICT_UNKNOWN, CLASS_EASY}, NONE},
         VERDICT_UNKNOWN,
         CLASS_STRUCTURAL},
        {"reads where another writes, as well",
         {{HOSTPATH_READ_NODE, VERDICT_YES, CLASS_EASY},
          {HOSTPATH_WRITE_NODE, VERDICT_YES, CLASS_EASY}},
         {{HOSTPATH_READ_NODE, VERDICT_YES, CLASS_EASY}, NONE},
         VERDICT_YES,
         CLASS_STRUCTURAL},
        {"Secrets where another takes the node",
         {{HOSTPATH_READ_SECRETS, VERDICT_YES, CLASS_MODERATE},
          {HOSTPATH_READ_NODE, VERDICT_YES, CLASS_MODERATE}},
         {{HOSTPATH_READ_SECRETS, VERDICT_YES, CLASS_MODERATE}, NONE},
         VERDICT_UNKNOWN,
         CLASS_STRUCTURAL},
        {"Secrets, and nobody has more",
         {{HOSTPATH_READ_SECRETS, VERDICT_YES, CLASS_MODERATE}, NONE},
         {{HOSTPATH_READ_SECRETS, VERDICT_YES, CLASS_MODERATE}, NONE},
         VERDICT_YES,
         CLASS_STRUCTURAL},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hostmount_volume v = {0};
        struct hostmount m = {0};
        for (size_t k = 0; k < 2; k++) {
            const struct gain *all = &cases[i].all[k], *own = &cases[i].own[k];
            if (all->way < HOSTPATH_WAYS)
                v.way[all->way] = (struct hostmount_best){true, true, all->verdict, all->class};
            if (own->way < HOSTPATH_WAYS)
                m.gain[own->way] = (struct hostpath_gain){
                    .any = true, .verdict = own->verdict, .class = own->class};
        }
        struct hostmount_share s = hostmount_share(&v, &m);
        cr_expect_eq(s.verdict, cases[i].verdict, "%s: %d", cases[i].what, s.verdict);
        cr_expect_eq(s.class, cases[i].class, "%s: %d", cases[i].what, s.class);
        cr_expect_eq(s.why == NULL, s.verdict == VERDICT_YES && s.class == CLASS_STRUCTURAL, "%s",
                     cases[i].what);
    }
}

static const struct edge_row *edge(const struct part *p, enum edge_kind kind, const char *from)
{
    for (size_t i = 0; i < p->nedges; i++)
        if (p->edges[i].kind == kind && !strcmp(p->nodes[p->edges[i].src].key, from))
            return &p->edges[i];
    return NULL;
}

/* Certainty from one mount, ease from another: the volume has both, each container its own. */
Test(hostmount, a_volume_has_the_best_verdict_and_the_easiest_class)
{
    AUTO(arena) a = arena_new();
    AUTO(facts) f = facts_new(a, "c");
    struct part p = {0};
    const struct edge_row *volume, *main_one, *setup;

    cr_assert_eq(load_path(f, "tests/cases/rules/VOLUME_DISCOVER/easy_but_unknown_beside_hard/"
                              "input.yaml"),
                 0);
    load_done(f);
    must(rule_derive(f, NULL, a, &p, &e));
    cr_assert(volume = edge(&p, EDGE_EXPLOIT_HOST_READ, "k8s:c/volume/shop/p/h"));
    cr_assert(main_one = edge(&p, EDGE_VOLUME_DISCOVER, "k8s:c/container/shop/p/main"));
    cr_assert(setup = edge(&p, EDGE_VOLUME_DISCOVER, "k8s:c/container/shop/p/setup"));
    cr_expect(volume->verdict == VERDICT_YES && volume->class == CLASS_EASY, "%d %d",
              volume->verdict, volume->class);
    cr_expect(main_one->verdict == VERDICT_UNKNOWN && main_one->class == CLASS_STRUCTURAL, "%d %d",
              main_one->verdict, main_one->class);
    cr_expect(setup->verdict == VERDICT_YES && setup->class == CLASS_HARD, "%d %d", setup->verdict,
              setup->class);
    cr_expect(strstr(evidence_of(&p, volume, a), "subPathExpr") &&
                  strstr(evidence_of(&p, volume, a), "initContainers"),
              "%s", evidence_of(&p, volume, a));
}
