/* SPDX-License-Identifier: Apache-2.0 */
/* loops.c - the workloads of the benchmark: one kind of system call, done COUNT times.
 *
 * usage: bench_loops getppid|open|read|exec|connect COUNT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int loop_read(long n)
{
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    char c;

    if (fd < 0)
        return 1;
    while (n--)
        if (read(fd, &c, 1) != 1)
            return 1;
    return close(fd);
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

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*fn)(long n);
    } loops[] = {
        {"getppid", loop_getppid}, {"open", loop_open},       {"read", loop_read},
        {"exec", loop_exec},       {"connect", loop_connect},
    };

    for (size_t i = 0; argc == 3 && i < sizeof(loops) / sizeof(loops[0]); i++)
        if (!strcmp(argv[1], loops[i].name))
            return loops[i].fn(strtol(argv[2], NULL, 10));
    fprintf(stderr, "usage: bench_loops getppid|open|read|exec|connect COUNT\n");
    return 2;
}
