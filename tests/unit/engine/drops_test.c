/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/drops.h"

#include "tests/unit/engine/util.h"

#define S 1000000000ull

static struct sk_source_stats counts(uint64_t seen, uint64_t lost)
{
    return (struct sk_source_stats){.seen = seen, .drops[SK_CLASS_EXEC][SK_DROP_RING_FULL] = lost};
}

static bool check(struct fix *f, struct sk_drops *d, uint64_t seen, uint64_t lost, uint64_t at,
                  struct sk_drops_report *r)
{
    struct sk_source_stats st = counts(seen, lost);

    return sk_drops_check(d, f->conf, &st, at, r);
}

static void nothing_is_looked_at_before_a_second_has_passed(void **state)
{
    struct fix *f = *state;
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "");
    sk_drops_init(&d, f->conf);
    assert_false(check(f, &d, 100, 50, S, &r));
    assert_false(check(f, &d, 200, 90, S + S / 2, &r));
    assert_true(check(f, &d, 200, 90, 2 * S, &r));
    assert_int_equal(r.lost, 40);
    assert_int_equal(r.events, 100);
    assert_true(r.refill);
}

static void losses_below_the_threshold_repair_the_state_but_do_not_speak(void **state)
{
    struct fix *f = *state;
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "syscall_event_drops: {threshold: .1, actions: [alert]}");
    sk_drops_init(&d, f->conf);
    assert_false(check(f, &d, 0, 0, S, &r));
    assert_true(check(f, &d, 100, 10, 2 * S, &r));
    assert_int_equal(r.actions, 0);
    assert_true(r.refill);
    assert_true(check(f, &d, 200, 21, 3 * S, &r));
    assert_int_equal(r.actions, SK_DROPS_ALERT);
}

static void tokens_limit_how_often_it_speaks(void **state)
{
    struct fix *f = *state;
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "syscall_event_drops: {threshold: 0, actions: [log], rate: 0.5, max_burst: 1}");
    sk_drops_init(&d, f->conf);
    assert_false(check(f, &d, 0, 0, S, &r));
    assert_true(check(f, &d, 10, 1, 2 * S, &r));
    assert_int_equal(r.actions, SK_DROPS_LOG);
    assert_true(check(f, &d, 20, 2, 3 * S, &r));
    assert_int_equal(r.actions, 0);
    assert_true(r.depleted);
    assert_true(check(f, &d, 30, 3, 5 * S, &r));
    assert_int_equal(r.actions, SK_DROPS_LOG);
    assert_int_equal(d.detected, 3);
    assert_int_equal(d.actions, 2);
}

static void simulation_loses_one_a_second_without_repairing(void **state)
{
    struct fix *f = *state;
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "syscall_event_drops: {simulate_drops: true, actions: [log]}");
    sk_drops_init(&d, f->conf);
    assert_false(check(f, &d, 0, 0, S, &r));
    assert_true(check(f, &d, 0, 0, 2 * S, &r));
    assert_int_equal(r.lost, 1);
    assert_false(r.refill);
    assert_int_equal(r.actions, SK_DROPS_LOG);
}

static void opens_that_are_lost_leave_no_hole_to_repair(void **state)
{
    struct fix *f = *state;
    struct sk_source_stats st = {.seen = 10};
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "");
    sk_drops_init(&d, f->conf);
    assert_false(sk_drops_check(&d, f->conf, &st, S, &r));
    st.drops[SK_CLASS_OPEN][SK_DROP_OVER_SHARE] = st.drops[SK_CLASS_IO][SK_DROP_RING_FULL] = 5;
    assert_true(sk_drops_check(&d, f->conf, &st, 2 * S, &r));
    assert_int_equal(r.lost, 10);
    assert_false(r.refill);
    st.drops[SK_CLASS_CREDS][SK_DROP_RING_FULL] = 1;
    assert_true(sk_drops_check(&d, f->conf, &st, 3 * S, &r));
    assert_true(r.refill);
}

static void no_loss_is_no_report(void **state)
{
    struct fix *f = *state;
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "syscall_event_drops: {threshold: 0, actions: [log]}");
    sk_drops_init(&d, f->conf);
    assert_false(check(f, &d, 0, 7, S, &r));
    assert_true(check(f, &d, 100, 7, 2 * S, &r));
    assert_int_equal(r.lost, 0);
    assert_false(r.refill);
    assert_int_equal(d.detected, 0);
}

static void fields_count_every_class_and_reason_once(void **state)
{
    struct sk_source_stats before = {0}, now = {0};
    struct sk_drops_field field[SK_DROPS_FIELDS];
    uint64_t sum = 0;

    (void)state;
    for (int c = 0; c < SK_CLASS_N; c++)
        now.drops[c][SK_DROP_RING_FULL] = 1u << c;
    now.drops[SK_CLASS_OPEN][SK_DROP_TOO_LONG] = 7;
    now.drops[SK_CLASS_EXEC][SK_DROP_BUG] = 9;
    now.drops[SK_CLASS_OPEN][SK_DROP_OVER_SHARE] = 1u << SK_CLASS_N;
    sk_drops_fields(&before, &now, 1000, sk_drops_total(&now), field);
    for (int i = 1; i < SK_DROPS_FIELDS; i++) {
        uint64_t v = 0;

        assert_true(strcmp(field[i - 1].key, field[i].key) < 0);
        assert_int_equal(sk_parse_u64(field[i].json + 1, strlen(field[i].json) - 2, &v), 0);
        if (strstr(field[i].key, "_exit"))
            sum += v;
        if (!strcmp(field[i].key, "n_drops_buffer_total"))
            assert_int_equal(v, (2u << SK_CLASS_N) - 1);
        if (!strcmp(field[i].key, "n_drops"))
            assert_int_equal(v, (2u << SK_CLASS_N) - 1 + 16);
    }
    assert_int_equal(sum, (2u << SK_CLASS_N) - 1);
}

/* Events are a second apart. */
static void the_seconds_of_a_replay_are_those_of_its_events(void **state)
{
    struct fix *f = *state;
    struct sk_engine_stats st;
    const char *text;

    replays = true;
    start(f,
          "syscall_event_drops: {simulate_drops: true, actions: [alert], rate: 1, max_burst: 10}",
          "- rule: A\n  desc: d\n  condition: evt.type=openat\n  output: o\n  priority: INFO\n", 0);
    for (int i = 0; i < 5; i++) {
        f->ts_ns++; /* one nanosecond more than a second */
        assert_int_equal(push_open(f, "x"), 1);
    }
    finish(f);
    sk_engine_get_stats(f->engine, &st);
    assert_int_equal(st.drops_detected, 4);
    text = alerts(f);
    assert_non_null(strstr(text, "00:16:41.000000002: Debug Falco internal: syscall event drop."));
}

static void losses_are_named_by_class_and_reason(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_source_stats before = counts(10, 3), now = counts(20, 5);

    (void)state;
    now.drops[SK_CLASS_OPEN][SK_DROP_OVER_SHARE] = 7;
    sk_drops_by_class(&before, &now, &out);
    assert_string_equal(out.p, "execve 2, open 7");
    sk_buf_reset(&out);
    sk_drops_by_reason(&before, &now, &out);
    assert_string_equal(out.p, "ring_full 2, over_share 7");
}

static void what_could_not_be_told_is_told_when_there_is_a_token_again(void **state)
{
    struct fix *f = *state;
    struct sk_drops_report r;
    struct sk_drops d;

    conf(f, "syscall_event_drops: {threshold: 0, actions: [log], rate: 0.5, max_burst: 1}");
    sk_drops_init(&d, f->conf);
    assert_false(check(f, &d, 0, 0, S, &r));
    assert_true(check(f, &d, 10, 1, 2 * S, &r));
    assert_int_equal(r.actions, SK_DROPS_LOG);
    sk_drops_told(&d);
    assert_true(check(f, &d, 30, 5, 3 * S, &r));
    assert_int_equal(r.actions, 0);
    assert_true(check(f, &d, 40, 5, 4 * S, &r));
    assert_int_equal(r.actions, SK_DROPS_LOG);
    assert_true(r.late);
    assert_false(r.refill);
    assert_int_equal(r.lost, 4);
    assert_int_equal(r.events, 30);
    sk_drops_told(&d);
    assert_true(check(f, &d, 50, 5, 7 * S, &r));
    assert_int_equal(r.actions, 0);
    assert_int_equal(d.detected, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_seconds_of_a_replay_are_those_of_its_events),
        T(nothing_is_looked_at_before_a_second_has_passed),
        T(losses_are_named_by_class_and_reason),
        T(what_could_not_be_told_is_told_when_there_is_a_token_again),
        T(losses_below_the_threshold_repair_the_state_but_do_not_speak),
        T(tokens_limit_how_often_it_speaks),
        T(simulation_loses_one_a_second_without_repairing),
        T(no_loss_is_no_report),
        T(opens_that_are_lost_leave_no_hole_to_repair),
        T(fields_count_every_class_and_reason_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
