/* SPDX-License-Identifier: Apache-2.0 */
/* ir.c - emits nodes: folding and hash-consing happen here and nowhere else. */
#include "rule/ir.h"

#include <errno.h>

/* Doubles an array until it has room for `need` elements. */
static int grow(void *array, uint32_t need, uint32_t *cap, size_t size)
{
    void **at = array, *more;
    uint32_t want = *cap ? *cap : 64;

    if (need <= *cap)
        return 0;
    if (need > 4 * SK_IR_NODES_MAX)
        return -E2BIG;
    while (want < need)
        want *= 2;
    more = realloc(*at, want * size);
    if (!more)
        return -ENOMEM;
    memset((char *)more + *cap * size, 0, (want - *cap) * size);
    *at = more;
    *cap = want;
    return 0;
}

int sk_ir_add_pred(struct sk_filter_pool *p, const struct sk_pred *pred, uint32_t *out)
{
    int rc = grow(&p->pred, p->npred + 1, &p->cpred, sizeof(*p->pred));

    if (rc)
        return rc;
    p->pred[p->npred] = *pred;
    *out = p->npred++;
    return 0;
}

int sk_ir_add_slot(struct sk_filter_pool *p, const struct sk_expr *e, struct sk_str key,
                   uint32_t *out)
{
    uintptr_t known = (uintptr_t)sk_map_get(p->slot_by_key, key);
    char *copy;
    int rc;

    if (known) {
        *out = (uint32_t)(known - 1);
        return 0;
    }
    rc = grow(&p->slot, p->nslot + 1, &p->cslot, sizeof(*p->slot));
    copy = sk_arena_dup(p->mem, key);
    if (rc || !copy)
        return rc ? rc : -ENOMEM;
    rc =
        sk_map_put(p->slot_by_key, (struct sk_str){copy, key.n}, (void *)(uintptr_t)(p->nslot + 1));
    if (rc)
        return rc;
    p->slot[p->nslot] =
        (struct sk_slot){.expr = e, .flags = e->kind == SK_EXPR_FIELD ? e->ref.field->flags : 0};
    *out = p->nslot++;
    return 0;
}

/* Adds a node whose parts are in place, or finds its equal. `key` stands for all that it is. */
static int intern(struct sk_filter_pool *p, const struct sk_ir_node *node, struct sk_str key,
                  uint32_t *out)
{
    int rc;

    if (p->nnode >= SK_IR_NODES_MAX)
        return -E2BIG;
    rc = grow(&p->node, p->nnode + 1, &p->cnode, sizeof(*p->node));
    if (!rc)
        rc = grow(&p->events, p->nnode + 1, &p->cevents, sizeof(*p->events));
    if (!rc)
        rc = grow(&p->mark, 2 * p->nnode + 2, &p->cmark, sizeof(*p->mark));
    if (!rc)
        rc = sk_map_put(p->node_by_key, key, (void *)(uintptr_t)(p->nnode + 1));
    if (rc)
        return rc;
    p->node[p->nnode] = *node;
    *out = p->nnode++;
    return 0;
}

static int emit_pred(struct sk_filter_pool *p, uint32_t pred, const struct sk_node_events *events,
                     uint32_t *out)
{
    const struct sk_pred *pr = &p->pred[pred];
    struct sk_ir_node node = {.kind = SK_IR_PRED, .first = pred, .n = 1};
    int rc;

    node.stateful = p->slot[pr->slot].expr->stateful ||
                    (pr->rslot != SK_NO_SLOT && p->slot[pr->rslot].expr->stateful);
    node.cost = sk_opt_pred_cost(p, pr);
    rc = intern(p, &node, pr->key, out);
    if (!rc)
        p->events[*out] = *events;
    return rc;
}

/* The key of a node that has children: its kind and their indexes, as bytes in the arena. */
static int key_of(struct sk_filter_pool *p, enum sk_ir_kind kind, const uint32_t *arg, uint32_t n,
                  struct sk_str *out)
{
    uint32_t *key = sk_arena_alloc(p->mem, (n + 2) * sizeof(*key));

    if (!key)
        return -ENOMEM;
    key[0] = 0; /* no key of a predicate begins with NUL */
    key[1] = kind;
    if (n)
        memcpy(key + 2, arg, n * sizeof(*key));
    *out = (struct sk_str){(const char *)key, (n + 2) * sizeof(*key)};
    return 0;
}

static int emit_not(struct sk_filter_pool *p, uint32_t child, uint32_t *out)
{
    const struct sk_ir_node *c = &p->node[child];
    struct sk_ir_node node = {.kind = SK_IR_NOT, .first = child, .n = 1};
    struct sk_node_events ev = p->events[child];
    struct sk_str key;
    uintptr_t known;
    int rc;

    if (c->kind == SK_IR_FALSE || c->kind == SK_IR_TRUE) {
        *out = !child;
        return 0;
    }
    if (c->kind == SK_IR_NOT) {
        *out = c->first;
        return 0;
    }
    node.stateful = c->stateful;
    node.cost = c->cost;
    rc = key_of(p, SK_IR_NOT, &child, 1, &key);
    if (rc)
        return rc;
    known = (uintptr_t)sk_map_get(p->node_by_key, key);
    if (known) {
        *out = (uint32_t)(known - 1);
        return 0;
    }
    rc = intern(p, &node, key, out);
    if (!rc)
        p->events[*out] =
            (struct sk_node_events){.can_be_true = ev.can_be_false, .can_be_false = ev.can_be_true};
    return rc;
}

struct siblings {
    enum sk_ir_kind kind;
    uint32_t neutral, absorbing; /* FALSE and TRUE for or; TRUE and FALSE for and */
    uint32_t n;                  /* in pool->work */
    bool absorbed;
};

/* Takes one child into the list, unless it adds nothing. */
static int add_sibling(struct sk_filter_pool *p, struct siblings *s, uint32_t child)
{
    bool negated = p->node[child].kind == SK_IR_NOT;
    uint32_t base = negated ? p->node[child].first : child;
    uint32_t *same = &p->mark[2 * base + negated], *opposite = &p->mark[2 * base + !negated];
    int rc;

    if (child == s->absorbing)
        s->absorbed = true;
    if (s->absorbed || child == s->neutral)
        return 0;
    if (!p->node[child].stateful) {
        if (*same == p->mark_now)
            return 0;
        if (*opposite == p->mark_now) { /* x and not x */
            s->absorbed = true;
            return 0;
        }
        *same = p->mark_now;
    }
    rc = grow(&p->work, s->n + 1, &p->cwork, sizeof(*p->work));
    if (!rc)
        p->work[s->n++] = child;
    return rc;
}

/* A short chain inside a chain of its kind is dissolved; a long one stays, so that the many rules
 * that share it also share its result. */
#define DISSOLVE_MAX 16

static int gather(struct sk_filter_pool *p, struct siblings *s, const uint32_t *arg, uint32_t n)
{
    int rc = 0;

    p->mark_now++;
    for (uint32_t i = 0; !rc && i < n; i++) {
        const struct sk_ir_node *c = &p->node[arg[i]];

        if (c->kind == s->kind && c->n <= DISSOLVE_MAX) {
            for (uint32_t k = 0; !rc && k < c->n; k++)
                rc = add_sibling(p, s, p->kid[c->first + k]);
        } else {
            rc = add_sibling(p, s, arg[i]);
        }
    }
    return rc;
}

/* What can make all (and) or one (or) of the children true. */
static struct sk_node_events join_events(const struct sk_filter_pool *p, enum sk_ir_kind kind,
                                         const uint32_t *arg, uint32_t n)
{
    struct sk_node_events ev = p->events[arg[0]];

    for (uint32_t i = 1; i < n; i++) {
        const struct sk_node_events *c = &p->events[arg[i]];

        if (kind == SK_IR_AND) {
            sk_event_set_and(&ev.can_be_true, &c->can_be_true);
            sk_event_set_or(&ev.can_be_false, &c->can_be_false);
        } else {
            sk_event_set_or(&ev.can_be_true, &c->can_be_true);
            sk_event_set_and(&ev.can_be_false, &c->can_be_false);
        }
    }
    return ev;
}

static int intern_chain(struct sk_filter_pool *p, enum sk_ir_kind kind, uint32_t n, uint32_t *out)
{
    struct sk_ir_node node = {.kind = (uint8_t)kind, .first = p->nkid, .n = n};
    uintptr_t known;
    struct sk_str key;
    uint32_t cost = 0;
    int rc;

    sk_opt_order(p, kind, p->work, n);
    rc = key_of(p, kind, p->work, n, &key);
    if (rc)
        return rc;
    known = (uintptr_t)sk_map_get(p->node_by_key, key);
    if (known) {
        *out = (uint32_t)(known - 1);
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        cost += p->node[p->work[i]].cost;
        node.stateful |= p->node[p->work[i]].stateful;
    }
    node.cost = (uint16_t)SK_MIN(cost, (uint32_t)UINT16_MAX);
    rc = grow(&p->kid, p->nkid + n, &p->ckid, sizeof(*p->kid));
    if (!rc)
        rc = intern(p, &node, key, out);
    if (rc)
        return rc;
    memcpy(p->kid + p->nkid, p->work, n * sizeof(*p->kid));
    p->nkid += n;
    p->events[*out] = join_events(p, kind, p->work, n);
    return 0;
}

static int emit_chain(struct sk_filter_pool *p, enum sk_ir_kind kind, const uint32_t *arg,
                      uint32_t n, uint32_t *out)
{
    struct siblings s = {.kind = kind,
                         .neutral = kind == SK_IR_AND ? SK_IR_TRUE : SK_IR_FALSE,
                         .absorbing = kind == SK_IR_AND ? SK_IR_FALSE : SK_IR_TRUE};
    int rc = gather(p, &s, arg, n);

    if (rc)
        return rc;
    if (s.absorbed) {
        *out = s.absorbing;
        return 0;
    }
    if (s.n < 2) {
        *out = s.n ? p->work[0] : s.neutral;
        return 0;
    }
    return intern_chain(p, kind, s.n, out);
}

int sk_ir_emit(struct sk_filter_pool *p, enum sk_ir_kind kind, const uint32_t *arg, uint32_t n,
               const struct sk_node_events *events, uint32_t *out)
{
    switch (kind) {
    case SK_IR_FALSE:
    case SK_IR_TRUE:
        *out = kind; /* sk_ir_init() put them there */
        return 0;
    case SK_IR_PRED:
        return emit_pred(p, arg[0], events, out);
    case SK_IR_NOT:
        return emit_not(p, arg[0], out);
    default:
        return emit_chain(p, kind, arg, n, out);
    }
}

int sk_ir_init(struct sk_filter_pool *p)
{
    uint32_t index;

    for (uint32_t kind = SK_IR_FALSE; kind <= SK_IR_TRUE; kind++) {
        struct sk_ir_node node = {.kind = (uint8_t)kind};
        struct sk_str key;
        int rc = key_of(p, (enum sk_ir_kind)kind, NULL, 0, &key);

        if (!rc)
            rc = intern(p, &node, key, &index);
        if (rc)
            return rc;
        memset(kind == SK_IR_TRUE ? &p->events[index].can_be_true : &p->events[index].can_be_false,
               0xff, sizeof(struct sk_event_set));
    }
    return 0;
}
