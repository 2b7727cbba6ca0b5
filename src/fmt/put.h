/* SPDX-License-Identifier: Apache-2.0 */
/* put.h - within fmt/: pieces of JSON that is written without blanks. */
#pragma once
#include "base/str.h"

static inline void put_text(struct sk_buf *out, struct sk_str s)
{
    sk_buf_addc(out, '"');
    sk_buf_add_json(out, s);
    sk_buf_addc(out, '"');
}

/* `"key":`, with a comma in front unless it is the first of its object. */
static inline void put_key(struct sk_buf *out, struct sk_str key)
{
    if (out->n && out->p[out->n - 1] != '{')
        sk_buf_addc(out, ',');
    put_text(out, key);
    sk_buf_addc(out, ':');
}

static inline void put_pair(struct sk_buf *out, const char *key, struct sk_str value)
{
    put_key(out, sk_str(key));
    put_text(out, value);
}
