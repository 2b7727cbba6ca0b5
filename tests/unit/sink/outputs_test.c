/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/probe.h"

static void a_sink_that_does_not_open_is_not_there(void **state)
{
    sk_auto(outputs) struct sk_outputs *o = NULL;
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_sink_options opt = {.json = true};

    (void)state;
    probes_begin();
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, &opt, dg), -EACCES);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), "no\n");
    assert_int_equal(probe.closed, 1);
    assert_int_equal(sk_outputs_count(o), 0);
}

static void there_is_a_limit_to_the_number_of_outputs(void **state)
{
    sk_auto(outputs) struct sk_outputs *o = NULL;
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    probes_begin();
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    for (int i = 0; i < 32; i++)
        assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, dg), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, dg), -ENOSPC);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), "more than 32 outputs\n");
}

static void a_full_queue_drops_counts_and_says_so_once(void **state)
{
    struct sk_outputs *o = probes(2, 5000, false);
    struct sk_outputs_stats st;

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("one"), SK_ERROR));
    sem_wait(&probe.entered); /* it is with the sink, no longer in the queue */
    assert_true(push(o, SK_STR("two"), SK_ERROR));
    assert_true(push(o, SK_STR("three"), SK_ERROR));
    assert_false(push(o, SK_STR("four"), SK_ERROR));
    assert_false(push(o, SK_STR("five"), SK_ERROR));
    sk_outputs_get_stats(o, &st);
    assert_int_equal(st.queued, 5);
    assert_int_equal(st.dropped, 2);
    assert_int_equal(stat_of(o, 0).waiting, 3);
    assert_string_equal(log_text,
                        "3 Outputs queue out of memory. Drop event and continue on ...\n");
    for (int i = 0; i < 3; i++)
        sem_post(&probe.gate);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "3:one\n3:two\n3:three\n");
    assert_int_equal(probe.closed, 1);
    assert_non_null(strstr(log_text, "5 probe: 3 alerts delivered, 0 lost, 2 dropped\n"));
}

static void room_in_the_queue_again_is_told_with_the_count(void **state)
{
    struct sk_outputs *o = probes(1, 5000, false);

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("one"), SK_ERROR));
    sem_wait(&probe.entered);
    assert_true(push(o, SK_STR("two"), SK_ERROR));
    for (int i = 0; i < 7; i++)
        assert_false(push(o, SK_STR("lost"), SK_ERROR));
    sem_post(&probe.gate);
    sem_wait(&probe.entered);
    assert_true(push(o, SK_STR("three"), SK_ERROR));
    assert_non_null(strstr(log_text, "5 probe: its queue has room again; 7 alerts were dropped\n"));
    probe.gated = false;
    sem_post(&probe.gate);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "3:one\n3:two\n3:three\n");
}

static void the_old_recovery_exit_is_told_to_whoever_asks(void **state)
{
    struct sk_outputs *o = probes(1, 5000, false);

    (void)state;
    sk_outputs_recovery(o, SK_RECOVER_EXIT);
    probe.gated = true;
    assert_true(push(o, SK_STR("one"), SK_ERROR));
    sem_wait(&probe.entered);
    assert_true(push(o, SK_STR("two"), SK_ERROR));
    assert_false(sk_outputs_fatal(o));
    assert_false(push(o, SK_STR("three"), SK_ERROR));
    assert_true(sk_outputs_fatal(o));
    assert_string_equal(log_text, "3 Fatal error: Outputs queue out of memory. Exiting ...\n");
    probe.gated = false;
    sem_post(&probe.gate);
    sk_outputs_free(o);
}

static void the_old_recovery_empty_clears_the_queue(void **state)
{
    struct sk_outputs *o = probes(2, 5000, false);

    (void)state;
    sk_outputs_recovery(o, SK_RECOVER_EMPTY);
    probe.gated = true;
    assert_true(push(o, SK_STR("one"), SK_ERROR));
    sem_wait(&probe.entered);
    assert_true(push(o, SK_STR("two"), SK_ERROR));
    assert_true(push(o, SK_STR("three"), SK_ERROR));
    assert_false(push(o, SK_STR("four"), SK_ERROR));
    assert_true(push(o, SK_STR("five"), SK_ERROR));
    assert_int_equal(stat_of(o, 0).dropped, 3);
    probe.gated = false;
    sem_post(&probe.gate);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "3:one\n3:five\n");
}

static void an_output_that_blocks_delays_no_other_and_takes_no_room_from_it(void **state)
{
    struct sk_outputs *o = probes(10, 5000, true);
    char text[16];

    (void)state;
    probe.gated = true;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "%u", i);
        (void)push(o, sk_str(text), SK_NOTICE);
        UNTIL(other.written == i + 1);
    }
    assert_int_equal(probe.written, 0);
    assert_int_equal(stat_of(o, 0).dropped, 89); /* one with the sink, ten in the queue */
    assert_int_equal(stat_of(o, 1).dropped, 0);
    probe.gated = false;
    sem_post(&probe.gate);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:0\n5:1\n5:2\n5:3\n5:4\n5:5\n5:6\n5:7\n5:8\n5:9\n5:10\n");
}

static void an_output_gets_what_is_important_enough_in_its_form(void **state)
{
    const struct sk_str form[SK_FORM_N] = {
        [SK_FORM_TEXT] = SK_STR("text"), [SK_FORM_JSON] = SK_STR("{}")};
    struct sk_sink_alert a = {.line = SK_STR("line"), .priority = SK_WARNING, .forms = form};
    struct sk_sink_options opt = {
        .name = "siem", .form = SK_FORM_JSON, .min_priority = SK_WARNING, .has_min = true};
    struct sk_sink_options ecs = {.form = SK_FORM_ECS};
    struct sk_outputs *o = NULL;

    (void)state;
    probes_begin();
    assert_int_equal(sk_outputs_new(0, 5000, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, &opt, NULL), 0);
    assert_int_equal(sk_outputs_add(o, &other_ops, &ecs, NULL), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    assert_int_equal(sk_outputs_forms(o), 1u << SK_FORM_JSON | 1u << SK_FORM_ECS);
    assert_string_equal(stat_of(o, 0).name, "siem");
    assert_string_equal(stat_of(o, 0).kind, "probe");
    assert_true(sk_outputs_push(o, &a));
    a.priority = SK_NOTICE;
    assert_true(sk_outputs_push(o, &a));
    assert_int_equal(stat_of(o, 0).queued, 1);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "4:{}\n");
    assert_string_equal(other.text,
                        "4:line\n5:line\n"); /* what has no ECS form is the plain line */
}

static void what_only_serves_is_no_output_and_is_opened_and_closed_all_the_same(void **state)
{
    struct sk_sink_options mute = {.form = SK_FORM_PARTS, .mute = true}, bad = {.json = true};
    struct sk_outputs *o = NULL;
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    probes_begin();
    bad.mute = true;
    assert_int_equal(sk_outputs_new(0, 5000, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, &bad, dg), -EACCES);
    assert_int_equal(probe.closed, 1);
    assert_int_equal(sk_outputs_add(o, &probe_ops, &mute, dg), 0);
    assert_int_equal(sk_outputs_count(o), 0);
    assert_int_equal(sk_outputs_forms(o), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    assert_true(push(o, SK_STR("x"), SK_EMERGENCY));
    sk_outputs_reopen(o);
    UNTIL(probe.reopened == 1);
    sk_outputs_free(o);
    assert_int_equal(probe.written, 0);
    assert_int_equal(probe.closed, 2);
}

static void ids_increase_and_can_be_known_before_the_push(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);
    struct sk_sink_alert a = {.line = SK_STR("x"), .priority = SK_NOTICE};

    (void)state;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    a.id = sk_outputs_next_id(o);
    assert_int_equal(a.id, 2);
    assert_true(sk_outputs_push(o, &a));
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sk_outputs_free(o);
    assert_int_equal(probe.last_id, 3);
}

static void a_sink_that_blocks_is_reported_and_given_up_at_the_end(void **state)
{
    struct sk_outputs *o = probes(0, 20, false);
    struct sk_outputs_stats st;

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    usleep(40000);
    sk_outputs_get_stats(o, &st);
    sk_outputs_get_stats(o, &st);
    assert_string_equal(log_text, "2 \"probe\" output timeout, all output channels are blocked\n");
    log_text[0] = '\0';
    sk_outputs_free(o);
    assert_string_equal(log_text,
                        "5 output channels still blocked, discarding all remaining notifications\n"
                        "5 probe: 0 alerts delivered, 1 lost, 0 dropped\n");
    probe.gated = false; /* lets the thread, which still lives, come to its end */
    sem_post(&probe.gate);
    UNTIL(probe.closed);
}

static void the_report_says_which_of_several_outputs_is_blocked(void **state)
{
    struct sk_outputs *o = probes(0, 20, true);

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    usleep(40000);
    (void)stat_of(o, 1);
    assert_string_equal(
        log_text,
        "2 \"probe\" output timeout, this output channel is blocked (the others are not)\n");
    probe.gated = false;
    sem_post(&probe.gate);
    sk_outputs_free(o);
}

static void an_output_that_only_fails_is_given_up_at_the_end_too(void **state)
{
    struct sk_outputs *o = probes(0, 150, false);

    (void)state;
    probe.answer = -EIO;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sk_outputs_free(o);
    assert_int_equal(probe.closed, 1);
    assert_string_equal(log_text,
                        "3 probe: Input/output error: it is tried again, later alerts wait\n"
                        "5 output channels still blocked, discarding all remaining notifications\n"
                        "5 probe: 0 alerts delivered, 3 lost, 0 dropped\n");
}

static void everything_queued_is_written_before_the_end(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);

    (void)state;
    for (int i = 0; i < 500; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sk_outputs_free(o);
    assert_int_equal(strlen(probe.text), 500 * 4);
    assert_int_equal(probe.closed, 1);
    assert_string_equal(log_text, "");
}

static void an_alert_without_text_is_an_empty_line(void **state)
{
    struct sk_outputs *o = probes(0, 5000, false);

    (void)state;
    assert_true(push(o, (struct sk_str){NULL, 0}, SK_DEBUG));
    sk_outputs_free(o);
    assert_string_equal(probe.text, "7:\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_sink_that_does_not_open_is_not_there),
        T(there_is_a_limit_to_the_number_of_outputs),
        T(a_full_queue_drops_counts_and_says_so_once),
        T(room_in_the_queue_again_is_told_with_the_count),
        T(the_old_recovery_exit_is_told_to_whoever_asks),
        T(the_old_recovery_empty_clears_the_queue),
        T(an_output_that_blocks_delays_no_other_and_takes_no_room_from_it),
        T(an_output_gets_what_is_important_enough_in_its_form),
        T(what_only_serves_is_no_output_and_is_opened_and_closed_all_the_same),
        T(ids_increase_and_can_be_known_before_the_push),
        T(a_sink_that_blocks_is_reported_and_given_up_at_the_end),
        T(the_report_says_which_of_several_outputs_is_blocked),
        T(an_output_that_only_fails_is_given_up_at_the_end_too),
        T(everything_queued_is_written_before_the_end),
        T(an_alert_without_text_is_an_empty_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
