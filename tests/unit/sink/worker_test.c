/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/probe.h"

static void a_failure_for_the_moment_is_tried_again_until_it_works(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_output_stat st;
    uint64_t begin = sk_boottime_ns();

    (void)state;
    probe.answer = -ECONNREFUSED;
    assert_true(push(o, SK_STR("one"), SK_NOTICE));
    assert_true(push(o, SK_STR("two"), SK_NOTICE));
    for (int i = 0; i < 3; i++)
        sem_wait(&probe.entered); /* at 0, 100, 300 ms */
    assert_true(sk_boottime_ns() - begin >= 300000000);
    probe.answer = 0;
    UNTIL(probe.written == 2);
    UNTIL(stat_of(o, 0).delivered == 2);
    st = stat_of(o, 0);
    assert_true(st.retried >= 2);
    assert_int_equal(st.failed, 0);
    assert_int_equal(st.waiting, 0);
    assert_int_equal(st.waiting_bytes, 0);
    assert_string_equal(st.last_error, "Connection refused");
    assert_true(st.last_ok_ns >= st.last_error_ns && st.last_error_ns > 0);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:one\n5:two\n");
    assert_non_null(strstr(
        log_text, "3 probe: Connection refused: it is tried again, later alerts wait\n5 probe: "
                  "works again after "));
    assert_non_null(strstr(log_text, " attempts; nothing was lost\n"));
}

static atomic_uint tended;

static void count_tend(void *self)
{
    (void)self;
    tended++;
}

static void an_idle_sink_is_looked_after(void **state)
{
    struct sk_sink_ops ops = probe_ops;
    struct sk_outputs *o = NULL;

    (void)state;
    ops.tend = count_tend;
    probes_begin();
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    assert_int_equal(sk_outputs_add(o, &ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    UNTIL(tended == 1);
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    UNTIL(probe.written == 1);
    sk_outputs_free(o);
    assert_int_equal(probe.closed, 1);
}

static void a_sink_that_knows_more_than_a_number_is_quoted(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);

    (void)state;
    probe.answer = -EBADMSG;
    probe.why = "it answered 404";
    assert_true(push(o, SK_STR("one"), SK_NOTICE));
    UNTIL(stat_of(o, 0).failed == 1);
    assert_string_equal(stat_of(o, 0).last_error, "it answered 404");
    sk_outputs_free(o);
    assert_non_null(strstr(log_text, "3 probe: it answered 404: the alert is lost"));
}

static void a_refusal_for_good_is_logged_once_and_the_next_alert_goes_on(void **state)
{
    struct sk_outputs *o = probes(0, 5000, true);

    (void)state;
    probe.answer = -EMSGSIZE;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    UNTIL(stat_of(o, 0).failed == 3);
    UNTIL(stat_of(o, 1).delivered == 3);
    assert_int_equal(stat_of(o, 0).retried, 0);
    assert_string_equal(
        log_text, "3 probe: Message too long: the alert is lost for this output (further losses "
                  "are counted)\n");
    probe.answer = 0;
    assert_true(push(o, SK_STR("y"), SK_NOTICE));
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:y\n");
    assert_string_equal(other.text, "5:x\n5:x\n5:x\n5:y\n");
    assert_non_null(strstr(log_text, "5 probe: works again; 3 alerts were lost\n"));
}

static void the_end_wakes_an_output_that_waits_for_its_next_attempt(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);

    (void)state;
    probe.answer = -EIO;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    for (int i = 0; i < 4; i++)
        sem_wait(&probe.entered); /* now it waits 800 ms */
    UNTIL(stat_of(o, 0).last_error_ns);
    probe.answer = 0;
    uint64_t begin = sk_boottime_ns();
    sk_outputs_free(o);
    assert_true(sk_boottime_ns() - begin < 600000000);
    assert_string_equal(probe.text, "5:x\n");
}

static void reopening_wakes_an_output_that_waits_for_its_next_attempt(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);

    (void)state;
    probe.answer = -EIO;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    for (int i = 0; i < 5; i++)
        sem_wait(&probe.entered); /* now it waits 1600 ms */
    UNTIL(stat_of(o, 0).retried == 4);
    usleep(10000);
    probe.answer = 0;
    uint64_t begin = sk_boottime_ns();
    sk_outputs_reopen(o);
    UNTIL(probe.written);
    assert_true(sk_boottime_ns() - begin < 1000000000);
    sk_outputs_free(o);
}

static void reopening_happens_in_the_outputs_thread_even_without_alerts(void **state)
{
    struct sk_outputs *o = probes(0, 5000, true);

    (void)state;
    probe.answer = -ENOENT;
    sk_outputs_reopen(o);
    UNTIL(probe.reopened && other.reopened);
    probe.answer = 0;
    sk_outputs_free(o);
    assert_int_equal(probe.reopened, 1);
    assert_string_equal(
        log_text,
        "3 probe: cannot reopen: No such file or directory; the old target stays in use\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_failure_for_the_moment_is_tried_again_until_it_works),
        T(an_idle_sink_is_looked_after),
        T(a_sink_that_knows_more_than_a_number_is_quoted),
        T(a_refusal_for_good_is_logged_once_and_the_next_alert_goes_on),
        T(the_end_wakes_an_output_that_waits_for_its_next_attempt),
        T(reopening_wakes_an_output_that_waits_for_its_next_attempt),
        T(reopening_happens_in_the_outputs_thread_even_without_alerts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
