/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netdoubt.h and netslots.h find them; here they become text. */
#include "ingest/contradictions.h"

#include "ingest/derive/netpol.h"
#include "ingest/derive/netslots.h"
#include "ingest/kind.h"

static bool shared_priority(const struct facts *f)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < f->netpols.n; i++) {
        const struct fact_netpol *p = &f->netpols.v[i];
        if (p->tier != NET_NAMESPACED &&
            !g_hash_table_add(seen, g_strdup_printf("%d %d", (int)p->tier, p->priority)))
            return true;
    }
    return false;
}

static void tell(const struct netdoubt_pair *pair, struct ledger *l)
{
    const struct kind *k = kind_find("policy.networking.k8s.io/v1alpha1", pair->a->kind);
    g_autofree char *text = g_strdup_printf(
        "%s %s and %s %s have the priority %d and say opposite things about %s of some pods: "
        "nothing defines their order",
        pair->a->kind, pair->a->meta.name, pair->b->kind, pair->b->meta.name, pair->a->priority,
        pair->way == NET_INGRESS ? "ingress" : "egress");

    ledger_gap(l, k ? k->resource : pair->a->kind, text, "");
}

/* SLOT_NET tries only so many. */
static void tell_labels(const struct facts *f, struct ledger *l)
{
    AUTO(arena) a = arena_new();
    struct netslots slots;

    netslots_of(f, a, &slots);
    if (!slots.left_out)
        return;
    g_autofree char *text = g_strdup_printf(
        "policies ask for more sets of labels than are tried for new pods: %zu were left out",
        slots.left_out);
    ledger_gap(l, "networkpolicies", text, "");
}

void contradictions_tell(const struct facts *f, struct ledger *l)
{
    struct netprofile profile;
    size_t n;

    tell_labels(f, l);
    if (!shared_priority(f))
        return;
    netprofile_of(f, &profile);
    AUTO(netpol) np = netpol_of(f, &profile, NULL, 0);
    const struct netdoubt_pair *pairs = netdoubt_pairs(netpol_doubts(np), &n);
    for (size_t i = 0; i < n; i++)
        tell(&pairs[i], l);
}
