/* SPDX-License-Identifier: Apache-2.0 */
/* procfs.h - processes that were there before Saker, and those behind a drop, read from /proc.
 *
 * Only what the scope allows is read: with a cgroup scope, the pids in its cgroup.procs files; with
 * a pid scope, that process and its descendants. */
#pragma once
#include "source/source.h"

/* proc: "/proc" or "$HOST_ROOT/proc".  Reads one process with all its threads.  -ESRCH when gone.
 */
SK_MUST int sk_procfs_read(const char *proc, uint32_t pid, struct sk_state *st);
/* Reads everything in scope; processes that vanish or refuse are skipped. Returns how many were
 * read. */
int sk_procfs_scan(const char *proc, const struct sk_capture *scope, struct sk_state *st);
