/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - the layout of JSON that was written without blanks. */
#pragma once
#include "base/str.h"

/* Appends `compact`, valid JSON without blanks between its parts, with one line a member and two
 * blanks for each level; no newline at the end. */
void sk_json_indent(struct sk_str compact, struct sk_buf *out);
