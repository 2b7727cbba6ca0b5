/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* prefilter_eval.h - how a prefilter is asked: hashes, tables, tests, clauses; the same code in BPF and in
 * userspace.  Finding the facts is the business of each of them. */
#pragma once
#include "prefilter.h"

#define SK_PF_INLINE static inline __attribute__((always_inline))

SK_PF_INLINE sk_u64 sk_pf_mix(sk_u64 a, sk_u64 b)
{
    sk_u64 h = (a ^ b) * 0x9e3779b97f4a7c15ull;

    h ^= h >> 32;
    h = (h + b) * 0xd6e8feb86659fd93ull;
    h ^= h >> 29;
    return h;
}

/* Ends the hash of `n` bytes: sk_pf_mix() of seed and each little-endian word of eight, zeros behind the end. */
SK_PF_INLINE sk_u64 sk_pf_hash_end(sk_u64 h, sk_u64 n)
{
    h = sk_pf_mix(h, n);
    return h ? h : 1;
}

SK_PF_INLINE sk_u64 sk_pf_mark_key(const struct sk_pf *pf, sk_u32 space, sk_u64 hash)
{
    sk_u64 k = sk_pf_mix(pf->seed ^ space, hash);

    return k ? k : 1;
}

SK_PF_INLINE sk_u64 sk_pf_node_key(sk_u64 parent, sk_u64 hash)
{
    sk_u64 k = sk_pf_mix(parent, hash);

    return k ? k : 1;
}

/* Bits of a mark, 0: there is none of that key. */
SK_PF_INLINE sk_u64 sk_pf_mark_find(const struct sk_pf *pf, sk_u64 key)
{
    for (sk_u32 i = 0; i < SK_PF_PROBES; i++) {
        const struct sk_pf_mark *m = &pf->mark[(key + i) & (SK_PF_MARKS - 1)];

        if (m->key == key)
            return m->bits;
        if (!m->key)
            return 0;
    }
    return 0;
}

/* Slot of a node, -1: no interesting path begins so. */
SK_PF_INLINE sk_s64 sk_pf_node_find(const struct sk_pf *pf, sk_u64 key)
{
    for (sk_u32 i = 0; i < SK_PF_PROBES; i++) {
        sk_u64 at = (key + i) & (SK_PF_NODES - 1);

        if (pf->node[at].key == key)
            return (sk_s64)at;
        if (!pf->node[at].key)
            return -1;
    }
    return -1;
}

/* Every test but that for a set. */
SK_PF_INLINE int sk_pf_holds_number(const struct sk_pf_atom *a, sk_u64 v)
{
    switch (a->op) {
    case SK_PF_EQ:
        return v == a->value;
    case SK_PF_LT:
        return v < a->value;
    case SK_PF_GT:
        return v > a->value;
    case SK_PF_SLT:
        return (sk_s64)v < (sk_s64)a->value;
    case SK_PF_SGT:
        return (sk_s64)v > (sk_s64)a->value;
    case SK_PF_ANY:
        return (v & a->value) != 0;
    case SK_PF_ALL:
        return (v & a->value) == a->value;
    default:
        return 0;
    }
}

SK_PF_INLINE int sk_pf_holds(const struct sk_pf *pf, const struct sk_pf_atom *a, sk_u64 v)
{
    if (a->op == SK_PF_IN)
        return sk_pf_mark_find(pf, sk_pf_mark_key(pf, SK_PF_S_SET | (sk_u32)a->value << 8, v)) != 0;
    return sk_pf_holds_number(a, v);
}

/* Clauses of `alive` (a bit each) that the facts of one word leave alive. */
SK_PF_INLINE sk_u64 sk_pf_narrow(const struct sk_pf *pf, const struct sk_pf_event *e, sk_u32 word,
                                 sk_u64 alive, sk_u64 value, sk_u64 known)
{
    for (sk_u32 i = 0; i < SK_PF_CLAUSES_MAX; i++) {
        const struct sk_pf_clause *c = &pf->clause[(e->first_clause + i) & (SK_PF_CLAUSES - 1)];

        if (i >= e->nclauses)
            break;
        if (known & ((c->must[word] & ~value) | (c->never[word] & value)))
            alive &= ~(1ull << i);
    }
    return alive;
}

/* What is known of a path whose components are taken from the root on.  `left` is how many components come
 * behind the one that was reached. */
struct sk_pf_walk {
    sk_u64 value, unknown;
    sk_s64
        at; /* slot of the node, -1: no interesting path begins so, and there is nothing more to learn */
};

SK_PF_INLINE void sk_pf_walk_take(const struct sk_pf *pf, struct sk_pf_walk *w, sk_u32 left)
{
    const struct sk_pf_node *n;

    if (w->at < 0)
        return;
    n = &pf->node[w->at & (SK_PF_NODES - 1)];
    if (!left) {
        w->value |= n->exact;
        return;
    }
    w->value |= n->below;
    w->unknown |= n->maybe;
    if (left == 1)
        w->value |= n->child;
}

/* The root itself; it has a node where a bit hangs on it or a path begins there. */
SK_PF_INLINE void sk_pf_walk_begin(const struct sk_pf *pf, struct sk_pf_walk *w, sk_u32 word,
                                   sk_u32 left)
{
    w->value = w->unknown = 0;
    w->at = sk_pf_node_find(pf, pf->root[word]);
    sk_pf_walk_take(pf, w, left);
}

SK_PF_INLINE void sk_pf_walk_step(const struct sk_pf *pf, struct sk_pf_walk *w, sk_u64 hash,
                                  sk_u32 left)
{
    if (w->at < 0)
        return;
    w->at = sk_pf_node_find(pf, sk_pf_node_key(pf->node[w->at & (SK_PF_NODES - 1)].key, hash));
    sk_pf_walk_take(pf, w, left);
}

/* Which bits are known when their value is `value` and those of `unknown` could not be told. */
SK_PF_INLINE sk_u64 sk_pf_known(const struct sk_pf *pf, sk_u32 word, sk_u64 value, sk_u64 unknown)
{
    return ~((unknown | pf->always[word]) & ~value);
}
