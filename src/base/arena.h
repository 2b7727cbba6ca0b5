/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h - memory that lives and dies together: one event's temporaries, one generation's rules. */
#pragma once
#include "base/str.h"

struct sk_arena;

/* max_bytes: hard cap of the memory that the arena takes from malloc. NULL: out of memory. */
struct sk_arena *sk_arena_new(size_t max_bytes);
void sk_arena_free(struct sk_arena *a);
void arena_freep(struct sk_arena **a);

/* Zeroed, 16-byte aligned memory; NULL over the cap or out of memory. */
void *sk_arena_alloc(struct sk_arena *a, size_t bytes);
/* A NUL-terminated copy. */
char *sk_arena_dup(struct sk_arena *a, struct sk_str s);
/* Forgets everything; keeps the first block, so that a steady user never calls malloc again. */
void sk_arena_reset(struct sk_arena *a);
size_t sk_arena_bytes(const struct sk_arena *a);
