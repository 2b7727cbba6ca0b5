/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/live.h"

static void what_the_child_does_is_seen_by_nobody_else(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    open_live(f, "");
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    assert_int_equal(live.ready, 1);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.events, 0);
    assert_int_equal(st.alerts, 0);
    assert_string_equal(alerts(f), "");
    assert_non_null(strstr(log_text, "7 The self-test was seen\n"));
}

static void a_name_or_a_number_alone_hides_nothing(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    open_live(f, "");
    live.strange = true;
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.events, 40);
    assert_int_equal(st.alerts, 40);
}

static void nothing_is_tested_when_it_is_switched_off_or_cannot_be(void **state)
{
    static const char *const text[] = {"engine: {self_test: false}",
                                       "engine: {scope: {containers: true}}",
                                       "engine: {scope: {cgroup: /nonexistent/cgroup}}"};
    struct fix *f = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(text); i++) {
        fix_free(state);
        fix_new(state);
        f = *state;
        open_live(f, text[i]);
        live.mute = true;
        assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
        assert_int_equal(live.ready, 1);
        assert_false(f->engine->selftest.running);
    }
    assert_non_null(strstr(log_text, "5 No self-test: no process can be started in the scope for "
                                     "it: No such file or directory\n"));
}

static void a_child_that_the_scope_does_not_take_is_no_failure(void **state)
{
    struct fix *f = *state;

    open_live(f, "engine: {scope: {pid: 1}}");
    live.admit = -ENOTSUP;
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    assert_int_equal(live.ready, 1);
    assert_non_null(strstr(log_text, "5 No self-test: "));
}

/* Lets the time of all attempts pass. */
static enum sk_selftest_end wait_out(struct fix *f, struct sk_buf *why)
{
    enum sk_selftest_end end = SK_SELFTEST_GOES_ON;

    assert_true(sk_selftest_start(f->engine, false));
    for (int i = 0; i < SK_SELFTEST_TRIES && end == SK_SELFTEST_GOES_ON; i++) {
        assert_int_equal(sk_selftest_look(f->engine, sk_boottime_ns(), why), SK_SELFTEST_GOES_ON);
        end = sk_selftest_look(f->engine, sk_boottime_ns() + SK_SELFTEST_WAIT_NS + 1, why);
    }
    return end;
}

static void silence_is_a_failure_that_says_where_the_events_are(void **state)
{
    static const struct {
        uint64_t seen, received;
        const char *text;
    } row[] = {{0, 0, "the driver saw nothing at all"},
               {9, 0, "the driver saw events, but none came through its ring buffers"},
               {9, 9, "other events come, those of a new process do not"}};
    struct fix *f = *state;

    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++) {
        sk_auto(buf) struct sk_buf why = SK_BUF(4096);
        struct sk_selftest *t;

        fix_free(state);
        fix_new(state);
        f = *state;
        open_live(f, "");
        t = &f->engine->selftest;
        assert_true(sk_selftest_start(f->engine, false));
        t->tries = SK_SELFTEST_TRIES;
        live.stats = (struct sk_source_stats){.seen = row[i].seen, .received = row[i].received};
        assert_int_equal(sk_selftest_look(f->engine, t->until_ns + 1, &why), SK_SELFTEST_FAILED);
        assert_non_null(strstr(sk_buf_str(&why).p, row[i].text));
    }
}

static void it_is_tried_again_before_it_fails(void **state)
{
    struct fix *f = *state;
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);

    open_live(f, "");
    assert_int_equal(wait_out(f, &why), SK_SELFTEST_FAILED);
    assert_int_equal(f->engine->selftest.tries, SK_SELFTEST_TRIES);
}

static void where_events_are_lost_the_test_says_nothing(void **state)
{
    struct fix *f = *state;
    sk_auto(buf) struct sk_buf why = SK_BUF(4096);

    open_live(f, "");
    assert_true(sk_selftest_start(f->engine, false));
    live.stats.drops[SK_CLASS_EXIT][SK_DROP_RING_FULL] = 3;
    assert_int_equal(sk_selftest_look(f->engine, sk_boottime_ns() + SK_SELFTEST_WAIT_NS + 1, &why),
                     SK_SELFTEST_PASSED);
    assert_non_null(
        strstr(log_text, "4 the self-test is not conclusive: 3 events were lost meanwhile\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_the_child_does_is_seen_by_nobody_else),
        T(a_name_or_a_number_alone_hides_nothing),
        T(nothing_is_tested_when_it_is_switched_off_or_cannot_be),
        T(a_child_that_the_scope_does_not_take_is_no_failure),
        T(silence_is_a_failure_that_says_where_the_events_are),
        T(it_is_tried_again_before_it_fails),
        T(where_events_are_lost_the_test_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
