/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - runs conditions on events.
 *
 * Each value is extracted and each node decided at most once an event: results carry the number of
 * the event (epoch) for which they hold, so that forgetting them all is one addition. */
#include <assert.h>
#include <errno.h>

#include "rule/ir.h"

#define EPOCH_MAX (UINT32_MAX >> 1)

struct slot_memo {
    uint32_t epoch;
    bool present;
    struct sk_vals vals;
};

struct sk_filter_exec {
    const struct sk_filter_pool *pool;
    uint32_t epoch;
    uint32_t nnode, nslot;
    uint32_t *node; /* epoch << 1 | result */
    struct slot_memo *slot;
};

int sk_filter_exec_new(const struct sk_filter_pool *p, struct sk_filter_exec **out)
{
    struct sk_filter_exec *x = calloc(1, sizeof(*x));

    if (!x)
        return -ENOMEM;
    x->pool = p;
    x->epoch = 1;
    x->nnode = p ? p->nnode : 0;
    x->nslot = p ? p->nslot : 0;
    x->node = calloc(x->nnode + 1, sizeof(*x->node));
    x->slot = calloc(x->nslot + 1, sizeof(*x->slot));
    if (!x->node || !x->slot) {
        sk_filter_exec_free(x);
        return -ENOMEM;
    }
    *out = x;
    return 0;
}

void sk_filter_exec_free(struct sk_filter_exec *x)
{
    if (!x)
        return;
    free(x->node);
    free(x->slot);
    free(x);
}

void sk_filter_exec_begin(struct sk_filter_exec *x)
{
    if (x->epoch++ < EPOCH_MAX)
        return;
    x->epoch = 1;
    memset(x->node, 0, x->nnode * sizeof(*x->node));
    for (uint32_t i = 0; i < x->nslot; i++)
        x->slot[i].epoch = 0;
}

/* NULL: absent. */
static const struct sk_vals *value_of(struct sk_filter_exec *x, uint32_t slot,
                                      const struct sk_ctx *cx)
{
    const struct sk_expr *e = x->pool->slot[slot].expr;
    struct slot_memo *m = &x->slot[slot];

    if (m->epoch != x->epoch || e->stateful) {
        m->present = sk_expr_extract(cx, e, &m->vals);
        m->epoch = x->epoch;
    }
    return m->present ? &m->vals : NULL;
}

static bool run_pred(struct sk_filter_exec *x, const struct sk_pred *pred, const struct sk_ctx *cx)
{
    const struct sk_vals *left = value_of(x, pred->slot, cx), *right = NULL;

    if (left && pred->rslot != SK_NO_SLOT) {
        right = value_of(x, pred->rslot, cx);
        if (!right)
            return false;
    }
    return left && sk_match_pred(pred, left, right, x->pool->slot[pred->slot].flags, cx->tmp);
}

static bool run(struct sk_filter_exec *x, uint32_t index, const struct sk_ctx *cx);

/* What is known already costs no call. */
static inline bool decide(struct sk_filter_exec *x, uint32_t index, const struct sk_ctx *cx)
{
    uint32_t known = x->node[index];

    return known >> 1 == x->epoch ? known & 1 : run(x, index, cx);
}

static bool run(struct sk_filter_exec *x, uint32_t index, const struct sk_ctx *cx)
{
    const struct sk_ir_node *node = &x->pool->node[index];
    const uint32_t *kid = x->pool->kid + node->first;
    bool result = false;

    switch (node->kind) {
    case SK_IR_FALSE:
        break;
    case SK_IR_TRUE:
        result = true;
        break;
    case SK_IR_PRED:
        result = run_pred(x, &x->pool->pred[node->first], cx);
        break;
    case SK_IR_NOT:
        result = !decide(x, node->first, cx);
        break;
    case SK_IR_AND:
        result = true;
        for (uint32_t i = 0; result && i < node->n; i++)
            result = decide(x, kid[i], cx);
        break;
    case SK_IR_OR:
        for (uint32_t i = 0; !result && i < node->n; i++)
            result = decide(x, kid[i], cx);
        break;
    }
    if (!node->stateful)
        x->node[index] = x->epoch << 1 | result;
    return result;
}

bool sk_filter_run(struct sk_filter_exec *x, uint32_t root, const struct sk_ctx *cx)
{
    assert(root < x->nnode);
    return decide(x, root, cx);
}
