/* SPDX-License-Identifier: Apache-2.0 */
/* params_creds.c - credentials, capabilities, namespaces, sessions, and prctl. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static void result_of(const char *name, long ret)
{
    event(name);
    is_result("res", ret);
}

static void users(void)
{
    start();
    result_of("setresuid", CALL(SYS_setresuid, 0, -1, 7));
    is_int("ruid", 0);
    is_int("euid", 0xffffffff);
    is_int("suid", 7);
    result_of("setreuid", CALL(SYS_setreuid, -1, 0));
    is_int("ruid", 0xffffffff);
    is_int("euid", 0);
    result_of("setuid", CALL(SYS_setuid, 1234));
    is_int("uid", 1234);
    is_task(TASK_UID, 1234);
    long ret = CALL(SYS_setuid, 0);
    result_of("setuid", ret);
    is_shown("res", "EPERM");
    is_int("uid", 0);
    is_task(TASK_UID, 1234);
}

static void groups(void)
{
    start();
    result_of("setresgid", CALL(SYS_setresgid, 0, -1, 7));
    is_int("rgid", 0);
    is_int("egid", 0xffffffff);
    is_int("sgid", 7);
    result_of("setregid", CALL(SYS_setregid, -1, 5));
    is_int("rgid", 0xffffffff);
    is_int("egid", 5);
    is_task(TASK_GID, 5);
    result_of("setgid", CALL(SYS_setgid, 1235));
    is_int("gid", 1235);
    is_task(TASK_GID, 1235);
}

/* Calls without a row of their own: GENERIC, under their name. */
static void generic(const char *name, long nr)
{
    event(name);
    is_int("nativeID", nr);
    is_shown("ID", name);
    is_task(TASK_SYS, nr);
}

static void generic_calls(void)
{
    const gid_t list[] = {3, 4};

    start();
    CALL(SYS_setgroups, 2, P(list));
    CALL(SYS_setfsuid, 9);
    CALL(SYS_setfsgid, 9);
    CALL(SYS_setfsuid, 0);
    CALL(SYS_pivot_root, P("/none"), P("/none"));
    CALL(SYS_getppid);
    CALL(SYS_sethostname, P(1), -1);
    generic("setgroups", SYS_setgroups);
    generic("setfsuid", SYS_setfsuid);
    generic("setfsuid", SYS_setfsuid);
    generic("setfsgid", SYS_setfsgid);
    generic("pivot_root", SYS_pivot_root);
    generic("getppid", SYS_getppid);
    generic("sethostname", SYS_sethostname);
}

static void capabilities(void)
{
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct d[2] = {{.effective = 1 << CAP_KILL,
                                           .permitted = 1 << CAP_KILL | 1 << CAP_CHOWN,
                                           .inheritable = 1 << CAP_CHOWN},
                                          {0}};

    start();
    result_of("capset", CALL(SYS_capset, P(&h), P(d)));
    is_int("cap_inheritable", 1 << CAP_CHOWN);
    is_int("cap_permitted", 1 << CAP_KILL | 1 << CAP_CHOWN);
    is_int("cap_effective", 1 << CAP_KILL);
    d[0].effective = d[0].permitted = ~0u;
    long ret = CALL(SYS_capset, P(&h), P(d));
    result_of("capset", ret);
    is_shown("res", "EPERM");
    is_int("cap_effective", 1 << CAP_KILL);
}

static void namespaces(void)
{
    int fd = open("/proc/self/ns/uts", O_RDONLY);

    start();
    result_of("unshare", CALL(SYS_unshare, CLONE_NEWUTS | CLONE_NEWNS | CLONE_FS));
    is_shown("flags", "CLONE_FS|CLONE_NEWNS|CLONE_NEWUTS");
    is_task(TASK_FLAGS, mntns_flag(true));
    long ret = CALL(SYS_unshare, CLONE_VM | CLONE_NEWNET | 1);
    result_of("unshare", ret);
    is_shown("res", "EINVAL");
    is_shown("flags", "CLONE_NEWNET|CLONE_VM");
    result_of("setns", CALL(SYS_setns, fd, CLONE_NEWUTS));
    is_int("fd", fd);
    is_shown("nstype", "CLONE_NEWUTS");
    result_of("setns", CALL(SYS_setns, 5555, 0));
    is_shown("res", "EBADF");
    is_int("fd", 5555);
    is_int("nstype", 0);
    no_file();
}

static void sessions(void)
{
    start();
    result_of("setpgid", CALL(SYS_setpgid, 0, 0));
    is_int("pid", 0);
    is_int("pgid", 0);
    long ret = CALL(SYS_setsid);
    result_of("setsid", ret);
    long pid = CALL(SYS_clone, 17, 0, 0, 0, 0);
    if (pid == 0) {
        ret = CALL(SYS_setsid);
        _exit(0);
    }
    waitpid((pid_t)pid, NULL, 0);
    event_of("setsid", (pid_t)pid);
    is_int("res", pid);
}

static void prctls(void)
{
    char name[16];
    int flag = -1;

    start();
    result_of("prctl", CALL(SYS_prctl, PR_SET_NAME, P("new name")));
    is_shown("option", "PR_SET_NAME");
    is_text("arg2_str", "new name");
    is_int("arg2_int", 0);
    is_comm("new name");
    result_of("prctl", CALL(SYS_prctl, PR_GET_NAME, P(name)));
    is_text("arg2_str", "new name");
    is_int("arg2_int", 0);
    result_of("prctl", CALL(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1));
    is_shown("option", "PR_SET_CHILD_SUBREAPER");
    is_null("arg2_str");
    is_int("arg2_int", 1);
    result_of("prctl", CALL(SYS_prctl, PR_GET_CHILD_SUBREAPER, P(&flag)));
    is_null("arg2_str");
    is_int("arg2_int", 1);
    result_of("prctl", CALL(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0));
    is_shown("option", "PR_SET_KEEPCAPS");
    is_int("arg2_int", 1);
    result_of("prctl", CALL(SYS_prctl, 9999, -5, 0, 0, 0));
    is_shown("res", "EINVAL");
    is_int("option", 9999);
    is_int("arg2_int", -5);
}

const struct param_case cases_creds[] = {{"setuid family", users},
                                         {"setgid family", groups},
                                         {"calls without a row", generic_calls},
                                         {"capset", capabilities},
                                         {"unshare, setns", namespaces},
                                         {"setsid, setpgid", sessions},
                                         {"prctl", prctls},
                                         {NULL, NULL}};
