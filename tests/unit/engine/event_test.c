/* SPDX-License-Identifier: Apache-2.0 */
/* Events in, alerts out. */
#include "tests/unit/engine/util.h"

static void a_matching_event_becomes_an_alert_with_its_number(void **state)
{
    struct fix *f = *state;

    start(f, "", RULE("Shadow", "evt.type=openat and evt.arg.name=/etc/shadow"), 0);
    assert_int_equal(push_open(f, "/etc/hostname"), 1);
    assert_int_equal(push_open(f, "/etc/shadow"), 1);
    finish(f);
    assert_string_equal(alerts(f), "00:16:41.000000000: Warning num=2 name=/etc/shadow\n");
}

static void nothing_matching_is_nothing_written(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    start(f, "", RULE("Shadow", "evt.type=openat and evt.arg.name=/etc/shadow"), 0);
    assert_int_equal(push_open(f, "/etc/hostname"), 1);
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.events, 1);
    assert_int_equal(st.alerts, 0);
    assert_string_equal(alerts(f), "");
}

static void the_first_rule_alone_alerts_unless_all_are_asked_for(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    start(f, "rule_matching: all", RULE("A", "evt.type=openat") RULE("B", "evt.type=openat"), 0);
    assert_int_equal(push_open(f, "x"), 1);
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.alerts, 2);
    assert_int_equal(matches(&st, "A"), 1);
    assert_int_equal(matches(&st, "B"), 1);
    assert_int_equal(st.by_priority[SK_WARNING], 2);
}

static void by_default_one_event_is_one_alert(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    start(f, "", RULE("A", "evt.type=openat") RULE("B", "evt.type=openat"), 0);
    assert_int_equal(push_open(f, "x"), 1);
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.alerts, 1);
    assert_int_equal(matches(&st, "A"), 1);
}

static void json_alerts_are_one_object_a_line(void **state)
{
    struct fix *f = *state;
    const char *text;

    start(f, "json_output: true", RULE("A", "evt.type=openat"), 0);
    assert_int_equal(push_open(f, "/a\"b"), 1);
    finish(f);
    text = alerts(f);
    assert_non_null(strstr(
        text, "{\"hostname\":\"h\",\"output\":\"00:16:40.000000000: Warning num=1 name=/a\\\"b\""));
    assert_non_null(strstr(
        text, "\"rule\":\"A\",\"source\":\"syscall\",\"tags\":[],\"time\":\"1970-01-01T00:16:40."
              "000000000Z\"}\n"));
}

static void event_time_ends_the_run(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    start(f, "", RULE("A", "evt.type=openat"), 2000000000ull);
    for (int i = 0; i < 10; i++)
        assert_int_equal(push_open(f, "x"), 1);
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.events, 3);
}

static void an_event_that_no_rule_wants_is_not_captured(void **state)
{
    struct fix *f = *state;

    start(f, "", RULE("A", "evt.type=connect"), 0);
    assert_int_equal(push_open(f, "x"), 0);
    finish(f);
}

#define PLUGIN_EVENT 322 /* plugin_id, event_data */

static int push_plugin_event(struct fix *f)
{
    sk_auto(buf) struct sk_buf rec = SK_BUF(1 << 16);
    static struct sk_event_writer w;

    assert_true(sk_events[PLUGIN_EVENT].category & SK_EC_PLUGIN);
    sk_event_write_begin(&w, &rec);
    sk_event_write_int(&w, 999, 4);
    sk_event_write_param(&w, "data", 4);
    assert_int_equal(sk_event_write_end(&w, PLUGIN_EVENT, f->ts_ns, 77), 0);
    f->ts_ns += 1000000000ull;
    return sk_synth_push(sk_engine_source(f->engine), rec.p, rec.n);
}

/* The rule would hold for every event there is: the engine does not ask it. */
static void an_event_of_a_plugin_in_a_capture_meets_no_rule(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    replays = true;
    start(f, "", RULE("Any", "evt.num > 0"), 0);
    assert_true(sk_event_set_has(sk_gen_events(f->gen), PLUGIN_EVENT));
    assert_int_equal(push_plugin_event(f), 1);
    assert_int_equal(push_open(f, "/a"), 1);
    assert_int_equal(push_plugin_event(f), 1);
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.events, 3);
    assert_int_equal(st.alerts, 1);
    assert_string_equal(alerts(f), "00:16:41.000000000: Warning num=2 name=/a\n");
}

static void only_mine(void *self, const struct sk_rule_count *count)
{
    (void)self;
    assert_string_equal(count->name, "Mine");
    assert_int_equal(count->matches, 1);
}

static void a_rule_of_another_source_meets_no_call(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;

    start(f, "rule_matching: all",
          RULE("Other", "evt.num > 0") "  source: k8s_audit\n" RULE("Mine", "evt.num > 0"), 0);
    assert_null(sk_ruleset_find(sk_gen_rules(f->gen), "Other"));
    assert_int_equal(push_open(f, "/a"), 1);
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.alerts, 1);
    sk_counts_each(st.rules, only_mine, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_matching_event_becomes_an_alert_with_its_number),
        T(nothing_matching_is_nothing_written),
        T(the_first_rule_alone_alerts_unless_all_are_asked_for),
        T(by_default_one_event_is_one_alert),
        T(json_alerts_are_one_object_a_line),
        T(event_time_ends_the_run),
        T(an_event_of_a_plugin_in_a_capture_meets_no_rule),
        T(a_rule_of_another_source_meets_no_call),
        T(an_event_that_no_rule_wants_is_not_captured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
