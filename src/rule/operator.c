/* SPDX-License-Identifier: Apache-2.0 */
/* operator.c - looks operators and their modifiers up by text. */
#include "rule/operator.h"

#include "rule/ast.h"

const struct sk_op_row sk_op_rows[SK_OP_N] = {
#define OPERATOR(id, t, s, c, doc) [SK_OP_##id] = {.text = t, .syntax = SK_OS_##s, .classes = c},
#include "operators.def"
};

const char *const sk_op_modifiers[SK_OM_N] = {"", "oneof", "anyof", "allof"};

static enum sk_op find_op(struct sk_str text)
{
    for (unsigned i = 0; i < SK_OP_N; i++)
        if (sk_str_eqz(text, sk_op_rows[i].text))
            return i == SK_OP_EQ2 ? SK_OP_EQ : (enum sk_op)i;
    return SK_OP_N;
}

static enum sk_op_modifier find_modifier(struct sk_str text)
{
    for (unsigned i = 1; i < SK_OM_N; i++)
        if (sk_str_eqz(text, sk_op_modifiers[i]))
            return (enum sk_op_modifier)i;
    return SK_OM_N;
}

bool sk_op_parse(struct sk_str text, enum sk_op *out_op, enum sk_op_modifier *out_mod)
{
    const char *blank = text.n ? memchr(text.p, ' ', text.n) : NULL;
    struct sk_str head = {text.p, blank ? (size_t)(blank - text.p) : text.n};

    *out_op = find_op(head);
    *out_mod = SK_OM_NONE;
    if (blank)
        *out_mod = find_modifier((struct sk_str){blank + 1, text.n - head.n - 1});
    return *out_op != SK_OP_N && *out_mod != SK_OM_N;
}

/* A modifier takes a list, whatever operator it modifies; but a list operator takes no modifier. */
static bool parse_whole(struct sk_str text, enum sk_op *op, enum sk_op_modifier *mod)
{
    enum sk_op_syntax syntax;

    if (!sk_op_parse(text, op, mod))
        return false;
    syntax = sk_op_rows[*op].syntax;
    return *mod == SK_OM_NONE || syntax == SK_OS_SYM || syntax == SK_OS_WORD;
}

bool sk_ast_is_operator(struct sk_str op)
{
    enum sk_op id;
    enum sk_op_modifier mod;

    return parse_whole(op, &id, &mod);
}

bool sk_ast_is_list_operator(struct sk_str op)
{
    enum sk_op id;
    enum sk_op_modifier mod;

    return parse_whole(op, &id, &mod) && (mod != SK_OM_NONE || sk_op_rows[id].syntax == SK_OS_LIST);
}
