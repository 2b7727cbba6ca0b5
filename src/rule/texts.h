/* SPDX-License-Identifier: Apache-2.0 */
/* texts.h - all tests of one text, whichever rules make them, as one: equality by a hash, beginnings
 * and endings by a tree each, parts by one automaton.
 *
 * A test is a bit.  Whoever asks for one gets all of its kind, as one look at the text tells them. */
#pragma once
#include "rule/ir.h"

struct sk_texts;

/* May the predicate be one of these tests?  *inverted: the bit says the opposite (!=). */
bool sk_texts_takes(const struct sk_pred *pred, unsigned flags, bool *out_inverted);

/* Of predicates that it takes, pred[i] is bit i; `flags` (sk_field_flag) are those of the slot that
 * all of them read.  Predicates outlive it.  -ENOMEM. */
SK_MUST int sk_texts_new(const struct sk_pred *const *pred, uint32_t n, unsigned flags,
                         struct sk_texts **out);
void sk_texts_free(struct sk_texts *t);
/* How many words of 64 bits there are. */
uint32_t sk_texts_words(const struct sk_texts *t);

/* Decides the bits `want` of word w for `vals`, at least one value, until one of them is true or all are
 * known. */
void sk_texts_ask(const struct sk_texts *t, const struct sk_vals *vals, uint32_t w, uint64_t want,
                  uint64_t *known, uint64_t *bits, struct sk_arena *tmp);
