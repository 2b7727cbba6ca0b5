/* SPDX-License-Identifier: Apache-2.0 */
/* preempt.h - may the kernel take the CPU from a thread that is in the kernel?
 *
 * Programs at the ends of functions then run into each other on one CPU: the kernel leaves out the one that
 * comes second, and ours share what a CPU has. */
#pragma once
#include "base/base.h"

/* What a kernel says of it; NULL: not to be had. */
struct sk_preempt_texts {
    const char *version; /* of uname() */
    const char *debug;   /* /sys/kernel/debug/sched/preempt */
    const char *cmdline; /* /proc/cmdline */
    const char *config;  /* that it was built with */
};

/* true: it never does.  Else, or when that cannot be told, *why says so. */
bool sk_preempt_never(const struct sk_preempt_texts *t, const char **why);
/* The same of the kernel that runs. */
bool sk_preempt_never_here(const char **why);
