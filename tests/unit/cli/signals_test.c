/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

static bool readable(const struct sk_signals *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void a_descriptor_that_was_added_wakes_too(void **state)
{
    sk_auto(signals) struct sk_signals s;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    uint64_t one = 1;

    (void)state;
    assert_int_equal(sk_signals_open(&s), 0);
    assert_int_equal(sk_signals_add(&s, -1), -EBADF);
    assert_int_equal(sk_signals_add(&s, fd), 0);
    assert_false(readable(&s, 0));
    assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
    assert_true(readable(&s, 1000));
    assert_int_equal(sk_signals_read(&s), 0);
    close(fd);
}

static void once_released_a_signal_ends_the_program(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (!pid) {
        sk_auto(signals) struct sk_signals s;

        if (sk_signals_open(&s) || raise(SIGTERM) || sk_signals_read(&s) != SK_SIG_STOP)
            _exit(3);
        sk_signals_release();
        (void)raise(SIGTERM);
        _exit(4);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void signals_are_told_by_their_meaning(void **state)
{
    static const struct {
        int signal;
        unsigned what;
    } row[] = {{SIGINT, SK_SIG_STOP},
               {SIGTERM, SK_SIG_STOP},
               {SIGUSR1, SK_SIG_REOPEN},
               {SIGHUP, SK_SIG_RELOAD}};
    sk_auto(signals) struct sk_signals s;

    (void)state;
    assert_int_equal(sk_signals_open(&s), 0);
    for (size_t i = 0; i < SK_ARRAY_LEN(row); i++) {
        assert_int_equal(raise(row[i].signal), 0);
        assert_true(readable(&s, 1000));
        assert_int_equal(sk_signals_read(&s), row[i].what);
        assert_false(readable(&s, 0));
    }
}

static void several_signals_are_told_at_once(void **state)
{
    sk_auto(signals) struct sk_signals s;

    (void)state;
    assert_int_equal(sk_signals_open(&s), 0);
    raise(SIGUSR1);
    raise(SIGTERM);
    assert_int_equal(sk_signals_read(&s), SK_SIG_STOP | SK_SIG_REOPEN);
}

static void a_closed_pipe_is_an_error_not_the_end(void **state)
{
    sk_auto(signals) struct sk_signals s;
    int fd[2];

    (void)state;
    assert_int_equal(sk_signals_open(&s), 0);
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    close(fd[0]);
    assert_int_equal(write(fd[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(fd[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descriptor_that_was_added_wakes_too),
        cmocka_unit_test(once_released_a_signal_ends_the_program),
        cmocka_unit_test(signals_are_told_by_their_meaning),
        cmocka_unit_test(several_signals_are_told_at_once),
        cmocka_unit_test(a_closed_pipe_is_an_error_not_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
