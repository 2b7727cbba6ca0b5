/* SPDX-License-Identifier: Apache-2.0 */
/* transform.h - expressions over fields: a field, a constant, a literal list, or a transformer
 * (tbl/transformers.def) applied to such expressions.  Used by conditions and by output formats.
 *
 * Expressions are built in an arena, typed when built and immutable afterwards; evaluating one
 * allocates from the event's arena only. */
#pragma once
#include "field/field.h"

enum sk_transform {
#define TRANSFORMER(id, name, doc) SK_TR_##id,
#include "transformers.def"
    SK_TR_N
};

enum sk_expr_kind { SK_EXPR_FIELD, SK_EXPR_TEXT, SK_EXPR_LIST, SK_EXPR_TRANSFORM };

#define SK_EXPR_DEPTH_MAX 100

struct sk_expr {
    enum sk_expr_kind kind;
    enum sk_type type;
    enum sk_print fmt;
    bool is_list;
    bool stateful; /* a field in it must not be cached within an event */
    unsigned depth;
    struct sk_field_ref ref; /* FIELD */
    struct sk_str text;      /* TEXT */
    enum sk_transform tr;    /* TRANSFORM */
    char opt;                /* getopt(...)[c]; 0: none */
    const struct sk_expr **arg;
    size_t n;
};

const char *sk_transform_name(enum sk_transform tr);
/* -1: no such transformer. */
int sk_transform_by_name(struct sk_str name);

/* Constructors; -EINVAL with the filter compiler's message in `err`, -ENOMEM.
 */
SK_MUST int sk_expr_field(const struct sk_field_set *set, struct sk_str text, struct sk_arena *mem,
                          const struct sk_expr **out, struct sk_buf *err);
SK_MUST int sk_expr_text(struct sk_str text, struct sk_arena *mem, const struct sk_expr **out);
SK_MUST int sk_expr_list(const struct sk_expr *const *arg, size_t n, struct sk_arena *mem,
                         const struct sk_expr **out, struct sk_buf *err);
/* `index` is the text between brackets after the call; p == NULL: none. */
SK_MUST int sk_expr_transform(enum sk_transform tr, const struct sk_expr *const *arg, size_t n,
                              struct sk_str index, struct sk_arena *mem, const struct sk_expr **out,
                              struct sk_buf *err);

/* The longest expression at the start of `text` ("proc.aname[2]", "tolower(proc.name)"): *used is
 * its length.  0, -ENOENT: there is none (`err` says what is wrong), -EINVAL, -ENOMEM. For formats.
 */
SK_MUST int sk_expr_parse_in(const struct sk_field_set *set, struct sk_str text,
                             struct sk_arena *mem, const struct sk_expr **out, size_t *used,
                             struct sk_buf *err);
SK_MUST static inline int sk_expr_parse(struct sk_str text, struct sk_arena *mem,
                                        const struct sk_expr **out, size_t *used,
                                        struct sk_buf *err)
{
    return sk_expr_parse_in(NULL, text, mem, out, used, err);
}

/* The first plain field in it (the formatter's key), or NULL. */
const struct sk_field_ref *sk_expr_first_field(const struct sk_expr *e);

/* false: absent. Texts in *out are cut at their first NUL. */
bool sk_expr_extract(const struct sk_ctx *cx, const struct sk_expr *e, struct sk_vals *out);
