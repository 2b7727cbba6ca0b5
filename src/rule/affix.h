/* SPDX-License-Identifier: Apache-2.0 */
/* affix.h - which of many texts does another one begin with, or end with?  One walk along a tree
 * tells all of them. */
#pragma once
#include "base/str.h"

/* A text and the number that stands for it; several texts may have the same one. */
struct sk_affix_row {
    struct sk_str text;
    uint32_t bit;
};

struct sk_affix;

/* Of beginnings, or (at_end) of endings.  `row` is sorted here; its texts are borrowed and outlive the
 * tree.  -ENOMEM. */
SK_MUST int sk_affix_new(struct sk_affix_row *row, uint32_t n, bool at_end, struct sk_affix **out);
void sk_affix_free(struct sk_affix *a);
/* Sets bit b (of words of 64) for each text that s begins (ends) with.  Any thread. */
void sk_affix_find(const struct sk_affix *a, struct sk_str s, uint64_t *bits);
