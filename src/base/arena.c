/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - a chain of blocks; allocation moves a pointer, freeing is dropping the chain. */
#include "base/arena.h"

#define SK_ARENA_BLOCK 16384u
#define SK_ARENA_ALIGN 16u

struct block {
    struct block *next;
    size_t cap, used;
    _Alignas(SK_ARENA_ALIGN) char data[];
};

struct sk_arena {
    struct block *first, *current;
    size_t taken, max;
};

struct sk_arena *sk_arena_new(size_t max_bytes)
{
    struct sk_arena *a = calloc(1, sizeof(*a));

    if (a)
        a->max = max_bytes;
    return a;
}

static void free_chain(struct sk_arena *a, struct block *b)
{
    while (b) {
        struct block *next = b->next;

        a->taken -= b->cap;
        free(b);
        b = next;
    }
}

void sk_arena_free(struct sk_arena *a)
{
    if (!a)
        return;
    free_chain(a, a->first);
    free(a);
}

void arena_freep(struct sk_arena **a)
{
    sk_arena_free(*a);
    *a = NULL;
}

static struct block *grow(struct sk_arena *a, size_t bytes)
{
    size_t cap = SK_MAX(bytes, (size_t)SK_ARENA_BLOCK);
    struct block *b;

    if (cap > a->max || a->taken > a->max - cap)
        cap = bytes;
    if (cap > a->max || a->taken > a->max - cap)
        return NULL;
    b = malloc(sizeof(*b) + cap);
    if (!b)
        return NULL;
    *b = (struct block){.cap = cap};
    a->taken += cap;
    if (a->current)
        a->current->next = b;
    else
        a->first = b;
    a->current = b;
    return b;
}

void *sk_arena_alloc(struct sk_arena *a, size_t bytes)
{
    struct block *b = a->current;
    void *p;

    if (bytes > SIZE_MAX - SK_ARENA_ALIGN)
        return NULL;
    bytes = (bytes + SK_ARENA_ALIGN - 1) & ~(size_t)(SK_ARENA_ALIGN - 1);
    if (!b || b->cap - b->used < bytes)
        b = grow(a, bytes);
    if (!b)
        return NULL;
    p = b->data + b->used;
    b->used += bytes;
    return memset(p, 0, bytes);
}

char *sk_arena_dup(struct sk_arena *a, struct sk_str s)
{
    char *p = sk_arena_alloc(a, s.n + 1);

    if (p && s.n)
        memcpy(p, s.p, s.n);
    return p;
}

void sk_arena_reset(struct sk_arena *a)
{
    if (!a->first)
        return;
    free_chain(a, a->first->next);
    a->first->next = NULL;
    a->first->used = 0;
    a->current = a->first;
}

size_t sk_arena_bytes(const struct sk_arena *a)
{
    return a->taken;
}
