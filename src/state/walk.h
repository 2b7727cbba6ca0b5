/* SPDX-License-Identifier: Apache-2.0 */
/* walk.h - all that a state knows, for who writes it down.  What is returned is valid until the next
 * sk_state_apply. */
#pragma once
#include "state/state.h"

/* All threads, in no order: start with *it = 0; NULL at the end. */
struct sk_thread *sk_state_next(const struct sk_state *st, size_t *it);
/* What is known of a thread, as a scan would tell it. */
void sk_state_task_info(const struct sk_thread *th, struct sk_task_info *out);
/* Times, cgroup and namespaces of a process that was added before them; one that is not there, or whose
 * leader the thread is not, is left alone. */
void sk_state_add_more(struct sk_state *st, const struct sk_task_info *ti);
/* Addresses of the captured machine. */
const struct sk_iface *sk_state_ifaces(const struct sk_state *st, size_t *out_n);
/* Users (or groups: gid and name only) of the captured machine, in no order; NULL at the end. */
const struct sk_user *sk_state_name_next(const struct sk_state *st, bool groups, size_t *it);
