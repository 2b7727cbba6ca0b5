/* SPDX-License-Identifier: Apache-2.0 */
/* value.h - texts of a tests file -> bytes of parameters, numbers, values of fields. */
#pragma once
#include "event/event.h"
#include "field/val.h"

/* Decimal, 0x, octal with a leading 0, a sign.  -EINVAL. */
SK_MUST int sk_trial_number(struct sk_str text, int64_t *out);
/* A number, or names joined by '|' or ','. `t` may be NULL.  -EINVAL. */
SK_MUST int sk_trial_flags(const struct sk_flag_table *t, struct sk_str text, uint64_t *out);
/* "ENOENT" -> -2, "SUCCESS" -> 0, numbers.  -EINVAL. */
SK_MUST int sk_trial_result(struct sk_str text, int64_t *out);
/* Names of capabilities with blanks or commas between them -> mask.  -EINVAL. */
SK_MUST int sk_trial_caps(struct sk_str text, uint64_t *out);

/* Writes parameter `p`; text.p == NULL: what a call has that was not told (0, or empty).  -EINVAL:
 * not of this type; -ENOTSUP: the type has no text. */
SK_MUST int sk_trial_param(struct sk_event_writer *w, const struct sk_param_info *p,
                           struct sk_str text);
/* A field's value from its text, for an overlay. Bytes of addresses are in mem.  -EINVAL, -ENOMEM. */
SK_MUST int sk_trial_value(enum sk_type type, struct sk_str text, struct sk_arena *mem,
                           struct sk_val *out);
