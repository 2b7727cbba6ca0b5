/* SPDX-License-Identifier: Apache-2.0 */
/* write.h - the record of an event that a test writes as fields, as Saker's driver would write it. */
#pragma once
#include "trial/scene.h"

/* Appends the record to out.  Marks in used[] what it took of given[0..n).  -EINVAL with the place in
 * dg: no such event, a value of the wrong type, a parameter that the event does not have. */
SK_MUST int sk_record_make(const struct sk_trial_event *e, const struct sk_given *given, size_t n,
                           const struct sk_scene *s, uint64_t ts_ns, struct sk_arena *mem,
                           struct sk_buf *out, bool *used, struct sk_diag *dg);
