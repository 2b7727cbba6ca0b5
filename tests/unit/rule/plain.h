/* SPDX-License-Identifier: Apache-2.0 */
/* plain.h - what a condition means, word for word: node by node, nothing remembered, nothing joined.
 * What the executor says is compared with it. */
#pragma once
#include "rule/ir.h"

static inline bool plain_pred(const struct sk_filter_pool *p, const struct sk_pred *pred,
                              const struct sk_ctx *cx)
{
    struct sk_vals left, right;

    if (!sk_expr_extract(cx, p->slot[pred->slot].expr, &left))
        return false;
    if (pred->rslot == SK_NO_SLOT)
        return sk_match_pred(pred, &left, NULL, p->slot[pred->slot].flags, cx->tmp);
    return sk_expr_extract(cx, p->slot[pred->rslot].expr, &right) &&
           sk_match_pred(pred, &left, &right, p->slot[pred->slot].flags, cx->tmp);
}

static inline bool plain_run(const struct sk_filter_pool *p, uint32_t index,
                             const struct sk_ctx *cx)
{
    const struct sk_ir_node *node = &p->node[index];
    const uint32_t *kid = p->kid + node->first;

    switch (node->kind) {
    case SK_IR_TRUE:
        return true;
    case SK_IR_PRED:
        return plain_pred(p, &p->pred[node->first], cx);
    case SK_IR_NOT:
        return !plain_run(p, node->first, cx);
    case SK_IR_AND:
        for (uint32_t i = 0; i < node->n; i++)
            if (!plain_run(p, kid[i], cx))
                return false;
        return true;
    case SK_IR_OR:
        for (uint32_t i = 0; i < node->n; i++)
            if (plain_run(p, kid[i], cx))
                return true;
        return false;
    default:
        return false;
    }
}
