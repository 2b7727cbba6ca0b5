/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter.h - rules as a filter for the kernel side (abi/prefilter.h): which events can match none of
 * them, told by what is known before a record is filled.
 *
 * The filter is wider than the rules: what it drops, no rule matches.  A check that the kernel side
 * cannot make counts as true, whether it stands behind a `not` or not. */
#pragma once
#include "abi/prefilter.h"
#include "rule/ruleset.h"

struct sk_prefilter;

struct sk_prefilter_stats {
    unsigned events;   /* codes that are filtered */
    unsigned unneeded; /* of those: codes that no rule can match */
    unsigned clauses, nodes, marks;
    unsigned bits[SK_PF_WORDS]; /* in use; NUM: the most of one event */
    unsigned dropped;           /* tests for which no bit was left */
};

/* For the active rules of `rs`, which outlives it; events of `whole` are not filtered.  seed: of the
 * hashes, drawn at random.  -ENOMEM. */
SK_MUST int sk_prefilter_new(const struct sk_ruleset *rs, const struct sk_event_set *whole,
                             uint64_t seed, struct sk_prefilter **out);
void sk_prefilter_free(struct sk_prefilter *f);
void prefilter_freep(struct sk_prefilter **f);

/* The value for the kernel side; lives as long as f. */
const struct sk_pf *sk_prefilter_pf(const struct sk_prefilter *f);
void sk_prefilter_stats(const struct sk_prefilter *f, struct sk_prefilter_stats *out);

/* What the kernel side would say of an event, by what its record and the state tell: false: it is
 * dropped.  Records without extensions pass. */
bool sk_prefilter_pass(const struct sk_pf *pf, const struct sk_ctx *cx);
/* The facts of one word, as that finds them. */
void sk_prefilter_facts(const struct sk_pf *pf, const struct sk_ctx *cx, enum sk_pf_word word,
                        uint64_t *out_value, uint64_t *out_known);

/* In words: for each event what is sent; for one rule (NULL: all) why it is told apart or is not. */
SK_MUST int sk_prefilter_explain(const struct sk_ruleset *rs, const struct sk_rule *rule,
                                 const struct sk_event_set *whole, struct sk_buf *out);

/* Hash of a name: of a thread, or one component of a path. */
uint64_t sk_pf_hash(const struct sk_pf *pf, const void *name, size_t n);
