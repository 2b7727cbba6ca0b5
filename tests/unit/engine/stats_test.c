/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/util.h"

static void the_summary_names_what_happened_and_nothing_else(void **state)
{
    struct fix *f = *state;
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    struct sk_engine_stats st = {.alerts = 6, .rules = sk_counts_new()};
    struct sk_rule_count *count[3];

    conf(f, "");
    assert_int_equal(gen(f, RULE("Never", "evt.type=openat") RULE("Open F", "evt.type=openat")
                                RULE("Other", "evt.type=connect")),
                     0);
    assert_int_equal(sk_counts_bind(st.rules, sk_gen_rules(f->gen), count), 0);
    for (int i = 0; i < 6; i++)
        sk_count_match(count[i < 4 ? 1 : 2]);
    st.by_priority[SK_INFO] = 2;
    st.by_priority[SK_WARNING] = 4;
    sk_engine_summary(&st, &out);
    assert_string_equal(out.p,
                        "Events detected: 6\nRule counts by severity:\n   WARNING: 4\n   INFO: 2\n"
                        "Triggered rules by rule name:\n   Open F: 4\n   Other: 2\n");
    sk_counts_free(st.rules);
}

static void nothing_happened_is_three_lines(void **state)
{
    struct fix *f = *state;
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    struct sk_engine_stats st = {0};

    conf(f, "");
    assert_int_equal(gen(f, RULE("A", "evt.type=openat")), 0);
    sk_engine_summary(&st, &out);
    assert_string_equal(
        out.p, "Events detected: 0\nRule counts by severity:\nTriggered rules by rule name:\n");
}

static void rings_have_the_size_of_their_step_and_a_power_of_two(void **state)
{
    struct fix *f = *state;
    struct sk_source_options opt = {0};

    conf(
        f,
        "engine: {modern_ebpf: {buf_size_preset: 1, critical_ring_mib: 3, cpus_for_each_buffer: 0}}");
    sk_engine_rings(f->conf, &opt);
    assert_int_equal(opt.ring_bytes, 1u << 20);
    assert_int_equal(opt.critical_ring_bytes, 4u << 20);
    assert_int_equal(opt.cpus_per_ring, 0);
    assert_string_equal(log_text,
                        "6 The chosen syscall buffer dimension is: 1048576 bytes (1 MBs)\n");
}

static void where_there_are_no_rings_nothing_is_said_of_their_size(void **state)
{
    static const char *const none[] = {"engine: {kind: nodriver}",
                                       "engine: {kind: replay, replay: {capture_file: a}}"};
    struct fix *f = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(none); i++) {
        struct sk_source_options opt = {0};

        conf(f, none[i]);
        sk_engine_rings(f->conf, &opt);
        assert_int_equal(opt.libs_least, f->conf->libs_least);
        assert_string_equal(log_text, "");
        sk_conf_free(SK_TAKE(f->conf));
    }
}

static void more_cpus_a_ring_than_there_are_is_warned_of(void **state)
{
    struct fix *f = *state;
    struct sk_source_options opt = {0};

    conf(f, "engine: {modern_ebpf: {cpus_for_each_buffer: 60000}}");
    sk_engine_rings(f->conf, &opt);
    assert_true(opt.cpus_per_ring < 60000);
    assert_non_null(
        strstr(log_text, "4 you required a buffer every '60000' CPUs but there are only '"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_summary_names_what_happened_and_nothing_else),
        T(nothing_happened_is_three_lines),
        T(rings_have_the_size_of_their_step_and_a_power_of_two),
        T(where_there_are_no_rings_nothing_is_said_of_their_size),
        T(more_cpus_a_ring_than_there_are_is_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
