/* SPDX-License-Identifier: Apache-2.0 */
/* exec.h - private to the executor (exec.c, terms.c, onepass.c): conditions in the form in which they
 * are run. */
#pragma once
#include <time.h>

#include "rule/ir.h"
#include "rule/texts.h"

/* How a node, as a part of another one or of a rule, is decided. */
enum sk_term_kind {
    SK_TERM_NODE,   /* `node`, whose result is remembered */
    SK_TERM_NEEDS,  /* the same, but it can only be true when one of the bits of a TEXT is */
    SK_TERM_TEXT,   /* one of the bits `mask` of word `at`: tests of the text in `slot` */
    SK_TERM_NUMBER, /* one comparison of `slot` with `number` */
};

/* How a number is compared: SIGNED, else as it is; BYTE: one byte of it counts. */
enum { SK_NUMBER_SIGNED = 1, SK_NUMBER_BYTE = 2 };

struct sk_term {
    union {
        uint64_t mask, number;
    };
    uint32_t at, slot;
    uint32_t node; /* which it stands for */
    uint8_t kind;
    uint8_t op, how; /* NUMBER: enum sk_op */
    bool invert;     /* true when what is described is false */
    bool absent;     /* TEXT, NUMBER: what holds when there is no value */
};

/* Longer texts are not remembered beyond their event. */
#define SK_LAST_MAX  112
#define SK_LAST_NONE UINT32_MAX

/* One value of the event. */
struct sk_slot_memo {
    uint32_t epoch;
    bool present; /* there is a value */
    bool usable;  /* for TEXT and NUMBER: and as many as the field may have */
    /* The text whose tests are in known and bits: events of one process come in a row, so that it is
     * often that of the event before. */
    uint32_t last_n;
    char last[SK_LAST_MAX];
    struct sk_vals vals;
};

/* What a slot is, in the form in which it is asked. */
struct sk_slot_info {
    const struct sk_expr *expr;
    struct sk_texts *texts; /* NULL: none */
    uint32_t word, words;   /* its bits in known and bits */
    bool any, stateful;
};

struct sk_chain {
    uint32_t first, n; /* of an and/or: its terms */
};

struct sk_onepass;

struct sk_filter_exec {
    const struct sk_filter_pool *pool;
    uint32_t epoch;
    uint32_t nnode, nslot, nword;
    uint32_t *node; /* epoch << 1 | result */
    struct sk_slot_memo *slot;
    struct sk_slot_info *info;
    struct sk_term *of;   /* of each node */
    struct sk_term *term; /* of chains */
    struct sk_chain *chain;
    uint64_t *known, *bits;     /* tests of texts: decided in this event; and true */
    struct sk_onepass *onepass; /* rules of all event types; NULL: conditions are run one by one */
    bool forgets;               /* texts of the last event do not count */
    bool timed;                 /* each extraction takes its time: */
    uint64_t extract_ns;
};

static inline uint64_t sk_exec_clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* terms.c: fills info, of, term, chain. -ENOMEM. */
SK_MUST int sk_terms_build(struct sk_filter_exec *x);
void sk_terms_done(struct sk_filter_exec *x);

/* exec.c */
bool sk_exec_node(struct sk_filter_exec *x, uint32_t index, const struct sk_ctx *cx);
/* A NUMBER of a field that has several. */
bool sk_exec_numbers(struct sk_filter_exec *x, const struct sk_term *t, const struct sk_ctx *cx);
void sk_exec_load(struct sk_filter_exec *x, uint32_t slot, const struct sk_ctx *cx);
bool sk_exec_ask(struct sk_filter_exec *x, const struct sk_term *t, const struct sk_ctx *cx);

/* Is one of the bits true? */
static inline bool sk_exec_bits(struct sk_filter_exec *x, const struct sk_term *t,
                                const struct sk_ctx *cx)
{
    if (x->bits[t->at] & t->mask)
        return true;
    return (x->known[t->at] & t->mask) != t->mask && sk_exec_ask(x, t, cx);
}

static inline bool sk_exec_usable(struct sk_filter_exec *x, uint32_t slot, const struct sk_ctx *cx)
{
    if (x->slot[slot].epoch != x->epoch)
        sk_exec_load(x, slot, cx);
    return x->slot[slot].usable;
}

static inline bool sk_exec_compare(const struct sk_term *t, uint64_t v)
{
    int c = t->how & SK_NUMBER_SIGNED
                ? ((int64_t)v > (int64_t)t->number) - ((int64_t)v < (int64_t)t->number)
                : (v > t->number) - (v < t->number);

    switch (t->op) {
    case SK_OP_EQ:
        return c == 0;
    case SK_OP_NE:
        return c != 0;
    case SK_OP_LT:
        return c < 0;
    case SK_OP_LE:
        return c <= 0;
    case SK_OP_GT:
        return c > 0;
    default:
        return c >= 0;
    }
}

static inline bool sk_exec_number(struct sk_filter_exec *x, const struct sk_term *t,
                                  const struct sk_ctx *cx)
{
    const struct sk_slot_memo *m = &x->slot[t->slot];
    uint64_t v;

    if (!sk_exec_usable(x, t->slot, cx))
        return t->absent;
    if (m->vals.n != 1)
        return sk_exec_numbers(x, t, cx);
    v = m->vals.v[0].u64;
    return sk_exec_compare(t, t->how & SK_NUMBER_BYTE ? v & 0xff : v) != t->invert;
}

static inline bool sk_exec_term(struct sk_filter_exec *x, const struct sk_term *t,
                                const struct sk_ctx *cx)
{
    uint32_t known;

    switch ((enum sk_term_kind)t->kind) {
    case SK_TERM_TEXT:
        return sk_exec_usable(x, t->slot, cx) ? sk_exec_bits(x, t, cx) != t->invert : t->absent;
    case SK_TERM_NUMBER:
        return sk_exec_number(x, t, cx);
    case SK_TERM_NEEDS:
        if (!sk_exec_usable(x, t->slot, cx) || !sk_exec_bits(x, t, cx))
            return t->invert;
        break;
    default:
        break;
    }
    known = x->node[t->node];
    return (known >> 1 == x->epoch ? known & 1 : sk_exec_node(x, t->node, cx)) != t->invert;
}
