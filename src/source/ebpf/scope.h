/* SPDX-License-Identifier: Apache-2.0 */
/* scope.h - finds what a scope names: a cgroup's descriptor, a process with its descendants. */
#pragma once
#include "base/diag.h"

/* Opens a directory of the cgroup v2 hierarchy.  Errors say what it is instead and where v2 is. */
SK_MUST int sk_scope_open_cgroup(const char *path, struct sk_diag *dg, int *out_fd);

/* What the kernel calls the cgroup that was opened; 0: not to be known. */
uint64_t sk_scope_id(int cgroup_fd);

/* Called once for each process. Non-zero ends the walk with that value. */
typedef int sk_scope_pid_fn(void *self, uint32_t pid);

/* The process that `pid` (a process or one of its threads) belongs to. -ESRCH. */
SK_MUST int sk_scope_leader(const char *proc, uint32_t pid, uint32_t *out_pid);
/* Calls fn for the process and every descendant that it finds, parents first, from `proc`
 * ("/proc"). A process may fork while this looks: call it again until it finds nothing new. -ESRCH:
 * no such process. */
SK_MUST int sk_scope_walk(const char *proc, uint32_t pid, sk_scope_pid_fn *fn, void *self);

/* Inode number of a namespace of process 1 ("pid", "mnt"); 0 when it may not be read. */
uint32_t sk_scope_host_ns(const char *proc, const char *kind);
