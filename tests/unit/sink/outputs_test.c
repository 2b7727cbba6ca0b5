/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/unit/sink/util.h"

/* A sink that the test steers: waits for `gate`, then answers `answer`. */
static struct probe {
    sem_t gate, entered;
    atomic_bool gated;
    atomic_int answer;
    char text[4096];
    atomic_uint closed, reopened;
} probe;

static int probe_open(void *self, const struct sk_sink_options *opt, struct sk_diag *dg)
{
    (void)self;
    return opt && opt->json ? sk_err(dg, -EACCES, NULL, "no") : 0;
}

static int probe_write(void *self, const struct sk_sink_alert *a)
{
    size_t n = strlen(probe.text);

    (void)self;
    sem_post(&probe.entered);
    if (probe.gated)
        sem_wait(&probe.gate);
    if (probe.answer)
        return probe.answer;
    snprintf(probe.text + n, sizeof(probe.text) - n, "%u:%.*s\n", a->priority, (int)a->line.n,
             a->line.p);
    return 0;
}

static int probe_reopen(void *self)
{
    (void)self;
    probe.reopened++;
    return probe.answer;
}

static void probe_close(void *self)
{
    (void)self;
    probe.closed++;
}

static const struct sk_sink_ops probe_ops = {
    "probe", 8, NULL, probe_open, probe_write, probe_reopen, probe_close};

static int bad_write(void *self, const struct sk_sink_alert *a)
{
    (void)self, (void)a;
    return -ENOSPC;
}

static const struct sk_sink_ops bad_ops = {"bad",        8,          NULL, probe_open, bad_write,
                                           probe_reopen, probe_close};

static struct sk_outputs *started(size_t capacity, uint32_t timeout_ms, bool with_bad)
{
    struct sk_outputs *o = NULL;

    memset(&probe, 0, sizeof(probe));
    sem_init(&probe.gate, 0, 0);
    sem_init(&probe.entered, 0, 0);
    assert_int_equal(sk_outputs_new(capacity, timeout_ms, &o), 0);
    if (with_bad)
        assert_int_equal(sk_outputs_add(o, &bad_ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_start(o), 0);
    return o;
}

static void a_sink_that_does_not_open_is_not_there(void **state)
{
    sk_auto(outputs) struct sk_outputs *o = NULL;
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_sink_options opt = {.json = true};

    (void)state;
    memset(&probe, 0, sizeof(probe));
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, &opt, dg), -EACCES);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), "no\n");
    assert_int_equal(probe.closed, 1);
}

static void a_full_queue_drops_counts_and_says_so_once(void **state)
{
    struct sk_outputs *o = started(2, 5000, false);
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
    assert_int_equal(st.queued, 3);
    assert_int_equal(st.dropped, 2);
    assert_string_equal(log_text,
                        "3 Outputs queue out of memory. Drop event and continue on ...\n");
    for (int i = 0; i < 3; i++)
        sem_post(&probe.gate);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "3:one\n3:two\n3:three\n");
    assert_int_equal(probe.closed, 1);
}

static void a_sink_that_fails_is_logged_once_and_the_others_go_on(void **state)
{
    struct sk_outputs *o = started(0, 5000, true);
    struct sk_outputs_stats st;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    for (int i = 0; i < 3; i++)
        sem_wait(&probe.entered);
    for (int i = 0; i < 1000; i++) {
        sk_outputs_get_stats(o, &st);
        if (st.written == 3)
            break;
        usleep(1000);
    }
    assert_int_equal(st.failed, 3);
    sk_outputs_free(o);
    assert_string_equal(probe.text, "5:x\n5:x\n5:x\n");
    assert_string_equal(
        log_text,
        "3 bad: No space left on device: the alert is lost for this output (further losses "
        "are counted)\n");
}

static void a_sink_that_recovers_says_what_was_lost(void **state)
{
    struct sk_outputs *o = started(0, 5000, false);

    (void)state;
    probe.gated = true;
    probe.answer = -EIO;
    for (int i = 0; i < 3; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    sem_post(&probe.gate);
    sem_wait(&probe.entered);
    sem_post(&probe.gate);
    sem_wait(&probe.entered);
    probe.answer = 0;
    sem_post(&probe.gate);
    sk_outputs_free(o);
    assert_non_null(strstr(log_text, "5 probe: works again; 2 alerts were lost\n"));
}

static void a_sink_that_blocks_is_reported_and_given_up_at_the_end(void **state)
{
    struct sk_outputs *o = started(0, 20, false);
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
    assert_string_equal(
        log_text, "5 output channels still blocked, discarding all remaining notifications\n");
    probe.gated = false; /* lets the thread, which still lives, come to its end */
    sem_post(&probe.gate);
    for (int i = 0; i < 1000 && !probe.closed; i++)
        usleep(1000);
    assert_int_equal(probe.closed, 1);
}

static void everything_queued_is_written_before_the_end(void **state)
{
    struct sk_outputs *o = started(0, 5000, false);

    (void)state;
    for (int i = 0; i < 500; i++)
        assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sk_outputs_free(o);
    assert_int_equal(strlen(probe.text), 500 * 4);
    assert_int_equal(probe.closed, 1);
}

static void reopening_happens_in_the_output_thread_even_without_alerts(void **state)
{
    struct sk_outputs *o = started(0, 5000, false);

    (void)state;
    probe.answer = -ENOENT;
    sk_outputs_reopen(o);
    for (int i = 0; i < 1000 && !probe.reopened; i++)
        usleep(1000);
    probe.answer = 0;
    sk_outputs_free(o);
    assert_int_equal(probe.reopened, 1);
    assert_string_equal(
        log_text,
        "3 probe: cannot reopen: No such file or directory; the old target stays in use\n");
}

static void an_alert_without_text_is_an_empty_line(void **state)
{
    struct sk_outputs *o = started(0, 5000, false);

    (void)state;
    assert_true(push(o, (struct sk_str){NULL, 0}, SK_DEBUG));
    sk_outputs_free(o);
    assert_string_equal(probe.text, "7:\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_sink_that_does_not_open_is_not_there),
        T(a_full_queue_drops_counts_and_says_so_once),
        T(a_sink_that_fails_is_logged_once_and_the_others_go_on),
        T(a_sink_that_recovers_says_what_was_lost),
        T(a_sink_that_blocks_is_reported_and_given_up_at_the_end),
        T(everything_queued_is_written_before_the_end),
        T(reopening_happens_in_the_output_thread_even_without_alerts),
        T(an_alert_without_text_is_an_empty_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
