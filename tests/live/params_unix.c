/* SPDX-License-Identifier: Apache-2.0 */
/* params_unix.c - unix sockets: paths, abstract names, pairs, descriptors that are sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static struct sockaddr_un addr = {.sun_family = AF_UNIX};

static socklen_t named(const char *name)
{
    size_t n = strlen(name);

    memset(addr.sun_path, 0, sizeof(addr.sun_path));
    memcpy(addr.sun_path, name, n);
    if (name[0] == '@')
        addr.sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] != '@'));
}

static void is_unix(long fd, int server, const char *path)
{
    is_sock(fd, &(struct sock_want){.type = SK_FD_UNIX,
                                    .family = AF_UNIX,
                                    .sk_type = SOCK_STREAM,
                                    .l4 = SK_L4_NA,
                                    .server = server,
                                    .path = path});
}

static void stream_at(const char *name)
{
    socklen_t n = named(name);
    int lfd = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);

    start();
    long ret = CALL(SYS_bind, lfd, P(&addr), n);
    event("bind");
    is_result("res", ret);
    is_shown("addr", name);
    ret = CALL(SYS_listen, lfd, 3);
    event("listen");
    is_result("res", ret);
    is_unix(lfd, 1, name);
    ret = CALL(SYS_connect, fd, P(&addr), n);
    event("connect");
    is_result("res", ret);
    is_shown("addr", name);
    has_text("tuple", name);
    is_unix(fd, 0, name);
    long in = CALL(SYS_accept4, lfd, 0, 0, 0);
    event("accept4");
    is_int("fd", in);
    has_text("tuple", name);
    is_unix(in, 1, name);
}

static void stream_path(void)
{
    static char path[100];

    snprintf(path, sizeof(path), "%s/sock", scratch);
    stream_at(path);
}
static void stream_abstract(void)
{
    static char name[64];

    snprintf(name, sizeof(name), "@sk-params-%d", getpid());
    stream_at(name);
}

/* As long as a path can be: no NUL behind it. */
static void longest_path(void)
{
    char name[sizeof(addr.sun_path) + 1];
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    memcpy(addr.sun_path, name, sizeof(addr.sun_path));
    start();
    long ret = CALL(SYS_bind, fd, P(&addr), sizeof(addr));
    event("bind");
    is_result("res", ret);
    is_shown("addr", name);
}

static void datagram_to_a_path(void)
{
    char path[100];
    int to = socket(AF_UNIX, SOCK_DGRAM, 0), from = socket(AF_UNIX, SOCK_DGRAM, 0);

    snprintf(path, sizeof(path), "%s/dgram", scratch);
    socklen_t n = named(path);
    NEED(bind(to, (struct sockaddr *)&addr, n) == 0);
    start();
    CALL(SYS_sendto, from, P("abc"), 3, 0, P(&addr), n);
    event("sendto");
    is_int("res", 3);
    has_text("tuple", path);
}

static void pairs(void)
{
    int fd[2] = {0}, none[2] = {0}, passed = dup(0);
    char control[CMSG_SPACE(sizeof(int))] = "", back[64] = "", byte = 'x';
    struct iovec iov = {&byte, 1};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    struct msghdr r = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = back, .msg_controllen = sizeof(back)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    *c = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(c), &passed, sizeof(int));
    start();
    long ret = CALL(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, P(fd));
    event("socketpair");
    is_result("res", ret);
    is_int("fd1", fd[0]);
    is_int("fd2", fd[1]);
    is_not("source", 0);
    is_not("peer", 0);
    is_int("domain", AF_UNIX);
    is_int("type", SOCK_STREAM | SOCK_CLOEXEC);
    is_int("proto", 0);
    ret = CALL(SYS_socketpair, AF_INET, SOCK_STREAM, 0, P(none));
    event("socketpair");
    is_shown("res", "EOPNOTSUPP");
    is_int("fd1", -1);
    is_int("fd2", -1);
    is_int("source", 0);
    is_int("peer", 0);
    CALL(SYS_sendmsg, fd[0], P(&m), 0);
    CALL(SYS_recvmsg, fd[1], P(&r), 0);
    event("sendmsg");
    is_int("res", 1);
    event("recvmsg");
    is_int("res", 1);
    is_bytes("msgcontrol", back, CMSG_SPACE(sizeof(int)));
}

const struct param_case cases_unix[] = {{"unix stream at a path", stream_path},
                                        {"unix stream at an abstract name", stream_abstract},
                                        {"unix path of full length", longest_path},
                                        {"unix datagram to a path", datagram_to_a_path},
                                        {"socketpair, passed descriptors", pairs},
                                        {NULL, NULL}};
