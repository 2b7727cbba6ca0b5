/* SPDX-License-Identifier: Apache-2.0 */
/* A filter is for ever: each test has a process of its own. */
#include "cli/callfilter.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define NO_FILTER 99

static enum sk_callfilter_for whom;
static enum sk_callfilter_action action;

static void load(enum sk_callfilter_for w, enum sk_callfilter_action a)
{
    whom = w;
    action = a;
}

/* What fn returns behind the filter; the status of wait(). */
static int behind(int (*fn)(void))
{
    int status = 0;
    pid_t pid = fork();

    if (!pid) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || sk_callfilter_load(whom, action))
            _exit(NO_FILTER);
        _exit(fn());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int answer(int (*fn)(void))
{
    int status = behind(fn);

    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int execute(void)
{
    char *const argv[] = {(char *)(uintptr_t)"true", NULL};

    execve("/bin/true", argv, NULL);
    return errno;
}

static int mount_something(void)
{
    return syscall(SYS_mount, "none", "/nowhere", "tmpfs", 0, NULL) ? errno : 0;
}

static int insert_module(void)
{
    return syscall(SYS_delete_module, "saker_no_such_module", 0) ? errno : 0;
}

static int make_namespace(void)
{
    return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0 ? errno : 0;
}

static int open_packets(void)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    return fd < 0 ? errno : 0;
}

static void *nothing(void *arg)
{
    return arg;
}

static int usual(void)
{
    pthread_t t;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || close(fd))
        return 1;
    if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL))
        return 2;
    return access("/", R_OK) ? 3 : 0;
}

static void what_saker_does_is_allowed(void **state)
{
    (void)state;
    for (int w = SK_CALLFILTER_ALONE; w <= SK_CALLFILTER_ANYTHING; w++) {
        load(w, SK_CALLFILTER_KILL);
        assert_int_equal(answer(usual), 0);
    }
}

static void alone_nothing_is_started_and_nothing_made(void **state)
{
    (void)state;
    load(SK_CALLFILTER_ALONE, SK_CALLFILTER_ERRNO);
    assert_int_equal(answer(execute), ENOSYS);
    assert_int_equal(answer(mount_something), ENOSYS);
    assert_int_equal(answer(open_packets), ENOSYS);
#ifndef SK_SANITIZED
    assert_int_equal(answer(make_namespace), ENOSYS);
#else
    (void)make_namespace;
#endif
}

static void usual_programs_run_but_do_not_mount(void **state)
{
    (void)state;
    load(SK_CALLFILTER_PROGRAMS, SK_CALLFILTER_ERRNO);
    assert_int_equal(answer(execute), 0);
    assert_int_equal(answer(mount_something), ENOSYS);
}

static void programs_with_all_rights_only_leave_the_kernel_alone(void **state)
{
    (void)state;
    load(SK_CALLFILTER_ANYTHING, SK_CALLFILTER_ERRNO);
    assert_int_equal(answer(execute), 0);
    assert_int_not_equal(answer(mount_something), ENOSYS);
    assert_int_equal(answer(insert_module), EPERM);
}

static void kill_ends_and_log_lets_pass(void **state)
{
    int status;

    (void)state;
    load(SK_CALLFILTER_ALONE, SK_CALLFILTER_KILL);
    status = behind(mount_something);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
    load(SK_CALLFILTER_ALONE, SK_CALLFILTER_LOG);
    assert_int_not_equal(answer(mount_something), ENOSYS);
    assert_int_equal(answer(execute), 0);
}

static int gate[2];

static void *late(void *out)
{
    char c;

    if (read(gate[0], &c, 1) == 1)
        *(int *)out = mount_something();
    return NULL;
}

static void threads_that_exist_get_it_too(void **state)
{
    int status = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(gate), 0);
    pid = fork();
    if (!pid) {
        pthread_t t;
        int got = 0;

        if (pthread_create(&t, NULL, late, &got) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
            sk_callfilter_load(SK_CALLFILTER_ALONE, SK_CALLFILTER_ERRNO) ||
            write(gate[1], "", 1) != 1 || pthread_join(t, NULL))
            _exit(NO_FILTER);
        _exit(got);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), ENOSYS);
    close(gate[0]);
    close(gate[1]);
}

static void without_the_right_to_nothing_changes(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (!pid) {
        if (geteuid() == 0 && setresuid(65534, 65534, 65534))
            _exit(NO_FILTER);
        _exit(sk_callfilter_load(SK_CALLFILTER_ALONE, SK_CALLFILTER_ERRNO) ? mount_something()
                                                                           : ENOSYS);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_not_equal(WEXITSTATUS(status), NO_FILTER);
    assert_int_not_equal(WEXITSTATUS(status), ENOSYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_saker_does_is_allowed),
        cmocka_unit_test(alone_nothing_is_started_and_nothing_made),
        cmocka_unit_test(usual_programs_run_but_do_not_mount),
        cmocka_unit_test(programs_with_all_rights_only_leave_the_kernel_alone),
        cmocka_unit_test(kill_ends_and_log_lets_pass),
        cmocka_unit_test(threads_that_exist_get_it_too),
        cmocka_unit_test(without_the_right_to_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
