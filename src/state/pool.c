/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c - chunks are aligned to their size, so that an object finds its chunk by a mask. */
#include "state/pool.h"

#include <assert.h>

#if defined(__has_include)
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define CHUNK_BYTES  (256u * 1024)
#define HEADER_BYTES 64u

/* Two classes for each power of two: at most a third of an object is wasted. */
static const uint32_t class_bytes[] = {
    32,   48,   64,   96,   128,  192,   256,   384,   512,   768,   1024,  1536,
    2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536,
};
#define CLASSES SK_ARRAY_LEN(class_bytes)
static_assert(sizeof(class_bytes) / sizeof(class_bytes[0]) == 23, "last class: the largest object");

struct object {
    struct object *next;
};

struct chunk {
    struct chunk *next, *prev; /* chunks of the class that have room */
    struct chunk *all_next, *all_prev;
    struct object *free;
    uint32_t cls, live, fresh, cap; /* fresh: objects never handed out begin at this index */
};
static_assert(sizeof(struct chunk) <= HEADER_BYTES, "header of a chunk");

struct sk_pool {
    struct chunk *room[CLASSES];
    struct chunk *all;
    uint64_t used, taken, max;
};

struct sk_pool *sk_pool_new(uint64_t max_bytes)
{
    struct sk_pool *p = calloc(1, sizeof(*p));

    if (p)
        p->max = max_bytes;
    return p;
}

static void chunk_free(struct chunk *c)
{
    ASAN_UNPOISON_MEMORY_REGION(c, CHUNK_BYTES);
    free(c);
}

void sk_pool_free(struct sk_pool *p)
{
    if (!p)
        return;
    while (p->all) {
        struct chunk *next = p->all->all_next;

        chunk_free(p->all);
        p->all = next;
    }
    free(p);
}

static void room_add(struct sk_pool *p, struct chunk *c)
{
    c->prev = NULL;
    c->next = p->room[c->cls];
    if (c->next)
        c->next->prev = c;
    p->room[c->cls] = c;
}

static void room_del(struct sk_pool *p, struct chunk *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        p->room[c->cls] = c->next;
    if (c->next)
        c->next->prev = c->prev;
}

static struct chunk *chunk_new(struct sk_pool *p, uint32_t cls)
{
    /* Chunks that are half empty may double the cap, and each class may own one more. */
    uint64_t max = p->max > UINT64_MAX / 4 ? UINT64_MAX : p->max * 2 + CLASSES * CHUNK_BYTES;
    struct chunk *c;

    if (p->taken > max - CHUNK_BYTES)
        return NULL;
    c = aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
    if (!c)
        return NULL;
    *c = (struct chunk){.cls = cls, .cap = (CHUNK_BYTES - HEADER_BYTES) / class_bytes[cls]};
    ASAN_POISON_MEMORY_REGION((char *)c + HEADER_BYTES, CHUNK_BYTES - HEADER_BYTES);
    p->taken += CHUNK_BYTES;
    c->all_next = p->all;
    if (p->all)
        p->all->all_prev = c;
    p->all = c;
    room_add(p, c);
    return c;
}

static void chunk_drop(struct sk_pool *p, struct chunk *c)
{
    room_del(p, c);
    if (c->all_prev)
        c->all_prev->all_next = c->all_next;
    else
        p->all = c->all_next;
    if (c->all_next)
        c->all_next->all_prev = c->all_prev;
    p->taken -= CHUNK_BYTES;
    chunk_free(c);
}

static uint32_t class_of(size_t bytes)
{
    uint32_t cls = 0;

    while (class_bytes[cls] < bytes)
        cls++;
    return cls;
}

void *sk_pool_get(struct sk_pool *p, size_t bytes)
{
    uint32_t cls;
    struct chunk *c;
    void *object;

    if (bytes > SK_POOL_OBJECT_MAX)
        return NULL;
    cls = class_of(bytes);
    if (p->used > p->max || class_bytes[cls] > p->max - p->used)
        return NULL;
    c = p->room[cls] ? p->room[cls] : chunk_new(p, cls);
    if (!c)
        return NULL;
    if (c->free) {
        object = c->free;
        ASAN_UNPOISON_MEMORY_REGION(object, class_bytes[cls]);
        c->free = c->free->next;
    } else {
        object = (char *)c + HEADER_BYTES + (size_t)c->fresh++ * class_bytes[cls];
        ASAN_UNPOISON_MEMORY_REGION(object, class_bytes[cls]);
    }
    if (++c->live == c->cap)
        room_del(p, c);
    p->used += class_bytes[cls];
    memset(object, 0, bytes);
    return object;
}

void sk_pool_put(struct sk_pool *p, void *object)
{
    struct chunk *c = (struct chunk *)((uintptr_t)object & ~(uintptr_t)(CHUNK_BYTES - 1));
    struct object *o = object;

    if (!object)
        return;
    o->next = c->free;
    c->free = o;
    ASAN_POISON_MEMORY_REGION(o, class_bytes[c->cls]);
    p->used -= class_bytes[c->cls];
    if (c->live-- == c->cap)
        room_add(p, c);
    /* The last chunk of a class stays: fork and exit in turn must not map and unmap. */
    if (c->live == 0 && (c->next || c->prev))
        chunk_drop(p, c);
}

uint64_t sk_pool_used(const struct sk_pool *p)
{
    return p->used;
}
