/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/live.h"

#define SECOND_NS 1000000000ull

static void a_start_without_events_ends_with_the_reason(void **state)
{
    struct fix *f = *state;

    open_live(f, "");
    live.mute = true;
    sk_engine_begin(f->engine);
    f->engine->selftest.tries = SK_SELFTEST_TRIES;
    sk_engine_look(f->engine, sk_boottime_ns() + SK_SELFTEST_WAIT_NS + 1);
    assert_true(f->engine->stop);
    assert_int_equal(f->engine->error, -ENODATA);
    assert_int_equal(live.ready, 0);
    assert_non_null(strstr(f->engine->why, "self-test: "));
}

static void silence_is_notified_after_so_many_reads_and_then_again(void **state)
{
    struct fix *f = *state;
    uint64_t now;

    open_live(f, "engine: {self_test: false}\nsyscall_event_timeouts: {max_consecutives: 100}\n");
    sk_engine_begin(f->engine);
    now = f->engine->quiet_since_ns;
    sk_engine_look(f->engine, now + 3 * SECOND_NS);
    sk_engine_look(f->engine, now + 4 * SECOND_NS);
    f->engine->last_ts_ns = 1000000000ull;
    sk_engine_look(f->engine, now + 5 * SECOND_NS); /* counted anew */
    sk_engine_look(f->engine, now + 8 * SECOND_NS);
    const char *text = alerts(f);
    assert_non_null(strstr(text, "Debug Falco internal: timeouts notification. 133 consecutive "
                                 "timeouts without event. (last_event_time=\"none\")\n"));
    text = strchr(text, '\n') + 1;
    assert_non_null(strstr(text, "133 consecutive timeouts without event. "
                                 "(last_event_time=\"00:00:01.000000000\")\n"));
    assert_int_equal(strlen(strchr(text, '\n')), 1);
}

static void an_event_ends_the_silence(void **state)
{
    struct fix *f = *state;
    uint64_t now;

    open_live(f, "engine: {self_test: false}\nsyscall_event_timeouts: {max_consecutives: 100}\n");
    sk_engine_begin(f->engine);
    now = f->engine->quiet_since_ns;
    f->engine->heard = true;
    sk_engine_look(f->engine, now + 3 * SECOND_NS);
    sk_engine_look(f->engine, now + 6 * SECOND_NS);
    assert_string_equal(alerts(f), "");
}

static void before_silence_is_notified_an_event_is_made(void **state)
{
    struct fix *f = *state;
    uint64_t now;

    open_live(f, "syscall_event_timeouts: {max_consecutives: 100}\n");
    f->engine->quiet_since_ns = sk_boottime_ns();
    now = f->engine->quiet_since_ns;
    sk_engine_look(f->engine, now + 4 * SECOND_NS);
    assert_true(f->engine->selftest.running);
    assert_true(f->engine->selftest.heartbeat);
    f->engine->selftest.want_call = f->engine->selftest.want_exit = false; /* it was seen */
    f->engine->heard = true;
    sk_engine_look(f->engine, now + 5 * SECOND_NS);
    assert_false(f->engine->selftest.running);
    /* The next one is not. */
    sk_engine_look(f->engine, now + 9 * SECOND_NS);
    assert_true(f->engine->selftest.running);
    f->engine->selftest.tries = SK_SELFTEST_TRIES;
    sk_engine_look(f->engine, now + 60 * SECOND_NS);
    assert_false(f->engine->stop);
    assert_non_null(strstr(alerts(f), "Falco internal: timeouts notification. "));
    assert_non_null(strstr(log_text, "3 self-test: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_start_without_events_ends_with_the_reason),
        T(silence_is_notified_after_so_many_reads_and_then_again),
        T(an_event_ends_the_silence),
        T(before_silence_is_notified_an_event_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
