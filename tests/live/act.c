/* SPDX-License-Identifier: Apache-2.0 */
/* act.c - the small actions that the live tests do: one system call, or a few, per command.
 *
 * Linked statically, so that it runs inside of a bare root directory under any name.  Commands can be
 * chained: `act cmd args -- cmd args`.  When the program is called by another name than "act" it does
 * the commands of its first argument list all the same: a test can be "nginx", "cat" or "sshd".
 * Exit code 0: every command did what it should; 9: a command failed; 8: usage. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS 32

static int fail(const char *what)
{
    fprintf(stderr, "act: %s: %s\n", what, strerror(errno));
    exit(9);
}

static long number(const char *s, int base)
{
    return strtol(s, NULL, base);
}

static void opened(int fd, const char *what)
{
    if (fd < 0)
        fail(what);
    close(fd);
}

static struct sockaddr_in address(const char *ip, const char *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(port, 10))};

    inet_pton(AF_INET, ip, &a.sin_addr);
    return a;
}

static int connected(char **w)
{
    struct sockaddr_in a = address(w[0], w[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
        fail("connect");
    return fd;
}

static void do_listen(char **w)
{
    struct sockaddr_in a = address(w[0], w[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 5))
        fail("listen");
    close(fd);
}

/* accept IP PORT: one connection from a child of its own. */
static void do_accept(char **w)
{
    struct sockaddr_in a = address(w[0], w[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, got;
    pid_t pid;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 5))
        fail("listen");
    pid = fork();
    if (pid == 0) {
        close(connected(w));
        _exit(0);
    }
    got = accept(fd, NULL, NULL);
    if (got < 0)
        fail("accept");
    close(got);
    close(fd);
    waitpid(pid, NULL, 0);
}

static void do_exec_memfd(char **w)
{
    char buf[65536];
    int in = open(w[0], O_RDONLY), out = memfd_create("act", MFD_CLOEXEC);
    ssize_t n;
    pid_t pid;
    int st;

    while ((n = read(in, buf, sizeof(buf))) > 0)
        if (write(out, buf, (size_t)n) != n)
            fail("write");
    pid = fork();
    if (pid == 0) {
        char *argv[] = {"memory", "nothing", NULL};
        char *envp[] = {NULL};

        syscall(SYS_execveat, out, "", argv, envp, AT_EMPTY_PATH);
        _exit(9);
    }
    waitpid(pid, &st, 0);
    if (st)
        fail("execveat");
}

/* exec-deleted PROGRAM: executes it through a descriptor after its name is gone. */
static void do_exec_deleted(char **w)
{
    char path[64];
    int fd = open(w[0], O_RDONLY), st;
    pid_t pid;

    if (fd < 0 || unlink(w[0]))
        fail("exec-deleted");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    pid = fork();
    if (pid == 0) {
        char *argv[] = {"gone", "nothing", NULL};
        char *envp[] = {NULL};

        syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
        _exit(9);
    }
    waitpid(pid, &st, 0);
    if (st)
        fail("execveat");
}

/* spawn PROGRAM ARGS...: fork, exec, wait. */
static void do_spawn(char **w)
{
    pid_t pid = fork();
    int st;

    if (pid == 0) {
        execv(w[0], w);
        _exit(9);
    }
    waitpid(pid, &st, 0);
    if (!WIFEXITED(st) || WEXITSTATUS(st)) {
        errno = ECHILD;
        fail(w[0]);
    }
}

/* in-pidns PROGRAM ARGS...: as the first process of a new pid namespace. */
static void do_pidns(char **w)
{
    if (unshare(CLONE_NEWPID))
        fail("unshare");
    do_spawn(w);
}

static void do_clone(char **w)
{
    long flags = number(w[0], 0);
    long pid = syscall(SYS_clone, flags | 17 /* SIGCHLD */, 0, 0, 0, 0);

    if (pid == 0)
        _exit(0);
    if (pid < 0)
        fail("clone");
    waitpid((pid_t)pid, NULL, 0);
}

static void do_ptrace(char **w)
{
    pid_t pid = fork();

    (void)w;
    if (pid == 0) {
        pause();
        _exit(0);
    }
    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
        fail("ptrace");
    waitpid(pid, NULL, 0);
    kill(pid, 9);
    waitpid(pid, NULL, 0);
}

/* traced: becomes a debugger's child by its own wish, and no other process is touched. */
static void do_traced(char **w)
{
    (void)w;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        fail("ptrace");
}

/* dup-file PATH: standard input from a file. */
static void do_dup_file(char **w)
{
    int fd = open(w[0], O_RDONLY | O_CLOEXEC);

    if (fd < 0 || dup2(fd, 0) != 0)
        fail("dup2");
    close(fd);
}

static void do_setns(char **w)
{
    int fd = open(w[0], O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, 0))
        fail("setns");
    close(fd);
}

static void do_dup_socket(char **w)
{
    int fd = connected(w);

    if (dup2(fd, 0) != 0)
        fail("dup2");
    close(fd);
}

static void do_capdrop(char **w)
{
    (void)w;
    for (int c = 0; c < 41; c++)
        prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
}

static void do_open(char **w, int flags)
{
    opened(open(w[0], flags | O_CLOEXEC, 0644), w[0]);
}

static void do_read(char **w)
{
    do_open(w, O_RDONLY);
}
static void do_write(char **w)
{
    do_open(w, O_WRONLY | O_CREAT);
}
static void do_truncate(char **w)
{
    do_open(w, O_WRONLY | O_TRUNC);
}
static void do_creat(char **w)
{
    opened(creat(w[0], 0644), w[0]);
}
/* open-at DIR NAME, write-at DIR NAME: relative to a descriptor. */
static void do_read_at(char **w)
{
    opened(openat(open(w[0], O_PATH | O_DIRECTORY), w[1], O_RDONLY), w[1]);
}
static void check(int err, const char *what)
{
    if (err)
        fail(what);
}
static void do_symlink(char **w)
{
    check(symlink(w[0], w[1]), "symlink");
}
static void do_link(char **w)
{
    check(linkat(AT_FDCWD, w[0], AT_FDCWD, w[1], AT_SYMLINK_FOLLOW), "link");
}
static void do_rename(char **w)
{
    check(rename(w[0], w[1]), "rename");
}
static void do_unlink(char **w)
{
    check(unlink(w[0]), "unlink");
}
static void do_mkdir(char **w)
{
    check(mkdir(w[0], 0755), "mkdir");
}
static void do_chmod(char **w)
{
    check(chmod(w[0], (mode_t)number(w[1], 8)), "chmod");
}
static void do_chown(char **w)
{
    check(chown(w[0], (uid_t)number(w[1], 10), (gid_t)number(w[2], 10)), "chown");
}
static void do_chdir(char **w)
{
    check(chdir(w[0]), "chdir");
}
static void do_connect(char **w)
{
    close(connected(w));
}
static void do_socket(char **w)
{
    opened(socket((int)number(w[0], 10), (int)number(w[1], 10), (int)number(w[2], 10)), "socket");
}
static void do_unshare(char **w)
{
    check(unshare((int)number(w[0], 0)), "unshare");
}
/* storm COUNT SECONDS FILE: fork + exec + open, COUNT times or for SECONDS, whichever is more; how often
 * goes into FILE. */
static void do_storm(char **w)
{
    long count = number(w[0], 10), n = 0;
    time_t end = time(NULL) + number(w[1], 10);
    FILE *out;

    for (; n < count || (number(w[1], 10) && time(NULL) < end); n++) {
        char *argv[] = {"/opt/act", "nothing", NULL};

        do_spawn(argv);
        do_open((char *[]){"/etc/hostname", NULL}, O_RDONLY);
    }
    out = fopen(w[2], "w");
    if (!out || fprintf(out, "%ld\n", n) < 0 || fclose(out))
        fail(w[2]);
}

/* flood WRITERS SECONDS FILE: opens at full speed; how many goes into FILE. */
static void do_flood(char **w)
{
    long writers = number(w[0], 10);
    time_t end = time(NULL) + number(w[1], 10);
    long *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), sum = 0;
    FILE *out;

    if (n == MAP_FAILED || writers > 64)
        fail("flood");
    for (long i = 0; i < writers; i++) {
        if (fork())
            continue;
        /* One that fails is an event as well. */
        for (; time(NULL) < end; n[i]++)
            close(open("/etc/hostname", O_RDONLY | O_CLOEXEC));
        _exit(0);
    }
    for (long i = 0; i < writers; i++)
        wait(NULL);
    for (long i = 0; i < writers; i++)
        sum += n[i];
    out = fopen(w[2], "w");
    if (!out || fprintf(out, "%ld\n", sum) < 0 || fclose(out))
        fail(w[2]);
}

/* sensitive COUNT MS: enters its own namespace and makes the file /tmp/sensitive/N setuid, COUNT times, MS
 * milliseconds apart. */
static void do_sensitive(char **w)
{
    long count = number(w[0], 10), ms = number(w[1], 10);
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    int ns = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

    for (long i = 0; i < count; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/tmp/sensitive/%ld", i);
        if (setns(ns, 0) || chmod(path, 04755))
            fail(path);
        nanosleep(&pause, NULL);
    }
}

/* secrets COUNT MS: opens /etc/secrets/N, the same way. */
static void do_secrets(char **w)
{
    long count = number(w[0], 10), ms = number(w[1], 10);
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    for (long i = 0; i < count; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/etc/secrets/%ld", i);
        do_open((char *[]){path, NULL}, O_RDONLY);
        nanosleep(&pause, NULL);
    }
}

static void wait_for(const char *path)
{
    while (access(path, F_OK))
        usleep(10000);
}

/* late GO PROGRAM THEN: once GO exists executes PROGRAM, which opens /etc/secrets/0 once THEN exists. */
static void do_late(char **w)
{
    char *argv[] = {w[1], "secret-after", w[2], NULL}, *envp[] = {NULL};

    wait_for(w[0]);
    execve(w[1], argv, envp);
    fail(w[1]);
}
static void do_secret_after(char **w)
{
    wait_for(w[0]);
    do_open((char *[]){"/etc/secrets/0", NULL}, O_RDONLY);
}

static void do_nothing(char **w)
{
    (void)w;
}
static void do_exec(char **w)
{
    execv(w[0], w);
    fail(w[0]);
}

/* serve: reads "PROGRAM ARGS..." lines, runs each as a child in a session of its own and answers with its
 * exit code: the shell that the tests type into.  It stays, as a shell does, so that a child that is gone
 * already has a parent that sees the same files. */
static void do_serve(char **w)
{
    char line[16384];

    (void)w;
    while (fgets(line, sizeof(line), stdin)) {
        char *argv[MAX_WORDS + 1], *save = NULL;
        int n = 0, st = 0;
        pid_t pid;

        for (char *t = strtok_r(line, " \n", &save); t && n < MAX_WORDS;
             t = strtok_r(NULL, " \n", &save))
            argv[n++] = t;
        argv[n] = NULL;
        pid = fork();
        if (pid == 0) {
            setsid();
            close(0);
            open("/dev/null", O_RDWR);
            execv(argv[0], argv);
            _exit(126);
        }
        waitpid(pid, &st, 0);
        printf("%d\n", WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st));
        fflush(stdout);
    }
}

static const struct {
    const char *name;
    int words; /* fewest */
    void (*fn)(char **w);
} commands[] = {
    {"nothing", 0, do_nothing},
    {"read", 1, do_read},
    {"write", 1, do_write},
    {"truncate", 1, do_truncate},
    {"creat", 1, do_creat},
    {"read-at", 2, do_read_at},
    {"symlink", 2, do_symlink},
    {"link", 2, do_link},
    {"rename", 2, do_rename},
    {"unlink", 1, do_unlink},
    {"mkdir", 1, do_mkdir},
    {"chmod", 2, do_chmod},
    {"chown", 3, do_chown},
    {"chdir", 1, do_chdir},
    {"connect", 2, do_connect},
    {"listen", 2, do_listen},
    {"accept", 2, do_accept},
    {"socket", 3, do_socket},
    {"unshare", 1, do_unshare},
    {"clone", 1, do_clone},
    {"setns", 1, do_setns},
    {"spawn", 1, do_spawn},
    {"exec", 1, do_exec},
    {"in-pidns", 1, do_pidns},
    {"memfd", 1, do_exec_memfd},
    {"deleted", 1, do_exec_deleted},
    {"ptrace", 0, do_ptrace},
    {"traced", 0, do_traced},
    {"dup-socket", 2, do_dup_socket},
    {"dup-file", 1, do_dup_file},
    {"capdrop", 0, do_capdrop},
    {"serve", 0, do_serve},
    {"storm", 3, do_storm},
    {"flood", 3, do_flood},
    {"sensitive", 2, do_sensitive},
    {"secrets", 2, do_secrets},
    {"late", 3, do_late},
    {"secret-after", 1, do_secret_after},
};

static void run(char **w, int n)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(commands[i].name, w[0]))
            continue;
        if (n - 1 < commands[i].words)
            exit(8);
        commands[i].fn(w + 1);
        return;
    }
    fprintf(stderr, "act: no command '%s'\n", w[0]);
    exit(8);
}

int main(int argc, char **argv)
{
    char *words[MAX_WORDS + 1];
    int n = 0;

    for (int i = 1; i <= argc; i++) {
        if (i < argc && strcmp(argv[i], "--")) {
            if (n == MAX_WORDS)
                return 8;
            words[n++] = argv[i];
            continue;
        }
        words[n] = NULL;
        if (n)
            run(words, n);
        n = 0;
    }
    return 0;
}
