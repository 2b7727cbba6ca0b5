/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - see names.h. */
#include "field/names.h"

#include "base/base.h"

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
