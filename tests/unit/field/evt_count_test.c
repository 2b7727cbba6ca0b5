/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/calls.h"

static void calls_that_do_something_else_open_read_and_write_nothing(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "chmod", N(0), T("/a"), N(0777));
    assert_field(w, "evt.is_open_read", "false");
    assert_field(w, "evt.is_open_write", "false");
    assert_field(w, "evt.is_open_exec", "false");
    assert_field(w, "evt.is_open_create", "false");
    assert_field(w, "evt.is_io", "false");
    assert_field(w, "evt.io_dir", "(absent)");
    assert_field(w, "evt.buflen", "(absent)");
    assert_field(w, "evt.is_wait", "false");
    assert_field(w, "evt.is_syslog", "false");
}

static void open_flags_tell_what_for(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(1), N(0));
    assert_field(w, "evt.is_open_read", "true");
    assert_field(w, "evt.is_open_write", "false");
    CALL(w, 1, "open", N(3), T("/a"), N(3), N(0));
    assert_field(w, "evt.is_open_read", "true");
    assert_field(w, "evt.is_open_write", "true");
    CALL(w, 1, "openat2", N(3), N(-100), T("/a"), N(2 | 4 | 0x4000), N(0700), N(0));
    assert_field(w, "evt.is_open_read", "false");
    assert_field(w, "evt.is_open_create", "true");
    assert_field(w, "evt.is_open_exec", "true");
    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(2 | 4), N(0600));
    assert_field(w, "evt.is_open_create", "false");
    assert_field(w, "evt.is_open_exec", "false");
    CALL(w, 1, "openat", N(-13), N(-100), T("/a"), N(2 | 0x2000), N(0600));
    assert_field(w, "evt.is_open_create", "false");
    CALL(w, 1, "openat", N(4), N(-100), T("/a"), N(2 | 0x2000), N(0600));
    assert_field(w, "evt.is_open_create", "true");
    CALL(w, 1, "creat", N(4), T("/a"), N(0755));
    assert_field(w, "evt.is_open_exec", "true");
}

static void reads_and_writes_have_a_direction(void **state)
{
    struct world *w = *state;

    CALL_FD(w, 1, 4, "/a", "read", N(10), T("x"), N(4), N(10));
    assert_field(w, "evt.is_io", "true");
    assert_field(w, "evt.is_io_read", "true");
    assert_field(w, "evt.is_io_write", "false");
    assert_field(w, "evt.io_dir", "read");
    assert_field(w, "evt.buflen", "10");
    assert_field(w, "evt.buflen.in", "10");
    assert_field(w, "evt.buflen.file", "10");
    assert_field(w, "evt.buflen.file.in", "10");
    assert_field(w, "evt.buflen.out", "(absent)");
    assert_field(w, "evt.buflen.net", "(absent)");
    CALL_FD(w, 1, 4, "/a", "write", N(-32), T("x"), N(4), N(10));
    assert_field(w, "evt.io_dir", "write");
    assert_field(w, "evt.buflen", "(absent)");
    CALL(w, 1, "write", N(5), T("x"), N(4), N(10));
    assert_field(w, "evt.buflen", "(absent)"); /* whose descriptor? */
}

static void bytes_of_sockets_are_counted_apart(void **state)
{
    struct world *w = *state;
    struct sk_x_sock x = {.tag = SK_X_SOCK, .type = SK_FD_IPV4_SOCK, .fd = 4, .family = 2};
    uint16_t code;

    for (int unix_ = 0; unix_ < 2; unix_++) {
        const struct arg args[] = {N(7), T("x"), N(4), N(7)};

        x.type = unix_ ? SK_FD_UNIX : SK_FD_IPV4_SOCK;
        code = call_begin(w, "write", SK_ARRAY_LEN(args), args);
        world_ext(w, code, &x, sizeof(x), NULL);
        world_send(w, code, 1);
        assert_field(w, "evt.buflen.net.out", unix_ ? "(absent)" : "7");
        assert_field(w, "evt.buflen.file", "(absent)");
        assert_field(w, "evt.count.error.net", "0");
    }
}

static void syslog_is_written_through_dev_log(void **state)
{
    struct world *w = *state;
    struct sk_x_sock x = {.tag = SK_X_SOCK, .type = SK_FD_UNIX, .fd = 4, .family = 1};
    const struct arg args[] = {N(7), T("x"), N(4), N(7)};
    uint16_t code = call_begin(w, "write", SK_ARRAY_LEN(args), args);

    world_ext(w, code, &x, sizeof(x), "/dev/log");
    world_send(w, code, 1);
    assert_field(w, "evt.is_syslog", "true");
}

static void errors_are_counted_by_what_failed(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "openat", N(-2), N(-100), T("/a"), N(1), N(0));
    assert_field(w, "evt.count.error", "1");
    assert_field(w, "evt.count.error.file", "1");
    assert_field(w, "evt.count.error.net", "(absent)");
    assert_field(w, "evt.count.error.other", "(absent)");
    CALL(w, 1, "socket", N(-1), N(2), N(1), N(0));
    assert_field(w, "evt.count.error.net", "1");
    CALL(w, 1, "munmap", N(0));
    assert_field(w, "evt.count.error.memory", "0");
    assert_field(w, "evt.count.error.other", "(absent)");
    CALL(w, 1, "kill", N(-3), N(1), N(9));
    assert_field(w, "evt.count.error.other", "1");
    world_begin(w);
    world_send(w, 186, 1);
    assert_field(w, "evt.count.error", "(absent)");
}

static void counts_are_one(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(50, 1, "bash");

    world_add(w, &ti);
    CALL(w, 50, "close", N(0), N(3));
    assert_field(w, "evt.count", "1");
    assert_field(w, "evt.count.exit", "1");
    assert_field(w, "evt.count.procinfo", "0");
    world_begin(w);
    world_send(w, 234, 50);
    assert_field(w, "evt.count.exit", "(absent)");
    assert_field(w, "evt.count.procinfo", "1");
    assert_field(w, "evt.count.threadinfo", "1");
    CALL(w, 50, "poll", N(0));
    assert_field(w, "evt.is_wait", "true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(calls_that_do_something_else_open_read_and_write_nothing),
        WORLD_TEST(open_flags_tell_what_for),
        WORLD_TEST(reads_and_writes_have_a_direction),
        WORLD_TEST(bytes_of_sockets_are_counted_apart),
        WORLD_TEST(syslog_is_written_through_dev_log),
        WORLD_TEST(errors_are_counted_by_what_failed),
        WORLD_TEST(counts_are_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
