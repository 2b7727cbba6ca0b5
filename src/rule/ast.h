/* SPDX-License-Identifier: Apache-2.0 */
/* ast.h - a filter as it was written: text -> tokens -> this tree, and back to canonical text.
 *
 * Nodes live in the caller's arena and are never freed one by one. */
#pragma once
#include "base/arena.h"

enum sk_ast_kind {
    SK_AST_AND,         /* child[n] */
    SK_AST_OR,          /* child[n] */
    SK_AST_NOT,         /* child[1] */
    SK_AST_IDENT,       /* text: a macro's name */
    SK_AST_VALUE,       /* text */
    SK_AST_LIST,        /* child[n], all SK_AST_VALUE */
    SK_AST_UNARY,       /* child[0] = left, op = "exists" */
    SK_AST_BINARY,      /* child[0] = left, child[1] = right, op */
    SK_AST_FIELD,       /* text = name, arg */
    SK_AST_TRANSFORMER, /* text = name, child[n], arg */
    SK_AST_TLIST,       /* child[n]: a transformer's literal list */
};

struct sk_ast_pos {
    uint32_t idx;       /* 0-based byte */
    uint32_t line, col; /* 1-based */
};

struct sk_ast {
    enum sk_ast_kind kind;
    struct sk_ast_pos pos;
    struct sk_str text;
    struct sk_str arg; /* without quotes; p == NULL: no argument */
    struct sk_str op;  /* as typed: "=", "contains anyof" */
    struct sk_str
        macro; /* the macro whose condition this is, where one was put in; else p == NULL */
    struct sk_ast **child;
    size_t n;
};

/* Deepest tree that copy, walk, print and compile accept: macros within macros are deeper than what
 * one parse makes. */
#define SK_AST_DEPTH_MAX 4000

struct sk_ast_err {
    struct sk_ast_pos pos;
    char text[512];
};

/* Parses a whole filter; the tree does not need `text` any more.  -EINVAL with *err filled,
 * -ENOMEM.  max_depth: 100 for a filter, 1000 for the conditions of rules files. Any size of input
 * is safe. */
SK_MUST int sk_ast_parse(struct sk_str text, unsigned max_depth, struct sk_arena *mem,
                         struct sk_ast **out, struct sk_ast_err *err);

/* Canonical text (spec: and/or in parentheses, list items joined by ", ", values escaped). */
void sk_ast_print(const struct sk_ast *ast, struct sk_buf *out);
/* Value as canonical text: quoted and escaped where needed. */
void sk_ast_escape(struct sk_str value, struct sk_buf *out);

/* Deep. NULL: out of memory, or deeper than SK_AST_DEPTH_MAX. */
struct sk_ast *sk_ast_copy(const struct sk_ast *ast, struct sk_arena *mem);

/* Calls fn for every node, parents first; stops and returns what fn returned when that is not 0.
 * -ELOOP: deeper than SK_AST_DEPTH_MAX. */
int sk_ast_walk(struct sk_ast *ast, int (*fn)(void *self, struct sk_ast *node), void *self);

/* Tables of the language (tbl/operators.def). */
bool sk_ast_is_operator(struct sk_str op); /* "in", "contains anyof"... */
bool sk_ast_is_list_operator(struct sk_str op);
