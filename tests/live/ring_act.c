/* SPDX-License-Identifier: Apache-2.0 */
/* ring_act.c - one action, as a system call or through io_uring: what the grid of uring.py compares.
 *
 * usage: ring_act MODE ACTION ARGS...
 * Modes: syscall; normal; and words with '+' between them: async (IOSQE_ASYNC: a worker does it), sqpoll (a
 * thread of the kernel submits it), defer (IORING_SETUP_DEFER_TASKRUN), link (behind another request), full
 * (there is no room for completions), skip (IOSQE_CQE_SKIP_SUCCESS), direct (descriptors of the ring).
 * Linked statically.  Exit code 0: done, 77: this kernel cannot, 9: it failed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "tests/live/ring.h"

#define CANNOT 77

static const char *mode;
static struct ring ring;

static _Noreturn void fail(const char *what, int err)
{
    fprintf(stderr, "ring_act: %s: %s\n", what, strerror(err));
    exit(9);
}

/* Is it one of the words? */
static bool is_mode(const char *name)
{
    return strstr(mode, name) != NULL;
}

static void open_ring(void)
{
    struct io_uring_rsrc_register table = {.nr = 4, .flags = IORING_RSRC_REGISTER_SPARSE};
    unsigned flags = 0;
    int err;

    if (is_mode("sqpoll"))
        flags |= IORING_SETUP_SQPOLL;
    if (is_mode("defer"))
        flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

    /* Descriptors shall have the same numbers, whatever the mode. */
    if (is_mode("syscall")) {
        if (dup(2) < 0)
            fail("dup", errno);
        return;
    }
    err = ring_open(&ring, is_mode("full") ? 2 : 8, flags);
    if (err == -EINVAL || err == -ENOSYS || err == -EPERM)
        exit(CANNOT);
    if (err)
        fail("io_uring_setup", -err);
    if (is_mode("direct") &&
        syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES2, &table, sizeof(table)))
        exit(CANNOT);
    for (unsigned i = 0; is_mode("full") && i < ring.p.cq_entries; i++) {
        ring_sqe(&ring)->opcode = IORING_OP_NOP;
        ring_submit(&ring, 0);
    }
}

static struct io_uring_sqe *request(int op, int fd, const void *addr, unsigned len)
{
    struct io_uring_sqe *s;

    if (is_mode("link")) {
        s = ring_sqe(&ring);
        s->opcode = IORING_OP_NOP;
        s->flags = IOSQE_IO_LINK;
        s->user_data = 1;
    }
    s = ring_sqe(&ring);
    s->opcode = (uint8_t)op;
    s->fd = fd;
    s->addr = (uint64_t)(uintptr_t)addr;
    s->len = len;
    s->user_data = 7;
    if (is_mode("async"))
        s->flags |= IOSQE_ASYNC;
    if (is_mode("skip"))
        s->flags |= IOSQE_CQE_SKIP_SUCCESS;
    if (is_mode("direct") && (op == IORING_OP_OPENAT || op == IORING_OP_OPENAT2 ||
                              op == IORING_OP_SOCKET || op == IORING_OP_ACCEPT))
        s->file_index = 2; /* slot 1 */
    return s;
}

/* The result of the request; of one that is not announced: that of the one behind it. */
static int result(void)
{
    struct io_uring_cqe c;

    if (is_mode("skip")) {
        struct io_uring_sqe *s;

        ring.sqes[ring.pending - 1].flags |= IOSQE_IO_LINK;
        s = ring_sqe(&ring);
        s->opcode = IORING_OP_NOP;
        s->user_data = 7;
    }
    ring_submit(&ring, 1);
    do {
        ring_wait(&ring, &c);
    } while (c.user_data != 7);
    if (c.res == -EINVAL)
        exit(CANNOT); /* an opcode that this kernel does not know */
    return c.res;
}

static int checked(int res, const char *what)
{
    if (is_mode("syscall") && res < 0)
        res = -errno;
    if (res < 0)
        fail(what, -res);
    return res;
}

/* By the system call itself. */
static bool direct(void)
{
    return is_mode("syscall");
}

/* --- actions --- */

static int flags_of(const char *word)
{
    return strcmp(word, "w") == 0 ? O_WRONLY | O_CREAT : O_RDONLY;
}

static void act_openat(char **w)
{
    int flags = flags_of(w[1]);

    if (!direct()) {
        struct io_uring_sqe *s = request(IORING_OP_OPENAT, AT_FDCWD, w[0], 0644);
        s->open_flags = (uint32_t)flags;
    }
    checked(direct() ? (int)syscall(SYS_openat, AT_FDCWD, w[0], flags, 0644) : result(), "openat");
}

static void act_openat2(char **w)
{
    struct open_how how = {.flags = (uint64_t)flags_of(w[1]), .resolve = RESOLVE_NO_MAGICLINKS};

    if (how.flags & O_CREAT)
        how.mode = 0600;
    if (!direct()) {
        struct io_uring_sqe *s = request(IORING_OP_OPENAT2, AT_FDCWD, w[0], sizeof(how));
        s->off = (uint64_t)(uintptr_t)&how;
    }
    checked(direct() ? (int)syscall(SYS_openat2, AT_FDCWD, w[0], &how, sizeof(how)) : result(),
            "openat2");
}

static void act_unlinkat(char **w)
{
    if (!direct())
        request(IORING_OP_UNLINKAT, AT_FDCWD, w[0], 0);
    checked(direct() ? (int)syscall(SYS_unlinkat, AT_FDCWD, w[0], 0) : result(), "unlinkat");
}

static void act_mkdirat(char **w)
{
    if (!direct())
        request(IORING_OP_MKDIRAT, AT_FDCWD, w[0], 0750);
    checked(direct() ? (int)syscall(SYS_mkdirat, AT_FDCWD, w[0], 0750) : result(), "mkdirat");
}

static void two_paths(int op, char **w)
{
    struct io_uring_sqe *s = request(op, AT_FDCWD, w[0], (unsigned)AT_FDCWD);

    s->off = (uint64_t)(uintptr_t)w[1];
}

static void act_renameat(char **w)
{
    if (!direct())
        two_paths(IORING_OP_RENAMEAT, w);
    checked(direct() ? (int)syscall(SYS_renameat2, AT_FDCWD, w[0], AT_FDCWD, w[1], 0) : result(),
            "renameat2");
}

static void act_linkat(char **w)
{
    if (!direct())
        two_paths(IORING_OP_LINKAT, w);
    checked(direct() ? (int)syscall(SYS_linkat, AT_FDCWD, w[0], AT_FDCWD, w[1], 0) : result(),
            "linkat");
}

static void act_symlinkat(char **w)
{
    if (!direct()) {
        two_paths(IORING_OP_SYMLINKAT, w);
        ring.sqes[is_mode("link")].len = 0;
    }
    checked(direct() ? (int)syscall(SYS_symlinkat, w[0], AT_FDCWD, w[1]) : result(), "symlinkat");
}

static void act_setxattr(char **w)
{
    if (!direct()) {
        struct io_uring_sqe *s = request(IORING_OP_SETXATTR, 0, "user.saker", 1);
        s->off = (uint64_t)(uintptr_t)"1";
        s->addr3 = (uint64_t)(uintptr_t)w[0];
    }
    checked(direct() ? setxattr(w[0], "user.saker", "1", 1, 0) : result(), "setxattr");
}

static void act_fsetxattr(char **w)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, w[0], O_RDWR, 0);

    if (!direct()) {
        struct io_uring_sqe *s = request(IORING_OP_FSETXATTR, fd, "user.saker", 1);
        s->off = (uint64_t)(uintptr_t)"1";
    }
    checked(direct() ? fsetxattr(fd, "user.saker", "1", 1, 0) : result(), "fsetxattr");
}

static struct sockaddr_in address(char **w)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(w[1]))};

    inet_pton(AF_INET, w[0], &a.sin_addr);
    return a;
}

static int stream_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
        fail("socket", errno);
    return fd;
}

static int bound_socket(char **w)
{
    struct sockaddr_in a = address(w);
    int fd = stream_socket();

    if (bind(fd, (struct sockaddr *)&a, sizeof(a)))
        fail("bind", errno);
    return fd;
}

static void act_socket(char **w)
{
    int domain = atoi(w[0]), type = atoi(w[1]), proto = atoi(w[2]);

    if (!direct()) {
        struct io_uring_sqe *s = request(IORING_OP_SOCKET, domain, NULL, (unsigned)proto);
        s->off = (uint64_t)type;
    }
    checked(direct() ? socket(domain, type, proto) : result(), "socket");
}

static void act_bind(char **w)
{
    struct sockaddr_in a = address(w);
    int fd = stream_socket();

    if (!direct()) {
        struct io_uring_sqe *s = request(RING_OP_BIND, fd, &a, 0);
        s->off = sizeof(a);
    }
    checked(direct() ? bind(fd, (struct sockaddr *)&a, sizeof(a)) : result(), "bind");
}

static void act_listen(char **w)
{
    int fd = bound_socket(w);

    if (!direct())
        request(RING_OP_LISTEN, fd, NULL, 5);
    checked(direct() ? listen(fd, 5) : result(), "listen");
}

static void act_connect(char **w)
{
    struct sockaddr_in a = address(w);
    int fd = stream_socket();

    if (!direct()) {
        struct io_uring_sqe *s = request(IORING_OP_CONNECT, fd, &a, 0);
        s->off = sizeof(a);
    }
    checked(direct() ? connect(fd, (struct sockaddr *)&a, sizeof(a)) : result(), "connect");
}

/* accept IP PORT: one connection, from a child that uses no ring. */
static void act_accept(char **w)
{
    struct sockaddr_in a = address(w);
    int fd = bound_socket(w), status;
    pid_t pid;

    if (listen(fd, 5))
        fail("listen", errno);
    pid = fork();
    if (pid == 0) {
        int c = socket(AF_INET, SOCK_STREAM, 0);
        _exit(connect(c, (struct sockaddr *)&a, sizeof(a)) != 0);
    }
    if (!direct())
        request(IORING_OP_ACCEPT, fd, NULL, 0);
    checked(direct() ? accept4(fd, NULL, NULL, 0) : result(), "accept");
    waitpid(pid, &status, 0);
}

/* What a socket says to a command is no matter. */
static void act_ioctl(char **w)
{
    int fd = stream_socket(), n;

    (void)w;
    if (direct()) {
        ioctl(fd, FIONREAD, &n);
        return;
    }
    struct io_uring_sqe *s = request(IORING_OP_URING_CMD, fd, NULL, 0);
    s->off = 1; /* SOCKET_URING_OP_SIOCOUTQ */
    result();
}

/* send IP PORT TEXT: a datagram. */
static void act_sendto(char **w)
{
    struct sockaddr_in a = address(w);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
        fail("connect", errno);
    if (!direct())
        request(IORING_OP_SEND, fd, w[2], (unsigned)strlen(w[2]));
    checked(direct() ? (int)send(fd, w[2], strlen(w[2]), 0) : result(), "send");
}

static const struct {
    const char *name;
    void (*act)(char **w);
    int args;
} actions[] = {{"openat", act_openat, 2},       {"openat2", act_openat2, 2},
               {"unlinkat", act_unlinkat, 1},   {"mkdirat", act_mkdirat, 1},
               {"renameat2", act_renameat, 2},  {"linkat", act_linkat, 2},
               {"symlinkat", act_symlinkat, 2}, {"setxattr", act_setxattr, 1},
               {"fsetxattr", act_fsetxattr, 1}, {"socket", act_socket, 3},
               {"bind", act_bind, 2},           {"listen", act_listen, 2},
               {"connect", act_connect, 2},     {"accept4", act_accept, 2},
               {"ioctl", act_ioctl, 0},         {"sendto", act_sendto, 3}};

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: ring_act MODE ACTION ARGS...\n");
        return 8;
    }
    mode = argv[1];
    open_ring();
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(actions[i].name, argv[2]) == 0 && argc == 3 + actions[i].args) {
            actions[i].act(argv + 3);
            return 0;
        }
    fprintf(stderr, "ring_act: no action '%s' with %d words\n", argv[2], argc - 3);
    return 8;
}
