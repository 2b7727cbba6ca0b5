/* SPDX-License-Identifier: Apache-2.0 */
#include "state/pool.h"

#include "tests/unit/test.h"

static void objects_over_the_cap_or_too_large_are_refused(void **state)
{
    struct sk_pool *p = sk_pool_new(128);
    void *a, *b;

    (void)state;
    assert_null(sk_pool_get(p, SK_POOL_OBJECT_MAX + 1));
    assert_null(sk_pool_get(p, 129));
    a = sk_pool_get(p, 64);
    b = sk_pool_get(p, 50);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(sk_pool_get(p, 1));
    sk_pool_put(p, a);
    assert_non_null(sk_pool_get(p, 1));
    sk_pool_free(p);
}

static void memory_is_zeroed_aligned_and_reused(void **state)
{
    struct sk_pool *p = sk_pool_new(1 << 20);
    char *a = sk_pool_get(p, 100);

    (void)state;
    memset(a, 7, 100);
    sk_pool_put(p, a);
    assert_ptr_equal(sk_pool_get(p, 120), a);
    for (int i = 0; i < 120; i++)
        assert_int_equal(a[i], 0);
    assert_int_equal((uintptr_t)a % 16, 0);
    sk_pool_free(p);
}

static void a_burst_of_one_size_does_not_starve_another(void **state)
{
    struct sk_pool *p = sk_pool_new(8 << 20);
    void *held[4096];
    size_t n = 0;

    (void)state;
    while ((held[n] = sk_pool_get(p, 4096)))
        n++;
    assert_int_equal(n, 2048);
    for (size_t i = 0; i < n; i++)
        sk_pool_put(p, held[i]);
    assert_int_equal(sk_pool_used(p), 0);
    for (n = 0; (held[n] = sk_pool_get(p, 32768)); n++)
        memset(held[n], 1, 32768);
    assert_int_equal(n, 256);
    for (size_t i = 0; i < n; i += 2)
        sk_pool_put(p, held[i]);
    for (n = 0; n < 100; n++)
        assert_non_null(sk_pool_get(p, 30000));
    sk_pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_over_the_cap_or_too_large_are_refused),
        cmocka_unit_test(memory_is_zeroed_aligned_and_reused),
        cmocka_unit_test(a_burst_of_one_size_does_not_starve_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
