/* SPDX-License-Identifier: Apache-2.0 */
/* capture.h - names of users and groups that a capture holds.  Internal to state/. */
#pragma once
#include "state/internal.h"

/* As sk_state_user and sk_state_group, of a capture. */
const struct sk_user *sk_captured_user(const struct sk_state *st, const struct sk_proc *p,
                                       uint32_t uid);
const struct sk_group *sk_captured_group(const struct sk_state *st, const struct sk_proc *p,
                                         uint32_t gid);
/* Events that add or remove one. */
void sk_state_user_event(struct sk_state *st, const struct sk_event *ev, bool added);
void sk_state_group_event(struct sk_state *st, const struct sk_event *ev, bool added);
