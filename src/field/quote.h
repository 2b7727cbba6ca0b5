/* SPDX-License-Identifier: Apache-2.0 */
/* quote.h - quoted strings of the filter language, as conditions and output formats have them. */
#pragma once
#include "base/str.h"

/* Length of the quoted string at the start of `text`, with its quotes; 0: there is none. */
size_t sk_quote_len(struct sk_str text);

/* Resolves the escapes of what stands between quotes of kind `quote`.  `buf` has room for in.n
 * bytes; returns the length, or -EINVAL with the message in err (as spec/engine.md 1.2 words it).
 */
SK_MUST int sk_quote_unescape(struct sk_str in, char quote, char *buf, char *err, size_t err_size);
