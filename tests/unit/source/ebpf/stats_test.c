/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/stats.h"

#include <errno.h>

#include "tests/unit/test.h"

static void a_descriptor_that_is_no_map_leaves_the_totals_alone(void **state)
{
    struct sk_source_stats out = {.seen = 7};

    (void)state;
    assert_int_equal(sk_stats_read(-1, &out), -EBADF);
    assert_int_equal(out.seen, 7);
}

static void counters_of_all_cpus_add_up(void **state)
{
    struct sk_driver_stats cpu[2] = {{.seen = 5, .sent = 3, .faults = 1}, {.seen = 50, .sent = 30}};
    struct sk_source_stats out = {.received = 9};

    (void)state;
    cpu[0].drops[2][SK_DROP_RING_FULL] = 2;
    cpu[1].drops[2][SK_DROP_RING_FULL] = 20;
    cpu[1].drops[SK_CLASS_MAX - 1][SK_DROP_BUG] = 1;
    sk_stats_sum(cpu, 2, &out);
    assert_int_equal(out.seen, 55);
    assert_int_equal(out.sent, 33);
    assert_int_equal(out.faults, 1);
    assert_int_equal(out.received, 9);
    assert_int_equal(out.drops[2][SK_DROP_RING_FULL], 22);
    assert_int_equal(out.drops[SK_CLASS_MAX - 1][SK_DROP_BUG], 1);
}

static void each_cpu_has_its_share(void **state)
{
    struct sk_driver_stats cpu[3] = {{.seen = 5}, {.seen = 50}, {.seen = 500}};
    struct sk_cpu_stats out[3] = {{.cpu = 9}, {.cpu = 9}, {.cpu = 9}};

    (void)state;
    cpu[1].drops[2][SK_DROP_RING_FULL] = 20;
    cpu[1].drops[3][SK_DROP_BUG] = 1;
    assert_int_equal(sk_stats_split(cpu, 3, out, 2), 2);
    assert_int_equal(out[0].cpu, 0);
    assert_int_equal(out[0].seen, 5);
    assert_int_equal(out[0].drops, 0);
    assert_int_equal(out[1].cpu, 1);
    assert_int_equal(out[1].seen, 50);
    assert_int_equal(out[1].drops, 21);
    assert_int_equal(out[2].cpu, 9);
    assert_int_equal(sk_stats_by_cpu(-1, out, 3), 0);
}

static void what_the_prefilter_drops_was_seen(void **state)
{
    const struct sk_event_count cpu[2] = {{.filtered = 7, .begun = 3, .sent = 2, .dropped = 1},
                                          {.filtered = 70, .begun = 30, .sent = 30}};
    struct sk_event_stats out = {.code = 5};

    (void)state;
    sk_stats_event(cpu, 2, &out);
    assert_int_equal(out.code, 5);
    assert_int_equal(out.seen, 110);
    assert_int_equal(out.filtered, 77);
    assert_int_equal(out.sent, 32);
    assert_int_equal(out.dropped, 1);
    assert_int_equal(sk_stats_by_event(-1, &out, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_that_is_no_map_leaves_the_totals_alone),
        cmocka_unit_test(counters_of_all_cpus_add_up),
        cmocka_unit_test(each_cpu_has_its_share),
        cmocka_unit_test(what_the_prefilter_drops_was_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
