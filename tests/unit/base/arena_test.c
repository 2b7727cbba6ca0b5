/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "tests/unit/test.h"

static void an_arena_stops_at_its_cap(void **state)
{
    sk_auto(arena) struct sk_arena *a = sk_arena_new(100000);
    size_t got = 0;

    (void)state;
    while (sk_arena_alloc(a, 1000))
        got += 1000;
    assert_in_range(got, 90000, 100000);
    assert_null(sk_arena_alloc(a, SIZE_MAX));
    sk_arena_reset(a);
    assert_non_null(sk_arena_alloc(a, 1000));
}

static void memory_is_zeroed_aligned_and_reused(void **state)
{
    sk_auto(arena) struct sk_arena *a = sk_arena_new(1 << 20);
    unsigned char *p = sk_arena_alloc(a, 33), *first = p;

    (void)state;
    memset(p, 0xff, 33);
    sk_arena_reset(a);
    p = sk_arena_alloc(a, 33);
    assert_ptr_equal(p, first);
    for (int i = 0; i < 33; i++)
        assert_int_equal(p[i], 0);
    assert_int_equal((uintptr_t)sk_arena_alloc(a, 1) % 16, 0);
}

static void a_copy_is_terminated(void **state)
{
    sk_auto(arena) struct sk_arena *a = sk_arena_new(1 << 20);

    (void)state;
    assert_string_equal(sk_arena_dup(a, (struct sk_str){"abcdef", 3}), "abc");
    assert_string_equal(sk_arena_dup(a, (struct sk_str){NULL, 0}), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_stops_at_its_cap),
        cmocka_unit_test(memory_is_zeroed_aligned_and_reused),
        cmocka_unit_test(a_copy_is_terminated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
