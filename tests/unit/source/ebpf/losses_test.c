/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/losses.h"

#include "tests/unit/test.h"

static void what_is_not_complete_or_not_new_is_not_told(void **state)
{
    struct sk_drop_cgroup v = {.drops[3][SK_DROP_RING_FULL] = 2};
    struct sk_losses l = {0};
    struct sk_cgroup_drops out;

    (void)state;
    assert_false(sk_losses_add(&l, 7, &v, &out));
    v.born_ns = 1;
    assert_true(sk_losses_add(&l, 7, &v, &out));
    assert_false(sk_losses_add(&l, 7, &v, &out));
    sk_losses_done(&l);
    assert_int_equal(sk_losses_take(&l, -1, -1, &(struct sk_clock){0}, &out, 1), 0);
    sk_losses_done(&l);
}

static void each_look_tells_the_difference_even_where_numbers_wrap(void **state)
{
    struct sk_drop_cgroup v = {.born_ns = 1, .first_ns = 10, .last_ns = 20};
    struct sk_losses l = {0};
    struct sk_cgroup_drops out;

    (void)state;
    v.drops[3][SK_DROP_RING_FULL] = UINT32_MAX - 1;
    v.drops[4][SK_DROP_OVER_SHARE] = 5;
    assert_true(sk_losses_add(&l, 7, &v, &out));
    assert_int_equal(out.id, 7);
    assert_int_equal(out.drops[3][SK_DROP_RING_FULL], UINT32_MAX - 1);
    assert_int_equal(out.drops[4][SK_DROP_OVER_SHARE], 5);
    assert_int_equal(out.first_ns, 10);
    assert_int_equal(out.last_ns, 20);
    v.drops[3][SK_DROP_RING_FULL] += 4;
    v.last_ns = 50;
    l.asked_ns = 30;
    assert_true(sk_losses_add(&l, 7, &v, &out));
    assert_int_equal(out.drops[3][SK_DROP_RING_FULL], 4);
    assert_int_equal(out.drops[4][SK_DROP_OVER_SHARE], 0);
    assert_int_equal(out.first_ns, 30); /* what is older was told */
    assert_int_equal(out.last_ns, 50);
    sk_losses_done(&l);
}

static void an_entry_that_came_again_counts_from_zero(void **state)
{
    struct sk_drop_cgroup v = {.born_ns = 1, .drops[3][SK_DROP_BUG] = 10};
    struct sk_losses l = {0};
    struct sk_cgroup_drops out;

    (void)state;
    assert_true(sk_losses_add(&l, 7, &v, &out));
    v.born_ns = 2;
    v.drops[3][SK_DROP_BUG] = 4;
    assert_true(sk_losses_add(&l, 7, &v, &out));
    assert_int_equal(out.drops[3][SK_DROP_BUG], 4);
    sk_losses_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_complete_or_not_new_is_not_told),
        cmocka_unit_test(each_look_tells_the_difference_even_where_numbers_wrap),
        cmocka_unit_test(an_entry_that_came_again_counts_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
