/* SPDX-License-Identifier: Apache-2.0 */
/* onepass.h - all rules of an event in one pass: gate by gate, in the order that costs least on the
 * events that come. */
#pragma once
#include "rule/exec.h"
#include "rule/plan.h"

/* For the rules of these plans, which live as long as it runs. -ENOMEM. */
SK_MUST int sk_onepass_new(struct sk_filter_exec *x, const struct sk_plans *ps,
                           struct sk_onepass **out);
void sk_onepass_free(struct sk_onepass *op);

/* Is it for these plans? */
bool sk_onepass_is_for(const struct sk_onepass *op, const struct sk_plans *ps);

/* The rules of plan number `plan` that match: a bit each, valid until the next call.  NULL: they have to
 * be run one by one. */
const uint64_t *sk_onepass_run(struct sk_filter_exec *x, uint32_t plan, const struct sk_ctx *cx);
