/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fold.h"

#include "tests/unit/test.h"

static const char *const tags[] = {"a", "b"};
static const struct sk_alert_summary first = {
    .rule = "R",
    .source = "syscall",
    .priority = SK_WARNING,
    .tags = tags,
    .ntags = 2,
    .message = {"hello", 5},
    .fields = {"{}", 2},
};

static struct sk_fold *made(size_t max_entries, size_t max_bytes)
{
    const struct sk_fold_options opt = {100, max_entries, max_bytes};
    struct sk_fold *f = NULL;

    assert_int_equal(sk_fold_new(&opt, &f), 0);
    return f;
}

static void the_first_passes_and_those_behind_it_are_summed_up(void **state)
{
    sk_auto(fold) struct sk_fold *f = made(10, 10000);
    struct sk_alert_summary sum;

    (void)state;
    assert_false(sk_fold_repeats(f, SK_STR("k"), 1000));
    assert_true(sk_fold_remember(f, SK_STR("k"), 1000, &first));
    assert_int_equal(sk_fold_next_ns(f), 1100);
    for (uint64_t t = 1010; t < 1050; t += 10)
        assert_true(sk_fold_repeats(f, SK_STR("k"), t));
    assert_false(sk_fold_due(f, 1099, &sum));
    assert_true(sk_fold_due(f, 1100, &sum));
    assert_int_equal(sum.count, 4);
    assert_int_equal(sum.first_ns, 1010);
    assert_int_equal(sum.last_ns, 1040);
    assert_string_equal(sum.rule, "R");
    assert_string_equal(sum.tags[1], "b");
    assert_int_equal(sum.priority, SK_WARNING);
    assert_memory_equal(sum.message.p, "hello", 5);
    assert_false(sk_fold_due(f, 1100, &sum));
}

static void a_storm_that_goes_on_gets_a_summary_for_each_interval(void **state)
{
    sk_auto(fold) struct sk_fold *f = made(10, 10000);
    struct sk_alert_summary sum;
    uint64_t told = 0;

    (void)state;
    assert_true(sk_fold_remember(f, SK_STR("k"), 0, &first));
    for (uint64_t t = 1; t <= 1000; t++) {
        while (sk_fold_due(f, t, &sum))
            told += sum.count;
        assert_true(sk_fold_repeats(f, SK_STR("k"), t));
    }
    assert_int_equal(told, 999); /* the last one came with its time still open */
    while (sk_fold_due(f, UINT64_MAX, &sum))
        told += sum.count;
    assert_int_equal(told, 1000);
    assert_int_equal(sk_fold_count(f), 0);
}

static void what_was_quiet_for_an_interval_is_new_again(void **state)
{
    sk_auto(fold) struct sk_fold *f = made(10, 10000);
    struct sk_alert_summary sum;

    (void)state;
    assert_true(sk_fold_remember(f, SK_STR("k"), 0, &first));
    assert_false(sk_fold_due(f, 100, &sum));
    assert_int_equal(sk_fold_count(f), 0);
    assert_false(sk_fold_repeats(f, SK_STR("k"), 101));
    assert_true(sk_fold_remember(f, SK_STR("k"), 101, &first));
}

static void an_alert_whose_time_is_over_is_not_added_to_what_is_told(void **state)
{
    sk_auto(fold) struct sk_fold *f = made(10, 10000);

    (void)state;
    assert_true(sk_fold_remember(f, SK_STR("k"), 0, &first));
    assert_false(sk_fold_repeats(f, SK_STR("k"), 100));
    assert_false(sk_fold_remember(f, SK_STR("k"), 100, &first));
}

static void what_does_not_fit_passes(void **state)
{
    sk_auto(fold) struct sk_fold *f = made(2, 10000), *small = made(10, 100);

    (void)state;
    assert_true(sk_fold_remember(f, SK_STR("a"), 0, &first));
    assert_true(sk_fold_remember(f, SK_STR("b"), 0, &first));
    assert_false(sk_fold_remember(f, SK_STR("c"), 0, &first));
    assert_false(sk_fold_repeats(f, SK_STR("c"), 1));
    assert_true(sk_fold_repeats(f, SK_STR("a"), 1));
    assert_false(sk_fold_remember(small, SK_STR("a"), 0, &first));
    assert_int_equal(sk_fold_next_ns(small), UINT64_MAX);
}

static void times_that_run_backwards_harm_nothing(void **state)
{
    sk_auto(fold) struct sk_fold *f = made(10, 10000);
    struct sk_alert_summary sum;

    (void)state;
    assert_true(sk_fold_remember(f, SK_STR("k"), 1000, &first));
    assert_true(sk_fold_repeats(f, SK_STR("k"), 900));
    assert_true(sk_fold_repeats(f, SK_STR("k"), 800));
    assert_true(sk_fold_due(f, 1100, &sum));
    assert_int_equal(sum.count, 2);
    assert_int_equal(sum.last_ns, 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_passes_and_those_behind_it_are_summed_up),
        cmocka_unit_test(a_storm_that_goes_on_gets_a_summary_for_each_interval),
        cmocka_unit_test(what_was_quiet_for_an_interval_is_new_again),
        cmocka_unit_test(an_alert_whose_time_is_over_is_not_added_to_what_is_told),
        cmocka_unit_test(what_does_not_fit_passes),
        cmocka_unit_test(times_that_run_backwards_harm_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
