/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/child.h"

#include <sys/wait.h>

#include "sink/io.h"
#include "tests/unit/sink/util.h"

static struct sk_child c;
static struct sk_child_log l;

static void start(const char *command)
{
    l = (struct sk_child_log){.name = "program"};
    assert_int_equal(sk_child_start(&c, command, &l, false), 0);
}

static void wait_end(void)
{
    assert_int_equal(sk_child_wait(&c, sk_io_deadline(10000)), 0);
}

static void its_last_words_and_its_status_are_logged(void **state)
{
    (void)state;
    start("echo one >&2; printf 'no newline \\033[31m' >&2; exit 3");
    wait_end();
    assert_string_equal(
        log_text, "4 program: one\n4 program: no newline ?[31m\n"
                  "4 program: 'echo one >&2; printf 'no newline \\033[31m' >&2; exit 3' ended "
                  "with status 3\n");
    assert_int_equal(WEXITSTATUS(c.status), 3);
    sk_child_end(&c, 0, true);
}

static void a_signal_that_ended_it_is_named(void **state)
{
    (void)state;
    start("kill -9 $$");
    wait_end();
    assert_string_equal(log_text, "4 program: 'kill -9 $$' was ended by signal 9 (Killed)\n");
    sk_child_end(&c, 0, true);
}

static void a_flood_of_its_errors_is_limited_and_said(void **state)
{
    size_t n = 0;

    (void)state;
    start("i=0; while [ $i -lt 500 ]; do echo e >&2; i=$((i+1)); done");
    wait_end();
    for (const char *p = log_text; (p = strchr(p, '\n')); p++)
        n++;
    assert_in_range(n, SK_CHILD_LOG_BURST, SK_CHILD_LOG_BURST + 20);
    assert_true(l.skipped > 400);
    sk_child_end(&c, 0, true);
}

static void a_line_without_end_is_cut(void **state)
{
    const char *dots;

    (void)state;
    start("head -c 100000 /dev/zero | tr '\\0' x >&2");
    wait_end();
    dots = strstr(log_text, "xx...\n");
    assert_non_null(dots);
    assert_in_range(dots - log_text, 1000, 1100);
    sk_child_end(&c, 0, true);
}

static void it_inherits_nothing_and_leads_its_own_group(void **state)
{
    char path[64], command[200], expected[64];
    int leak = open("/dev/null", O_RDONLY); /* not close-on-exec, on purpose */

    (void)state;
    assert_true(leak > 2);
    snprintf(path, sizeof(path), "%s", temp_path());
    snprintf(
        command, sizeof(command),
        "(for f in 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/self/fd/$f ] && echo $f; done; cut -d' ' "
        "-f5 /proc/$$/stat) >%s",
        path);
    start(command);
    snprintf(expected, sizeof(expected), "%d\n", (int)c.pid);
    wait_end();
    assert_string_equal(content(path), expected);
    sk_child_end(&c, 0, true);
    close(leak);
    unlink(path);
}

static void what_nobody_read_is_told(void **state)
{
    (void)state;
    start("read x; exit 0");
    /* The shell reads byte by byte, not beyond its line. */
    assert_int_equal(sk_child_write(&c, "one\ntwo\n", 8), 8);
    wait_end();
    assert_int_equal(sk_child_unread(&c), 4);
    assert_int_equal(sk_child_write(&c, "x", 1), -EPIPE);
    assert_int_equal(sk_child_end(&c, 0, true), 4);
}

static void one_that_does_not_end_is_ended_with_all_of_its_group(void **state)
{
    char path[64], command[200];
    pid_t grandchild;

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    snprintf(command, sizeof(command), "trap '' TERM; sleep 1000 & echo $! >%s; wait; sleep 1000",
             path);
    start(command);
    UNTIL(strchr(content(path), '\n'));
    grandchild = (pid_t)strtol(content(path), NULL, 10);
    assert_int_equal(kill(grandchild, 0), 0);
    sk_child_end(&c, 10, true);
    UNTIL(kill(grandchild, 0) != 0 || strstr(content(path), "never"));
    assert_string_equal(log_text + strlen(log_text) - 9, "(Killed)\n");
    unlink(path);
}

static void a_full_pipe_is_waited_for_no_longer_than_told(void **state)
{
    char text[4096] = {0};
    ssize_t n;

    (void)state;
    start("sleep 1000");
    do
        n = sk_child_write(&c, text, sizeof(text));
    while (n > 0);
    assert_int_equal(n, -EAGAIN);
    assert_int_equal(sk_child_wait_room(&c, sk_io_deadline(20)), -ETIMEDOUT);
    assert_int_equal(kill(c.pid, SIGKILL), 0);
    assert_int_equal(sk_child_wait_room(&c, sk_io_deadline(10000)), -EPIPE);
    sk_child_end(&c, 0, true);
}

static void one_that_was_never_started_can_be_ended(void **state)
{
    struct sk_child none = {.in_fd = -1};

    (void)state;
    assert_int_equal(sk_child_end(&none, 0, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(its_last_words_and_its_status_are_logged),
        T(a_signal_that_ended_it_is_named),
        T(a_flood_of_its_errors_is_limited_and_said),
        T(a_line_without_end_is_cut),
        T(it_inherits_nothing_and_leads_its_own_group),
        T(what_nobody_read_is_told),
        T(one_that_does_not_end_is_ended_with_all_of_its_group),
        T(a_full_pipe_is_waited_for_no_longer_than_told),
        T(one_that_was_never_started_can_be_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
