/* SPDX-License-Identifier: Apache-2.0 */
/* parse.h - what the two halves of the parser share: parse.c (boolean structure) and parse_check.c
 * (fields, transformers, operators, values). */
#pragma once
#include "rule/lex.h"

#define SK_AST_TEXT_MAX \
    (64u << 20) /* positions are 32 bits wide; nobody writes such a condition \
                 */

struct sk_parser {
    struct sk_lex lx;
    struct sk_arena *mem;
    unsigned depth, max_depth;
    struct sk_ast_err *err;
    int rc;                /* first error */
    struct sk_ast **stack; /* children of nodes under construction */
    size_t n, cap;
};

/* Record the first error, at the current position. NULL always. */
struct sk_ast *sk_parse_fail(struct sk_parser *p, const char *fmt, ...) SK_PRINTF(2, 3);
struct sk_ast *sk_parse_node(struct sk_parser *p, enum sk_ast_kind kind, struct sk_ast_pos pos);
/* Levels of nesting; an error leaves them unbalanced, since it ends the parse. */
bool sk_parse_enter(struct sk_parser *p);
void sk_parse_leave(struct sk_parser *p);
/* false when child is NULL. */
bool sk_parse_push(struct sk_parser *p, struct sk_ast *child);
/* Moves what was pushed above `base` into the parent. */
struct sk_ast *sk_parse_pop(struct sk_parser *p, struct sk_ast *parent, size_t base);

/* A field (unless after_op) or a transformer; after_op: a transformer or val().
 * false: neither is here.  true: *out is the node, or NULL after an error. */
bool sk_parse_operand(struct sk_parser *p, bool after_op, struct sk_ast **out);
/* Operator and right-hand side. */
struct sk_ast *sk_parse_condition(struct sk_parser *p, struct sk_ast *left);
