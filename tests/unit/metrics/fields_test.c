/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/metrics/util.h"

static void expect(struct sk_metrics *m, bool mb, bool empty, const char *text)
{
    const struct sk_metric_options opt = {.mb = mb, .empty = empty};
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    struct sk_metric_field *f;
    size_t n;

    assert_int_equal(sk_metrics_fields(m, &opt, &f, &n), 0);
    for (size_t i = 0; i < n; i++)
        sk_buf_printf(&out, "%s=%s\n", f[i].key, f[i].json);
    assert_string_equal(sk_buf_str(&out).p, text);
}

static void zeros_are_left_out_unless_they_are_asked_for(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_metric_u64(&m, SK_METRIC_THREADS, 0);
    sk_metric_u64(&m, SK_METRIC_TH_ADDED, 7);
    sk_metric_u64(&m, SK_METRIC_QUEUE_DROPS, 0);
    sk_metric_double(&m, SK_METRIC_DROPS_PERC, 0);
    expect(&m, true, false,
           "falco.n_added_threads=7\nfalco.outputs_queue_num_drops=0\n"
           "scap.n_drops_perc=0.0\n");
    expect(&m, true, true,
           "falco.n_added_threads=7\nfalco.n_threads=0\n"
           "falco.outputs_queue_num_drops=0\nscap.n_drops_perc=0.0\n");
    sk_metrics_done(&m);
}

static void memory_is_in_mb_or_as_it_is(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_metric_u64(&m, SK_METRIC_RSS, 1536);
    sk_metric_u64(&m, SK_METRIC_CONTAINER_MEMORY, 3u << 20);
    sk_metric_double(&m, SK_METRIC_CPU_PERC, 12.3);
    expect(&m, true, false,
           "falco.container_memory_used_mb=3.0\nfalco.cpu_usage_perc=12.3\n"
           "falco.memory_rss_mb=1.5\n");
    expect(&m, false, false,
           "falco.container_memory_used_bytes=3145728\n"
           "falco.cpu_usage_perc=12.3\nfalco.memory_rss_kb=1536\n");
    sk_metrics_done(&m);
}

static void parts_and_texts_are_in_their_places_and_names_once(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_metric_part(&m, sk_metric_u64(&m, SK_METRIC_RULE_MATCHES, 3), "Terminal_shell");
    sk_metric_part(&m, sk_metric_u64(&m, SK_METRIC_PROG_RUNS, 9), "sys_exit");
    sk_metric_part(&m, sk_metric_text(&m, SK_METRIC_SHA_RULES, "ab"), "f_yaml");
    sk_metric_part(&m, sk_metric_text(&m, SK_METRIC_SHA_RULES, "ab"), "f_yaml");
    sk_metric_text(&m, SK_METRIC_HOSTNAME, "h\"\n");
    sk_metric_u64(&m, SK_METRIC_SAKER_ASKED, 9); /* not a field */
    expect(&m, true, false,
           "evt.hostname=\"h\\\"\\n\"\nfalco.rules.Terminal_shell=3\n"
           "falco.sha256_rules_file.f_yaml=\"ab\"\nscap.sys_exit.run_cnt=9\n");
    sk_metrics_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(zeros_are_left_out_unless_they_are_asked_for),
        T(memory_is_in_mb_or_as_it_is),
        T(parts_and_texts_are_in_their_places_and_names_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
