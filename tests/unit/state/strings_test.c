/* SPDX-License-Identifier: Apache-2.0 */
#include "state/internal.h"

#include "tests/unit/test.h"

static struct sk_state *small(uint64_t bytes)
{
    struct sk_state_limits limits = {.bytes = bytes};
    struct sk_state *st = NULL;

    assert_int_equal(sk_state_new(&limits, NULL, &st), 0);
    return st;
}

static void without_memory_a_string_is_empty_and_counted(void **state)
{
    sk_auto(state) struct sk_state *st = small(32);
    struct sk_str s = sk_string_get(st, SK_STR("a string that is longer than what is left"));

    (void)state;
    assert_int_equal(s.n, 0);
    assert_string_equal(s.p, "");
    assert_int_equal(st->stats.evicted, 1);
    sk_string_put(st, &s);
}

static void equal_strings_exist_once(void **state)
{
    sk_auto(state) struct sk_state *st = small(1 << 20);
    struct sk_str a = sk_string_get(st, SK_STR("/tmp/")), b = sk_string_get(st, SK_STR("/tmp/"));

    (void)state;
    assert_ptr_equal(a.p, b.p);
    sk_string_set(st, &b, SK_STR("/"));
    sk_string_put(st, &a);
    assert_int_equal(sk_map_count(st->strings), 1);
    assert_int_equal(a.n, 0);
    sk_string_put(st, &b);
    assert_int_equal(sk_pool_used(st->text), 0);
}

static void directories_are_absolute_and_end_with_a_slash(void **state)
{
    sk_auto(state) struct sk_state *st = small(1 << 20);
    struct sk_str dir = SK_STR("");

    (void)state;
    sk_string_set_dir(st, &dir, SK_STR("relative"));
    assert_int_equal(dir.n, 0);
    sk_string_set_dir(st, &dir, SK_STR("/a"));
    assert_true(sk_str_eqz(dir, "/a/"));
    sk_string_set_dir(st, &dir, SK_STR("/"));
    assert_true(sk_str_eqz(dir, "/"));
    sk_string_set_dir(st, &dir, SK_STR(""));
    assert_true(sk_str_eqz(dir, "/"));
    sk_string_put(st, &dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_a_string_is_empty_and_counted),
        cmocka_unit_test(equal_strings_exist_once),
        cmocka_unit_test(directories_are_absolute_and_end_with_a_slash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
