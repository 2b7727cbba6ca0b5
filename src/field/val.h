/* SPDX-License-Identifier: Apache-2.0 */
/* val.h - a value of a field, and how it is written as text and as JSON. */
#pragma once
#include "base/arena.h"
#include "event/table.h"

/* Integers of every width sit in u64 (sign-extended for signed types). Strings, paths, buffers and
 * addresses sit in s, borrowed from the record, the state or the batch arena. */
struct sk_val {
    enum sk_type type;
    enum sk_print fmt; /* of this value; SK_PF_NA: the field's */
    union {
        uint64_t u64;
        int64_t i64;
        double dbl;
        bool b;
    };
    struct sk_str s;
};

/* What an extractor gives: n values (1 for scalars). */
#define SK_VALS_MAX 64
struct sk_vals {
    size_t n;
    struct sk_val v[SK_VALS_MAX];
};

/* Signed integer type? One of the string types? */
bool sk_type_is_signed(enum sk_type t);
bool sk_type_is_text(enum sk_type t); /* CHARBUF, FSPATH, FSRELPATH */
bool sk_type_is_int(enum sk_type t);  /* every type whose value sits in u64/i64 */

void sk_add_base64(struct sk_str s, struct sk_buf *out);
/* Text of a value by print format; JSON value (number, string with quotes, true...). */
void sk_val_text(const struct sk_val *v, enum sk_print fmt, struct sk_buf *out);
void sk_val_json(const struct sk_val *v, enum sk_print fmt, struct sk_buf *out);
