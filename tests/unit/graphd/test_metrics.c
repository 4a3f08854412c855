/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text that Prometheus reads. */
#include "graphd/metrics.h"
#include "graphd/routes.h"
#include "tests/test.h"

Test(metrics, writes_text_that_adds_up)
{
    AUTO(arena) a = arena_new();
    size_t len;

    metrics_add(METRIC_ALERTS_TOTAL, 3);
    metrics_set(METRIC_AGE, 1.5);
    metrics_request(0, 200, 2000);
    metrics_request(0, 200, 20000000);
    metrics_request(0, 418, 1);
    metrics_request(ROUTES_COUNT, 404, -1);
    const char *text = metrics_text(a, &len);
    const char *const wanted[] = {
        "\ngraphd_alerts_received_total 3\n",
        "\ngraphd_snapshot_age_seconds 1.5\n",
        ",status=\"200\"} 2\n",
        ",status=\"other\"} 1\n",
        "{method=\"\",route=\"\",status=\"404\"} 1\n",
        ",le=\"0.001\"} 1\n",
        ",le=\"0.0025\"} 2\n",
        ",le=\"10\"} 2\n",
        ",le=\"+Inf\"} 3\n",
        "# TYPE graphd_http_request_seconds histogram\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        cr_expect(strstr(text, wanted[i]), "lacks %s\n%s", wanted[i], text);
    cr_expect_eq(strlen(text), len);
    cr_expect_eq(text[len - 1], '\n');
}
