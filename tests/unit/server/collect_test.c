/* SPDX-License-Identifier: Apache-2.0 */
#include "server/collect.h"

#include "tests/unit/server/made.h"

#define SECOND_NS 1000000000ull

struct fix {
    struct made made;
    struct sk_about *about;
    struct sk_counts *counts;
    struct sk_facts facts;
    struct sk_collect in;
};

static struct fix *fix_new(const char *conf, bool live)
{
    struct fix *f = calloc(1, sizeof(*f));
    struct sk_rule_count *count[2];

    assert_non_null(f);
    f->made = made_of(conf);
    assert_int_equal(sk_about_new(f->made.conf, f->made.gen, &f->about), 0);
    f->counts = sk_counts_new();
    assert_non_null(f->counts);
    assert_int_equal(sk_counts_bind(f->counts, sk_gen_rules(f->made.gen), count), 0);
    for (int i = 0; i < 3; i++)
        sk_count_match(count[0]);
    atomic_store(&count[0]->cost.asked, 10);
    atomic_store(&count[0]->cost.time_ns, 1000);
    f->facts.st.rules = f->counts;
    f->facts.st.events = 100;
    f->facts.st.alerts = 3;
    f->facts.st.by_priority[SK_WARNING] = 3;
    f->facts.live = live;
    f->facts.engine_name = live ? "modern_bpf" : "nodriver";
    f->facts.st.source.seen = 1000;
    f->facts.st.source.drops[SK_CLASS_OPEN][SK_DROP_RING_FULL] = 4;
    f->facts.st.source.drops[SK_CLASS_CREDS][SK_DROP_RING_FULL] = 2;
    f->facts.st.source.drops[SK_CLASS_EXEC][SK_DROP_TOO_LONG] = 1;
    f->facts.ncpus = 1;
    f->facts.cpu[0] = (struct sk_cpu_stats){.cpu = 0, .seen = 1000, .drops = 7};
    f->facts.nevents = 1;
    f->facts.event[0] = (struct sk_event_stats){
        .code = 307, .seen = 1000, .filtered = 900, .sent = 99, .dropped = 1};
    f->facts.nprogs = 1;
    f->facts.prog[0] = (struct sk_prog_stats){.name = "sys_exit", .runs = 4, .time_ns = 400};
    f->in = (struct sk_collect){.facts = &f->facts,
                                .about = f->about,
                                .hostname = "h",
                                .host_root = "",
                                .start_ns = 5 * SECOND_NS,
                                .now_ns = 15 * SECOND_NS};
    return f;
}

static void fix_free(struct fix *f)
{
    sk_counts_free(f->counts);
    sk_about_free(f->about);
    made_free(&f->made);
    free(f);
}

static void expect(const char *text, const char *const *parts, bool there)
{
    for (; *parts; parts++) {
        if (!strstr(text, *parts) == there)
            fail_msg("'%s' is %s: %s", *parts, there ? "missing" : "there", text);
    }
}
#define HAS(text, ...)   expect(text, (const char *const[]){__VA_ARGS__, NULL}, true)
#define LACKS(text, ...) expect(text, (const char *const[]){__VA_ARGS__, NULL}, false)

static char *prometheus(struct fix *f)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    sk_auto(metrics) struct sk_metrics m = {0};

    assert_int_equal(sk_metrics_init(&m), 0);
    sk_collect(&f->in, &m);
    sk_metrics_prometheus(&m, &out);
    assert_false(out.failed);
    return sk_buf_take(&out);
}

static char *fields(struct fix *f, struct sk_collect_before *before, bool empty)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    sk_auto(metrics) struct sk_metrics m = {0};
    struct sk_metric_field *field;
    size_t n;

    f->in.before = before;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_collect(&f->in, &m);
    f->in.before = NULL;
    assert_int_equal(
        sk_metrics_fields(&m, &(struct sk_metric_options){.mb = true, .empty = empty}, &field, &n),
        0);
    for (size_t i = 0; i < n; i++)
        sk_buf_printf(&out, "%s=%s\n", field[i].key, field[i].json);
    return sk_buf_take(&out);
}

static void names_and_labels_are_those_of_falco(void **state)
{
    struct fix *f = fix_new("metrics: {enabled: true}", true);
    sk_auto(mem) char *text = prometheus(f);

    (void)state;
    HAS(text, "\nsaker_kernel_events_total{event=\"openat\",outcome=\"filtered\"} 900\n",
        "\nsaker_kernel_events_total{event=\"openat\",outcome=\"sent\"} 99\n",
        "\nsaker_kernel_events_total{event=\"openat\",outcome=\"dropped\"} 1\n");
    HAS(text,
        "\nfalcosecurity_falco_rules_matches_total{priority=\"4\",rule_name=\"A \\\"b\\\" "
        "(c)\",source=\"syscall\",tag_container=\"true\",tag_x_y=\"true\"} 3\n",
        "\nfalcosecurity_scap_engine_name_info{engine_name=\"modern_bpf\",evt_source=\"syscall\"} 1\n",
        "\nfalcosecurity_falco_duration_seconds_total 10\n",
        "\nfalcosecurity_scap_n_evts_total 1000\n", "\nfalcosecurity_scap_n_drops_total 7\n",
        "\nfalcosecurity_scap_n_drops_scratch_map_total 1\n",
        "\nfalcosecurity_scap_n_drops_buffer_total{dir=\"exit\",drop=\"open\"} 4\n",
        "\nfalcosecurity_scap_n_drops_buffer_total{dir=\"exit\",drop=\"other_interest\"} 2\n",
        "\nfalcosecurity_scap_n_drops_buffer_total{dir=\"enter\",drop=\"dir_file\"} 0\n",
        "\nfalcosecurity_scap_n_evts_cpu_total{cpu=\"0\"} 1000\n",
        "\nfalcosecurity_scap_n_drops_cpu_total{cpu=\"0\"} 7\n",
        "\nfalcosecurity_scap_sys_exit_run_cnt_total 4\n",
        "\nfalcosecurity_scap_sys_exit_run_time_nanoseconds_total 400\n",
        "\nfalcosecurity_scap_sys_exit_avg_time_nanoseconds 100\n",
        "\nfalcosecurity_scap_n_fds_total 0\n", "file_name=\"rules.yaml\",sha256=\"");
    LACKS(text, "Quiet", "dir=\"enter\",drop=\"close\"", "n_drops_buffer_total 6");
    fix_free(f);
}

static void our_own_names_tell_what_rules_cost_and_what_was_lost(void **state)
{
    struct fix *f = fix_new("metrics: {enabled: true}", true);
    const struct sk_web_stats web = {.requests = 8};

    (void)state;
    f->in.web = &web;
    f->in.reloads = 2;
    sk_auto(mem) char *text = prometheus(f);
    HAS(text, "\nsaker_rule_evaluations_total{rule_name=\"A \\\"b\\\" (c)\"} 10\n",
        "\nsaker_rule_time_seconds_total{rule_name=\"A \\\"b\\\" (c)\"} 0.000061000\n",
        "\nsaker_drops_total{class=\"creds\",reason=\"ring_full\"} 2\n",
        "\nsaker_drops_total{class=\"execve\",reason=\"too_long\"} 1\n",
        "\nsaker_alerts_total{priority=\"Warning\"} 3\n",
        "\nsaker_reloads_total{result=\"ok\"} 2\n", "\nsaker_web_requests_total 8\n");
    fix_free(f);
}

static void fields_have_differences_to_the_snapshot_before(void **state)
{
    struct fix *f = fix_new("metrics: {enabled: true}", true);
    struct sk_collect_before before = {0};

    (void)state;
    sk_auto(mem) char *first = fields(f, &before, false);
    HAS(first, "falco.num_evts=100\nfalco.num_evts_prev=0\n", "falco.rules.A_b_c=3\n",
        "falco.rules.matches_total=3\n",
        "scap.n_evts=1000\nscap.n_evts_cpu_0=1000\nscap.n_evts_prev=0\n", "scap.n_drops_perc=0.7\n",
        "scap.n_drops_buffer_open_exit=4\n", "scap.n_drops_buffer_total=6\n",
        "scap.sys_exit.run_cnt=4\n", "evt.time=15000000000\n");
    LACKS(first, "evts_rate_sec=1", "Quiet", "falco.evts_rate_sec");
    f->facts.st.events = 200;
    f->facts.st.source.seen = 3000;
    f->in.now_ns += 4 * SECOND_NS;
    sk_auto(mem) char *second = fields(f, &before, true);
    HAS(second, "falco.evts_rate_sec=25.0\n", "falco.num_evts_prev=100\n",
        "scap.evts_rate_sec=500.0\n", "scap.n_evts_prev=1000\n", "scap.n_drops_prev=7\n",
        "scap.evts_drop_rate_sec=0.0\n", "falco.rules.Quiet=0\n",
        "scap.n_drops_buffer_connect_enter=0\n");
    fix_free(f);
}

static void switches_and_what_is_not_live_leave_groups_out(void **state)
{
    struct fix *f = fix_new("metrics: {enabled: true}", false);
    struct fix *off =
        fix_new("metrics: {enabled: true, rules_counters_enabled: false, "
                "resource_utilization_enabled: false, state_counters_enabled: false, "
                "kernel_event_counters_enabled: false, "
                "kernel_event_counters_per_cpu_enabled: false, libbpf_stats_enabled: false}",
                true);

    (void)state;
    sk_auto(mem) char *text = prometheus(f);
    HAS(text, "falcosecurity_scap_n_threads_total", "falcosecurity_falco_memory_rss_bytes");
    LACKS(text, "falcosecurity_scap_n_evts", "saker_drops_total", "sys_exit");
    sk_auto(mem) char *none = prometheus(off);
    HAS(none, "falcosecurity_falco_version_info");
    LACKS(none, "rules_matches", "memory_rss", "n_threads", "n_evts", "sys_exit", "saker_rule");
    fix_free(f);
    fix_free(off);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(names_and_labels_are_those_of_falco),
        T(our_own_names_tell_what_rules_cost_and_what_was_lost),
        T(fields_have_differences_to_the_snapshot_before),
        T(switches_and_what_is_not_live_leave_groups_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
