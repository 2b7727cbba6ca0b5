/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h - the rules of one event type, turned round: not the parts of each rule, but each part with the
 * rules that it stands in.
 *
 * A rule that is an `and` needs all of its parts (gates); whatever gate is closed, all rules that need
 * it are settled at once.  Event types with the same rules share one plan. */
#pragma once
#include "rule/ir.h"

struct sk_plan {
    uint32_t nrules, words; /* words of 64 rules */
    uint32_t ngates;
    uint32_t *gate; /* nodes */
    uint64_t *mask; /* [ngates][words]: the rules that need it */
    bool by_rule;   /* a field changes by being asked: conditions are run one by one */
};

struct sk_plans {
    uint32_t n, most_rules;
    struct sk_plan *plan;
    uint32_t of[SK_EVENT_N]; /* of each event code: index + 1; 0: no rules */
    uint64_t serial;         /* which of the plans that were made of one pool */
};

/* root[first[code]] .. root[first[code + 1] - 1] are the conditions of the rules of `code`, in order.
 * -ENOMEM. */
SK_MUST int sk_plans_new(const struct sk_filter_pool *p, const uint32_t *root,
                         const uint32_t first[SK_EVENT_N + 1], struct sk_plans **out);
void sk_plans_free(struct sk_plans *ps);
