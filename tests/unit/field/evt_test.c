/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/calls.h"

static void what_nobody_told_is_absent(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "evt.source", "(absent)");
    assert_field(w, "evt.hostname", "(absent)");
    assert_field(w, "evt.asynctype", "(absent)");
    assert_field(w, "evt.pluginname", "(absent)");
    assert_field(w, "evt.plugininfo", "(absent)");
    assert_field(w, "evt.is_async", "false");
}

static void number_source_and_host_come_from_the_engine(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    w->ev.num = 42;
    w->cx.source = "syscall";
    w->cx.hostname = "box";
    assert_field(w, "evt.num", "42");
    assert_field(w, "evt.source", "syscall");
    assert_field(w, "evt.hostname", "box");
    world_begin(w);
    world_send(w, EV_PLUGIN, 1);
    w->cx.source = "syscall";
    assert_field(w, "evt.source", "(absent)");
}

/* The tests run with TZ=UTC; 1700000000 is 2023-11-14 22:13:20. */
static void times_are_written_in_every_form(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    w->ev.ts_ns = WORLD_TS + 7;
    assert_field(w, "evt.time", "22:13:20.000000007");
    assert_field(w, "evt.time.s", "22:13:20");
    assert_field(w, "evt.time.iso8601", "2023-11-14T22:13:20.000000007+0000");
    assert_field(w, "evt.datetime", "2023-11-14 22:13:20.000000007");
    assert_field(w, "evt.datetime.s", "2023-11-14 22:13:20");
    assert_field(w, "evt.rawtime", "1700000000000000007");
    assert_field(w, "evt.rawtime.s", "1700000000");
    assert_field(w, "evt.rawtime.ns", "000000007");
}

static void relative_time_begins_with_the_first_event(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    w->cx.first_ts_ns = WORLD_TS - 3000000005;
    assert_field(w, "evt.reltime", "3000000005");
    assert_field(w, "evt.reltime.s", "3");
    assert_field(w, "evt.reltime.ns", "000000005");
    w->cx.first_ts_ns = WORLD_TS + 1;
    assert_field(w, "evt.reltime", "000000000");
}

static void meta_events_are_asynchronous(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 1, 4);
    sk_event_write_text(&w->w, SK_STR("my_event"));
    world_send(w, 402, 1);
    assert_field(w, "evt.is_async", "true");
    assert_field(w, "evt.asynctype", "my_event");
    assert_field(w, "evt.type", "my_event");
    world_begin(w);
    world_send(w, 234, 1);
    assert_field(w, "evt.asynctype", "procinfo");
}

static void the_distance_from_a_time_is_in_milliseconds_rounded_up(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    w->ev.ts_ns = WORLD_TS;
    assert_field(w, "evt.around[1700000000000000000]", "0");
    assert_field(w, "evt.around[1700000000000000001]", "1");
    assert_field(w, "evt.around[1699999999000000000]", "1000");
    assert_field(w, "evt.around[1700000001000000000]", "1000");
}

static void a_counter_counts_how_often_it_is_asked(void **state)
{
    struct world *w = *state;
    struct sk_field_ref ref;
    static struct sk_vals vals;
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    CALL(w, 1, "close", N(0), N(3));
    assert_int_equal(sk_field_parse(SK_STR("util.cnt"), w->tmp, &ref, &err), 0);
    for (uint64_t i = 1; i < 4; i++) {
        assert_true(sk_field_extract(&w->cx, &ref, &vals));
        assert_int_equal(vals.v[0].u64, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_nobody_told_is_absent),
        WORLD_TEST(number_source_and_host_come_from_the_engine),
        WORLD_TEST(times_are_written_in_every_form),
        WORLD_TEST(relative_time_begins_with_the_first_event),
        WORLD_TEST(meta_events_are_asynchronous),
        WORLD_TEST(the_distance_from_a_time_is_in_milliseconds_rounded_up),
        WORLD_TEST(a_counter_counts_how_often_it_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
