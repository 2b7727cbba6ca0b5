/* SPDX-License-Identifier: Apache-2.0 */
/* value.h - constants of conditions: text -> the value that the left side's type gives it. */
#pragma once
#include "base/arena.h"
#include "event/types.h"

#define SK_CONST_MAX 256 /* bytes of a constant with its NUL */

struct sk_const {
    uint64_t num; /* integers (sign-extended for signed types), ports, bools */
    double dbl;
    struct sk_str s; /* texts, byte buffers; addresses: 4 or 16 bytes */
    unsigned prefix; /* networks: length of the prefix in bits */
};

/* 0; -EINVAL with the compiler's message (spec 1.5) in err; -ENOMEM. */
SK_MUST int sk_const_parse(enum sk_type type, struct sk_str text, struct sk_arena *mem,
                           struct sk_const *out, struct sk_buf *err);
/* Operand of bcontains and bstartswith: an even number of hex digits. */
SK_MUST int sk_const_parse_hex(struct sk_str text, struct sk_arena *mem, struct sk_const *out,
                               struct sk_buf *err);

/* An integer as the type's width holds it. */
uint64_t sk_const_truncate(enum sk_type type, uint64_t value);
/* Is `addr` (4 or 16 bytes) in the network?  Another family: no. */
bool sk_const_in_net(const struct sk_const *net, struct sk_str addr);
