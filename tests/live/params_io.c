/* SPDX-License-Identifier: Apache-2.0 */
/* params_io.c - bytes read and written: how many, the first of them, from and to what. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static char path[128];

static int a_file(const char *content)
{
    int fd = open("file", O_CREAT | O_RDWR | O_TRUNC, 0600);
    size_t n = strlen(content);

    snprintf(path, sizeof(path), "%s/file", scratch);
    NEED(fd >= 0 && write(fd, content, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void moved(const char *name, long res, long fd, long size, const void *data, size_t n)
{
    event(name);
    is_int("res", res);
    is_int("fd", fd);
    is_int("size", size);
    if (n)
        is_bytes("data", data, n);
    else
        is_null("data");
}

static void reads_and_writes(void)
{
    int fd = a_file("0123456789");
    char buf[64], big[300];

    memset(big, 'b', sizeof(big));
    start();
    long ret = CALL(SYS_read, fd, P(buf), 4);
    moved("read", ret, fd, 4, "0123", 4);
    is_file(fd, path, SK_FD_FILE);
    ret = CALL(SYS_read, fd, P(buf), 64);
    moved("read", 6, fd, 64, "456789", 6);
    ret = CALL(SYS_read, fd, P(buf), 64);
    moved("read", 0, fd, 64, NULL, 0);
    ret = CALL(SYS_read, 5577, P(buf), 64);
    moved("read", -EBADF, 5577, 64, NULL, 0);
    no_file();
    ret = CALL(SYS_write, fd, P(big), sizeof(big));
    moved("write", ret, fd, sizeof(big), big, SK_SNAP_BYTES);
    is_file(fd, path, SK_FD_FILE);
    ret = CALL(SYS_write, 5577, P("abc"), 3);
    moved("write", -EBADF, 5577, 3, "abc", 3);
    ret = CALL(SYS_write, fd, P("a\0b"), 3);
    moved("write", 3, fd, 3, "a\0b", 3);
}

static void at_positions(void)
{
    int fd = a_file("0123456789");
    char buf[64];

    start();
    CALL(SYS_pread64, fd, P(buf), 64, 7);
    moved("pread", 3, fd, 64, "789", 3);
    is_int("pos", 7);
    is_file(fd, path, SK_FD_FILE);
    CALL(SYS_pwrite64, fd, P("xy"), 2, 1ll << 33);
    moved("pwrite", 2, fd, 2, "xy", 2);
    is_int("pos", 1ll << 33);
    CALL(SYS_pread64, fd, P(buf), 64, -1);
    moved("pread", -EINVAL, fd, 64, NULL, 0);
    is_int("pos", -1);
}

static void vectors(void)
{
    int fd = a_file("0123456789");
    char a[3], b[64], snap[SK_SNAP_BYTES], many[100];
    struct iovec in[2] = {{a, 3}, {b, 64}};
    struct iovec out[3] = {{(char *)"", 0}, {(char *)"abc", 3}, {many, sizeof(many)}};

    memset(many, 'm', sizeof(many));
    memset(snap, 'm', sizeof(snap));
    memcpy(snap, "abc", 3);
    start();
    CALL(SYS_readv, fd, P(in), 2);
    moved("readv", 10, fd, 10, "0123456789", 10);
    is_file(fd, path, SK_FD_FILE);
    CALL(SYS_readv, 5578, P(in), 2);
    moved("readv", -EBADF, 5578, 0, NULL, 0);
    CALL(SYS_writev, fd, P(out), 3);
    moved("writev", 103, fd, 103, snap, sizeof(snap));
    CALL(SYS_preadv, fd, P(in), 2, 2, 0);
    moved("preadv", 67, fd, 67,
          "23456789abcmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm", 67);
    is_int("pos", 2);
    CALL(SYS_pwritev, fd, P(out), 2, 5, 0);
    moved("pwritev", 3, fd, 3, "abc", 3);
    is_int("pos", 5);
}

static void pipes(void)
{
    int fd[2] = {-5, -5};
    struct stat st;

    start();
    long ret;
#ifdef SYS_pipe
    ret = CALL(SYS_pipe, P(fd));
    NEED(ret == 0 && fstat(fd[0], &st) == 0);
    event("pipe");
    is_int("res", 0);
    is_int("fd1", fd[0]);
    is_int("fd2", fd[1]);
    is_int("ino", (long long)st.st_ino);
#endif
    ret = CALL(SYS_pipe2, P(fd), O_CLOEXEC | O_NONBLOCK);
    NEED(ret == 0 && fstat(fd[0], &st) == 0);
    event("pipe2");
    is_int("res", 0);
    is_int("fd1", fd[0]);
    is_int("fd2", fd[1]);
    is_int("ino", (long long)st.st_ino);
    is_shown("flags", "O_NONBLOCK|O_CLOEXEC");
    ret = CALL(SYS_pipe2, P(fd), 1);
    event("pipe2");
    is_shown("res", "EINVAL");
    is_int("ino", 0);
    is_int("flags", 0);
    CALL(SYS_write, fd[1], P("in a pipe"), 9);
    moved("write", 9, fd[1], 9, "in a pipe", 9);
    is_file(fd[1], "", SK_FD_FIFO);
}

const struct param_case cases_io[] = {{"read, write", reads_and_writes},
                                      {"pread, pwrite", at_positions},
                                      {"readv, writev, preadv, pwritev", vectors},
                                      {"pipe, pipe2", pipes},
                                      {NULL, NULL}};
