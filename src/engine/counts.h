/* SPDX-License-Identifier: Apache-2.0 */
/* counts.h - what happened to each rule since the start, by its name: generations come and go, what
 * was counted stays. */
#pragma once
#include <stdatomic.h>

#include "rule/ruleset.h"

/* Rules that are not loaded any more but had matched; of more of them only the sum is kept. */
#define SK_COUNTS_RETIRED_MAX 4096

/* Of this many events one is timed: a prime, so that events that come in turns are all met. */
#define SK_COUNTS_TIMED_OF 61

struct sk_rule_count {
    const char *name, *source;
    const char *const *tags;
    size_t ntags;
    enum sk_level priority;
    uint32_t id; /* of the generation that runs; of an earlier one when not loaded */
    bool loaded;
    atomic_uint_fast64_t matches; /* the event thread alone adds */
    struct sk_rule_cost cost;     /* counted while metrics want it */
    void *block, *next; /* memory of source and tags; that of a generation that is being bound */
};

struct sk_counts;

struct sk_counts *sk_counts_new(void);
void sk_counts_free(struct sk_counts *c);

/* Finds or makes the counter of each rule; out has room for every sk_rule.id.  Rules that are not
 * among them are retired.  -ENOMEM: nothing has changed.  Event thread. */
SK_MUST int sk_counts_bind(struct sk_counts *c, const struct sk_ruleset *rules,
                           struct sk_rule_count **out);

/* Loaded rules in the order of their ids, then retired ones.  Any thread; what fn gets is borrowed
 * until it returns. */
typedef void sk_count_fn(void *self, const struct sk_rule_count *count);
void sk_counts_each(struct sk_counts *c, sk_count_fn *fn, void *self);
/* Matches of retired rules whose names were given up. */
uint64_t sk_counts_others(struct sk_counts *c);

static inline void sk_count_match(struct sk_rule_count *c)
{
    /* One thread writes: no locked instruction is needed. */
    atomic_store_explicit(&c->matches, atomic_load_explicit(&c->matches, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static inline uint64_t sk_count_matches(const struct sk_rule_count *c)
{
    return atomic_load_explicit(&c->matches, memory_order_relaxed);
}
