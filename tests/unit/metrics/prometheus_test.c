/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/metrics/util.h"

static void expect(const struct sk_metrics *m, const char *text)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    sk_metrics_prometheus(m, &out);
    assert_false(out.failed);
    assert_string_equal(sk_buf_str(&out).p, text);
}

static void a_family_has_one_head_wherever_its_samples_were_added(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_metric_label(&m, sk_metric_u64(&m, SK_METRIC_CPU_EVENTS, 5), "cpu", "1");
    sk_metric_u64(&m, SK_METRIC_QUEUE_DROPS, 0);
    sk_metric_label(&m, sk_metric_u64(&m, SK_METRIC_CPU_EVENTS, 4), "cpu", "0");
    expect(&m,
           "# HELP falcosecurity_falco_outputs_queue_num_drops_total Alerts that an output lost "
           "because its queue was full.\n"
           "# TYPE falcosecurity_falco_outputs_queue_num_drops_total counter\n"
           "falcosecurity_falco_outputs_queue_num_drops_total 0\n"
           "# HELP falcosecurity_scap_n_evts_cpu_total Events that the driver saw on one CPU.\n"
           "# TYPE falcosecurity_scap_n_evts_cpu_total counter\n"
           "falcosecurity_scap_n_evts_cpu_total{cpu=\"1\"} 5\n"
           "falcosecurity_scap_n_evts_cpu_total{cpu=\"0\"} 4\n");
    sk_metrics_done(&m);
}

static void units_are_those_of_prometheus(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_metric_u64(&m, SK_METRIC_RSS, 3);
    sk_metric_double(&m, SK_METRIC_CPU_PERC, 12.5);
    sk_metric_label(&m, sk_metric_double(&m, SK_METRIC_SAKER_RULE_TIME, 0.25), "rule_name", "r");
    sk_metric_label(&m, sk_metric_text(&m, SK_METRIC_VERSION, "1"), "version", "1");
    sk_metric_u64(&m, SK_METRIC_TIME, 1); /* not for Prometheus */
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    sk_metrics_prometheus(&m, &out);
    assert_non_null(strstr(out.p, "\nfalcosecurity_falco_memory_rss_bytes 3072\n"));
    assert_non_null(strstr(out.p, "\nfalcosecurity_falco_cpu_usage_ratio 0.125000\n"));
    assert_non_null(
        strstr(out.p, "\nsaker_rule_time_seconds_total{rule_name=\"r\"} 0.250000000\n"));
    assert_non_null(strstr(out.p, "# TYPE falcosecurity_falco_version_info gauge\n"
                                  "falcosecurity_falco_version_info{version=\"1\"} 1\n"));
    assert_null(strstr(out.p, "time_total"));
    sk_metrics_done(&m);
}

static void a_part_makes_a_family_of_its_own(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_metric_part(&m, sk_metric_u64(&m, SK_METRIC_PROG_RUNS, 2), "b.x");
    sk_metric_part(&m, sk_metric_u64(&m, SK_METRIC_PROG_RUNS, 1), "a");
    expect(&m, "# HELP falcosecurity_scap_a_run_cnt_total Runs of an eBPF program.\n"
               "# TYPE falcosecurity_scap_a_run_cnt_total counter\n"
               "falcosecurity_scap_a_run_cnt_total 1\n"
               "# HELP falcosecurity_scap_b_x_run_cnt_total Runs of an eBPF program.\n"
               "# TYPE falcosecurity_scap_b_x_run_cnt_total counter\n"
               "falcosecurity_scap_b_x_run_cnt_total 2\n");
    sk_metrics_done(&m);
}

static void the_same_file_twice_is_one_sample(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    for (int i = 0; i < 3; i++) {
        struct sk_metric *s = sk_metric_text(&m, SK_METRIC_SHA_RULES, "h");

        sk_metric_label(&m, s, "file_name", i == 1 ? "other" : "f");
    }
    expect(
        &m,
        "# HELP falcosecurity_falco_sha256_rules_files_info A rules file that is loaded, and its "
        "hash.\n# TYPE falcosecurity_falco_sha256_rules_files_info gauge\n"
        "falcosecurity_falco_sha256_rules_files_info{file_name=\"f\"} 1\n"
        "falcosecurity_falco_sha256_rules_files_info{file_name=\"other\"} 1\n");
    sk_metrics_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_family_has_one_head_wherever_its_samples_were_added),
        T(units_are_those_of_prometheus),
        T(a_part_makes_a_family_of_its_own),
        T(the_same_file_twice_is_one_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
