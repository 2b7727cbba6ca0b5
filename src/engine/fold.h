/* SPDX-License-Identifier: Apache-2.0 */
/* fold.h - storms of alerts: the first of a kind passes at once, those that follow are counted and
 * summed up when their time is over.
 *
 * What does not fit is not folded: it passes.  One thread. */
#pragma once
#include "fmt/alert.h"

struct sk_fold_options {
    uint64_t interval_ns;
    size_t max_entries, max_bytes;
};

struct sk_fold;
SK_MUST int sk_fold_new(const struct sk_fold_options *opt, struct sk_fold **out); /* -ENOMEM */
void sk_fold_free(struct sk_fold *f);
void fold_freep(struct sk_fold **f);
/* Whatever is folded keeps its time. */
void sk_fold_set(struct sk_fold *f, const struct sk_fold_options *opt);

/* key: what makes alerts the same.  true: one more of a kind that was seen, nothing is to be told. */
bool sk_fold_repeats(struct sk_fold *f, struct sk_str key, uint64_t ts_ns);
/* The first of a kind passed; `first` is copied (its numbers are not used). false: no room for it. */
bool sk_fold_remember(struct sk_fold *f, struct sk_str key, uint64_t ts_ns,
                      const struct sk_alert_summary *first);
/* When sk_fold_due() has something next; UINT64_MAX: nothing is there. */
uint64_t sk_fold_next_ns(const struct sk_fold *f);
/* The next summary whose time is over; borrowed until the next call. false: none. */
bool sk_fold_due(struct sk_fold *f, uint64_t now_ns, struct sk_alert_summary *out);
/* Kinds that are remembered. */
size_t sk_fold_count(const struct sk_fold *f);
