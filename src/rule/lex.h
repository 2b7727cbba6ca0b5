/* SPDX-License-Identifier: Apache-2.0 */
/* lex.h - the tokens of a filter.
 *
 * The grammar has no token stream: what a piece of text is depends on where it stands ("or" is a
 * keyword after a check and a string after "="), so the parser asks for the token that it wants. */
#pragma once
#include "rule/ast.h"

struct sk_lex {
    struct sk_str in;
    struct sk_ast_pos pos;
    struct sk_str last; /* the last token, for messages */
};

void sk_lex_init(struct sk_lex *lx, struct sk_str in);

static inline bool sk_lex_end(const struct sk_lex *lx)
{
    return lx->pos.idx >= lx->in.n;
}

/* Each returns true and moves on when the token is there, else leaves everything as it was. */
bool sk_lex_blank(struct sk_lex *lx);
bool sk_lex_lit(struct sk_lex *lx, const char *literal); /* a prefix: no word boundary */
bool sk_lex_ident(struct sk_lex *lx, struct sk_str *out);
bool sk_lex_field(struct sk_lex *lx, struct sk_str *out); /* name with at least one dot */
bool sk_lex_number(struct sk_lex *lx, struct sk_str *out);
bool sk_lex_bare(struct sk_lex *lx, struct sk_str *out);
bool sk_lex_arg(struct sk_lex *lx, struct sk_str *out); /* bare text between brackets */
/* `out` is what stands between the quotes, still escaped (field/quote.h); *quote is ' or ". */
bool sk_lex_quoted(struct sk_lex *lx, struct sk_str *out, char *quote);
