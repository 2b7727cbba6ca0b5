/* SPDX-License-Identifier: Apache-2.0 */
/* params_exec.c - execve and execveat: the new program, the one that asked, what both may do. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

#define ENV_BYTES "A=1\0LONG_NAME=a value"

static char *env[] = {(char *)"A=1", (char *)"LONG_NAME=a value", NULL};

/* A line "Key:\tvalue" of /proc/self/status, or a word of another file. */
static unsigned long long proc_number(const char *file, const char *key, int base)
{
    char text[8192] = "";
    int fd = open(file, O_RDONLY);

    NEED(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
    close(fd);
    char *at = *key ? strstr(text, key) : text;
    NEED(at);
    return strtoull(at + strlen(key), NULL, base);
}

static long long tty_number(void)
{
    char text[1024] = "";
    int fd = open("/proc/self/stat", O_RDONLY), tty = 0;

    NEED(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
    close(fd);
    NEED(sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %d", &tty) == 1);
    return tty;
}

/* What does not change by execve, and the executable. */
static void is_program(const char *exe_path)
{
    struct stat st;
    struct rlimit limit;
    char cwd[128];

    NEED(stat(exe_path, &st) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    is_int("tid", getpid());
    is_int("pid", getpid());
    is_int("ptid", getppid());
    snprintf(cwd, sizeof(cwd), "%s/", scratch);
    is_text("cwd", cwd);
    is_int("fdlimit", (long long)limit.rlim_cur);
    is_not("vm_size", 0);
    has_text("cgroups", "unified=/");
    has_text("cgroups", "saker-params-");
    is_int("tty", tty_number());
    is_int("vpgid", getpgrp());
    is_int("pgid", getpgrp());
    is_int("loginuid", (long long)proc_number("/proc/self/loginuid", "", 10));
    is_int("exe_ino", (long long)st.st_ino);
    is_int("exe_ino_ctime", st.st_ctim.tv_sec * 1000000000ll + st.st_ctim.tv_nsec);
    is_int("exe_ino_mtime", st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec);
    is_int("uid", geteuid());
    is_int("gid", getegid());
    is_text("trusted_exepath", exe_path);
    is_exec_value("exe_dev", kernel_dev(&st));
    is_exec_value("sid", getsid(0));
    is_task(TASK_PID, getpid());
    is_task(TASK_PPID, getppid());
}

static void has_my_caps(void)
{
    is_int("cap_inheritable", (long long)proc_number("/proc/self/status", "CapInh:", 16));
    is_int("cap_permitted", (long long)proc_number("/proc/self/status", "CapPrm:", 16));
    is_int("cap_effective", (long long)proc_number("/proc/self/status", "CapEff:", 16));
}

static void execve_tells_the_new_program(void)
{
    char *argv[] = {(char *)"zero", (char *)"", (char *)"two words", NULL};

    event("execve");
    is_int("res", 0);
    is_text("exe", "zero");
    is_bytes("args", "\0two words", 11);
    is_bytes("env", ENV_BYTES, sizeof(ENV_BYTES));
    is_program(nothing_exe);
    is_shown("flags", "EXE_WRITABLE");
    has_my_caps();
    is_text("comm", "live_nothing");
    is_comm("live_nothing");
    is_text("filename", nothing_exe);
    is_task(TASK_SYS, SYS_execve);
    is_ns("pid");
    is_ns("mnt");
    is_ns("net");
    is_ns("user");
    is_ns("uts");
    is_ns("ipc");
    is_ns("cgroup");
    start();
    execve(nothing_exe, argv, env);
    broken("execve");
}

static void execve_fails(void)
{
    char *argv[] = {(char *)"zero", (char *)"", (char *)"two words", NULL}, own[128] = "";

    NEED(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
    event("execve");
    is_shown("res", "ENOENT");
    is_text("exe", "zero");
    is_bytes("args", "\0two words", 11);
    is_bytes("env", ENV_BYTES, sizeof(ENV_BYTES));
    is_program(own);
    has_my_caps();
    is_text("comm", "live_params");
    is_text("filename", "/nowhere/at/all");
    /* Not executable at all, and no arguments. */
    event("execve");
    is_shown("res", "EACCES");
    is_text("filename", "/etc/passwd");
    is_null("exe");
    is_null("args");
    is_null("env");
    start();
    execve("/nowhere/at/all", argv, env);
    CALL(SYS_execve, P("/etc/passwd"), 0, 0);
}

static void execve_by_a_relative_alias(void)
{
    char *argv[] = {(char *)"./alias", NULL};

    NEED(symlink(nothing_exe, "alias") == 0);
    event("execve");
    is_text("exe", "./alias");
    is_null("args");
    is_null("env");
    is_program(nothing_exe);
    is_text("comm", "alias");
    is_text("filename", "./alias");
    start();
    execve("./alias", argv, NULL);
    broken("execve");
}

static void copy_exe(const char *to)
{
    static char block[1 << 16];
    int in = open(nothing_exe, O_RDONLY), out = open(to, O_CREAT | O_WRONLY, 0755);
    ssize_t n;

    NEED(in >= 0 && out >= 0);
    while ((n = read(in, block, sizeof(block))) > 0)
        NEED(write(out, block, (size_t)n) == n);
    close(in);
    close(out);
}

static void execve_of_a_script(void)
{
    char *argv[] = {(char *)"x", (char *)"arg", NULL}, line[256], path[128], interpreter[128];
    int fd = open("script", O_CREAT | O_WRONLY, 0755), n;

    copy_exe("interpreter");
    snprintf(interpreter, sizeof(interpreter), "%s/interpreter", scratch);
    n = snprintf(line, sizeof(line), "#!%s -x\n", interpreter);
    NEED(fd >= 0 && write(fd, line, (size_t)n) == n && close(fd) == 0);
    snprintf(path, sizeof(path), "%s/script", scratch);
    event("execve");
    is_text("exe", interpreter);
    n = snprintf(line, sizeof(line), "-x%c%s%carg", 0, path, 0);
    is_bytes("args", line, (size_t)n + 1);
    is_program(interpreter);
    is_text("comm", "script");
    is_text("filename", path);
    start();
    execve(path, argv, env);
    broken("execve");
}

static void execve_of_somebody_elses_program(void)
{
    char *argv[] = {(char *)"x", NULL}, path[128];

    copy_exe("own");
    NEED(chmod(".", 0777) == 0 && chmod("own", 0755) == 0);
    NEED(setgid(65534) == 0 && setuid(65534) == 0);
    snprintf(path, sizeof(path), "%s/own", scratch);
    event("execve");
    is_program(path);
    is_int("uid", 65534);
    is_int("gid", 65534);
    is_int("flags", 0);
    is_int("cap_effective", 0);
    is_int("cap_permitted", 0);
    is_task(TASK_UID, 65534);
    is_task(TASK_GID, 65534);
    start();
    execve(path, argv, env);
    broken("execve");
}

/* The owner may change a program without the bit too: Falco looks at the bits. */
static void execve_of_ones_own_program(void)
{
    char *argv[] = {(char *)"x", NULL}, path[128];

    copy_exe("own");
    NEED(chown("own", 65534, 65534) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    snprintf(path, sizeof(path), "%s/own", scratch);
    event("execve");
    is_program(path);
    is_shown("flags", "EXE_WRITABLE");
    start();
    execve(path, argv, env);
    broken("execve");
}

static void execve_of_a_memfd(void)
{
    static char block[1 << 16];
    char *argv[] = {(char *)"ghost", NULL};
    int in = open(nothing_exe, O_RDONLY), fd = memfd_create("a name", MFD_CLOEXEC);
    ssize_t n;

    NEED(in >= 0 && fd >= 0);
    while ((n = read(in, block, sizeof(block))) > 0)
        NEED(write(fd, block, (size_t)n) == n);
    event("execveat");
    is_int("res", 0);
    is_text("exe", "ghost");
    is_shown("flags", "EXE_WRITABLE|EXE_FROM_MEMFD");
    has_text("trusted_exepath", "memfd:a name");
    is_not("exe_ino", 0);
    is_task(TASK_SYS, SYS_execveat);
    start();
    CALL(SYS_execveat, fd, P(""), P(argv), P(env), AT_EMPTY_PATH);
    broken("execveat");
}

static void execve_of_a_deleted_file(void)
{
    char *argv[] = {(char *)"gone", NULL}, path[128], link[64];

    copy_exe("gone");
    int fd = open("gone", O_RDONLY);
    NEED(fd >= 0 && unlink("gone") == 0);
    snprintf(path, sizeof(path), "%s/gone (deleted)", scratch);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    event("execve");
    is_int("res", 0);
    is_text("trusted_exepath", path);
    is_text("filename", link);
    start();
    execve(link, argv, env);
    broken("execve");
}

static void execveat_below_a_descriptor(void)
{
    char *argv[] = {(char *)"x", (char *)"y", NULL}, path[128];
    int dir = open(".", O_RDONLY | O_DIRECTORY);

    copy_exe("prog");
    snprintf(path, sizeof(path), "%s/prog", scratch);
    event("execveat");
    is_shown("res", "ENOENT");
    is_text("exe", "x");
    is_bytes("args", "y", 2);
    is_bytes("env", ENV_BYTES, sizeof(ENV_BYTES));
    event("execveat");
    is_int("res", 0);
    is_text("exe", "x");
    is_bytes("args", "y", 2);
    is_bytes("env", ENV_BYTES, sizeof(ENV_BYTES));
    is_program(path);
    start();
    CALL(SYS_execveat, dir, P("none"), P(argv), P(env), 0);
    CALL(SYS_execveat, dir, P("prog"), P(argv), P(env), 0);
    broken("execveat");
}

static void *exec_here(void *arg)
{
    char *argv[] = {(char *)"threaded", NULL};

    (void)arg;
    start();
    execve(nothing_exe, argv, env);
    broken("execve");
}

/* The thread becomes the leader. */
static void execve_by_a_thread(void)
{
    pthread_t t;

    event("execve");
    is_int("res", 0);
    is_text("exe", "threaded");
    is_program(nothing_exe);
    is_task(TASK_VTID, getpid());
    NEED(pthread_create(&t, NULL, exec_here, NULL) == 0);
    pthread_join(t, NULL);
}

const struct param_case cases_exec[] = {
    {"execve tells the new program", execve_tells_the_new_program},
    {"execve fails", execve_fails},
    {"execve by a relative alias", execve_by_a_relative_alias},
    {"execve of a script", execve_of_a_script},
    {"execve of somebody else's program", execve_of_somebody_elses_program},
    {"execve of one's own program", execve_of_ones_own_program},
    {"execveat of a memfd", execve_of_a_memfd},
    {"execve of a deleted file", execve_of_a_deleted_file},
    {"execveat below a descriptor", execveat_below_a_descriptor},
    {"execve by a thread", execve_by_a_thread},
    {NULL, NULL}};
