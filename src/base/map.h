/* SPDX-License-Identifier: Apache-2.0 */
/* map.h - hash maps from a byte string or a u64 to a pointer; insertion order is kept by neither.
 *
 * Keys are borrowed (string maps: the key must live as long as the entry).  Lookups never allocate.
 * A map has a cap: inserting into a full one is -ENOSPC.  One thread at a time. */
#pragma once
#include "base/str.h"

struct sk_map;

/* max: largest number of entries. NULL: out of memory. */
struct sk_map *sk_map_new(size_t max);
/* Frees the map, not the values. */
void sk_map_free(struct sk_map *m);
void map_freep(struct sk_map **m);

void *sk_map_get(const struct sk_map *m, struct sk_str key);
/* Inserts or replaces; value not NULL.  0, -ENOMEM, -ENOSPC. */
SK_MUST int sk_map_put(struct sk_map *m, struct sk_str key, void *value);
/* Removes and returns the value, or NULL. */
void *sk_map_del(struct sk_map *m, struct sk_str key);

/* The same map with numbers as keys; do not mix both kinds in one map. */
void *sk_map_get_u64(const struct sk_map *m, uint64_t key);
SK_MUST int sk_map_put_u64(struct sk_map *m, uint64_t key, void *value);
void *sk_map_del_u64(struct sk_map *m, uint64_t key);

size_t sk_map_count(const struct sk_map *m);
/* Iterates: start with *it = 0; returns NULL at the end. The entry just returned may be deleted. */
void *sk_map_next(const struct sk_map *m, size_t *it);
/* Key of the entry that sk_map_next just returned. */
struct sk_str sk_map_key(const struct sk_map *m, size_t it);
uint64_t sk_map_key_u64(const struct sk_map *m, size_t it);

uint64_t sk_hash(const void *p, size_t n);
