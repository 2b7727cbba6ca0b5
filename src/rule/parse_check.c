/* SPDX-License-Identifier: Apache-2.0 */
/* parse_check.c - one check: field or transformer, operator, value. */
#include <errno.h>

#include "field/quote.h"
#include "field/transform.h"
#include "rule/operator.h"
#include "rule/parse.h"

#define TRANSFORMERS \
    "'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'"

static struct sk_ast *leaf(struct sk_parser *p, enum sk_ast_kind kind, struct sk_ast_pos pos,
                           struct sk_str text)
{
    struct sk_ast *node = sk_parse_node(p, kind, pos);

    if (node)
        node->text = text;
    return node;
}

/* false: no quoted string here; or an error (p->rc). */
static bool quoted(struct sk_parser *p, struct sk_str *out)
{
    char err[128], quote, *text;
    struct sk_str raw;
    int n;

    if (!sk_lex_quoted(&p->lx, &raw, &quote))
        return false;
    text = sk_arena_alloc(p->mem, raw.n + 1);
    if (!text) {
        p->rc = -ENOMEM;
        return false;
    }
    n = sk_quote_unescape(raw, quote, text, err, sizeof(err));
    if (n < 0) {
        (void)sk_parse_fail(p, "%s", err);
        return false;
    }
    *out = (struct sk_str){text, (size_t)n};
    p->lx.last = *out;
    return true;
}

/* "[...]" right behind a field or a transformer call; nothing there is fine too. */
static struct sk_ast *argument(struct sk_parser *p, struct sk_ast *node)
{
    if (!node || !sk_lex_lit(&p->lx, "["))
        return node;
    if (!quoted(p, &node->arg)) {
        if (p->rc)
            return NULL;
        if (!sk_lex_arg(&p->lx, &node->arg))
            return sk_parse_fail(
                p, "expected a valid field argument: a quoted string or a bare string");
    }
    if (!sk_lex_lit(&p->lx, "]"))
        return sk_parse_fail(p, "expected a ']' token");
    return node;
}

static bool field(struct sk_parser *p, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_str name;

    if (!sk_lex_field(&p->lx, &name))
        return false;
    *out = argument(p, leaf(p, SK_AST_FIELD, pos, name));
    return true;
}

/* Name of a transformer and its parenthesis, with nothing in between. */
static bool call_start(struct sk_parser *p, bool val, struct sk_str *name)
{
    struct sk_lex before = p->lx;
    int tr;

    if (sk_lex_ident(&p->lx, name)) {
        tr = sk_transform_by_name(*name);
        if (tr >= 0 && (tr == SK_TR_VAL) == val && sk_lex_lit(&p->lx, "("))
            return true;
    }
    p->lx = before;
    return false;
}

static bool transformer(struct sk_parser *p, struct sk_ast **out);

/* Field, transformer, quoted string or number, in the order that the caller's message names. */
static bool call_arg(struct sk_parser *p, bool in_list, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_str text;

    if (!in_list && sk_lex_number(&p->lx, &text)) {
        *out = leaf(p, SK_AST_VALUE, pos, text);
        return true;
    }
    if (quoted(p, &text)) {
        *out = leaf(p, SK_AST_VALUE, pos, text);
        return true;
    }
    *out = NULL;
    if (p->rc || field(p, out) || transformer(p, out))
        return true;
    if (!sk_lex_number(&p->lx, &text))
        return false;
    *out = leaf(p, SK_AST_VALUE, pos, text);
    return true;
}

static struct sk_ast *list_of_args(struct sk_parser *p, struct sk_ast_pos pos)
{
    size_t base = p->n;
    struct sk_ast *arg;

    sk_lex_blank(&p->lx);
    if (!sk_lex_lit(&p->lx, ")")) {
        do {
            sk_lex_blank(&p->lx);
            if (!call_arg(p, true, &arg))
                return sk_parse_fail(p, "expected transformer list argument: field, transformer, "
                                        "quoted string, or number");
            if (!sk_parse_push(p, arg))
                return NULL;
            sk_lex_blank(&p->lx);
        } while (sk_lex_lit(&p->lx, ","));
        if (!sk_lex_lit(&p->lx, ")"))
            return sk_parse_fail(p, "expected a ')' token closing the transformer");
    }
    return sk_parse_pop(p, sk_parse_node(p, SK_AST_TLIST, pos), base);
}

static struct sk_ast *call_args(struct sk_parser *p, struct sk_str name, struct sk_ast_pos pos)
{
    size_t base = p->n;
    struct sk_ast *arg;

    do {
        struct sk_ast_pos at;

        sk_lex_blank(&p->lx);
        at = p->lx.pos;
        if (sk_lex_lit(&p->lx, "("))
            arg = list_of_args(p, at);
        else if (!call_arg(p, false, &arg))
            return sk_parse_fail(p, "expected field transformer argument: field, transformer, "
                                    "quoted string, number, or transformer list");
        if (!sk_parse_push(p, arg))
            return NULL;
        sk_lex_blank(&p->lx);
    } while (sk_lex_lit(&p->lx, ","));
    if (!sk_lex_lit(&p->lx, ")"))
        return sk_parse_fail(p, "expected a ')' token closing the transformer");
    return argument(p, sk_parse_pop(p, leaf(p, SK_AST_TRANSFORMER, pos, name), base));
}

static bool transformer(struct sk_parser *p, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_str name;

    if (!call_start(p, false, &name))
        return false;
    *out = NULL;
    if (sk_parse_enter(p)) {
        *out = call_args(p, name, pos);
        sk_parse_leave(p);
    }
    return true;
}

static struct sk_ast *val_remainder(struct sk_parser *p, struct sk_str name, struct sk_ast_pos pos)
{
    size_t base = p->n;
    struct sk_ast *arg;

    sk_lex_blank(&p->lx);
    if (!field(p, &arg))
        return sk_parse_fail(p, "expected a field within 'val' transformer");
    if (!sk_parse_push(p, arg))
        return NULL;
    sk_lex_blank(&p->lx);
    if (!sk_lex_lit(&p->lx, ")"))
        return sk_parse_fail(p, "expected a ')' token closing the transformer");
    return argument(p, sk_parse_pop(p, leaf(p, SK_AST_TRANSFORMER, pos, name), base));
}

bool sk_parse_operand(struct sk_parser *p, bool after_op, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_str name;

    if (!after_op && field(p, out))
        return true;
    if (transformer(p, out))
        return true;
    if (!after_op || !call_start(p, true, &name))
        return false;
    *out = val_remainder(p, name, pos);
    return true;
}

static bool string_value(struct sk_parser *p, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_str text;

    *out = NULL;
    if (!quoted(p, &text)) {
        if (p->rc)
            return true;
        if (!sk_lex_bare(&p->lx, &text))
            return false;
    }
    *out = leaf(p, SK_AST_VALUE, pos, text);
    return true;
}

/* "(a, b)"; false: no parenthesis here. */
static bool list_value(struct sk_parser *p, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    size_t base = p->n;
    struct sk_ast *item;

    if (!sk_lex_lit(&p->lx, "("))
        return false;
    *out = NULL;
    sk_lex_blank(&p->lx);
    if (string_value(p, &item)) {
        if (!sk_parse_push(p, item))
            return true;
        for (sk_lex_blank(&p->lx); sk_lex_lit(&p->lx, ","); sk_lex_blank(&p->lx)) {
            sk_lex_blank(&p->lx);
            if (!string_value(p, &item)) {
                (void)sk_parse_fail(p, "expected a string value");
                return true;
            }
            if (!sk_parse_push(p, item))
                return true;
        }
    }
    if (!sk_lex_lit(&p->lx, ")")) {
        (void)sk_parse_fail(p, "expected a ')' token");
        return true;
    }
    *out = sk_parse_pop(p, sk_parse_node(p, SK_AST_LIST, pos), base);
    return true;
}

/* A name in place of a list stays a single value: the loader knows the lists. */
static bool list_or_ident(struct sk_parser *p, struct sk_ast **out)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_str name;

    if (list_value(p, out))
        return true;
    if (!sk_lex_ident(&p->lx, &name))
        return false;
    *out = leaf(p, SK_AST_VALUE, pos, name);
    return true;
}

/* "anyof" is a modifier only when a list or a name follows; otherwise it is a plain string. */
static enum sk_op_modifier modifier(struct sk_parser *p)
{
    struct sk_lex before = p->lx, after;
    struct sk_str name;

    for (unsigned i = 1; i < SK_OM_N; i++) {
        if (!sk_lex_lit(&p->lx, sk_op_modifiers[i]))
            continue;
        if (!sk_lex_blank(&p->lx))
            break;
        after = p->lx;
        if (sk_lex_lit(&p->lx, "(") || (sk_lex_ident(&p->lx, &name) && !sk_str_eqz(name, "and") &&
                                        !sk_str_eqz(name, "or") && !sk_str_eqz(name, "not"))) {
            p->lx = after;
            return (enum sk_op_modifier)i;
        }
        break;
    }
    p->lx = before;
    return SK_OM_NONE;
}

static struct sk_ast *right_side(struct sk_parser *p, enum sk_op op, enum sk_op_modifier mod)
{
    struct sk_ast_pos pos = p->lx.pos;
    struct sk_ast *node;
    struct sk_str text;

    if (mod != SK_OM_NONE)
        return list_or_ident(p, &node) ? node
                                       : sk_parse_fail(p, "expected a list or an identifier");
    if (sk_op_rows[op].syntax == SK_OS_LIST) {
        if (list_value(p, &node) || sk_parse_operand(p, true, &node) || list_or_ident(p, &node))
            return node;
        return sk_parse_fail(p, "expected a list, an identifier, or a field with a valid "
                                "transformer: " TRANSFORMERS);
    }
    if (sk_op_rows[op].syntax == SK_OS_NUM) {
        if (sk_lex_number(&p->lx, &text))
            return leaf(p, SK_AST_VALUE, pos, text);
        if (sk_parse_operand(p, true, &node))
            return node;
        return sk_parse_fail(
            p, "expected a number value or a field with a valid transformer: " TRANSFORMERS);
    }
    if (sk_parse_operand(p, true, &node) || string_value(p, &node))
        return node;
    return sk_parse_fail(
        p, "expected a string value or a field with a valid transformer: " TRANSFORMERS);
}

/* SK_OP_N: none. */
static enum sk_op operator_here(struct sk_parser *p)
{
    for (unsigned i = 0; i < SK_OP_N; i++) {
        struct sk_lex before = p->lx;

        if (!sk_lex_lit(&p->lx, sk_op_rows[i].text))
            continue;
        if (sk_op_rows[i].syntax != SK_OS_WORD || sk_lex_blank(&p->lx))
            return (enum sk_op)i;
        p->lx = before;
    }
    return SK_OP_N;
}

static struct sk_ast *no_operator(struct sk_parser *p)
{
    struct sk_buf list = SK_BUF(512);

    for (unsigned i = 0; i < SK_OP_N; i++)
        sk_buf_printf(&list, "%s'%s'", i ? ", " : "", sk_op_rows[i].text);
    (void)sk_parse_fail(p, "expected a valid check operator: one of %s", list.p ? list.p : "");
    sk_buf_done(&list);
    return NULL;
}

static struct sk_str op_text(struct sk_parser *p, enum sk_op op, enum sk_op_modifier mod)
{
    struct sk_buf text = SK_BUF(64);
    struct sk_str out = sk_str(sk_op_rows[op].text);

    if (mod == SK_OM_NONE)
        return out;
    sk_buf_printf(&text, "%s %s", sk_op_rows[op].text, sk_op_modifiers[mod]);
    out = (struct sk_str){sk_arena_dup(p->mem, sk_buf_str(&text)), text.n};
    sk_buf_done(&text);
    if (!out.p)
        p->rc = -ENOMEM;
    return out;
}

struct sk_ast *sk_parse_condition(struct sk_parser *p, struct sk_ast *left)
{
    enum sk_op_modifier mod = SK_OM_NONE;
    size_t base = p->n;
    struct sk_ast *node;
    enum sk_op op;

    sk_lex_blank(&p->lx);
    op = operator_here(p);
    if (op == SK_OP_N)
        return no_operator(p);
    node = sk_parse_node(p, op == SK_OP_EXISTS ? SK_AST_UNARY : SK_AST_BINARY, left->pos);
    if (!node || !sk_parse_push(p, left))
        return NULL;
    if (op != SK_OP_EXISTS) {
        bool apart = sk_lex_blank(&p->lx) || sk_op_rows[op].syntax == SK_OS_WORD;

        if (apart && (sk_op_rows[op].syntax == SK_OS_SYM || sk_op_rows[op].syntax == SK_OS_WORD))
            mod = modifier(p); /* "!=anyof (a)" is the string "anyof" */
        if (!sk_parse_push(p, right_side(p, op, mod)))
            return NULL;
    }
    node->op = op_text(p, op, mod);
    return sk_parse_pop(p, node, base);
}
