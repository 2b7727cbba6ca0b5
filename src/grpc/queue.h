/* SPDX-License-Identifier: Apache-2.0 */
/* queue.h - within grpc/: lists of packed alerts: those that wait, and those that a reader was sent.
 *
 * Sent is not received: what a reader was sent stays in a list of its call until it is known, or old
 * enough, and returns to those that wait when the call breaks.  No locks here: the server's. */
#pragma once
#include "base/base.h"

struct sk_grpc_item {
    struct sk_grpc_item *next;
    uint64_t id;
    uint64_t sent_ns; /* boottime; while it is in a list of sent ones */
    size_t n;
    uint8_t data[]; /* a falco.outputs.response */
};

struct sk_grpc_list {
    struct sk_grpc_item *first, **last;
    size_t n, bytes;
    uint64_t last_id; /* when it is not empty */
};

/* NULL: no memory. free() ends it. */
struct sk_grpc_item *sk_grpc_item_new(uint64_t id, size_t n);

void sk_grpc_list_init(struct sk_grpc_list *l);
/* How many were in it. */
size_t sk_grpc_list_clear(struct sk_grpc_list *l);
void sk_grpc_list_add(struct sk_grpc_list *l, struct sk_grpc_item *it);
/* Where its id belongs, in a list in the order of ids. */
void sk_grpc_list_insert(struct sk_grpc_list *l, struct sk_grpc_item *it);
/* The first one; NULL: it is empty. */
struct sk_grpc_item *sk_grpc_list_take(struct sk_grpc_list *l);
/* All of `from`, which is empty then, into `l`, both in the order of their ids. */
void sk_grpc_list_merge(struct sk_grpc_list *l, struct sk_grpc_list *from);
/* Frees from the front what was sent before that time, up to the first that was not, and what is
 * more than max_bytes. */
void sk_grpc_list_forget(struct sk_grpc_list *l, uint64_t before_ns, size_t max_bytes);
