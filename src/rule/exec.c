/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - runs conditions on events.
 *
 * Each value is extracted and each node decided at most once an event: results carry the number of
 * the event (epoch) for which they hold, so that forgetting them all is one addition. */
#include "rule/exec.h"

#include <assert.h>
#include <errno.h>

#include "rule/onepass.h"

#define EPOCH_MAX (UINT32_MAX >> 1)

int sk_filter_exec_new(const struct sk_filter_pool *p, struct sk_filter_exec **out)
{
    struct sk_filter_exec *x = calloc(1, sizeof(*x));
    int rc = 0;

    if (!x)
        return -ENOMEM;
    x->pool = p;
    x->epoch = 1;
    x->nnode = p ? p->nnode : 0;
    x->nslot = p ? p->nslot : 0;
    if (p)
        rc = sk_terms_build(x);
    x->node = calloc((size_t)x->nnode + 1, sizeof(*x->node));
    x->slot = calloc((size_t)x->nslot + 1, sizeof(*x->slot));
    x->known = calloc((size_t)x->nword + 1, sizeof(*x->known));
    x->bits = calloc((size_t)x->nword + 1, sizeof(*x->bits));
    for (uint32_t i = 0; x->slot && i < x->nslot; i++)
        x->slot[i].last_n = SK_LAST_NONE;
    if (rc || !x->node || !x->slot || !x->known || !x->bits) {
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
    sk_onepass_free(x->onepass);
    sk_terms_done(x);
    free(x->node);
    free(x->slot);
    free(x->known);
    free(x->bits);
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

void sk_filter_exec_forget(struct sk_filter_exec *x)
{
    x->forgets = true;
}

/* What is known about the text of the last event holds if this one has the same. */
static void forget_tests(struct sk_filter_exec *x, const struct sk_slot_info *info,
                         struct sk_slot_memo *m)
{
    struct sk_str s = m->vals.v[0].s;
    bool keep = m->vals.n == 1 && !x->timed && !x->forgets;

    if (keep && s.n == m->last_n && memcmp(s.p, m->last, s.n) == 0)
        return;
    m->last_n = SK_LAST_NONE;
    if (keep && s.n <= SK_LAST_MAX) {
        m->last_n = (uint32_t)s.n;
        if (s.n)
            memcpy(m->last, s.p, s.n);
    }
    x->known[info->word] = x->bits[info->word] = 0;
    for (uint32_t i = 1; i < info->words; i++)
        x->known[info->word + i] = x->bits[info->word + i] = 0;
}

void sk_exec_load(struct sk_filter_exec *x, uint32_t slot, const struct sk_ctx *cx)
{
    const struct sk_slot_info *info = &x->info[slot];
    struct sk_slot_memo *m = &x->slot[slot];
    uint64_t begin = x->timed ? sk_exec_clock_ns() : 0;

    m->present = sk_expr_extract(cx, info->expr, &m->vals);
    m->usable = m->present && (m->vals.n == 1 || (m->vals.n > 1 && info->any));
    m->epoch = x->epoch;
    if (m->usable && info->texts)
        forget_tests(x, info, m);
    if (x->timed)
        x->extract_ns += sk_exec_clock_ns() - begin;
}

/* NULL: absent. */
static const struct sk_vals *value_of(struct sk_filter_exec *x, uint32_t slot,
                                      const struct sk_ctx *cx)
{
    const struct sk_slot_memo *m = &x->slot[slot];

    if (m->epoch != x->epoch || x->info[slot].stateful)
        sk_exec_load(x, slot, cx);
    return m->present ? &m->vals : NULL;
}

bool sk_exec_ask(struct sk_filter_exec *x, const struct sk_term *t, const struct sk_ctx *cx)
{
    const struct sk_slot_info *info = &x->info[t->slot];

    sk_texts_ask(info->texts, &x->slot[t->slot].vals, t->at - info->word,
                 t->mask & ~x->known[t->at], x->known + info->word, x->bits + info->word, cx->tmp);
    return x->bits[t->at] & t->mask;
}

bool sk_exec_numbers(struct sk_filter_exec *x, const struct sk_term *t, const struct sk_ctx *cx)
{
    return sk_match_pred(&x->pool->pred[x->pool->node[t->node].first], &x->slot[t->slot].vals, NULL,
                         x->pool->slot[t->slot].flags, cx->tmp) != t->invert;
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

bool sk_exec_node(struct sk_filter_exec *x, uint32_t index, const struct sk_ctx *cx)
{
    const struct sk_ir_node *node = &x->pool->node[index];
    const struct sk_term *term = x->term + x->chain[index].first;
    uint32_t n = x->chain[index].n, i = 0;
    bool result = false;

    switch (node->kind) {
    case SK_IR_TRUE:
        result = true;
        break;
    case SK_IR_PRED:
        result = run_pred(x, &x->pool->pred[node->first], cx);
        break;
    case SK_IR_AND:
        while (i < n && sk_exec_term(x, &term[i], cx))
            i++;
        result = i == n;
        break;
    case SK_IR_OR:
        while (i < n && !sk_exec_term(x, &term[i], cx))
            i++;
        result = i < n;
        break;
    default: /* FALSE; NOT is a part of who asks */
        break;
    }
    if (!node->stateful)
        x->node[index] = x->epoch << 1 | result;
    return result;
}

bool sk_filter_run(struct sk_filter_exec *x, uint32_t root, const struct sk_ctx *cx)
{
    assert(root < x->nnode);
    return sk_exec_term(x, &x->of[root], cx);
}
