/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/metric.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "lib/base/buffer.h"

static void test_base_metric__exposition(void **state)
{
    struct emis_metric accepted = {.name = "emis_records_total",
                                   .type = EMIS_METRIC_COUNTER,
                                   .help = "Records\nby \\ outcome",
                                   .labels = "outcome=\"accepted\""};
    struct emis_metric rejected = {.name = "emis_records_total",
                                   .type = EMIS_METRIC_COUNTER,
                                   .help = "Records",
                                   .labels = "outcome=\"rejected\""};
    struct emis_metric lag = {
        .name = "emis_lag", .type = EMIS_METRIC_GAUGE, .help = "Lag", .labels = NULL};
    struct emis_metric commit = {.name = "emis_commit_seconds",
                                 .type = EMIS_METRIC_HISTOGRAM,
                                 .help = "Commits",
                                 .labels = NULL};
    struct emis_metric *const metrics[] = {&accepted, &rejected, &lag, &commit};
    struct emis_buffer out;
    (void) state;
    emis_buffer_init(&out);
    emis_metric_add(&accepted, 2);
    emis_metric_add(&accepted, 3);
    emis_metric_set(&lag, -7);
    emis_metric_observe_us(&commit, 0);
    emis_metric_observe_us(&commit, 1000); /* on the bound: inside */
    emis_metric_observe_us(&commit, 1001);
    emis_metric_observe_us(&commit, 2000000);
    emis_metric_observe_us(&commit, INT64_C(100000001));
    emis_metric_print(metrics, 4, &out);
    assert_string_equal(out.data, "# HELP emis_records_total Records\\nby \\\\ outcome\n"
                                  "# TYPE emis_records_total counter\n"
                                  "emis_records_total{outcome=\"accepted\"} 5\n"
                                  "emis_records_total{outcome=\"rejected\"} 0\n"
                                  "# HELP emis_lag Lag\n"
                                  "# TYPE emis_lag gauge\n"
                                  "emis_lag -7\n"
                                  "# HELP emis_commit_seconds Commits\n"
                                  "# TYPE emis_commit_seconds histogram\n"
                                  "emis_commit_seconds_bucket{le=\"0.001\"} 2\n"
                                  "emis_commit_seconds_bucket{le=\"0.003\"} 3\n"
                                  "emis_commit_seconds_bucket{le=\"0.01\"} 3\n"
                                  "emis_commit_seconds_bucket{le=\"0.03\"} 3\n"
                                  "emis_commit_seconds_bucket{le=\"0.1\"} 3\n"
                                  "emis_commit_seconds_bucket{le=\"0.3\"} 3\n"
                                  "emis_commit_seconds_bucket{le=\"1\"} 3\n"
                                  "emis_commit_seconds_bucket{le=\"3\"} 4\n"
                                  "emis_commit_seconds_bucket{le=\"10\"} 4\n"
                                  "emis_commit_seconds_bucket{le=\"30\"} 4\n"
                                  "emis_commit_seconds_bucket{le=\"100\"} 4\n"
                                  "emis_commit_seconds_bucket{le=\"+Inf\"} 5\n"
                                  "emis_commit_seconds_sum 102.002002\n"
                                  "emis_commit_seconds_count 5\n");
    emis_buffer_release(&out);
}

static void test_base_metric__labelled_histogram(void **state)
{
    struct emis_metric commit = {.name = "emis_commit_seconds",
                                 .type = EMIS_METRIC_HISTOGRAM,
                                 .help = "Commits",
                                 .labels = "lane=\"3\""};
    struct emis_metric *const metrics[] = {&commit};
    struct emis_buffer out;
    (void) state;
    emis_buffer_init(&out);
    emis_metric_print(metrics, 1, &out);
    assert_non_null(strstr(out.data, "emis_commit_seconds_bucket{lane=\"3\",le=\"+Inf\"} 0\n"));
    assert_non_null(strstr(
        out.data,
        "emis_commit_seconds_sum{lane=\"3\"} 0.000000\nemis_commit_seconds_count{lane=\"3\"} 0\n"));
    emis_buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_metric__exposition),
        cmocka_unit_test(test_base_metric__labelled_histogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
