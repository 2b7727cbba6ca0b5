/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - see names.h. */
#include "field/names.h"

#include "base/base.h"
#include "record.h"

/* linux/errno.h: never seen by programs, but by who looks at the kernel's side of a call. */
static const struct {
    int err;
    const char *name;
} kernel_errors[] = {
    {512, "ERESTARTSYS"},
    {513, "ERESTARTNOINTR"},
    {514, "ERESTARTNOHAND"},
    {515, "ENOIOCTLCMD"},
    {516, "ERESTART_RESTARTBLOCK"},
    {517, "EPROBE_DEFER"},
    {518, "EOPENSTALE"},
    {519, "ENOPARAM"},
    {521, "EBADHANDLE"},
    {522, "ENOTSYNC"},
    {523, "EBADCOOKIE"},
    {524, "ENOTSUPP"},
    {525, "ETOOSMALL"},
    {526, "ESERVERFAULT"},
    {527, "EBADTYPE"},
    {528, "EJUKEBOX"},
    {529, "EIOCBQUEUED"},
    {530, "ERECALLCONFLICT"},
};

static const char *const signals[] = {
    NULL,        "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS",
};

static const struct {
    const char *name, *letter;
} fd_types[] = {
    [SK_FD_UNKNOWN] = {NULL, "o"},
    [SK_FD_FILE_V1] = {"file", "f"},
    [SK_FD_DIRECTORY] = {"directory", "d"},
    [SK_FD_IPV4_SOCK] = {"ipv4", "4"},
    [SK_FD_IPV6_SOCK] = {"ipv6", "6"},
    [SK_FD_IPV4_SERVSOCK] = {"ipv4", "4"},
    [SK_FD_IPV6_SERVSOCK] = {"ipv6", "6"},
    [SK_FD_FIFO] = {"pipe", "p"},
    [SK_FD_UNIX] = {"unix", "u"},
    [SK_FD_EVENT] = {"event", "e"},
    [SK_FD_UNSUPPORTED] = {NULL, "X"},
    [SK_FD_SIGNALFD] = {"signalfd", "s"},
    [SK_FD_EVENTPOLL] = {"eventpoll", "l"},
    [SK_FD_INOTIFY] = {"inotify", "i"},
    [SK_FD_TIMERFD] = {"timerfd", "t"},
    [SK_FD_NETLINK] = {"netlink", "n"},
    [SK_FD_FILE] = {"file", "f"},
    [SK_FD_BPF] = {"bpf", "b"},
    [SK_FD_USERFAULTFD] = {"userfaultfd", "u"},
    [SK_FD_IO_URING] = {"io_uring", "r"},
    [SK_FD_MEMFD] = {"memfd", "m"},
    [SK_FD_PIDFD] = {"pidfd", "P"},
};

const char *sk_errno_name(int err)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(kernel_errors); i++)
        if (kernel_errors[i].err == err)
            return kernel_errors[i].name;
    return err > 0 ? strerrorname_np(err) : NULL;
}

const char *sk_signal_name(unsigned sig)
{
    return sig < SK_ARRAY_LEN(signals) ? signals[sig] : NULL;
}

const char *sk_fd_type_name(unsigned type)
{
    return type < SK_ARRAY_LEN(fd_types) ? fd_types[type].name : NULL;
}

const char *sk_fd_type_letter(unsigned type)
{
    return fd_types[type < SK_ARRAY_LEN(fd_types) ? type : SK_FD_UNKNOWN].letter;
}
