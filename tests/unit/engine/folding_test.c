/* SPDX-License-Identifier: Apache-2.0 */
/* Storms through a whole engine: a replay, whose time is that of its events. */
#include "tests/unit/engine/util.h"

static const char *run(struct fix *f, const char *conf_text, const char *rules, unsigned n,
                       struct sk_engine_stats *st)
{
    replays = true;
    start(f, conf_text, rules, 0);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(push_open(f, i % 2 ? "/a" : "/b"), 1);
    finish(f);
    sk_engine_get_stats(f->engine, st);
    return alerts(f);
}

static unsigned lines(const char *text)
{
    unsigned n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static void nothing_is_folded_unless_asked(void **state)
{
    struct sk_engine_stats st;

    assert_int_equal(lines(run(*state, "", RULE("R", "evt.type=openat"), 10, &st)), 10);
    assert_int_equal(st.folded, 0);
}

static void a_storm_is_the_first_alert_and_summaries(void **state)
{
    struct sk_engine_stats st;
    const char *text =
        run(*state, "fold: {enabled: true, interval_s: 5}", RULE("R", "evt.type=openat"), 10, &st);

    assert_string_equal(text, "00:16:40.000000000: Warning num=1 name=/b\n"
                              "00:16:44.000000000: Warning num=1 name=/b (4 more between "
                              "00:16:41.000000000 and 00:16:44.000000000)\n"
                              "00:16:49.000000000: Warning num=1 name=/b (5 more between "
                              "00:16:45.000000000 and 00:16:49.000000000)\n");
    assert_int_equal(st.alerts, 10);
    assert_int_equal(st.folded, 9);
    assert_int_equal(st.summaries, 2);
}

static void kinds_are_told_apart_by_the_fields_that_are_named(void **state)
{
    struct sk_engine_stats st;
    const char *text = run(*state, "fold: {enabled: true, fields: [fd.name, evt.arg.name]}",
                           RULE("R", "evt.type=openat"), 10, &st);

    assert_int_equal(lines(text), 4);
    assert_non_null(strstr(text, "name=/a (4 more"));
    assert_non_null(strstr(text, "name=/b (4 more"));
}

#define CRITICAL_RULE \
    "- rule: C\n  desc: d\n  condition: evt.type=openat\n  output: x\n  priority: CRITICAL\n"

static void critical_alerts_are_folded_only_when_asked(void **state)
{
    struct sk_engine_stats st;

    assert_int_equal(lines(run(*state, "fold: {enabled: true}", CRITICAL_RULE, 10, &st)), 10);
    assert_int_equal(st.folded, 0);
}

static void critical_alerts_are_folded_when_asked(void **state)
{
    struct sk_engine_stats st;

    assert_int_equal(
        lines(run(*state, "fold: {enabled: true, critical: true}", CRITICAL_RULE, 10, &st)), 2);
    assert_int_equal(st.folded, 9);
}

static void json_summaries_say_what_they_sum_up(void **state)
{
    struct sk_engine_stats st;
    const char *text = run(*state, "{json_output: true, fold: {enabled: true}}",
                           RULE("R", "evt.type=openat"), 3, &st);

    assert_int_equal(lines(text), 2);
    assert_non_null(strstr(text,
                           "{\"fold\":{\"count\":2,\"first\":\"1970-01-01T00:16:41.000000000Z\","
                           "\"last\":\"1970-01-01T00:16:42.000000000Z\"},\"hostname\":\"h\","));
    assert_non_null(strstr(text, "\"output_fields\":{\"evt.arg.name\":\"/b\",\"evt.num\":1,"));
}

static void a_field_that_does_not_exist_is_an_error(void **state)
{
    struct fix *f = *state;

    conf(f, "fold: {fields: [proc.nonsense]}");
    assert_int_not_equal(gen(f, RULE("R", "evt.type=openat")), 0);
    assert_non_null(strstr(sk_diag_text(f->dg, SK_DIAG_ERROR), "fold.fields: 'proc.nonsense': "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(nothing_is_folded_unless_asked),
        T(a_storm_is_the_first_alert_and_summaries),
        T(kinds_are_told_apart_by_the_fields_that_are_named),
        T(critical_alerts_are_folded_only_when_asked),
        T(critical_alerts_are_folded_when_asked),
        T(json_summaries_say_what_they_sum_up),
        T(a_field_that_does_not_exist_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
