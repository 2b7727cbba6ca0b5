/* SPDX-License-Identifier: Apache-2.0 */
/* params_compat.c - 32-bit system calls of x86_64, made by a 64-bit process through the old gate. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

#if defined(__x86_64__)
static char *low; /* memory that 32 bits can point to */

/* Numbers of arch/x86/entry/syscalls/syscall_32.tbl. */
enum {
    NR32_OPEN = 5,
    NR32_CLOSE = 6,
    NR32_EXECVE = 11,
    NR32_UMOUNT = 22,
    NR32_MKDIR = 39,
    NR32_GETPPID = 64,
    NR32_SETUID32 = 213,
    NR32_OPENAT = 295,
    NR32_MMAP2 = 192,
    NR32_WRITEV = 146,
    NR32_SENDMSG = 370,
    NR32_SOCKETCALL = 102,
    NR32_SETGROUPS32 = 206
};

static long gate(long nr, long a, long b, long c)
{
    long ret;

    __asm__ volatile("int $0x80"
                     : "=a"(ret)
                     : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(0l), "D"(0l)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)ret;
}

static void prepare(void)
{
    low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    NEED(low != MAP_FAILED);
    if (gate(NR32_GETPPID, 0, 0, 0) != getppid())
        skip_case("no 32-bit calls here");
}

static void files32(void)
{
    char path[128];

    prepare();
    strcpy(low, "file32");
    strcpy(low + 100, "/none/dir");
    start();
    long fd = gate(NR32_OPEN, P(low), O_CREAT | O_RDWR, 0640);
    event("open");
    is_int("fd", fd);
    is_text("name", "file32");
    is_shown("flags", "O_CREAT|O_RDWR|O_F_CREATED");
    is_int("mode", 0640);
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
    is_task(TASK_SYS, 2);
    snprintf(path, sizeof(path), "%s/file32", scratch);
    is_file(fd, path, SK_FD_FILE);
    is_dir(SK_ROLE_OLD, scratch);
    gate(NR32_OPENAT, AT_FDCWD, P(low), O_RDONLY);
    event("openat");
    is_int("dirfd", AT_FDCWD);
    is_text("name", "file32");
    is_shown("flags", "O_RDONLY");
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
    gate(NR32_MKDIR, P(low + 100), 0700, 0);
    event("mkdir");
    is_shown("res", "ENOENT");
    is_text("path", "/none/dir");
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
    gate(NR32_CLOSE, fd, 0, 0);
    event("close");
    is_int("res", 0);
    is_int("fd", fd);
    gate(NR32_UMOUNT, P(low + 100), 0, 0);
    event("umount");
    is_shown("res", "ENOENT");
    is_text("name", "/none/dir");
}

static void creds32(void)
{
    prepare();
    start();
    gate(NR32_SETUID32, 4321, 0, 0);
    event("setuid");
    is_int("res", 0);
    is_int("uid", 4321);
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
    gate(NR32_SETGROUPS32, 0, 0, 0);
    event("setgroups");
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
    gate(NR32_GETPPID, 0, 0, 0);
    event("getppid");
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
}

/* Pointers and sizes of four bytes. */
static void vectors32(void)
{
    int fd = open("f", O_CREAT | O_RDWR, 0600);
    uint32_t *w;

    prepare();
    w = (uint32_t *)low;
    strcpy(low + 64, "first");
    strcpy(low + 128, "second");
    w[0] = (uint32_t)P(low + 64);
    w[1] = 5;
    w[2] = (uint32_t)P(low + 128);
    w[3] = 6;
    start();
    gate(NR32_WRITEV, fd, P(low), 2);
    event("writev");
    is_int("res", 11);
    is_int("size", 11);
    is_bytes("data", "firstsecond", 11);
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
}

/* The old call that is all calls of sockets. */
static void socketcall32(void)
{
    uint32_t *w;

    prepare();
    w = (uint32_t *)low;
    w[0] = 2; /* AF_INET */
    w[1] = 1;
    w[2] = 0;
    start();
    long fd = gate(NR32_SOCKETCALL, 1, P(low), 0); /* SYS_SOCKET */
    event("socket");
    is_int("fd", fd);
    is_shown("domain", "AF_INET");
    is_int("type", 1);
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
}

static void exec32(void)
{
    uint32_t *argv;

    prepare();
    argv = (uint32_t *)low;
    strcpy(low + 64, "/nowhere/32");
    strcpy(low + 128, "zero");
    strcpy(low + 192, "one");
    argv[0] = (uint32_t)P(low + 128);
    argv[1] = (uint32_t)P(low + 192);
    argv[2] = 0;
    strcpy(low + 256, nothing_exe);
    event("execve");
    is_shown("res", "ENOENT");
    is_text("filename", "/nowhere/32");
    is_text("exe", "zero");
    is_bytes("args", "one", 4);
    is_task(TASK_FLAGS, SK_TASK_COMPAT | mntns_flag(false));
    event("execve");
    is_int("res", 0);
    is_text("filename", nothing_exe);
    is_text("exe", "zero");
    is_bytes("args", "one", 4);
    start();
    gate(NR32_EXECVE, P(low + 64), P(argv), 0);
    gate(NR32_EXECVE, P(low + 256), P(argv), 0);
    broken("execve");
}

const struct param_case cases_compat[] = {
    {"32-bit files", files32},     {"32-bit credentials", creds32},
    {"32-bit vectors", vectors32}, {"32-bit socketcall", socketcall32},
    {"32-bit execve", exec32},     {NULL, NULL}};
#else
const struct param_case cases_compat[] = {{NULL, NULL}};
#endif
