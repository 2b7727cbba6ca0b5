/* SPDX-License-Identifier: Apache-2.0 */
/* operator.h - the rows of tbl/operators.def as a C table. */
#pragma once
#include "base/str.h"

enum sk_op {
#define OPERATOR(id, text, syntax, classes, doc) SK_OP_##id,
#include "operators.def"
    SK_OP_N
};

enum sk_op_syntax { SK_OS_UNARY, SK_OS_NUM, SK_OS_SYM, SK_OS_WORD, SK_OS_LIST };

enum sk_op_class {
    SK_OC_N = 1,
    SK_OC_B = 2,
    SK_OC_I = 4,
    SK_OC_S = 8,
    SK_OC_Y = 16,
    SK_OC_L = 32,
    SK_OC_ALL = 63,
};

enum sk_op_modifier { SK_OM_NONE, SK_OM_ONEOF, SK_OM_ANYOF, SK_OM_ALLOF, SK_OM_N };

struct sk_op_row {
    const char *text;
    enum sk_op_syntax syntax;
    unsigned classes;
};

extern const struct sk_op_row sk_op_rows[SK_OP_N];
extern const char *const sk_op_modifiers[SK_OM_N]; /* [SK_OM_NONE] is "" */

/* "contains anyof" -> SK_OP_CONTAINS, SK_OM_ANYOF.  "==" is SK_OP_EQ.  false: no such operator
 * (with *out_op == SK_OP_N) or no such modifier. */
bool sk_op_parse(struct sk_str text, enum sk_op *out_op, enum sk_op_modifier *out_mod);
