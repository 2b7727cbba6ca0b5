/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/calls.h"

static void an_event_without_result_neither_fails_nor_succeeds(void **state)
{
    struct world *w = *state;

    world_begin(w);
    world_send(w, 186, 1); /* procexit */
    assert_field(w, "evt.res", "(absent)");
    assert_field(w, "evt.rawres", "(absent)");
    assert_field(w, "evt.failed", "(absent)");
    assert_field(w, "syscall.type", "(absent)");
    assert_field(w, "evt.type", "procexit");
    assert_field(w, "evt.dir", ">");
}

static void results_are_success_or_the_name_of_the_error(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(-2), N(3));
    assert_field(w, "evt.res", "ENOENT");
    assert_field(w, "evt.rawres", "-2");
    assert_field(w, "evt.failed", "true");
    CALL(w, 1, "close", N(-4095), N(3));
    assert_field(w, "evt.res", "-4095");
    CALL(w, 1, "openat", N(3), N(-100), T("/a"), N(1), N(0));
    assert_field(w, "evt.res", "SUCCESS");
    assert_field(w, "evt.rawres", "3");
    assert_field(w, "evt.failed", "false");
}

static void arguments_of_other_calls_are_absent(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "evt.arg[2]", "(absent)");
    assert_field(w, "evt.arg[-1]", "(absent)");
    assert_field(w, "evt.arg.flags", "(absent)");
    assert_field(w, "evt.rawarg.flags", "(absent)");
    assert_field(w, "evt.buffer", "(absent)");
    assert_field(w, "evt.abspath", "(absent)");
}

static void raw_arguments_keep_their_type(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "openat", N(-2), N(-100), T("a\nb"), N(0x1001), N(0));
    assert_field(w, "evt.rawarg.fd", "-2");
    assert_field(w, "evt.rawarg.name", "a\nb");
    assert_field(w, "evt.rawarg.flags", "1001");
    assert_field(w, "evt.rawarg.ino", "(absent)"); /* empty */
    world_begin(w);
    world_send(w, EV_OPENAT, 1);
    assert_field(w, "evt.rawarg.name", "<NA>"); /* an empty text */
    CALL(w, 1, "mmap", N(0x5017af4));
    assert_field(w, "evt.rawarg.res", "5017AF4"); /* as this event's row prints it */
}

static void types_have_names_and_codes(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "evt.type", "close");
    assert_field(w, "syscall.type", "close");
    assert_field(w, "evt.type.is.close", "1");
    assert_field(w, "evt.type.is.5", "1");
    assert_field(w, "evt.type.is.4", "0");
    assert_field(w, "evt.type.is.open", "0");
    assert_field(w, "evt.dir", "<");
    w->ev.cpu = 3;
    assert_field(w, "evt.cpu", "3");
}

static void the_category_of_reading_is_that_of_the_descriptor(void **state)
{
    struct world *w = *state;
    struct sk_x_sock x = {.tag = SK_X_SOCK, .type = SK_FD_IPV4_SOCK, .fd = 3, .family = 2};

    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "evt.category", "unknown");
    CALL_FD(w, 1, 3, "/a", "close", N(0), N(3));
    assert_field(w, "evt.category", "file");
    world_begin(w);
    world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
    world_send(w, EV_CLOSE, 1);
    assert_field(w, "evt.category", "net");
    x.type = SK_FD_UNIX;
    world_begin(w);
    world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
    world_send(w, EV_CLOSE, 1);
    assert_field(w, "evt.category", "ipc");
    CALL(w, 1, "pipe", N(0), N(3), N(4), N(1));
    assert_field(w, "evt.category", "IPC");
    CALL(w, 1, "nanosleep", N(0), N(1));
    assert_field(w, "evt.category", "sleep");
    CALL(w, 1, "poll", N(0));
    assert_field(w, "evt.category", "wait");
}

static void latency_is_nothing_and_delta_counts_from_the_event_before(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "evt.latency", "0");
    assert_field(w, "evt.latency.human", "0ns");
    assert_field(w, "evt.latency.ns", "000000000");
    assert_field(w, "evt.deltatime", "0");
    w->cx.prev_ts_ns = WORLD_TS - 2000000009;
    assert_field(w, "evt.deltatime", "2000000009");
    assert_field(w, "evt.deltatime.s", "2");
    assert_field(w, "evt.deltatime.ns", "000000009");
    w->cx.prev_ts_ns = WORLD_TS + 1;
    assert_field(w, "evt.deltatime", "0");
}

static void buffers_are_given_as_bytes(void **state)
{
    struct world *w = *state;

    world_begin(w);
    sk_event_write_int(&w->w, 3, 8);
    sk_event_write_param(&w->w, "a\0b", 3);
    world_send(w, 9, 1);
    assert_field(w, "evt.buffer", "a.b");
    world_begin(w);
    world_send(w, 9, 1);
    assert_field(w, "evt.buffer", "");
}

static void absolute_paths_begin_at_the_directory_descriptor(void **state)
{
    struct world *w = *state;

    CALL_IN(w, 1, "/srv", "unlinkat", N(0), N(7), T("a//b"), N(0));
    assert_field(w, "evt.abspath", "/srv/a/b");
    assert_field(w, "evt.abspath.dst", "/srv/a/b");
    CALL(w, 1, "renameat2", N(0), N(-100), T("/x/./y"), N(-100), T("/z"), N(0));
    assert_field(w, "evt.abspath", "/x/y");
    assert_field(w, "evt.abspath.src", "/x/y");
    assert_field(w, "evt.abspath.dst", "/z");
    CALL(w, 1, "unlinkat", N(0), N(7), T("a"), N(0));
    assert_field(w, "evt.abspath", "(absent)");
    world_begin(w);
    world_send(w, call_code("unlinkat"), 1);
    assert_field(w, "evt.abspath", "<NA>");
}

static void how_a_call_came_is_a_flag_of_who_made_it(void **state)
{
    struct world *w = *state;
    struct sk_x_task x = {.tag = SK_X_TASK, .pid = 1, .sys_nr = 3};
    static const struct {
        uint8_t flags;
        uint16_t sys_nr;
        const char *via, *early;
    } rows[] = {{0, 3, "syscall", "false"},
                {SK_TASK_IO_URING, 3, "io_uring", "false"},
                {SK_TASK_IO_URING | SK_TASK_EARLY, 3, "io_uring", "true"},
                {0, 0xffff, "(absent)", "false"}};

    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "evt.via", "(absent)"); /* nobody said who */
    assert_field(w, "evt.is_early", "(absent)");
    for (size_t i = 0; i < SK_ARRAY_LEN(rows); i++) {
        x.flags = rows[i].flags;
        x.sys_nr = rows[i].sys_nr;
        world_begin(w);
        world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
        world_send(w, EV_CLOSE, 1);
        assert_field(w, "evt.via", rows[i].via);
        assert_field(w, "evt.is_early", rows[i].early);
    }
}

/* There is no file yet, and here no process whose links could be followed: what was asked for. */
static void an_early_open_is_that_of_a_file(void **state)
{
    struct world *w = *state;
    struct sk_x_task x = {
        .tag = SK_X_TASK, .pid = 1, .sys_nr = 3, .flags = SK_TASK_IO_URING | SK_TASK_EARLY};
    const struct arg args[] = {N(0x7fffffff), N(-100), T("/no-such-dir/a"), N(1), N(0)};
    uint16_t code = call_begin(w, "openat", SK_ARRAY_LEN(args), args);

    world_ext(w, code, &x, sizeof(x), NULL);
    world_send(w, code, 1);
    assert_field(w, "fd.typechar", "f");
    assert_field(w, "fd.name", "/no-such-dir/a");
    assert_field(w, "fd.num", "2147483647");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_event_without_result_neither_fails_nor_succeeds),
        WORLD_TEST(results_are_success_or_the_name_of_the_error),
        WORLD_TEST(arguments_of_other_calls_are_absent),
        WORLD_TEST(raw_arguments_keep_their_type),
        WORLD_TEST(types_have_names_and_codes),
        WORLD_TEST(the_category_of_reading_is_that_of_the_descriptor),
        WORLD_TEST(latency_is_nothing_and_delta_counts_from_the_event_before),
        WORLD_TEST(buffers_are_given_as_bytes),
        WORLD_TEST(absolute_paths_begin_at_the_directory_descriptor),
        WORLD_TEST(how_a_call_came_is_a_flag_of_who_made_it),
        WORLD_TEST(an_early_open_is_that_of_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
