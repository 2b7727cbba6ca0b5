/* SPDX-License-Identifier: Apache-2.0 */
/* params_bad.c - pointers to nowhere, texts without end, numbers out of range: no crash, no garbage. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

#define BAD ((long)8)

static void bad_paths(void)
{
    start();
    CALL(SYS_openat, AT_FDCWD, BAD, O_RDONLY, 0);
    event("openat");
    is_shown("fd", "EFAULT");
    is_null("name");
    CALL(SYS_openat, AT_FDCWD, -1, O_RDONLY, 0);
    event("openat");
    is_null("name");
    CALL(SYS_openat, AT_FDCWD, (long)0xffff888000000000, O_RDONLY, 0); /* of the kernel */
    event("openat");
    is_shown("fd", "EFAULT");
    is_null("name");
    CALL(SYS_renameat2, AT_FDCWD, BAD, AT_FDCWD, P("new"), 0);
    event("renameat2");
    is_shown("res", "EFAULT");
    is_null("oldpath");
    is_text("newpath", "new");
    CALL(SYS_mkdirat, AT_FDCWD, P(""), 0);
    event("mkdirat");
    is_shown("res", "ENOENT");
    is_text("path", "");
}

/* A text that runs into memory that is not there. */
static void texts_without_end(void)
{
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    NEED(page != MAP_FAILED && munmap(page + 4096, 4096) == 0);
    memset(page, 'x', 4096);
    start();
    CALL(SYS_openat, AT_FDCWD, P(page + 4000), O_RDONLY, 0);
    event("openat");
    is_shown("fd", "EFAULT");
    is_null("name");
    CALL(SYS_write, 1000, P(page + 4090), 100);
    event("write");
    is_shown("res", "EBADF");
    is_int("size", 100);
}

static void long_paths(void)
{
    static char name[9000], want[4096];

    memset(name, 'y', sizeof(name) - 1);
    memset(want, 'y', sizeof(want) - 1);
    start();
    CALL(SYS_openat, AT_FDCWD, P(name), O_RDONLY, 0);
    event("openat");
    is_shown("fd", "ENAMETOOLONG");
    is_text("name", want);
    is_dir(SK_ROLE_OLD, scratch);
    CALL(SYS_renameat2, AT_FDCWD, P(name), AT_FDCWD, P(name), 0);
    event("renameat2");
    is_text("oldpath", want);
    is_text("newpath", want);
    CALL(SYS_openat, AT_FDCWD, P("here"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_text("name", "here");
}

/* Deeper than a path can be long: its end is kept. */
static void deep_directories(void)
{
    char part[201];

    memset(part, 'd', sizeof(part) - 1);
    part[sizeof(part) - 1] = '\0';
    for (int i = 0; i < 30; i++)
        NEED(mkdir(part, 0755) == 0 && chdir(part) == 0);
    start();
    long fd = CALL(SYS_openat, AT_FDCWD, P("leaf"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_int("fd", fd);
    is_text("name", "leaf");
    is_file_flags(SK_FILE_TRUNCATED);
}

static void many_components(void)
{
    for (int i = 0; i < 200; i++)
        NEED(mkdir("d", 0755) == 0 && chdir("d") == 0);
    start();
    long fd = CALL(SYS_openat, AT_FDCWD, P("leaf"), O_CREAT | O_WRONLY, 0600);
    event("openat");
    is_int("fd", fd);
    is_file_flags(SK_FILE_TRUNCATED);
}

static void long_arguments(void)
{
    static char big[6000], want[4096];
    char *argv[] = {(char *)"a0", big, (char *)"never seen", NULL};
    char *env[] = {big, NULL};

    memset(big, 'z', sizeof(big) - 1);
    memset(want, 'z', sizeof(want) - 1);
    event("execve");
    is_shown("res", "ENOENT");
    is_text("exe", "a0");
    is_bytes("env", want, sizeof(want));
    is_bytes("args", want, sizeof(want));
    event("execve");
    is_int("res", 0);
    is_text("exe", "a0");
    is_bytes("args", want, sizeof(want));
    is_bytes("env", want, sizeof(want));
    start();
    execve("/nowhere", argv, env);
    execve(nothing_exe, argv, env);
    broken("execve");
}

static void many_arguments(void)
{
    static char want[4096];
    char *argv[3002], *env[] = {NULL};

    for (int i = 0; i < 3001; i++)
        argv[i] = (char *)"w";
    argv[3001] = NULL;
    for (int i = 0; i < 4096; i += 2)
        want[i] = 'w';
    event("execve");
    is_int("res", 0);
    is_bytes("args", want, sizeof(want));
    start();
    execve(nothing_exe, argv, env);
    broken("execve");
}

static void bad_arguments(void)
{
    char *argv[] = {(char *)"first", (char *)BAD, NULL};

    start();
    CALL(SYS_execve, P(nothing_exe), BAD, BAD);
    event("execve");
    is_shown("res", "EFAULT");
    is_null("exe");
    is_null("args");
    is_text("filename", nothing_exe);
    CALL(SYS_execve, P(nothing_exe), P(argv), 0);
    event("execve");
    is_shown("res", "EFAULT");
    is_text("exe", "first");
    CALL(SYS_execve, BAD, P(argv), 0);
    event("execve");
    is_null("filename");
}

static void bad_structures(void)
{
    struct msghdr m = {.msg_iov = (struct iovec *)BAD, .msg_iovlen = 3};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0), into = open("f", O_CREAT | O_RDWR, 0600);
    struct sockaddr sa = {.sa_family = AF_INET};

    start();
    CALL(SYS_sendmsg, fd, BAD, 0);
    event("sendmsg");
    is_shown("res", "EFAULT");
    is_null("data");
    CALL(SYS_sendmsg, fd, P(&m), 0);
    event("sendmsg");
    is_null("data");
    is_int("size", 0);
    CALL(SYS_writev, into, BAD, 3);
    event("writev");
    is_shown("res", "EFAULT");
    is_null("data");
    is_int("size", 0);
    CALL(SYS_writev, into, P(&m), -1);
    event("writev");
    is_shown("res", "EINVAL");
    CALL(SYS_bind, fd, P(&sa), 1);
    event("bind");
    is_shown("res", "EINVAL");
    is_null("addr");
    CALL(SYS_bind, fd, P(&sa), 0x7fffffff);
    event("bind");
    is_shown("res", "EINVAL");
    CALL(SYS_pipe2, BAD, 0);
    event("pipe2");
    is_shown("res", "EFAULT");
    CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD);
    event("socketpair");
    is_shown("res", "EFAULT");
    CALL(SYS_io_uring_setup, 8, BAD);
    event("io_uring_setup");
    is_int("entries", 8);
    is_int("flags", 0);
    CALL(SYS_clone3, BAD, 64);
    event("clone3");
    is_int("res", -EFAULT);
    CALL(SYS_write, into, BAD, 100);
    event("write");
    is_shown("res", "EFAULT");
    is_null("data");
    CALL(SYS_dup, -1);
    event("dup");
    is_int("oldfd", -1);
    is_shown("res", "EBADF");
    CALL(SYS_dup, INT_MAX);
    event("dup");
    is_int("oldfd", INT_MAX);
    is_shown("res", "EBADF");
}

const struct param_case cases_bad[] = {{"bad: paths at bad addresses", bad_paths},
                                       {"bad: texts without end", texts_without_end},
                                       {"bad: paths that are too long", long_paths},
                                       {"bad: deep directories", deep_directories},
                                       {"bad: many directories", many_components},
                                       {"bad: long arguments", long_arguments},
                                       {"bad: many arguments", many_arguments},
                                       {"bad: arguments at bad addresses", bad_arguments},
                                       {"bad: structures at bad addresses", bad_structures},
                                       {NULL, NULL}};
