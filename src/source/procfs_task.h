/* SPDX-License-Identifier: Apache-2.0 */
/* procfs_task.h - one process of /proc; internal to procfs. */
#pragma once
#include "state/state.h"

/* -ESRCH: gone, a kernel thread or a zombie; -EPERM: on the host though only containers are wanted.
 */
SK_MUST int sk_procfs_read_pid(const char *proc, uint32_t pid, bool containers_only,
                               struct sk_state *st);
/* The name of a directory as id; false: is none. */
bool sk_procfs_number(const char *z, uint32_t *out);
