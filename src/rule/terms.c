/* SPDX-License-Identifier: Apache-2.0 */
/* terms.c - nodes of the pool into what the executor runs.
 *
 * A predicate on a text is a bit of that text's tests (texts.h), and `or` of several such bits, or
 * `and` of their opposites, is one look at a word of them. `not` costs nothing: it is a part of who
 * is asked. */
#include <errno.h>

#include "rule/exec.h"

/* Predicates of each slot, by slots: index into `pred` where those of a slot begin, and the bit of each. */
struct taken {
    uint32_t *first; /* [nslot + 1] */
    const struct sk_pred **pred;
    uint32_t *bit; /* of each predicate of the pool; UINT32_MAX: none */
};

static void taken_done(struct taken *t)
{
    free(t->first);
    free((void *)t->pred);
    free(t->bit);
}

static bool takes(const struct sk_filter_pool *p, const struct sk_pred *pred)
{
    bool unused;

    return !p->slot[pred->slot].expr->stateful &&
           sk_texts_takes(pred, p->slot[pred->slot].flags, &unused);
}

static int sort_by_slot(const struct sk_filter_pool *p, struct taken *t)
{
    sk_auto(mem) uint32_t *at = calloc((size_t)p->nslot + 1, sizeof(*at));

    t->first = calloc((size_t)p->nslot + 2, sizeof(*t->first));
    t->pred = calloc((size_t)p->npred + 1, sizeof(*t->pred));
    t->bit = calloc((size_t)p->npred + 1, sizeof(*t->bit));
    if (!at || !t->first || !t->pred || !t->bit)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->npred; i++)
        t->first[p->pred[i].slot + 1] += takes(p, &p->pred[i]);
    for (uint32_t s = 0; s < p->nslot; s++)
        t->first[s + 1] += t->first[s];
    for (uint32_t i = 0; i < p->npred; i++) {
        uint32_t slot = p->pred[i].slot;

        t->bit[i] = UINT32_MAX;
        if (!takes(p, &p->pred[i]))
            continue;
        t->bit[i] = at[slot]++;
        t->pred[t->first[slot] + t->bit[i]] = &p->pred[i];
    }
    return 0;
}

static int build_slots(struct sk_filter_exec *x, const struct taken *t)
{
    const struct sk_filter_pool *p = x->pool;
    int rc = 0;

    for (uint32_t s = 0; !rc && s < p->nslot; s++) {
        struct sk_slot_info *info = &x->info[s];
        uint32_t n = t->first[s + 1] - t->first[s];

        info->expr = p->slot[s].expr;
        info->any = p->slot[s].flags & SK_FF_ANY;
        info->stateful = info->expr->stateful;
        if (n)
            rc = sk_texts_new(t->pred + t->first[s], n, p->slot[s].flags, &info->texts);
        if (rc || !n)
            continue;
        info->word = x->nword;
        info->words = sk_texts_words(info->texts);
        x->nword += info->words;
    }
    return rc;
}

static struct sk_term of_pred(const struct sk_filter_exec *x, uint32_t node, const uint32_t *bits)
{
    uint32_t index = x->pool->node[node].first, bit = bits[index];
    const struct sk_pred *pred = &x->pool->pred[index];
    struct sk_term t = {.kind = SK_TERM_NODE, .node = node, .slot = pred->slot};

    if (bit != UINT32_MAX) {
        t.kind = SK_TERM_TEXT;
        t.mask = 1ull << bit % 64;
        t.at = x->info[pred->slot].word + bit / 64;
        (void)sk_texts_takes(pred, x->pool->slot[pred->slot].flags, &t.invert);
    } else if (pred->quick == SK_QUICK_NUM && !x->info[pred->slot].stateful) {
        t.kind = SK_TERM_NUMBER;
        t.number = pred->rhs->num;
        t.op = (uint8_t)pred->op;
        t.how = (sk_type_is_signed(pred->type) ? SK_NUMBER_SIGNED : 0) |
                (pred->type == SK_T_BOOL ? SK_NUMBER_BYTE : 0);
    }
    return t;
}

/* Two parts of an `or` (`and`) that one look at a word decides. */
static bool joins(const struct sk_term *a, const struct sk_term *b, bool and)
{
    return a->kind == SK_TERM_TEXT && b->kind == SK_TERM_TEXT && a->at == b->at &&
           a->invert == and && b->invert == and && a->absent == b->absent;
}

static void fill_chain(struct sk_filter_exec *x, uint32_t index)
{
    const struct sk_ir_node *node = &x->pool->node[index];
    struct sk_chain *c = &x->chain[index];

    for (uint32_t i = 0; i < node->n; i++) {
        const struct sk_term *t = &x->of[x->pool->kid[node->first + i]];
        uint32_t k = 0;

        while (k < c->n && !joins(&x->term[c->first + k], t, node->kind == SK_IR_AND))
            k++;
        if (k < c->n && !node->stateful)
            x->term[c->first + k].mask |= t->mask;
        else
            x->term[c->first + c->n++] = *t;
    }
}

/* Must one of the term's bits be true for the term to be? */
static bool needs(const struct sk_term *t)
{
    return !t->invert && ((t->kind == SK_TERM_TEXT && !t->absent) || t->kind == SK_TERM_NEEDS);
}

/* An `and` needs what the first of its parts that needs a text does; an `or` what one of its parts needs, if
 * all need bits of one word. */
static struct sk_term of_chain(const struct sk_filter_exec *x, uint32_t index)
{
    const struct sk_chain *c = &x->chain[index];
    bool and = x->pool->node[index].kind == SK_IR_AND;
    struct sk_term t = {.kind = SK_TERM_NODE, .node = index}, need = {.mask = 0};

    for (uint32_t i = 0; i < c->n; i++) {
        const struct sk_term *part = &x->term[c->first + i];

        if (needs(part) && (!need.mask || (!and&&need.at == part->at))) {
            need.at = part->at;
            need.slot = part->slot;
            need.mask |= part->mask;
        } else if (!and) {
            return t;
        }
    }
    if (!need.mask || x->pool->node[index].stateful)
        return t;
    need.kind = SK_TERM_NEEDS;
    need.node = index;
    return need;
}

static bool is_chain(const struct sk_ir_node *node)
{
    return node->kind == SK_IR_AND || node->kind == SK_IR_OR;
}

/* Children stand before their parents. */
static int fill_nodes(struct sk_filter_exec *x, const uint32_t *bits)
{
    uint32_t at = 0;

    x->term = calloc((size_t)x->pool->nkid + 1, sizeof(*x->term));
    if (!x->term)
        return -ENOMEM;
    for (uint32_t i = 0; i < x->nnode; i++) {
        const struct sk_ir_node *node = &x->pool->node[i];

        x->of[i] = (struct sk_term){.kind = SK_TERM_NODE, .node = i};
        if (node->kind == SK_IR_PRED) {
            x->of[i] = of_pred(x, i, bits);
        } else if (node->kind == SK_IR_NOT) {
            x->of[i] = x->of[node->first];
            x->of[i].invert = !x->of[i].invert;
            x->of[i].absent = !x->of[i].absent;
        } else if (is_chain(node)) {
            x->chain[i].first = at;
            fill_chain(x, i);
            at += x->chain[i].n;
            x->of[i] = of_chain(x, i);
        }
    }
    return 0;
}

int sk_terms_build(struct sk_filter_exec *x)
{
    struct taken t = {0};
    int rc;

    x->info = calloc((size_t)x->nslot + 1, sizeof(*x->info));
    x->of = calloc((size_t)x->nnode + 1, sizeof(*x->of));
    x->chain = calloc((size_t)x->nnode + 1, sizeof(*x->chain));
    rc = x->info && x->of && x->chain ? 0 : -ENOMEM;
    if (!rc)
        rc = sort_by_slot(x->pool, &t);
    if (!rc)
        rc = build_slots(x, &t);
    if (!rc)
        rc = fill_nodes(x, t.bit);
    taken_done(&t);
    return rc;
}

void sk_terms_done(struct sk_filter_exec *x)
{
    for (uint32_t s = 0; x->info && s < x->nslot; s++)
        sk_texts_free(x->info[s].texts);
    free(x->info);
    free(x->of);
    free(x->term);
    free(x->chain);
}
