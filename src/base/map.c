/* SPDX-License-Identifier: Apache-2.0 */
/* map.c - open addressing with tombstones, load at most 3/4, XXH3 as hash. */
#include "base/map.h"

#include <errno.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct entry {
    uint64_t hash, num;
    struct sk_str key;
    void *value; /* NULL: free, or a tombstone if `dead` */
    bool dead;
};

struct sk_map {
    struct entry *slot;
    size_t mask, count, dirty, max; /* dirty: live + tombstones */
};

uint64_t sk_hash(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

struct sk_map *sk_map_new(size_t max)
{
    struct sk_map *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->max = max;
    m->mask = 15;
    m->slot = calloc(m->mask + 1, sizeof(*m->slot));
    if (!m->slot) {
        free(m);
        return NULL;
    }
    return m;
}

void sk_map_free(struct sk_map *m)
{
    if (!m)
        return;
    free(m->slot);
    free(m);
}

void map_freep(struct sk_map **m)
{
    sk_map_free(*m);
    *m = NULL;
}

static bool same(const struct entry *e, uint64_t hash, uint64_t num, struct sk_str key)
{
    return e->value && e->hash == hash && e->num == num && sk_str_eq(e->key, key);
}

static struct entry *find(const struct sk_map *m, uint64_t hash, uint64_t num, struct sk_str key)
{
    for (size_t i = hash & m->mask;; i = (i + 1) & m->mask) {
        struct entry *e = &m->slot[i];

        if (same(e, hash, num, key))
            return e;
        if (!e->value && !e->dead)
            return NULL;
    }
}

static void insert(struct entry *slot, size_t mask, const struct entry *new_entry)
{
    size_t i = new_entry->hash & mask;

    while (slot[i].value)
        i = (i + 1) & mask;
    slot[i] = *new_entry;
}

static int rehash(struct sk_map *m)
{
    size_t cap = m->mask + 1;
    struct entry *slot;

    if (m->count * 2 >= cap)
        cap *= 2;
    slot = calloc(cap, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    for (size_t i = 0; i <= m->mask; i++)
        if (m->slot[i].value)
            insert(slot, cap - 1, &m->slot[i]);
    free(m->slot);
    m->slot = slot;
    m->mask = cap - 1;
    m->dirty = m->count;
    return 0;
}

static int put(struct sk_map *m, struct entry e)
{
    struct entry *old = find(m, e.hash, e.num, e.key);

    if (old) {
        *old = e;
        return 0;
    }
    if (m->count >= m->max)
        return -ENOSPC;
    if ((m->dirty + 1) * 4 > (m->mask + 1) * 3) {
        int err = rehash(m);

        if (err)
            return err;
    }
    insert(m->slot, m->mask, &e);
    m->count++;
    m->dirty++;
    return 0;
}

static void *del(struct sk_map *m, struct entry *e)
{
    void *value;

    if (!e)
        return NULL;
    value = e->value;
    *e = (struct entry){.dead = true};
    m->count--;
    return value;
}

static uint64_t hash_u64(uint64_t key)
{
    return XXH3_64bits(&key, sizeof(key));
}

void *sk_map_get(const struct sk_map *m, struct sk_str key)
{
    const struct entry *e = find(m, sk_hash(key.p, key.n), 0, key);

    return e ? e->value : NULL;
}

int sk_map_put(struct sk_map *m, struct sk_str key, void *value)
{
    return put(m, (struct entry){.hash = sk_hash(key.p, key.n), .key = key, .value = value});
}

void *sk_map_del(struct sk_map *m, struct sk_str key)
{
    return del(m, find(m, sk_hash(key.p, key.n), 0, key));
}

void *sk_map_get_u64(const struct sk_map *m, uint64_t key)
{
    for (size_t i = hash_u64(key) & m->mask;; i = (i + 1) & m->mask) {
        const struct entry *e = &m->slot[i];

        if (e->value ? e->num == key : !e->dead)
            return e->value;
    }
}

int sk_map_put_u64(struct sk_map *m, uint64_t key, void *value)
{
    return put(m, (struct entry){.hash = hash_u64(key), .num = key, .value = value});
}

void *sk_map_del_u64(struct sk_map *m, uint64_t key)
{
    return del(m, find(m, hash_u64(key), key, (struct sk_str){NULL, 0}));
}

size_t sk_map_count(const struct sk_map *m)
{
    return m->count;
}

void *sk_map_next(const struct sk_map *m, size_t *it)
{
    for (size_t i = *it; i <= m->mask; i++) {
        if (m->slot[i].value) {
            *it = i + 1;
            return m->slot[i].value;
        }
    }
    *it = m->mask + 1;
    return NULL;
}

struct sk_str sk_map_key(const struct sk_map *m, size_t it)
{
    return m->slot[it - 1].key;
}

uint64_t sk_map_key_u64(const struct sk_map *m, size_t it)
{
    return m->slot[it - 1].num;
}
