/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>

#include "tests/unit/sink/spooled.h"

#define LIMIT (200u << 10)

static unsigned lines_of(const char *text, char priority)
{
    unsigned n = 0;

    for (const char *p = text; *p; p = strchr(p, '\n') + 1)
        n += *p == priority;
    return n;
}

static void the_least_important_go_first_and_each_is_counted(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE | OTHER, LIMIT, 5000);
    struct sk_output_stat st;

    assert_int_equal(sk_outputs_start(o), 0);
    probe.gated = true;
    for (unsigned i = 0; i < 300;
         i++) { /* about 90 bytes each in the spool, and more with a rule */
        push_n(o, 1, SK_ALERT);
        push_n(o, 9, SK_DEBUG);
        UNTIL(other.written == (i + 1) * 10);
    }
    UNTIL(shed_of(o, 0) > 0);
    UNTIL(stat_of(o, 0).waiting + stat_of(o, 0).spooled + shed_of(o, 0) == 3000);
    assert_int_equal(shed_of(o, 1), 0);
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(stat_of(o, 0).delivered + shed_of(o, 0) == 3000);
    st = stat_of(o, 0);
    assert_int_equal(st.shed[SK_ALERT], 0);
    assert_true(st.shed[SK_DEBUG] > 500);
    assert_int_equal(st.spooled, 0);
    assert_int_equal(lines_of(probe.text, '1'), 300);
    sk_outputs_free(o);
    assert_non_null(strstr(log_text, "4 the spool is full (0 MiB): the oldest alerts of the lowest "
                                     "priority are shed\n"));
    assert_non_null(strstr(log_text, "4 alerts that the full spool has shed: probe: "));
}

static void what_a_sink_holds_is_not_shed(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, HOLDER, LIMIT, 200);
    struct sk_output_stat st;

    assert_int_equal(sk_outputs_start(o), 0);
    probe.holds = 1;
    probe.held = 100;
    push_n(o, 100, SK_DEBUG);
    UNTIL(probe.written == 100);
    probe.answer = -EAGAIN;
    for (unsigned i = 0; i < 300; i++) {
        push_n(o, 10, SK_INFO);
        usleep(500);
    }
    UNTIL(shed_of(o, 0) > 0);
    sk_outputs_free(o);
    assert_null(strstr(log_text, " Debug"));
    o = spooled(s, HOLDER, 64 << 20, 5000);
    st = stat_of(o, 0);
    assert_int_equal(sk_outputs_start(o), 0);
    UNTIL(probe.written == st.queued);
    sk_outputs_free(o);
    assert_int_equal(lines_of(probe.text, '7'), 100);
}

static void losses_of_earlier_runs_are_told(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE, LIMIT, 100);
    uint64_t shed, stay;
    char want[128];

    assert_int_equal(sk_outputs_start(o), 0);
    probe.answer = -EIO;
    for (unsigned i = 0; i < 300; i++) {
        push_n(o, 10, SK_NOTICE);
        usleep(500);
    }
    UNTIL(stat_of(o, 0).waiting + stat_of(o, 0).spooled + shed_of(o, 0) == 3000);
    usleep(200000); /* what is above the limit still goes */
    shed = shed_of(o, 0);
    stay = stat_of(o, 0).waiting + stat_of(o, 0).spooled;
    assert_true(shed > 0);
    sk_outputs_free(o);
    log_text[0] = '\0';
    o = spooled(s, PROBE, LIMIT, 5000);
    snprintf(want, sizeof(want),
             "5 probe: %llu alerts of earlier runs are in the spool; %llu were shed so far\n",
             (unsigned long long)stay, (unsigned long long)shed);
    assert_string_equal(log_text, want);
    assert_int_equal(sk_outputs_start(o), 0);
    UNTIL(probe.written == stay);
    sk_outputs_free(o);
}

static void without_the_disk_memory_has_the_same_limit(void **state)
{
    struct stored *s = *state;
    struct sk_outputs *o = spooled(s, PROBE | OTHER, LIMIT, 5000);
    const struct rlimit none = {4096, RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
    static const char text[400] = "a line that is long enough to fill the memory";

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(sk_outputs_start(o), 0);
    probe.gated = true;
    if (setrlimit(RLIMIT_FSIZE, &none))
        skip();
    for (unsigned i = 0; i < 1500; i++) {
        assert_true(push(o, (struct sk_str){text, sizeof(text)}, i % 10 ? SK_INFO : SK_ALERT));
        UNTIL(other.written == i + 1);
    }
    UNTIL(shed_of(o, 0) > 0);
    assert_int_equal(stat_of(o, 0).shed[SK_ALERT], 0);
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(stat_of(o, 0).delivered + shed_of(o, 0) == 1500);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    sk_outputs_free(o);
    assert_int_equal(stored_open(s, 1 << 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S(the_least_important_go_first_and_each_is_counted),
        S(what_a_sink_holds_is_not_shed),
        S(losses_of_earlier_runs_are_told),
        S(without_the_disk_memory_has_the_same_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
