/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

static bool readable(const struct sk_signals *s, int timeout_ms)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
}

/* Waits until something is told, at most two seconds. */
static unsigned wait_for(struct sk_signals *s)
{
    unsigned what = 0;

    for (int i = 0; i < 20 && !what; i++) {
        if (readable(s, 100))
            what = sk_signals_read(s);
    }
    return what;
}

static void a_file_that_is_not_there_cannot_be_watched(void **state)
{
    sk_auto(signals) struct sk_signals s;

    (void)state;
    assert_int_equal(sk_signals_open(&s), 0);
    assert_int_equal(sk_signals_watch(&s, "/no/such/file"), -ENOENT);
    assert_false(readable(&s, 0));
    assert_int_equal(sk_signals_read(&s), 0);
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

static void a_changed_file_is_told_once_it_is_quiet(void **state)
{
    char dir[] = "/tmp/saker-signals-XXXXXX", path[64];
    sk_auto(signals) struct sk_signals s;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/f", dir);
    touch(path);
    assert_int_equal(sk_signals_open(&s), 0);
    assert_int_equal(sk_signals_watch(&s, path), 0);
    touch(path);
    assert_true(readable(&s, 1000));
    assert_int_equal(sk_signals_read(&s), 0);
    assert_int_equal(wait_for(&s), SK_SIG_RELOAD);
    assert_int_equal(sk_signals_read(&s), 0);
    unlink(path);
    rmdir(dir);
}

static void a_new_file_in_a_directory_is_told(void **state)
{
    char dir[] = "/tmp/saker-signals-XXXXXX", path[64];
    sk_auto(signals) struct sk_signals s;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/f", dir);
    assert_int_equal(sk_signals_open(&s), 0);
    assert_int_equal(sk_signals_watch(&s, dir), 0);
    touch(path);
    assert_int_equal(wait_for(&s), SK_SIG_RELOAD);
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_not_there_cannot_be_watched),
        cmocka_unit_test(signals_are_told_by_their_meaning),
        cmocka_unit_test(several_signals_are_told_at_once),
        cmocka_unit_test(a_closed_pipe_is_an_error_not_the_end),
        cmocka_unit_test(a_changed_file_is_told_once_it_is_quiet),
        cmocka_unit_test(a_new_file_in_a_directory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
