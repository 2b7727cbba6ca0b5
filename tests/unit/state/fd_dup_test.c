/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/fd_feed.h"

static void what_is_closed_is_seen_by_the_rules_of_its_event(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "/a", 0);
    fd_feed(&f, 5, "ll", -9ll, 3ll);
    fd_feed(&f, 5, "ll", 0ll, 3ll);
    fd_assert_name(sk_state_event_fd(f.st)->fd, "/a");
    feed_touch(&f, FD_PID);
    assert_null(fd_of(&f, 3));
    fd_feed(&f, 5, "ll", 0ll, 3ll);
    assert_int_equal(sk_state_event_fd(f.st)->num, 3);
    assert_null(sk_state_event_fd(f.st)->fd);
    feed_done(&f);
}

static void a_range_is_closed_or_marked(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    for (int64_t i = 3; i < 20; i++)
        fd_open(&f, i, "/a", 0);
    fd_feed(&f, 451, "lwww", 0ll, 5u, 10u, 0u);
    assert_non_null(fd_of(&f, 4));
    assert_null(fd_of(&f, 5));
    assert_null(fd_of(&f, 10));
    fd_feed(&f, 451, "lwww", 0ll, 12u, UINT32_MAX, 4u);
    assert_int_equal(fd_of(&f, 11)->open_flags, 0);
    assert_int_equal(fd_of(&f, 19)->open_flags, FD_O_CLOEXEC);
    fd_feed(&f, 451, "lwww", -22ll, 0u, UINT32_MAX, 0u);
    assert_non_null(fd_of(&f, 4));
    feed_done(&f);
}

static void copies_keep_the_name_and_lose_the_mark(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "/a", FD_O_CLOEXEC | 0x2);
    fd_open(&f, 4, "/b", 0);
    fd_feed(&f, 363, "lll", 4ll, 3ll, 4ll);
    fd_assert_name(fd_of(&f, 4), "/a");
    assert_int_equal(fd_of(&f, 4)->open_flags, 0x2);
    assert_int_equal(sk_state_event_fd(f.st)->num, 4);
    assert_false(sk_state_event_fd(f.st)->name_changed);
    fd_feed(&f, 365, "lllw", 5ll, 3ll, 5ll, (unsigned)FD_O_CLOEXEC);
    assert_int_equal(fd_of(&f, 5)->open_flags, 0x2 | FD_O_CLOEXEC);
    fd_feed(&f, 367, "ll", 6ll, 99ll);
    assert_null(fd_of(&f, 6));
    fd_feed(&f, 151, "llbl", 7ll, 3ll, 26u, 0ll);
    assert_true(fd_of(&f, 7)->open_flags & FD_O_CLOEXEC);
    fd_feed(&f, 151, "llbl", 8ll, 3ll, 1u, 0ll);
    assert_false(fd_of(&f, 8)->open_flags & FD_O_CLOEXEC);
    fd_feed(&f, 151, "llbl", 0ll, 8ll, 3u, 1ll);
    assert_true(fd_of(&f, 8)->open_flags & FD_O_CLOEXEC);
    fd_feed(&f, 151, "llbl", 0ll, 8ll, 3u, 0ll);
    assert_false(fd_of(&f, 8)->open_flags & FD_O_CLOEXEC);
    feed_done(&f);
}

static void an_execve_closes_what_is_marked(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "/a", FD_O_CLOEXEC);
    fd_open(&f, 4, "/b", 0);
    fd_feed(&f, 405, "lsw", 5ll, "mem", 1u);
    feed_exec(&f, FD_PID, 1, "/bin/ls", "");
    feed_send(&f, FEED_EXECVE, FD_PID);
    assert_null(fd_of(&f, 3));
    assert_non_null(fd_of(&f, 4));
    assert_null(fd_of(&f, 5));
    feed_done(&f);
}

static void a_clone_shares_or_copies(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "/a", 0);
    feed_clone(&f, 0, 20, 20, FD_PID, 0, "sh");
    feed_send(&f, FEED_CLONE, 20);
    feed_clone(&f, 0, 21, 21, FD_PID, 0x1, "sh"); /* CLONE_FILES */
    feed_send(&f, FEED_CLONE, 21);
    fd_open(&f, 4, "/b", 0);
    assert_non_null(sk_state_fd(sk_state_thread(f.st, 20), 3));
    assert_null(sk_state_fd(sk_state_thread(f.st, 20), 4));
    assert_non_null(sk_state_fd(sk_state_thread(f.st, 21), 4));
    feed_exec(&f, 21, FD_PID, "/bin/ls", "");
    feed_send(&f, FEED_EXECVE, 21);
    fd_open(&f, 5, "/c", 0);
    assert_null(sk_state_fd(sk_state_thread(f.st, 21), 5));
    assert_non_null(sk_state_fd(sk_state_thread(f.st, 21), 4));
    feed_exit(&f, FD_PID, 0);
    feed_touch(&f, 20);
    assert_non_null(sk_state_fd(sk_state_thread(f.st, 20), 3));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_closed_is_seen_by_the_rules_of_its_event),
        cmocka_unit_test(a_range_is_closed_or_marked),
        cmocka_unit_test(copies_keep_the_name_and_lose_the_mark),
        cmocka_unit_test(an_execve_closes_what_is_marked),
        cmocka_unit_test(a_clone_shares_or_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
