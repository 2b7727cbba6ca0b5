/* SPDX-License-Identifier: Apache-2.0 */
/* needles.h - which of many texts are contained in another one?  One pass tells all of them
 * (Aho-Corasick). */
#pragma once
#include "base/str.h"
#include "rule/affix.h"

#define SK_NEEDLES_BYTES_MAX 16384u /* of all texts together */

struct sk_needles;

/* Texts are not empty, have no NUL, and are at most SK_NEEDLES_BYTES_MAX bytes together; they are not
 * needed afterwards.  -ENOMEM. */
SK_MUST int sk_needles_new(const struct sk_affix_row *row, uint32_t n, struct sk_needles **out);
void sk_needles_free(struct sk_needles *nd);
/* Sets bit b (of words of 64) for each text that s contains.  Any thread. */
void sk_needles_find(const struct sk_needles *nd, struct sk_str s, uint64_t *bits);
