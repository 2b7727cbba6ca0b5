/* SPDX-License-Identifier: Apache-2.0 */
/* enters.h - the last enter event of every thread, kept until its exit event asks for it.
 *
 * Captures of older writers tell a call in two events; the arguments are in the first.  A thread has
 * at most one call in flight.  Memory is bounded by a number of threads and a number of bytes: what
 * goes first is what was already used, then what waits longest.  One thread at a time. */
#pragma once
#include "base/base.h"

struct sk_enters;

/* A kept record; borrowed until the next put or clear. */
struct sk_enter {
    uint64_t tid;
    uint32_t len; /* 0: used */
    uint32_t cap; /* bytes of memory behind rec */
    uint8_t *rec;
    struct sk_enter *prev, *next;
};

/* max: threads; max_bytes: memory of their records.  -ENOMEM. */
SK_MUST int sk_enters_new(size_t max, size_t max_bytes, struct sk_enters **out);
void sk_enters_free(struct sk_enters *e);
void enters_freep(struct sk_enters **e);
/* Forgets all records and the count of lost ones. */
void sk_enters_clear(struct sk_enters *e);

/* Copies a record (len not 0) in the place of the thread's last one. */
void sk_enters_put(struct sk_enters *e, uint64_t tid, const void *rec, uint32_t len);
/* NULL: none. */
struct sk_enter *sk_enters_get(const struct sk_enters *e, uint64_t tid);
/* The exit event took what it needed. */
void sk_enters_used(struct sk_enters *e, struct sk_enter *enter);
/* Records that had to go before their exit event came, since new or clear. */
uint64_t sk_enters_lost(const struct sk_enters *e);
