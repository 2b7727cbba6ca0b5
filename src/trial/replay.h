/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - events of a capture, each with the state that it meets: what tests of rules and
 * explanations look at.  No rules, no outputs, no thread of its own. */
#pragma once
#include "base/diag.h"
#include "field/field.h"

#define SK_TRIAL_TMP_BYTES (4u << 20) /* temporaries of one event */

/* One event that rules see; everything is borrowed until it returns.  Non-zero ends the replay. */
typedef int sk_replay_fn(void *self, struct sk_ctx *cx);

/* 0 at the end, what fn returned, or -errno with the reason in dg: no such file, no capture. What
 * is whole in a cut file is replayed before the error. */
SK_MUST int sk_replay(const char *file, sk_replay_fn *fn, void *self, struct sk_diag *dg);
