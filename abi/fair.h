/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* fair.h - who may still write into a ring that fills up; the same code in BPF and in tests.
 *
 * The rule is that of switches that share their memory between ports: each may hold as much as is still free
 * (times a factor).  One flooder alone settles where what it holds equals what is free, n of them leave the
 * n+1st part, and whoever comes anew finds room without anybody knowing how many there are.  It is asked for
 * two kinds of flows: all that an account (account.h: a container, a service) has in the ring, and what it has
 * of one class of events.  So a container cannot blind the others, and opens do not hide a chmod of the same
 * container.
 *
 * While no more than `calm` bytes wait to be read nobody asks and nothing is counted: an ordinary second costs
 * one comparison.  What was written then is missing from the count, at most `calm` bytes of all together.
 *
 * Flows are counted in rows of counters that are found by hash; flows may share a counter, so of the rows the
 * smallest count stands (a count-min sketch).  There is nothing to allocate, to evict, or to fill up.
 *
 * Counters are not exact where two CPUs change one at the same moment: then somebody gets in, or does not, too
 * early.  What was lost is counted elsewhere (struct sk_driver_stats), and exactly. */
#pragma once
#include "record.h"

#define SK_FAIR_ROWS  2
#define SK_FAIR_FLOWS 512   /* counters in a row */
#define SK_FAIR_ALL   0xffu /* instead of a class: all of them */

#define SK_FAIR_INLINE static inline __attribute__((always_inline))

/* Bytes of a flow, by positions in the ring.  What was written between `last` and `mark` is taken as spread
 * evenly, so what the reader's position has passed of it is known well enough. */
struct sk_fair_flow {
    sk_u64 last, mark; /* positions of the writer */
    sk_u64 before;     /* bytes between the two */
    sk_u64 since;      /* bytes behind `mark` */
};

/* One for each ring. */
struct sk_fair {
    sk_u64 bytes; /* of the ring; 0: not used */
    sk_u64 calm;  /* so much may wait without anybody counting */
    sk_u64 seed;  /* of the hash: nobody shall choose whose counter he shares */
    sk_u64
        ease; /* a class of an account may have `ease` times what is free, an account twice that */
    sk_u64 pad[4];
    struct sk_fair_flow flow[SK_FAIR_ROWS][SK_FAIR_FLOWS];
};

/* Two indices, in the lower and the upper half. */
SK_FAIR_INLINE sk_u64 sk_fair_hash(const struct sk_fair *f, sk_u64 account, sk_u32 klass)
{
    sk_u64 h = (account ^ f->seed) * 0x9e3779b97f4a7c15ull;

    h ^= h >> 32;
    h = (h + klass) * 0xd6e8feb86659fd93ull;
    return h ^ h >> 29;
}

/* Bytes of a flow that the reader, at `cons`, has still before it; the writer is at `prod`. */
SK_FAIR_INLINE sk_u64 sk_fair_unread(struct sk_fair_flow *w, sk_u64 cons, sk_u64 prod)
{
    sk_u64 span, unread;

    if (cons >= w->mark) {
        w->last = w->mark;
        w->before = w->since;
        w->since = 0;
        w->mark = prod;
    }
    span = w->mark - w->last;
    unread = w->mark > cons ? w->mark - cons : 0;
    if (unread >= span) /* and where the span is 0 */
        return w->since + w->before;
    return w->since + w->before * unread / span;
}

/* The smaller count of the two rows. */
SK_FAIR_INLINE sk_u64 sk_fair_held(struct sk_fair *f, sk_u64 hash, sk_u64 cons, sk_u64 prod)
{
    sk_u64 a = sk_fair_unread(&f->flow[0][hash & (SK_FAIR_FLOWS - 1)], cons, prod);
    sk_u64 b = sk_fair_unread(&f->flow[1][hash >> 32 & (SK_FAIR_FLOWS - 1)], cons, prod);

    return a < b ? a : b;
}

SK_FAIR_INLINE void sk_fair_add(struct sk_fair *f, sk_u64 hash, sk_u64 bytes)
{
    __sync_fetch_and_add(&f->flow[0][hash & (SK_FAIR_FLOWS - 1)].since, bytes);
    __sync_fetch_and_add(&f->flow[1][hash >> 32 & (SK_FAIR_FLOWS - 1)].since, bytes);
}

/* May this record of `bytes` in?  Then it is counted.  cons, prod: positions of reader and writer. */
SK_FAIR_INLINE int sk_fair_admit(struct sk_fair *f, sk_u64 account, sk_u32 klass, sk_u64 bytes,
                                 sk_u64 cons, sk_u64 prod)
{
    sk_u64 all = sk_fair_hash(f, account, SK_FAIR_ALL), one = sk_fair_hash(f, account, klass);
    sk_u64 used = prod - cons + bytes, room = used < f->bytes ? (f->bytes - used) * f->ease : 0;
    sk_u64 held = sk_fair_held(f, one, cons, prod);

    if (held > room)
        return 0;
    /* Over its share as a whole: classes that have little in the ring are not to blame. */
    if (sk_fair_held(f, all, cons, prod) > 2 * room && held > room / 8)
        return 0;
    sk_fair_add(f, one, bytes);
    sk_fair_add(f, all, bytes);
    return 1;
}

#ifndef __BPF__
static_assert(sizeof(struct sk_fair) == 64 + 32 * SK_FAIR_ROWS * SK_FAIR_FLOWS, "no holes");
#endif
