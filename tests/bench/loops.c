/* SPDX-License-Identifier: Apache-2.0 */
/* loops.c - the workloads of the benchmark: one kind of system call, done COUNT times.
 *
 * usage: bench_loops getppid|open|etc|read|exec|connect|hack COUNT
 *        bench_loops look|flood PATH                           opens PATH until it is killed
 *
 * etc runs in a mount namespace of its own, with an empty file system below /etc. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int loop_getppid(long n)
{
    while (n--)
        syscall(SYS_getppid);
    return 0;
}

static int loop_open(long n)
{
    while (n--) {
        int fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            return 1;
        close(fd);
    }
    return 0;
}

/* An open that rules match, where it harms nobody. */
static int loop_etc(long n)
{
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("bench", "/etc/alternatives", "tmpfs", MS_NOSUID | MS_NODEV, NULL))
        return 1;
    while (n--) {
        int fd = open("/etc/alternatives/bench", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0)
            return 1;
        close(fd);
    }
    return 0;
}

/* One byte in, one byte out. */
static int loop_read(long n)
{
    int from = open("/dev/zero", O_RDONLY | O_CLOEXEC),
        to = open("/dev/null", O_WRONLY | O_CLOEXEC);
    char c;

    if (from < 0 || to < 0)
        return 1;
    while (n--)
        if (read(from, &c, 1) != 1 || write(to, &c, 1) != 1)
            return 1;
    return close(from) || close(to);
}

/* Two processes hand a byte to and fro, as a scheduler's benchmark does. */
static int loop_hack(long n)
{
    int there[2], back[2], st;
    char c = 0;
    pid_t pid;

    if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC) || (pid = fork()) < 0)
        return 1;
    if (pid == 0) {
        while (n-- && read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
            ;
        _exit(n != -1);
    }
    for (long i = 0; i < n; i++)
        if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
            return 1;
    return waitpid(pid, &st, 0) != pid || st;
}

static int loop_exec(long n)
{
    while (n--) {
        pid_t pid = fork();
        int st;

        if (pid == 0) {
            execl("/bin/true", "true", (char *)NULL);
            _exit(1);
        }
        if (waitpid(pid, &st, 0) != pid || st)
            return 1;
    }
    return 0;
}

static int loop_connect(long n)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(server, (struct sockaddr *)&a, sizeof(a)) || listen(server, 16) ||
        getsockname(server, (struct sockaddr *)&a, &len))
        return 1;
    while (n--) {
        struct linger gone = {1, 0}; /* reset instead of TIME_WAIT: ports do not run out */
        int c = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), s;

        if (connect(c, (struct sockaddr *)&a, sizeof(a)))
            return 1;
        s = accept4(server, NULL, NULL, SOCK_CLOEXEC);
        if (s < 0)
            return 1;
        setsockopt(c, SOL_SOCKET, SO_LINGER, &gone, sizeof(gone));
        close(c);
        close(s);
    }
    return close(server);
}

/* Until killed: every 2 ms, or without a pause. */
static int opens(const char *path, bool pause)
{
    for (;;) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            return 1;
        close(fd);
        if (pause)
            usleep(2000);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*fn)(long n);
    } loops[] = {
        {"getppid", loop_getppid}, {"open", loop_open}, {"etc", loop_etc},
        {"read", loop_read},       {"exec", loop_exec}, {"connect", loop_connect},
        {"hack", loop_hack},
    };

    if (argc == 3 && (!strcmp(argv[1], "look") || !strcmp(argv[1], "flood")))
        return opens(argv[2], argv[1][0] == 'l');
    for (size_t i = 0; argc == 3 && i < sizeof(loops) / sizeof(loops[0]); i++)
        if (!strcmp(argv[1], loops[i].name))
            return loops[i].fn(strtol(argv[2], NULL, 10));
    fprintf(stderr,
            "usage: bench_loops getppid|open|etc|read|exec|connect|hack COUNT | look|flood PATH\n");
    return 2;
}
