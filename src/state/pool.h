/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - slabs by size class with a hard cap: what the event path allocates from.
 *
 * Objects of one class share chunks; a chunk without objects goes back to the system, so that a
 * burst of one size does not starve the others.  Internal to state/. */
#pragma once
#include "base/base.h"

#define SK_POOL_OBJECT_MAX 65536u

struct sk_pool;

/* max_bytes: cap of the bytes in use. NULL: out of memory. */
struct sk_pool *sk_pool_new(uint64_t max_bytes);
/* Frees all memory, also of objects still in use. */
void sk_pool_free(struct sk_pool *p);

/* Zeroed, 16-byte aligned; NULL over the cap, over SK_POOL_OBJECT_MAX or out of memory. */
void *sk_pool_get(struct sk_pool *p, size_t bytes);
void sk_pool_put(struct sk_pool *p, void *object);
/* Bytes in use. */
uint64_t sk_pool_used(const struct sk_pool *p);
