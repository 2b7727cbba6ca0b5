/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <errno.h>

#include "tests/unit/test.h"

static void a_full_map_refuses_and_still_replaces(void **state)
{
    sk_auto(map) struct sk_map *m = sk_map_new(2);
    int a, b, c;

    (void)state;
    assert_int_equal(sk_map_put(m, SK_STR("a"), &a), 0);
    assert_int_equal(sk_map_put(m, SK_STR("b"), &b), 0);
    assert_int_equal(sk_map_put(m, SK_STR("c"), &c), -ENOSPC);
    assert_int_equal(sk_map_put(m, SK_STR("a"), &c), 0);
    assert_ptr_equal(sk_map_get(m, SK_STR("a")), &c);
    assert_null(sk_map_get(m, SK_STR("c")));
}

static void churn_neither_loses_nor_invents_entries(void **state)
{
    sk_auto(map) struct sk_map *m = sk_map_new(100000);
    size_t it = 0, seen = 0;

    (void)state;
    for (uintptr_t i = 1; i <= 50000; i++) {
        assert_int_equal(sk_map_put_u64(m, i, (void *)i), 0);
        if (i > 100)
            assert_ptr_equal(sk_map_del_u64(m, i - 100), (void *)(i - 100));
    }
    assert_int_equal(sk_map_count(m), 100);
    while (sk_map_next(m, &it)) {
        assert_true(sk_map_key_u64(m, it) > 49900);
        seen++;
    }
    assert_int_equal(seen, 100);
    assert_null(sk_map_del_u64(m, 1));
}

static void entries_may_be_deleted_while_iterating(void **state)
{
    sk_auto(map) struct sk_map *m = sk_map_new(1000);
    size_t it = 0;

    (void)state;
    for (uintptr_t i = 1; i <= 500; i++)
        assert_int_equal(sk_map_put_u64(m, i, (void *)i), 0);
    while (sk_map_next(m, &it))
        assert_non_null(sk_map_del_u64(m, sk_map_key_u64(m, it)));
    assert_int_equal(sk_map_count(m), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_map_refuses_and_still_replaces),
        cmocka_unit_test(churn_neither_loses_nor_invents_entries),
        cmocka_unit_test(entries_may_be_deleted_while_iterating),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
