/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter_cond.c - a condition as clauses.
 *
 * The tree is walked with its negations moved down to the checks.  Checks of one kind that stand side by
 * side become one test: "fd.name is one of these or begins so", as macros and lists say it all the time.
 * Exceptions that are themselves a conjunction multiply the clauses; they come last and may do so a few
 * times only. */
#include <stdlib.h>

#include "rule/prefilter_own.h"

#define PARTS_MAX 4096
#define DEPTH_MAX 200

struct parts {
    struct sk_pfc *c;
    bool any; /* the parts are alternatives, else all of them must hold */
    bool overflow;
    struct group {
        struct sk_pt_kind kind;
        uint32_t guard;
        struct sk_pe_list list;
    } *group; /* sets to be joined: of alternatives those that may hold, else those that must not */
    uint32_t ngroup, cgroup;
    struct sk_dnf *sub;
    uint32_t nsub, csub;
};

static struct sk_dnf dnf(struct sk_pfc *c, uint32_t index, bool negated, unsigned depth);

static bool room(struct sk_pfc *c, void **p, uint32_t n, uint32_t *cap, size_t size)
{
    uint32_t more = *cap ? *cap * 2 : 16;
    void *q;

    if (n < *cap)
        return true;
    q = sk_arena_alloc(c->tmp, more * size);
    if (!q) {
        c->failed = true;
        return false;
    }
    if (n)
        memcpy(q, *p, n * size);
    *p = q;
    *cap = more;
    return true;
}

static void add_sub(struct parts *p, struct sk_dnf d)
{
    if (room(p->c, (void **)&p->sub, p->nsub, &p->csub, sizeof(*p->sub)))
        p->sub[p->nsub++] = d;
}

static void add_to_group(struct parts *p, const struct sk_low *l)
{
    const struct sk_pe_list *list = p->any ? &l->up : &l->low;
    uint32_t guard = p->any ? SK_PT_NONE : l->guard;

    for (uint32_t i = 0; i < p->ngroup; i++) {
        if (!memcmp(&p->group[i].kind, &l->kind, sizeof(l->kind)) && p->group[i].guard == guard) {
            sk_pe_join(p->c, &p->group[i].list, list);
            return;
        }
    }
    if (!room(p->c, (void **)&p->group, p->ngroup, &p->cgroup, sizeof(*p->group)))
        return;
    p->group[p->ngroup] = (struct group){.kind = l->kind, .guard = guard};
    sk_pe_join(p->c, &p->group[p->ngroup++].list, list);
}

static void add_check(struct parts *p, uint32_t pred, bool negated)
{
    struct sk_low l;
    bool yes;

    sk_low_of(p->c, pred, &l);
    if (l.why && p->c->tell)
        p->c->tell(p->c->tell_self, pred, l.why);
    yes = negated == l.flip;
    if (l.is_set && yes == p->any && (!yes || (!l.up_any && (!l.flip || l.present))))
        add_to_group(p, &l);
    else
        add_sub(p, sk_low_dnf(p->c, &l, negated));
}

/* Takes the node apart as long as it is of the kind of the parts. */
static void gather(struct parts *p, uint32_t index, bool negated, unsigned depth)
{
    const struct sk_ir_node *node = &p->c->pool->node[index];
    bool any;

    p->c->all_nodes++;
    if (depth > DEPTH_MAX || p->nsub > PARTS_MAX || p->c->nodes++ > SK_PFC_NODES ||
        p->c->all_nodes > SK_PFC_ALL) {
        add_sub(p, sk_dnf_const(p->c, true));
        return;
    }
    switch (node->kind) {
    case SK_IR_NOT:
        gather(p, node->first, !negated, depth + 1);
        return;
    case SK_IR_PRED:
        add_check(p, node->first, negated);
        return;
    case SK_IR_AND:
    case SK_IR_OR:
        any = (node->kind == SK_IR_OR) != negated;
        if (any != p->any) {
            add_sub(p, dnf(p->c, index, negated, depth + 1));
            return;
        }
        for (uint32_t i = 0; i < node->n; i++)
            gather(p, p->c->pool->kid[node->first + i], negated, depth + 1);
        return;
    default:
        add_sub(p, sk_dnf_const(p->c, (node->kind == SK_IR_TRUE) != negated));
    }
}

static struct sk_dnf one_of(struct parts *p)
{
    struct sk_dnf d = sk_dnf_const(p->c, false);

    for (uint32_t i = 0; i < p->ngroup; i++) {
        struct group *g = &p->group[i];

        d = sk_dnf_or(p->c, d, sk_dnf_lit(p->c, sk_pt_set(p->c, g->kind, &g->list), false));
    }
    for (uint32_t i = 0; i < p->nsub && !sk_dnf_is_true(d); i++) {
        d = sk_dnf_or(p->c, d, p->sub[i]);
        if (d.n > SK_DNF_LARGE)
            d = sk_dnf_widen(p->c, d, SK_DNF_MAX);
    }
    return sk_dnf_widen(p->c, d, SK_DNF_MAX);
}

/* Few clauses first, exceptions last. */
static int order(const void *a, const void *b)
{
    const struct sk_dnf *x = a, *y = b;
    bool nx = sk_dnf_only_negated(*x), ny = sk_dnf_only_negated(*y);

    if (nx != ny)
        return nx - ny;
    return (x->n > y->n) - (x->n < y->n);
}

static struct sk_dnf all_of(struct parts *p)
{
    struct sk_dnf d = sk_dnf_const(p->c, true);

    for (uint32_t i = 0; i < p->ngroup; i++) {
        struct group *g = &p->group[i];
        struct sk_dnf not = sk_dnf_const(p->c, true);

        if (g->list.n)
            not = sk_dnf_lit(p->c, sk_pt_set(p->c, g->kind, &g->list), true);
        if (g->list.n && g->guard != SK_PT_NONE)
            not = sk_dnf_or(p->c, not, sk_dnf_lit(p->c, g->guard, true));
        add_sub(p, not);
    }
    if (p->nsub)
        qsort(p->sub, p->nsub, sizeof(*p->sub), order);
    for (uint32_t i = 0; i < p->nsub && d.n; i++) {
        bool except = p->sub[i].n > 1 && sk_dnf_only_negated(p->sub[i]);

        if (!p->sub[i].n)
            return p->sub[i];
        d = sk_dnf_and(p->c, d, p->sub[i], except ? SK_MAX(SK_DNF_EXCEPT, d.n) : SK_DNF_MAX);
    }
    return d;
}

static struct sk_dnf dnf(struct sk_pfc *c, uint32_t index, bool negated, unsigned depth)
{
    struct parts p = {.c = c};
    const struct sk_ir_node *node = &c->pool->node[index];

    while (node->kind == SK_IR_NOT) {
        negated = !negated;
        index = node->first;
        node = &c->pool->node[index];
    }
    p.any = (node->kind == SK_IR_OR) != negated && node->kind != SK_IR_PRED;
    gather(&p, index, negated, depth);
    return p.any ? one_of(&p) : all_of(&p);
}

struct sk_dnf sk_pfc_root(struct sk_pfc *c, uint32_t root)
{
    if (c->pool->node[root].stateful)
        return sk_dnf_const(c, true); /* it counts how often it is asked */
    c->nodes = 0;
    return dnf(c, root, false, 0);
}
