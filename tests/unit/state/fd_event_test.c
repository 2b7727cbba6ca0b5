/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/fd_feed.h"

static void parameters_with_the_descriptor_are_those_of_the_rows(void **state)
{
    static const struct {
        uint16_t code;
        const char *name, *param;
    } rows[] = {
        {5, "close", "fd"},          {7, "read", "fd"},         {23, "connect", "fd"},
        {35, "recvfrom", "fd"},      {53, "recvmsg", "fd"},     {97, "fchdir", "fd"},
        {161, "mmap", "fd"},         {167, "splice", "fd_out"}, {181, "symlinkat", "linkdirfd"},
        {189, "sendfile", "out_fd"}, {305, "mkdirat", "dirfd"}, {333, "copy_file_range", "fdout"},
        {367, "dup", "oldfd"},
    };
    struct feed f;
    (void)state;

    feed_init(&f, NULL, NULL);
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        unsigned at = f.st->fd_at[rows[i].code];

        assert_string_equal(sk_events[rows[i].code].name, rows[i].name);
        assert_string_equal(sk_events[rows[i].code].param[at].name, rows[i].param);
    }
    assert_int_equal(f.st->fd_at[3], 0);
    feed_done(&f);
}

static void an_event_is_about_its_descriptor(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_open(&f, 3, "/a", 0);
    fd_feed(&f, 71, "ll", 0ll, 3ll); /* fstat */
    assert_int_equal(sk_state_event_fd(f.st)->num, 3);
    fd_assert_name(sk_state_event_fd(f.st)->fd, "/a");
    assert_false(sk_state_event_fd(f.st)->name_changed);
    fd_feed(&f, 71, "ll", 0ll, 9ll);
    assert_int_equal(sk_state_event_fd(f.st)->num, 9);
    assert_null(sk_state_event_fd(f.st)->fd);
    feed_touch(&f, FD_PID);
    assert_int_equal(sk_state_event_fd(f.st)->num, -1);
    feed_done(&f);
}

static void a_record_that_tells_by_itself_needs_no_table(void **state)
{
    struct sk_x_task x = {.pid = FD_PID, .vpid = FD_PID, .vtid = FD_PID};
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    feed_begin(&f);
    sk_event_write_int(&f.w, 3, 8);
    feed_text(&f, "/a");
    feed_task(&f, 3, &x);
    feed_send(&f, 3, FD_PID);
    assert_null(sk_state_event_fd(f.st));
    assert_null(fd_of(&f, 3));
    feed_done(&f);
}

static void a_beginning_is_forgotten_with_the_next_end(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 2, "sww", "/asked", 1u, 0u);
    assert_non_null(f.th->enter);
    fd_feed(&f, 2, "-ww", 1u, 0u); /* tells nothing */
    assert_null(f.th->enter);
    fd_feed(&f, 2, "sww", "/asked", 1u, 0u);
    feed_touch(&f, FD_PID);
    assert_null(f.th->enter);
    feed_done(&f);
}

static void old_captures_name_the_executed_file_at_the_beginning(void **state)
{
    struct feed f;
    (void)state;

    fd_feed_init(&f);
    fd_feed(&f, 292, "s", "./tool");
    feed_life(&f, 0, "tool", FD_PID, FD_PID, 1, "tool", "");
    feed_send(&f, FEED_EXECVE, FD_PID);
    assert_string_equal(f.th->proc->image->exepath.p, "/work/tool");
    fd_open(&f, 3, "/opt", FD_O_DIRECTORY);
    fd_feed(&f, 330, "lsw", 3ll, "x", 0u);
    feed_life(&f, 0, "x", FD_PID, FD_PID, 1, "x", "");
    feed_send(&f, FEED_EXECVE, FD_PID);
    assert_string_equal(f.th->proc->image->exepath.p, "/opt/x");
    fd_open(&f, 4, "/opt/y", 0);
    fd_feed(&f, 330, "l-w", 4ll, 1u); /* AT_EMPTY_PATH */
    feed_life(&f, 0, "y", FD_PID, FD_PID, 1, "y", "");
    feed_send(&f, FEED_EXECVE, FD_PID);
    assert_string_equal(f.th->proc->image->exepath.p, "/opt/y");
    fd_feed(&f, 330, "lsw", 99ll, "x", 0u);
    feed_life(&f, 0, "z", FD_PID, FD_PID, 1, "z", "");
    feed_send(&f, FEED_EXECVE, FD_PID);
    assert_string_equal(f.th->proc->image->exepath.p, "<NA>");
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_with_the_descriptor_are_those_of_the_rows),
        cmocka_unit_test(an_event_is_about_its_descriptor),
        cmocka_unit_test(a_record_that_tells_by_itself_needs_no_table),
        cmocka_unit_test(a_beginning_is_forgotten_with_the_next_end),
        cmocka_unit_test(old_captures_name_the_executed_file_at_the_beginning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
