/* SPDX-License-Identifier: Apache-2.0 */
/* special.c - what is left of a condition when the code of the event is known.
 *
 * Checks of evt.type are decided then, checks of fields that such an event cannot have are false,
 * and whatever hangs on them folds away in sk_ir_emit(). */
#include "rule/special.h"

#include <errno.h>

int sk_special_init(struct sk_special *s, struct sk_filter_pool *p)
{
    *s = (struct sk_special){.pool = p, .n = p->nnode};
    s->memo = calloc(s->n, sizeof(*s->memo));
    return s->memo ? 0 : -ENOMEM;
}

void sk_special_done(struct sk_special *s)
{
    free(s->memo);
    s->memo = NULL;
}

void sk_special_begin(struct sk_special *s, unsigned code)
{
    s->code = code;
    s->round++;
}

static bool has_field(const struct sk_filter_pool *p, uint32_t slot, unsigned code)
{
    const struct sk_expr *e = p->slot[slot].expr;

    return e->kind != SK_EXPR_FIELD || sk_field_possible(&e->ref, code);
}

static bool possible(const struct sk_filter_pool *p, const struct sk_pred *pred, unsigned code)
{
    return has_field(p, pred->slot, code) &&
           (pred->rslot == SK_NO_SLOT || has_field(p, pred->rslot, code));
}

static int decide(struct sk_special *s, uint32_t index, uint32_t *out);

/* The children one by one; a node of which none changed stays the same node. */
static int chain(struct sk_special *s, uint32_t index, uint32_t *out)
{
    const struct sk_ir_node node = s->pool->node[index];
    uint32_t *arg = calloc(node.n, sizeof(*arg));
    bool same = true;
    int rc = arg ? 0 : -ENOMEM;

    for (uint32_t i = 0; !rc && i < node.n; i++) {
        uint32_t kid = s->pool->kid[node.first + i];

        rc = decide(s, kid, &arg[i]);
        same = same && arg[i] == kid;
    }
    if (!rc && same)
        *out = index;
    else if (!rc)
        rc = sk_ir_emit(s->pool, (enum sk_ir_kind)node.kind, arg, node.n, NULL, out);
    free(arg);
    return rc;
}

static int decide_new(struct sk_special *s, uint32_t index, uint32_t *out)
{
    const struct sk_ir_node node = s->pool->node[index];
    const struct sk_node_events *ev = &s->pool->events[index];
    uint32_t child;
    int rc;

    *out = index;
    if (!sk_event_set_has(&ev->can_be_true, s->code)) {
        *out = SK_IR_FALSE;
        return 0;
    }
    if (!sk_event_set_has(&ev->can_be_false, s->code)) {
        *out = SK_IR_TRUE;
        return 0;
    }
    switch (node.kind) {
    case SK_IR_PRED:
        if (!possible(s->pool, &s->pool->pred[node.first], s->code))
            *out = SK_IR_FALSE;
        return 0;
    case SK_IR_NOT:
        rc = decide(s, node.first, &child);
        if (rc || child == node.first)
            return rc;
        return sk_ir_emit(s->pool, SK_IR_NOT, &child, 1, NULL, out);
    case SK_IR_AND:
    case SK_IR_OR:
        return chain(s, index, out);
    default:
        return 0;
    }
}

static int decide(struct sk_special *s, uint32_t index, uint32_t *out)
{
    uint64_t known = s->memo[index];
    int rc;

    if (known >> 32 == s->round) {
        *out = (uint32_t)known;
        return 0;
    }
    rc = decide_new(s, index, out);
    if (!rc)
        s->memo[index] = (uint64_t)s->round << 32 | *out;
    return rc;
}

int sk_special_root(struct sk_special *s, uint32_t root, uint32_t *out)
{
    return root < s->n ? decide(s, root, out) : -EINVAL;
}
