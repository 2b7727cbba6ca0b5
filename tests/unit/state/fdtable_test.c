/* SPDX-License-Identifier: Apache-2.0 */
#include "state/fdtable.h"

#include "tests/unit/state/feed.h"

static const struct sk_fd *add(struct feed *f, struct sk_fdtable *t, int64_t num, const char *name)
{
    struct sk_fd spec = {.num = num, .type = SK_FD_FILE, .name = sk_str(name), .raw = SK_STR("")};

    return sk_fdtable_add(f->st, t, &spec);
}

static const char *name_of(struct sk_fdtable *t, int64_t num)
{
    const struct sk_fd *fd = sk_fdtable_get(t, num);

    return fd ? fd->name.p : NULL;
}

static uint64_t used(struct feed *f)
{
    return sk_pool_used(f->st->fds);
}

static void no_table_has_nothing(void **state)
{
    struct feed f;
    size_t it = 0;
    (void)state;

    feed_init(&f, NULL, NULL);
    assert_null(sk_fdtable_get(NULL, 0));
    assert_int_equal(sk_fdtable_count(NULL), 0);
    assert_null(sk_fdtable_next(NULL, &it));
    assert_null(sk_fdtable_copy(f.st, NULL));
    assert_null(add(&f, NULL, 1, "x"));
    sk_fdtable_del(f.st, NULL, 1);
    feed_done(&f);
}

static void a_descriptor_is_found_replaced_and_removed(void **state)
{
    struct feed f;
    struct sk_fdtable *t;
    (void)state;

    feed_init(&f, NULL, NULL);
    t = sk_fdtable_new(f.st);
    assert_non_null(add(&f, t, 3, "/a"));
    assert_non_null(add(&f, t, INT64_MAX, "/big"));
    assert_non_null(add(&f, t, 3, "/b"));
    assert_string_equal(name_of(t, 3), "/b");
    assert_string_equal(name_of(t, INT64_MAX), "/big");
    assert_int_equal(sk_fdtable_count(t), 2);
    sk_fdtable_del(f.st, t, 3);
    sk_fdtable_del(f.st, t, 4);
    assert_null(name_of(t, 3));
    assert_int_equal(sk_fdtable_count(t), 1);
    sk_fdtable_put(f.st, t);
    assert_int_equal(used(&f), 0);
    feed_done(&f);
}

static void a_descriptor_is_added_from_itself(void **state)
{
    struct feed f;
    struct sk_fdtable *t;
    struct sk_fd spec;
    (void)state;

    feed_init(&f, NULL, NULL);
    t = sk_fdtable_new(f.st);
    add(&f, t, 3, "/a");
    spec = *sk_fdtable_get(t, 3);
    spec.open_flags = 7;
    assert_non_null(sk_fdtable_add(f.st, t, &spec));
    assert_string_equal(name_of(t, 3), "/a");
    assert_int_equal(sk_fdtable_get(t, 3)->open_flags, 7);
    feed_done(&f);
}

static void numbers_that_collide_stay_reachable(void **state)
{
    static const int64_t nums[] = {0, 8, 16, 1, 9, 7, 15, 23, -1, 4096, 65536};
    struct feed f;
    struct sk_fdtable *t;
    (void)state;

    feed_init(&f, NULL, NULL);
    t = sk_fdtable_new(f.st);
    for (size_t gone = 0; gone < SK_ARRAY_LEN(nums); gone++) {
        for (size_t i = 0; i < SK_ARRAY_LEN(nums); i++)
            add(&f, t, nums[i], "x");
        sk_fdtable_del(f.st, t, nums[gone]);
        for (size_t i = 0; i < SK_ARRAY_LEN(nums); i++)
            assert_int_equal(!sk_fdtable_get(t, nums[i]), i == gone);
        assert_int_equal(sk_fdtable_count(t), SK_ARRAY_LEN(nums) - 1);
    }
    feed_done(&f);
}

static void a_copy_is_written_to_alone(void **state)
{
    struct feed f;
    struct sk_fdtable *t, *c;
    uint64_t before;
    (void)state;

    feed_init(&f, NULL, NULL);
    t = sk_fdtable_new(f.st);
    add(&f, t, 3, "/a");
    add(&f, t, 4, "/b");
    before = used(&f);
    c = sk_fdtable_copy(f.st, t);
    assert_true(used(&f) <= before + 32);
    assert_ptr_equal(sk_fdtable_get(c, 3), sk_fdtable_get(t, 3));
    sk_fdtable_edit(f.st, c, 3)->open_flags = 1;
    sk_fdtable_del(f.st, t, 4);
    assert_int_equal(sk_fdtable_get(t, 3)->open_flags, 0);
    assert_int_equal(sk_fdtable_get(c, 3)->open_flags, 1);
    assert_string_equal(name_of(c, 4), "/b");
    assert_null(name_of(t, 4));
    sk_fdtable_put(f.st, c);
    assert_string_equal(name_of(t, 3), "/a");
    sk_fdtable_put(f.st, t);
    assert_int_equal(used(&f), 0);
    feed_done(&f);
}

static void a_table_has_a_limit(void **state)
{
    struct feed f;
    struct sk_state_stats stats;
    struct sk_fdtable *t;
    (void)state;

    feed_init(&f, NULL, NULL);
    t = sk_fdtable_new(f.st);
    for (uint32_t i = 0; i < SK_FDS_MAX; i++)
        assert_non_null(add(&f, t, i, ""));
    assert_null(add(&f, t, SK_FDS_MAX, ""));
    assert_non_null(add(&f, t, 0, "/again"));
    assert_int_equal(sk_fdtable_count(t), SK_FDS_MAX);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.evicted, 1);
    feed_done(&f);
}

static void memory_has_a_limit(void **state)
{
    struct sk_state_limits limits = {.fd_bytes = 4096};
    struct feed f;
    struct sk_state_stats stats;
    struct sk_fdtable *t;
    int64_t n = 0;
    (void)state;

    feed_init(&f, &limits, NULL);
    t = sk_fdtable_new(f.st);
    while (add(&f, t, n, "/some/file"))
        n++;
    assert_true(n > 4 && n < 40);
    assert_true(used(&f) <= 4096);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.evicted, 1);
    assert_string_equal(name_of(t, 0), "/some/file");
    feed_done(&f);
}

static bool is_odd(const struct sk_fd *fd, const void *arg)
{
    (void)arg;
    return fd->num & 1;
}

static void a_filter_closes_some_and_copies_only_then(void **state)
{
    struct feed f;
    struct sk_fdtable *t, *c;
    uint64_t before;
    (void)state;

    feed_init(&f, NULL, NULL);
    t = sk_fdtable_new(f.st);
    for (int64_t i = 0; i < 100; i++)
        add(&f, t, i * 8, "x");
    c = sk_fdtable_copy(f.st, t);
    before = used(&f);
    sk_fdtable_filter(f.st, c, is_odd, NULL);
    assert_int_equal(used(&f), before);
    for (int64_t i = 0; i < 50; i++)
        add(&f, c, i * 8 + 1, "y");
    sk_fdtable_filter(f.st, c, is_odd, NULL);
    assert_int_equal(sk_fdtable_count(c), 100);
    assert_int_equal(sk_fdtable_count(t), 100);
    for (int64_t i = 0; i < 50; i++) {
        assert_null(sk_fdtable_get(c, i * 8 + 1));
        assert_non_null(sk_fdtable_get(c, i * 8));
    }
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_table_has_nothing),
        cmocka_unit_test(a_descriptor_is_found_replaced_and_removed),
        cmocka_unit_test(a_descriptor_is_added_from_itself),
        cmocka_unit_test(numbers_that_collide_stay_reachable),
        cmocka_unit_test(a_copy_is_written_to_alone),
        cmocka_unit_test(a_table_has_a_limit),
        cmocka_unit_test(memory_has_a_limit),
        cmocka_unit_test(a_filter_closes_some_and_copies_only_then),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
