/* SPDX-License-Identifier: Apache-2.0 */
/* opt.c - what a check costs, and the order that follows from it.
 *
 * Checks have no side effects, so the cheap ones of an and/or may go first.  Those on stateful
 * fields (which change by being asked) and whatever contains them keep their places. */
#include "rule/ir.h"

static uint16_t op_cost(const struct sk_pred *pred)
{
    switch (pred->op) {
    case SK_OP_EXISTS:
        return 1;
    case SK_OP_CONTAINS:
    case SK_OP_BCONTAINS:
        return 6;
    case SK_OP_ICONTAINS:
    case SK_OP_GLOB:
    case SK_OP_IGLOB:
        return 10;
    case SK_OP_PMATCH:
        return 8;
    case SK_OP_REGEX:
        return 40;
    default:
        return sk_type_is_int(pred->type) || pred->type == SK_T_BOOL ? 1 : 2;
    }
}

/* Getting the value: the event's own name is at hand, ancestors have to be walked. */
static uint16_t value_cost(const struct sk_filter_pool *p, uint32_t slot)
{
    const struct sk_expr *e = p->slot[slot].expr;

    if (e->kind != SK_EXPR_FIELD)
        return 20;
    if (strcmp(e->ref.field->name, "evt.type") == 0)
        return 0;
    if (p->slot[slot].flags & SK_FF_ANY)
        return 20;
    return sk_type_is_int(e->type) || e->type == SK_T_BOOL ? 2 : 3;
}

uint16_t sk_opt_pred_cost(const struct sk_filter_pool *p, const struct sk_pred *pred)
{
    uint16_t cost = op_cost(pred);

    if (!pred->set && !pred->paths && pred->n > 1)
        cost = (uint16_t)SK_MIN((size_t)1000, cost * pred->n);
    if (pred->rslot != SK_NO_SLOT)
        cost = (uint16_t)(cost + value_cost(p, pred->rslot));
    return (uint16_t)(cost + value_cost(p, pred->slot));
}

/* Exceptions (and not ...) hold for nearly every event: what selects goes before them, whatever it
 * costs, unless asking is nearly free. */
#define CHEAP 4

static bool is_late(const struct sk_ir_node *node)
{
    return node->kind == SK_IR_NOT && node->cost > CHEAP;
}

struct order {
    const struct sk_filter_pool *p;
    bool and;
};

/* By cost, equals in the order of their making. */
static int by_cost(const void *a, const void *b, void *order)
{
    const struct order *o = order;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const struct sk_ir_node *m = &o->p->node[x], *n = &o->p->node[y];

    if (o->and &&is_late(m) != is_late(n))
        return is_late(m) ? 1 : -1;
    if (m->cost != n->cost)
        return m->cost < n->cost ? -1 : 1;
    return (x > y) - (x < y);
}

void sk_opt_order(const struct sk_filter_pool *p, enum sk_ir_kind kind, uint32_t *arg, uint32_t n)
{
    struct order o = {p, kind == SK_IR_AND};
    uint32_t start = 0;

    for (uint32_t i = 0; i <= n; i++) {
        if (i < n && !p->node[arg[i]].stateful)
            continue;
        if (i - start > 1)
            qsort_r(arg + start, i - start, sizeof(*arg), by_cost, &o);
        start = i + 1;
    }
}
