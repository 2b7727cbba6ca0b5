/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/fd_feed.h"

static void a_failed_open_adds_nothing(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, -2, "x", 0);
    assert_int_equal(sk_state_fd_count(f.th->proc), 0);
    assert_int_equal(sk_state_event_fd(f.st)->num, -1);
    feed_done(&f);
}

static void a_relative_path_begins_in_the_working_directory(void **state)
{
    struct feed f;
    const struct sk_fd *fd;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "a/../b", 0x1 | FD_UPPER_LAYER);
    fd = fd_of(&f, 3);
    fd_assert_name(fd, "/work/b");
    assert_string_equal(fd->raw.p, "a/../b");
    assert_int_equal(fd->type, SK_FD_FILE);
    assert_int_equal(fd->flags, SK_FDF_UPPER);
    assert_int_equal(fd->dev, 5);
    assert_int_equal(fd->ino, 77);
    assert_ptr_equal(sk_state_event_fd(f.st)->fd, fd);
    assert_true(sk_state_event_fd(f.st)->name_changed);
    fd_open(&f, 4, "/d", FD_O_DIRECTORY);
    assert_int_equal(fd_of(&f, 4)->type, SK_FD_DIRECTORY);
    feed_done(&f);
}

static void openat_begins_where_its_descriptor_is(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 4, "/dir", FD_O_DIRECTORY);
    fd_feed(&f, 307, "llswwwl", 5ll, 4ll, "file", 1u, 0u, 5u, 78ll);
    fd_assert_name(fd_of(&f, 5), "/dir/file");
    fd_feed(&f, 307, "llswwwl", 6ll, -100ll, "file", 1u, 0u, 5u, 78ll);
    fd_assert_name(fd_of(&f, 6), "/work/file");
    fd_feed(&f, 307, "llswwwl", 7ll, 99ll, "file", 1u, 0u, 5u, 78ll);
    fd_assert_name(fd_of(&f, 7), "<UNKNOWN>file");
    fd_feed(&f, 327, "llswwwwl", 8ll, 99ll, "/abs", 1u, 0u, 0u, 5u, 79ll);
    fd_assert_name(fd_of(&f, 8), "/abs");
    assert_int_equal(fd_of(&f, 8)->ino, 79);
    feed_done(&f);
}

static void what_the_call_began_with_counts(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 2, "sww", "/asked", 0x1u, 0u);
    fd_open(&f, 3, "/changed", 0x2 | FD_O_F_CREATED);
    fd_assert_name(fd_of(&f, 3), "/asked");
    assert_int_equal(fd_of(&f, 3)->open_flags, 0x1 | FD_O_F_CREATED);
    fd_open(&f, 4, "/other", 0); /* its beginning was not seen */
    fd_assert_name(fd_of(&f, 4), "/other");
    fd_feed(&f, 2, "sww", "/asked", 0x1u, 0u);
    fd_feed(&f, 59, "lswwlh", 5ll, "/created", 0u, 5u, 6ll, 2u);
    fd_assert_name(fd_of(&f, 5), "/created");
    assert_int_equal(fd_of(&f, 5)->flags, SK_FDF_LOWER);
    fd_feed(&f, 337, "llwswl", 6ll, 3ll, 0u, "/by/handle", 1u, 2ll);
    fd_assert_name(fd_of(&f, 6), "/by/handle");
    feed_done(&f);
}

static void calls_without_a_path_have_the_type_of_the_call(void **state)
{
    static const struct {
        uint16_t code;
        const char *name;
        uint8_t type;
    } rows[] = {
        {63, "eventfd", SK_FD_EVENT},
        {127, "signalfd", SK_FD_SIGNALFD},
        {137, "timerfd_create", SK_FD_TIMERFD},
        {139, "inotify_init", SK_FD_INOTIFY},
        {321, "userfaultfd", SK_FD_USERFAULTFD},
        {339, "io_uring_setup", SK_FD_IO_URING},
        {369, "bpf", SK_FD_BPF},
        {375, "epoll_create", SK_FD_EVENTPOLL},
        {377, "epoll_create1", SK_FD_EVENTPOLL},
        {395, "inotify_init1", SK_FD_INOTIFY},
        {397, "eventfd2", SK_FD_EVENT},
        {399, "signalfd4", SK_FD_SIGNALFD},
    };
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        assert_string_equal(sk_events[rows[i].code].name, rows[i].name);
        fd_feed(&f, rows[i].code, "l", (long long)i);
        assert_int_equal(fd_of(&f, (int64_t)i)->type, rows[i].type);
        fd_feed(&f, rows[i].code, "l", -1ll);
    }
    fd_feed(&f, 377, "lw", 50ll, 1u);
    assert_int_equal(fd_of(&f, 50)->open_flags, FD_O_CLOEXEC);
    feed_done(&f);
}

static void pipes_memory_and_process_descriptors(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 393, "llllw", 0ll, 3ll, 4ll, 99ll, (unsigned)FD_O_CLOEXEC);
    assert_int_equal(fd_of(&f, 3)->type, SK_FD_FIFO);
    assert_int_equal(fd_of(&f, 4)->ino, 99);
    assert_int_equal(sk_state_event_fd(f.st)->num, 4);
    fd_feed(&f, 61, "llll", -24ll, 5ll, 6ll, 99ll);
    assert_null(fd_of(&f, 5));
    fd_feed(&f, 405, "lsw", 7ll, "mem", 1u);
    fd_assert_name(fd_of(&f, 7), "mem");
    fd_feed(&f, 409, "llw", 8ll, (long long)FD_PID, 0u);
    fd_assert_name(fd_of(&f, 8), "/proc/10");
    fd_open(&f, 9, "/theirs", 0);
    fd_feed(&f, 407, "lllw", 11ll, 8ll, 9ll, 0u);
    fd_assert_name(fd_of(&f, 11), "/theirs");
    assert_int_equal(fd_of(&f, 11)->open_flags, FD_O_CLOEXEC);
    fd_feed(&f, 407, "lllw", 12ll, 9ll, 9ll, 0u); /* no process behind it */
    assert_null(fd_of(&f, 12));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_open_adds_nothing),
        cmocka_unit_test(a_relative_path_begins_in_the_working_directory),
        cmocka_unit_test(openat_begins_where_its_descriptor_is),
        cmocka_unit_test(what_the_call_began_with_counts),
        cmocka_unit_test(calls_without_a_path_have_the_type_of_the_call),
        cmocka_unit_test(pipes_memory_and_process_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
