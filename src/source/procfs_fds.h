/* SPDX-License-Identifier: Apache-2.0 */
/* procfs_fds.h - open descriptors of processes, read from /proc: for recordings, whose readers follow
 * descriptors from there on. */
#pragma once
#include "state/state.h"

/* Sockets of the network namespaces that were met, by inode. */
struct sk_procfs_nets;

struct sk_procfs_nets *sk_procfs_nets_new(void); /* NULL: no memory, sockets stay unnamed */
void sk_procfs_nets_free(struct sk_procfs_nets *n);
void procfs_nets_freep(struct sk_procfs_nets **n);

/* Calls fn for every descriptor that can be read; texts are borrowed until it returns. */
void sk_procfs_fds(const char *proc, uint32_t pid, struct sk_procfs_nets *nets,
                   void (*fn)(void *self, const struct sk_fd_info *fi), void *self);
