/* SPDX-License-Identifier: Apache-2.0 */
/* loader_check.c - what is allowed in a rule and yet deserves a warning: deprecated fields, <NA>.
 */
#include "rule/loader.h"

static const struct {
    const char *name, *advice;
} deprecated[] = {
    {"evt.dir",
     "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir "
     "= >' always evaluates to false. The rule expression can be simplified by removing the "
     "condition on 'evt.dir'"},
    {"evt.latency", "due to the drop of enter events, 'evt.latency' has no value any more"},
    {"evt.latency.s", "due to the drop of enter events, 'evt.latency.s' has no value any more"},
    {"evt.latency.ns", "due to the drop of enter events, 'evt.latency.ns' has no value any more"},
    {"evt.latency.human",
     "due to the drop of enter events, 'evt.latency.human' has no value any more"},
    {"evt.wait_latency",
     "due to the drop of enter events, 'evt.wait_latency' has no value any more"},
};

struct checks {
    bool seen[SK_ARRAY_LEN(deprecated)];
    bool unsafe_na;
};

static bool is_na_op(struct sk_str op)
{
    static const char *const ops[] = {"=", "==", "!=", "in", "intersects", "pmatch"};

    for (size_t i = 0; i < SK_ARRAY_LEN(ops); i++)
        if (sk_str_eqz(op, ops[i]))
            return true;
    return false;
}

static bool has_na(const struct sk_ast *value)
{
    if (value->kind == SK_AST_VALUE)
        return sk_str_eqz(value->text, "<NA>");
    for (size_t i = 0; value->kind == SK_AST_LIST && i < value->n; i++)
        if (has_na(value->child[i]))
            return true;
    return false;
}

static int check_node(void *self, struct sk_ast *node)
{
    struct checks *c = self;

    if (node->kind == SK_AST_FIELD)
        for (size_t i = 0; i < SK_ARRAY_LEN(deprecated); i++)
            c->seen[i] |= sk_str_eqz(node->text, deprecated[i].name);
    if (node->kind == SK_AST_BINARY && node->n == 2 && node->child[0]->kind == SK_AST_FIELD &&
        (sk_str_starts(node->child[0]->text, SK_STR("ka.")) ||
         sk_str_starts(node->child[0]->text, SK_STR("jevt."))) &&
        is_na_op(node->op))
        c->unsafe_na |= has_na(node->child[1]);
    return 0;
}

void sk_load_check_condition(struct sk_loader *ld, struct sk_ast *ast, const struct sk_load_ctx *at)
{
    struct checks c = {0};

    if (sk_ast_walk(ast, check_node, &c))
        return;
    if (c.unsafe_na)
        sk_report_warn(ld->rep, SK_LOAD_UNSAFE_NA_CHECK, NULL, at, "%s", "");
    for (size_t i = 0; i < SK_ARRAY_LEN(deprecated); i++)
        if (c.seen[i])
            sk_report_warn(ld->rep, SK_LOAD_DEPRECATED_ITEM, deprecated[i].name, at, "%s",
                           deprecated[i].advice);
}

/* A plain search, as Falco's: evt.latency.ns counts for evt.latency too. */
void sk_load_check_output(struct sk_loader *ld, struct sk_str format, const struct sk_load_ctx *at)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(deprecated); i++)
        if (format.n && memmem(format.p, format.n, deprecated[i].name, strlen(deprecated[i].name)))
            sk_report_warn(ld->rep, SK_LOAD_DEPRECATED_ITEM, deprecated[i].name, at,
                           "usage of deprecated field '%s' has been detected in the rule output",
                           deprecated[i].name);
}
