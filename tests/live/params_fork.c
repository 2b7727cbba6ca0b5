/* SPDX-License-Identifier: Apache-2.0 */
/* params_fork.c - how processes and threads begin and end: both sides of a fork, flags, exit, reaper. */
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static pid_t self_tid(void)
{
    return (pid_t)syscall(SYS_gettid);
}

/* The parent's side, and what both have in common. */
static void is_parent(const char *name, long child, const char *flags)
{
    char cwd[128];

    snprintf(cwd, sizeof(cwd), "%s/", scratch);
    event(name);
    is_int("res", child);
    is_int("tid", getpid());
    is_int("pid", getpid());
    is_int("ptid", getppid());
    is_shown("flags", flags);
    is_text("cwd", cwd);
    is_text("comm", "live_params");
    is_int("uid", 0);
    is_int("gid", 0);
    is_int("vtid", getpid());
    is_int("vpid", getpid());
    has_text("exe", "live_params");
    has_text("cgroups", "saker-params-");
    is_not("vm_size", 0);
    is_not("pidns_init_start_ts", -1);
    is_task(TASK_PID, getpid());
}

static void is_child(const char *name, long child, const char *flags)
{
    char cwd[128];

    snprintf(cwd, sizeof(cwd), "%s/", scratch);
    event_of(name, (pid_t)child);
    is_int("res", 0);
    is_int("tid", child);
    is_int("pid", child);
    is_int("ptid", getpid());
    is_shown("flags", flags);
    is_text("cwd", cwd);
    is_text("comm", "live_params");
    is_int("vtid", child);
    is_int("vpid", child);
    has_text("exe", "live_params");
    has_text("cgroups", "saker-params-");
    is_task(TASK_PID, child);
    is_task(TASK_PPID, getpid());
    is_exec_value("sid", getsid(0));
}

static void is_end(long pid, long status, int ret, int sig)
{
    event_of("procexit", (pid_t)pid);
    is_int("status", status);
    is_int("ret", ret);
    is_int("sig", sig);
    is_int("core", 0);
    is_task(TASK_PID, pid);
}

#ifdef SYS_fork
static void forks(void)
{
    start();
    long pid = CALL(SYS_fork);
    if (pid == 0)
        _exit(3);
    waitpid((pid_t)pid, NULL, 0);
    is_parent("fork", pid, "0");
    is_child("fork", pid, "0");
    is_end(pid, 0x300, 3, 0);
    is_int("reaper_tid", 0);
}

static void vforks(void)
{
    start();
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    is_parent("vfork", pid, "CLONE_VM|CLONE_VFORK");
    is_child("vfork", pid, "CLONE_VM|CLONE_VFORK");
}
#else
static void forks(void)
{
    skip_case("this machine has no fork()");
}
#define vforks forks
#endif

static long clone_raw(unsigned long flags)
{
    long pid = CALL(SYS_clone, (long)(flags | SIGCHLD), 0, 0, 0, 0);

    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    return pid;
}

static void clones(void)
{
    start();
    long pid = clone_raw(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_IO | CLONE_UNTRACED);
    is_parent("clone", pid, "CLONE_FILES|CLONE_FS|CLONE_IO|CLONE_SYSVSEM|CLONE_UNTRACED");
    is_child("clone", pid, "CLONE_FILES|CLONE_FS|CLONE_IO|CLONE_SYSVSEM|CLONE_UNTRACED");
    long bad = CALL(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0);
    event("clone");
    is_result("res", bad);
    is_int("res", -EINVAL);
    is_shown("flags", "CLONE_THREAD");
}

#define NS_FLAGS                                                                       \
    "CLONE_NEWIPC|CLONE_NEWNET|CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS|CLONE_NEWCGROUP|" \
    "CLONE_CHILD_IN_PIDNS"

/* Numbers are those of the outer namespace; the child has others of its own. */
static void clone_into_namespaces(void)
{
    start();
    long pid = clone_raw(CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWNET |
                         CLONE_NEWCGROUP);
    event("clone");
    is_int("res", pid);
    is_shown("flags", NS_FLAGS);
    is_task(TASK_FLAGS, mntns_flag(false));
    event_of("clone", (pid_t)pid);
    is_int("res", 0);
    is_int("tid", pid);
    is_int("vtid", 1);
    is_int("vpid", 1);
    is_shown("flags", NS_FLAGS);
    is_task(TASK_VTID, 1);
    is_task(TASK_VPID, 1);
    is_task(TASK_PID, pid);
    is_task(TASK_FLAGS, SK_TASK_PIDNS | mntns_flag(true));
    is_end(pid, 0, 0, 0);
}

static void clone3s(void)
{
    struct clone_args args = {.flags = CLONE_NEWUTS | CLONE_FS, .exit_signal = SIGCHLD};

    start();
    args.flags = CLONE_NEWUTS;
    long pid = CALL(SYS_clone3, P(&args), sizeof(args));
    if (pid == 0)
        _exit(0);
    if (pid == -ENOSYS)
        skip_case("no clone3 here");
    waitpid((pid_t)pid, NULL, 0);
    is_parent("clone3", pid, "CLONE_NEWUTS");
    is_child("clone3", pid, "CLONE_NEWUTS");
    args.flags = CLONE_SIGHAND;
    pid = CALL(SYS_clone3, P(&args), sizeof(args));
    event("clone3");
    is_int("res", -EINVAL);
    is_shown("flags", "CLONE_SIGHAND");
}

static pid_t thread_tid;

static void *thread_main(void *arg)
{
    (void)arg;
    thread_tid = self_tid();
    prctl(PR_SET_NAME, "a thread");
    return NULL;
}

#define THREAD_FLAGS                                                                              \
    "CLONE_FILES|CLONE_FS|CLONE_PARENT_SETTID|CLONE_SIGHAND|CLONE_SYSVSEM|CLONE_THREAD|CLONE_VM|" \
    "CLONE_CHILD_CLEARTID|CLONE_SETTLS"

static void threads(void)
{
    pthread_t t;

    start();
    NEED(pthread_create(&t, NULL, thread_main, NULL) == 0);
    pthread_join(t, NULL);
    /* glibc takes clone3 where there is one. */
    struct clone_args none = {.flags = CLONE_SIGHAND};
    const char *name = CALL(SYS_clone3, P(&none), sizeof(none)) == -ENOSYS ? "clone" : "clone3";
    event(name);
    is_int("res", thread_tid);
    is_shown("flags", THREAD_FLAGS);
    event(name);
    is_int("res", -EINVAL);
    event_of(name, thread_tid);
    is_int("res", 0);
    is_int("tid", thread_tid);
    is_int("pid", getpid());
    is_int("ptid", getppid());
    is_int("vtid", thread_tid);
    is_int("vpid", getpid());
    is_shown("flags", THREAD_FLAGS);
    is_task(TASK_PID, getpid());
    is_task(TASK_VTID, thread_tid);
    event_of("prctl", thread_tid);
    is_text("arg2_str", "a thread");
    is_comm("a thread");
    is_task(TASK_PID, getpid());
    is_task(TASK_VTID, thread_tid);
    event_of("procexit", thread_tid);
    is_int("ret", 0);
    is_int("reaper_tid", 0);
    is_task(TASK_PID, getpid());
}

static void ends_by_a_signal(void)
{
    start();
    pid_t pid = fork();
    if (pid == 0) {
        kill(getpid(), SIGKILL);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    is_end(pid, SIGKILL, 0, SIGKILL);
}

static int hold[2]; /* a pipe that ends with the case */

static _Noreturn void live_as_long_as_the_case(void)
{
    char c;

    close(hold[1]);
    _exit(read(hold[0], &c, 1) != 0);
}

/* A child that ends while its own child lives: who inherits? */
static pid_t leave_an_orphan(void)
{
    pid_t first = fork();

    if (first == 0) {
        if (fork() == 0)
            live_as_long_as_the_case();
        _exit(7);
    }
    waitpid(first, NULL, 0);
    return first;
}

static void orphan_goes_to(bool subreaper)
{
    NEED(pipe(hold) == 0);
    if (subreaper)
        NEED(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    start();
    pid_t pid = leave_an_orphan();
    is_end(pid, 0x700, 7, 0);
    if (subreaper)
        is_int("reaper_tid", getpid());
    else
        is_not("reaper_tid", 0);
}

static void orphan_goes_to_the_subreaper(void)
{
    orphan_goes_to(true);
}
static void orphan_goes_to_init(void)
{
    orphan_goes_to(false);
}

static void *thread_with_a_child(void *arg)
{
    (void)arg;
    thread_tid = self_tid();
    if (fork() == 0)
        live_as_long_as_the_case();
    return NULL;
}

static void orphan_goes_to_a_thread(void)
{
    pthread_t t;

    NEED(pipe(hold) == 0);
    start();
    NEED(pthread_create(&t, NULL, thread_with_a_child, NULL) == 0);
    pthread_join(t, NULL);
    event_of("procexit", thread_tid);
    is_int("reaper_tid", getpid());
}

const struct param_case cases_fork[] = {
    {"fork and exit", forks},
    {"vfork", vforks},
    {"clone", clones},
    {"clone into namespaces", clone_into_namespaces},
    {"clone3", clone3s},
    {"threads", threads},
    {"procexit by a signal", ends_by_a_signal},
    {"procexit: orphan goes to the subreaper", orphan_goes_to_the_subreaper},
    {"procexit: orphan goes to init", orphan_goes_to_init},
    {"procexit: orphan goes to a thread", orphan_goes_to_a_thread},
    {NULL, NULL}};
