/* SPDX-License-Identifier: Apache-2.0 */
/* special.h - conditions for events of one code: see special.c. */
#pragma once
#include "rule/ir.h"

struct sk_special {
    struct sk_filter_pool *pool;
    uint64_t *memo; /* round << 32 | result, of the nodes that there were at the beginning */
    uint32_t n, round;
    unsigned code;
};

/* For the nodes that the pool has now. -ENOMEM. */
SK_MUST int sk_special_init(struct sk_special *s, struct sk_filter_pool *p);
void sk_special_done(struct sk_special *s);
/* From now on for events of this code. */
void sk_special_begin(struct sk_special *s, unsigned code);
/* Root of what is left (SK_IR_FALSE: such an event cannot match); new nodes go into the pool.
 * -ENOMEM, -E2BIG: the root itself is as right. */
SK_MUST int sk_special_root(struct sk_special *s, uint32_t root, uint32_t *out);
