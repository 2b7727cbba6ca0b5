/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - output formats: "%proc.name did %evt.args" compiled once, printed per alert. */
#pragma once
#include "field/field.h"

struct sk_format;

/* -EINVAL: `err` has the message ("unknown filter: ...", "empty formatting token"...). Owner:
 * caller.  The fields of `set` (may be NULL) outlive the format. */
SK_MUST int sk_format_compile_in(const struct sk_field_set *set, struct sk_str text,
                                 struct sk_format **out, struct sk_buf *err);
SK_MUST static inline int sk_format_compile(struct sk_str text, struct sk_format **out,
                                            struct sk_buf *err)
{
    return sk_format_compile_in(NULL, text, out, err);
}
void sk_format_free(struct sk_format *f);
void format_freep(struct sk_format **f);

/* Text with "<NA>" for absent fields. */
void sk_format_text(const struct sk_format *f, const struct sk_ctx *cx, struct sk_buf *out);
/* One field as a format prints it. */
void sk_format_field(const struct sk_field_ref *ref, const struct sk_ctx *cx, struct sk_buf *out);
/* The plain fields that the format names, each once, in the order of their names. */
size_t sk_format_fields(const struct sk_format *f, const struct sk_field_ref *const **out);
