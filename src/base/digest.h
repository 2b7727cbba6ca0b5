/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - hashes that people compare. */
#pragma once
#include "base/str.h"

#define SK_SHA256_TEXT 65

/* SHA-256 in hexadecimal digits; "" when the library refuses. */
void sk_sha256(struct sk_str content, char out[SK_SHA256_TEXT]);
