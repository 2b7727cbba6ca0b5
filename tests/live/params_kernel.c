/* SPDX-License-Identifier: Apache-2.0 */
/* params_kernel.c - calls that change the kernel, or another process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record.h"
#include "tests/live/params.h"

static pid_t sleeper(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    NEED(pid > 0);
    return pid;
}

static void modules(void)
{
    /* On the stack: a kernel that refuses before it looks leaves constants where they are, on disk. */
    char img[] = "not a module", args[] = "key=value", none[] = "sk_no_such_module";
    int fd = open("/etc/passwd", O_RDONLY);

    start();
    long ret = CALL(SYS_init_module, P(img), 12, P(args));
    event("init_module");
    is_result("res", ret);
    is_bytes("img", "not a module", 12);
    is_int("length", 12);
    is_text("uargs", "key=value");
    ret = CALL(SYS_finit_module, fd, P(args), 3);
    event("finit_module");
    is_result("res", ret);
    is_int("fd", fd);
    is_text("uargs", args);
    is_shown("flags", "MODULE_INIT_IGNORE_MODVERSIONS|MODULE_INIT_IGNORE_VERMAGIC");
    is_file(fd, "/etc/passwd", SK_FD_FILE);
    ret = CALL(SYS_delete_module, P(none), O_NONBLOCK | O_TRUNC);
    event("delete_module");
    is_result("res", ret);
    is_text("name", "sk_no_such_module");
    is_shown("flags", "O_NONBLOCK|O_TRUNC");
}

static void bpfs(void)
{
    union bpf_attr attr = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

    start();
    long fd = CALL(SYS_bpf, BPF_MAP_CREATE, P(&attr), sizeof(attr));
    event("bpf");
    is_int("fd", fd);
    is_shown("cmd", "BPF_MAP_CREATE");
    CALL(SYS_bpf, BPF_MAP_LOOKUP_ELEM, 0, 0);
    event("bpf");
    is_not("fd", 0);
    is_shown("cmd", "BPF_MAP_LOOKUP_ELEM");
}

static void ptraces(void)
{
    static long word = 0x1122334455667788;
    long got = 0;
    pid_t pid = sleeper();

    start();
    CALL(SYS_ptrace, PTRACE_PEEKDATA, pid, P(&word), P(&got));
    event("ptrace");
    is_shown("res", "ESRCH");
    is_shown("request", "PTRACE_PEEKDATA");
    is_int("pid", pid);
    is_bytes("addr", "\0\0\0\0\0\0\0\0\0", 9); /* nothing was looked at */
    is_bytes("data", "\0\0\0\0\0\0\0\0\0", 9);
    CALL(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0);
    waitpid(pid, NULL, 0);
    event("ptrace");
    is_int("res", 0);
    is_shown("request", "PTRACE_ATTACH");
    CALL(SYS_ptrace, PTRACE_PEEKDATA, pid, P(&word), P(&got));
    long at = P(&word);
    char want[9] = {0};
    memcpy(want + 1, &at, 8);
    event("ptrace");
    is_int("res", 0);
    is_bytes("addr", want, 9);
    memcpy(want + 1, &word, 8);
    is_bytes("data", want, 9);
    CALL(SYS_ptrace, PTRACE_POKEDATA, pid, P(&word), 77);
    event("ptrace");
    is_shown("request", "PTRACE_POKEDATA");
    is_bytes("data", "\0\115\0\0\0\0\0\0\0", 9);
    CALL(SYS_ptrace, PTRACE_CONT, pid, 1, SIGKILL);
    event("ptrace");
    is_shown("request", "PTRACE_CONT");
    is_bytes("data", "\1\11", 2);
    waitpid(pid, NULL, 0);
    CALL(SYS_ptrace, PTRACE_SEIZE, 0x7ffffff0, 0, 0);
    event("ptrace");
    is_shown("res", "ESRCH");
    is_shown("request", "PTRACE_SEIZE");
    is_int("pid", 0x7ffffff0);
}

static void kills(void)
{
    pid_t pid = sleeper();

    start();
    CALL(SYS_kill, pid, 0);
    event("kill");
    is_int("res", 0);
    is_int("pid", pid);
    is_int("sig", 0);
    CALL(SYS_tkill, pid, SIGCONT);
    event("tkill");
    is_int("res", 0);
    is_int("tid", pid);
    is_shown("sig", "SIGCONT");
    CALL(SYS_tgkill, pid, pid, SIGTERM);
    event("tgkill");
    is_int("res", 0);
    is_int("pid", pid);
    is_int("tid", pid);
    is_shown("sig", "SIGTERM");
    waitpid(pid, NULL, 0);
    CALL(SYS_kill, -0x7ffffff0, SIGKILL);
    event("kill");
    is_shown("res", "ESRCH");
    is_int("pid", -0x7ffffff0);
    is_shown("sig", "SIGKILL");
}

static void other_memory(void)
{
    static char theirs[] = "their bytes";
    char mine[16] = "";
    struct iovec l = {mine, 11}, r = {theirs, 11}, w = {(char *)"WRITTEN", 7};
    pid_t pid = sleeper();

    start();
    long ret = CALL(SYS_process_vm_readv, pid, P(&l), 1, P(&r), 1, 0);
    event("process_vm_readv");
    is_result("res", ret);
    is_int("pid", pid);
    if (ret > 0)
        is_bytes("data", "their bytes", 11);
    ret = CALL(SYS_process_vm_writev, pid, P(&w), 1, P(&r), 1, 0);
    event("process_vm_writev");
    is_result("res", ret);
    is_int("pid", pid);
    if (ret > 0)
        is_bytes("data", "WRITTEN", 7);
    CALL(SYS_process_vm_readv, 0x7ffffff0, P(&l), 1, P(&r), 1, 0);
    event("process_vm_readv");
    is_int("res", -ESRCH);
    is_null("data");
    kill(pid, SIGKILL);
}

static void memory_protection(void)
{
    void *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    start();
    CALL(SYS_mprotect, P(p), 8192, PROT_READ | PROT_WRITE | PROT_EXEC);
    event("mprotect");
    is_int("res", 0);
    is_int("addr", P(p));
    is_int("length", 8192);
    is_shown("prot", "PROT_READ|PROT_WRITE|PROT_EXEC");
    CALL(SYS_mprotect, 1, 1, PROT_NONE);
    event("mprotect");
    is_shown("res", "EINVAL");
    is_shown("prot", "PROT_NONE");
}

static void dyn_number(const char *param, long v)
{
    char want[9] = {0};

    memcpy(want + 1, &v, 8);
    is_bytes(param, want, 9);
}

static void keys(void)
{
    start();
    long ret = CALL(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);
    event("keyctl");
    is_result("res", ret);
    is_shown("operation", "KEYCTL_GET_KEYRING_ID");
    dyn_number("arg2", KEY_SPEC_SESSION_KEYRING);
    dyn_number("arg3", 0);
    dyn_number("arg4", 0);
    dyn_number("arg5", 0);
    ret = CALL(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, P("user"), P("some key"), 5);
    event("keyctl");
    is_result("res", ret);
    is_shown("operation", "KEYCTL_SEARCH");
    is_bytes("arg3", "\1user", 6);
    is_bytes("arg4", "\1some key", 10);
    dyn_number("arg5", 5);
    ret = CALL(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, P("sk"), 0, 0, 0);
    event("keyctl");
    is_bytes("arg2", "\1sk", 4);
    dyn_number("arg3", 0);
}

const struct param_case cases_kernel[] = {{"init_module, finit_module, delete_module", modules},
                                          {"bpf", bpfs},
                                          {"ptrace", ptraces},
                                          {"kill, tkill, tgkill", kills},
                                          {"process_vm_readv, process_vm_writev", other_memory},
                                          {"mprotect", memory_protection},
                                          {"keyctl", keys},
                                          {NULL, NULL}};
