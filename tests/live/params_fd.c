/* SPDX-License-Identifier: Apache-2.0 */
/* params_fd.c - descriptors: copies, closing, and those that are no files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/io_uring.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static char path[128];

static int a_file(void)
{
    int fd = open("file", O_CREAT | O_RDWR, 0600);

    snprintf(path, sizeof(path), "%s/file", scratch);
    NEED(fd >= 0);
    return fd;
}

static void copies(void)
{
    int fd = a_file();

    start();
    long ret = CALL(SYS_dup, fd);
    event("dup");
    is_int("res", ret);
    is_int("oldfd", fd);
    is_file(ret, path, SK_FD_FILE);
    ret = CALL(SYS_dup, 5599);
    event("dup");
    is_shown("res", "EBADF");
    no_file();
#ifdef SYS_dup2
    ret = CALL(SYS_dup2, fd, 40);
    event("dup2");
    is_int("res", 40);
    is_int("oldfd", fd);
    is_int("newfd", 40);
    is_file(40, path, SK_FD_FILE);
#endif
    ret = CALL(SYS_dup3, fd, 41, O_CLOEXEC);
    event("dup3");
    is_int("res", 41);
    is_int("oldfd", fd);
    is_int("newfd", 41);
    is_shown("flags", "O_CLOEXEC");
    is_file(41, path, SK_FD_FILE);
    ret = CALL(SYS_dup3, fd, fd, 0);
    event("dup3");
    is_shown("res", "EINVAL");
    is_int("flags", 0);
}

static void fcntls(void)
{
    int fd = a_file();

    start();
    long ret = CALL(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 50);
    event("fcntl");
    is_int("res", ret);
    is_int("fd", fd);
    is_shown("cmd", "F_DUPFD_CLOEXEC");
    is_int("arg", 50);
    is_file(fd, path, SK_FD_FILE);
    CALL(SYS_fcntl, fd, F_SETFL, O_APPEND);
    event("fcntl");
    is_int("res", 0);
    is_shown("cmd", "F_SETFL");
    is_int("arg", O_APPEND);
    CALL(SYS_fcntl, fd, F_GETPIPE_SZ, 0);
    event("fcntl");
    is_shown("res", "EBADF");
    is_shown("cmd", "F_GETPIPE_SZ");
    CALL(SYS_fcntl, fd, 7777, 0);
    event("fcntl");
    is_shown("res", "EINVAL");
    is_shown("cmd", "UNKNOWN");
}

static void closes(void)
{
    int fd = a_file();

    start();
    long ret = CALL(SYS_close, fd);
    event("close");
    is_result("res", ret);
    is_int("fd", fd);
    CALL(SYS_close, fd);
    event("close");
    is_shown("res", "EBADF");
    is_int("fd", fd);
#ifdef SYS_close_range
    ret = CALL(SYS_close_range, 200, 300, CLOSE_RANGE_CLOEXEC);
    if (ret == -ENOSYS)
        return;
    event("close_range");
    is_result("res", ret);
    is_int("first", 200);
    is_int("last", 300);
    is_shown("flags", "CLOSE_RANGE_CLOEXEC");
    CALL(SYS_close_range, 300, 200, CLOSE_RANGE_UNSHARE);
    event("close_range");
    is_shown("res", "EINVAL");
    is_shown("flags", "CLOSE_RANGE_UNSHARE");
#endif
}

static void memfds(void)
{
    char name[] = "x"; /* the kernel does not look at it */

    start();
    long fd = CALL(SYS_memfd_create, P("some name"), MFD_CLOEXEC | MFD_ALLOW_SEALING);
    event("memfd_create");
    is_int("fd", fd);
    is_text("name", "some name");
    is_shown("flags", "MFD_CLOEXEC|MFD_ALLOW_SEALING");
    is_file(fd, "memfd:some name", SK_FD_MEMFD);
    fd = CALL(SYS_memfd_create, P(name), -1);
    event("memfd_create");
    is_shown("fd", "EINVAL");
    is_text("name", "x");
    no_file();
}

static void pidfds(void)
{
    int mine = a_file();
    pid_t pid = fork();

    if (pid == 0) {
        pause();
        _exit(0);
    }
    start();
    long fd = CALL(SYS_pidfd_open, pid, 0x800);
    if (fd == -ENOSYS)
        skip_case("no pidfd_open here");
    event("pidfd_open");
    is_result("fd", fd);
    is_int("pid", pid);
    is_shown("flags", "PIDFD_NONBLOCK");
    if (fd < 0) { /* before 5.10 */
        kill(pid, SIGKILL);
        return;
    }
    is_file(fd, "", SK_FD_PIDFD);
    long got = CALL(SYS_pidfd_getfd, fd, mine, 0);
    event("pidfd_getfd");
    is_int("fd", got);
    is_int("pid_fd", fd);
    is_int("target_fd", mine);
    is_int("flags", 0);
    is_file(got, path, SK_FD_FILE);
    CALL(SYS_pidfd_getfd, fd, 500, 7);
    event("pidfd_getfd");
    is_shown("fd", "EINVAL");
    is_int("flags", 7);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void io_urings(void)
{
    struct io_uring_params p = {.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
                                .cq_entries = 32};

    start();
    long fd = CALL(SYS_io_uring_setup, 8, P(&p));
    event("io_uring_setup");
    is_result("res", fd);
    is_int("entries", 8);
    is_shown("flags", "IORING_SETUP_CQSIZE|IORING_SETUP_CLAMP");
    if (fd < 0)
        return;
    is_int("sq_entries", 8);
    is_int("cq_entries", 32);
    is_int("sq_thread_cpu", 0);
    is_int("sq_thread_idle", 0);
    is_not("features", 0);
    is_file(fd, "", SK_FD_IO_URING);
    CALL(SYS_io_uring_enter, fd, 0, 0, IORING_ENTER_GETEVENTS, 0, 0);
    event("io_uring_enter");
    is_int("res", 0);
    is_int("fd", fd);
    is_int("to_submit", 0);
    is_int("min_complete", 0);
    is_shown("flags", "IORING_ENTER_GETEVENTS");
    is_file(fd, "", SK_FD_IO_URING);
    CALL(SYS_io_uring_register, fd, IORING_UNREGISTER_BUFFERS, P(5), 3);
    event("io_uring_register");
    is_not("res", 0);
    is_int("fd", fd);
    is_shown("opcode", "IORING_UNREGISTER_BUFFERS");
    is_int("arg", 5);
    is_int("nr_args", 3);
    struct io_uring_params q = {.flags = IORING_SETUP_SQ_AFF};
    CALL(SYS_io_uring_setup, 1, P(&q));
    event("io_uring_setup");
    is_shown("res", "EINVAL");
    is_shown("flags", "IORING_SETUP_SQ_AFF");
}

static void userfaultfds(void)
{
    start();
    long fd = CALL(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
    event("userfaultfd");
    is_result("res", fd);
    is_shown("flags", "O_NONBLOCK|O_CLOEXEC");
    if (fd >= 0)
        is_file(fd, "", SK_FD_USERFAULTFD);
}

const struct param_case cases_fd[] = {{"dup, dup2, dup3", copies},         {"fcntl", fcntls},
                                      {"close, close_range", closes},      {"memfd_create", memfds},
                                      {"pidfd_open, pidfd_getfd", pidfds}, {"io_uring", io_urings},
                                      {"userfaultfd", userfaultfds},       {NULL, NULL}};
