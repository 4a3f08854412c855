#include "tests/support/cluster.h"
#include "tests/test.h"
Test(kubehound, show) {
    AUTO(arena) a = arena_new();
    if (!test_fixtures()) cr_skip("no");
    struct part p = cluster_derive(getenv("SHOW_CLUSTER") ? getenv("SHOW_CLUSTER") : "kubehound", a);
    cr_log_info("%zu nodes %zu edges", p.nnodes, p.nedges);
    for (unsigned k = 1; k < 31; k++) cr_log_info("N %s %zu", kinds_edge(k)->label, cluster_count(&p, kinds_edge(k)->label, "", ""));
    for (unsigned k = 1; k < 31; k++) if (k != EDGE_HUB_MEMBER && k!= EDGE_PERMISSION_DISCOVER && k != EDGE_MEMBER_OF && k != EDGE_SA_CONTROL) cluster_show(&p, kinds_edge(k)->label);
    for (size_t i = 0; i < p.nnodes; i++) if (p.nodes[i].jewel) cr_log_info("JEWEL %s %d %g %s", p.nodes[i].key, p.nodes[i].jewel, p.nodes[i].weight, p.nodes[i].props);
}
