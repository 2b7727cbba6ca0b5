/* SPDX-License-Identifier: Apache-2.0 */
#include "event/enters.h"

#include "tests/unit/test.h"

static struct sk_enters *make(size_t max, size_t max_bytes)
{
    struct sk_enters *e = NULL;

    assert_int_equal(sk_enters_new(max, max_bytes, &e), 0);
    return e;
}

static void a_thread_without_a_record_has_none(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(4, 4096);

    (void)state;
    assert_null(sk_enters_get(e, 1));
    sk_enters_put(e, 1, "a", 1);
    assert_null(sk_enters_get(e, 2));
    sk_enters_used(e, sk_enters_get(e, 1));
    assert_null(sk_enters_get(e, 1));
    assert_int_equal(sk_enters_lost(e), 0);
}

static void a_record_longer_than_all_memory_is_lost_and_hides_the_one_before(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(4, 1024);
    static const char big[2048];

    (void)state;
    sk_enters_put(e, 1, "a", 1);
    sk_enters_put(e, 1, big, sizeof(big));
    assert_null(sk_enters_get(e, 1));
    assert_int_equal(sk_enters_lost(e), 1);
}

static void the_last_record_of_a_thread_counts(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(4, 1 << 16);
    static const char big[1000] = {1, 2, 3};

    (void)state;
    sk_enters_put(e, 1, "first", 5);
    sk_enters_put(e, 2, "other", 5);
    sk_enters_put(e, 1, big, sizeof(big));
    assert_int_equal(sk_enters_get(e, 1)->len, sizeof(big));
    assert_memory_equal(sk_enters_get(e, 1)->rec, big, sizeof(big));
    sk_enters_put(e, 1, "b", 1);
    assert_int_equal(sk_enters_get(e, 1)->len, 1);
    assert_memory_equal(sk_enters_get(e, 2)->rec, "other", 5);
    assert_int_equal(sk_enters_lost(e), 0);
}

static void used_ones_go_first_then_the_oldest(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(3, 4096);

    (void)state;
    for (uint64_t tid = 1; tid <= 3; tid++)
        sk_enters_put(e, tid, "x", 1);
    sk_enters_used(e, sk_enters_get(e, 2));
    sk_enters_put(e, 4, "x", 1);
    assert_int_equal(sk_enters_lost(e), 0);
    sk_enters_put(e, 5, "x", 1);
    assert_int_equal(sk_enters_lost(e), 1);
    assert_null(sk_enters_get(e, 1));
    assert_non_null(sk_enters_get(e, 3));
    assert_non_null(sk_enters_get(e, 4));
    assert_non_null(sk_enters_get(e, 5));
}

static void memory_is_bounded(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(100, 512);
    static const char some[200];
    unsigned kept = 0;

    (void)state;
    for (uint64_t tid = 1; tid <= 50; tid++)
        sk_enters_put(e, tid, some, sizeof(some));
    for (uint64_t tid = 1; tid <= 50; tid++)
        kept += sk_enters_get(e, tid) != NULL;
    assert_int_equal(kept, 2);
    assert_int_equal(sk_enters_lost(e), 48);
}

static void clear_forgets_everything(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(1, 4096);

    (void)state;
    sk_enters_put(e, 1, "x", 1);
    sk_enters_put(e, 2, "x", 1);
    assert_int_equal(sk_enters_lost(e), 1);
    sk_enters_clear(e);
    assert_int_equal(sk_enters_lost(e), 0);
    assert_null(sk_enters_get(e, 2));
    sk_enters_put(e, 2, "x", 1);
    assert_non_null(sk_enters_get(e, 2));
}

static void no_room_for_anybody_is_counted(void **state)
{
    sk_auto(enters) struct sk_enters *e = make(0, 4096);

    (void)state;
    sk_enters_put(e, 1, "x", 1);
    assert_null(sk_enters_get(e, 1));
    assert_int_equal(sk_enters_lost(e), 1);
    sk_enters_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_without_a_record_has_none),
        cmocka_unit_test(a_record_longer_than_all_memory_is_lost_and_hides_the_one_before),
        cmocka_unit_test(the_last_record_of_a_thread_counts),
        cmocka_unit_test(used_ones_go_first_then_the_oldest),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(clear_forgets_everything),
        cmocka_unit_test(no_room_for_anybody_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
