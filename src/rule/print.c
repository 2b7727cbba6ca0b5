/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - a filter as canonical text. */
#include "rule/ast.h"

/* Characters that force quotes, and how they are written between them. */
static const char *escape_of(char c)
{
    switch (c) {
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\\':
        return "\\\\";
    case '"':
        return "\\\"";
    default:
        return NULL;
    }
}

void sk_ast_escape(struct sk_str value, struct sk_buf *out)
{
    bool quote = false;

    for (size_t i = 0; i < value.n && !quote; i++) {
        char c = value.p[i];

        quote = escape_of(c) || c == ' ' || c == '=' || c == '\'' || c == '\0';
    }
    if (!quote) {
        sk_buf_adds(out, value);
        return;
    }
    sk_buf_addc(out, '"');
    for (size_t i = 0; i < value.n; i++) {
        const char *esc = escape_of(value.p[i]);

        if (esc)
            sk_buf_addz(out, esc);
        else
            sk_buf_addc(out, value.p[i]);
    }
    sk_buf_addc(out, '"');
}

static void print(const struct sk_ast *ast, struct sk_buf *out, unsigned depth);

static void print_children(const struct sk_ast *ast, const char *between, struct sk_buf *out,
                           unsigned depth)
{
    sk_buf_addc(out, '(');
    for (size_t i = 0; i < ast->n; i++) {
        if (i)
            sk_buf_addz(out, between);
        print(ast->child[i], out, depth);
    }
    sk_buf_addc(out, ')');
}

/* An empty argument needs its quotes, an empty value is printed as nothing. */
static void print_arg(const struct sk_ast *ast, struct sk_buf *out)
{
    if (!ast->arg.p)
        return;
    sk_buf_addc(out, '[');
    if (ast->arg.n)
        sk_ast_escape(ast->arg, out);
    else
        sk_buf_addz(out, "\"\"");
    sk_buf_addc(out, ']');
}

static void print_call(const struct sk_ast *ast, struct sk_buf *out, unsigned depth)
{
    sk_buf_adds(out, ast->text);
    if (ast->kind == SK_AST_TRANSFORMER)
        print_children(ast, ",", out, depth);
    print_arg(ast, out);
}

static void print_check(const struct sk_ast *ast, struct sk_buf *out, unsigned depth)
{
    print(ast->child[0], out, depth);
    sk_buf_addc(out, ' ');
    sk_buf_adds(out, ast->op);
    if (ast->kind == SK_AST_UNARY)
        return;
    sk_buf_addc(out, ' ');
    print(ast->child[1], out, depth);
}

static void print(const struct sk_ast *ast, struct sk_buf *out, unsigned depth)
{
    if (++depth > SK_AST_DEPTH_MAX) {
        out->failed = true;
        return;
    }
    switch (ast->kind) {
    case SK_AST_AND:
        print_children(ast, " and ", out, depth);
        break;
    case SK_AST_OR:
        print_children(ast, " or ", out, depth);
        break;
    case SK_AST_NOT:
        sk_buf_addz(out, "not ");
        print(ast->child[0], out, depth);
        break;
    case SK_AST_IDENT:
        sk_buf_adds(out, ast->text);
        break;
    case SK_AST_VALUE:
        sk_ast_escape(ast->text, out);
        break;
    case SK_AST_LIST:
        print_children(ast, ", ", out, depth);
        break;
    case SK_AST_TLIST:
        print_children(ast, ",", out, depth);
        break;
    case SK_AST_UNARY:
    case SK_AST_BINARY:
        print_check(ast, out, depth);
        break;
    case SK_AST_FIELD:
    case SK_AST_TRANSFORMER:
        print_call(ast, out, depth);
        break;
    }
}

void sk_ast_print(const struct sk_ast *ast, struct sk_buf *out)
{
    print(ast, out, 0);
}
