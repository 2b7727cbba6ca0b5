/* SPDX-License-Identifier: Apache-2.0 */
/* node.c - building and reading the tree, and merging two of them. */
#include "conf/node.h"

#include <errno.h>

struct sk_node *sk_node_new(struct sk_arena *mem, enum sk_node_kind kind, const struct sk_pos *at)
{
    struct sk_node *n = sk_arena_alloc(mem, sizeof(*n));

    if (n) {
        n->kind = kind;
        if (at)
            n->pos = *at;
    }
    return n;
}

struct sk_node *sk_node_scalar(struct sk_arena *mem, const char *text, const struct sk_pos *at)
{
    struct sk_node *n = sk_node_new(mem, SK_NODE_SCALAR, at);

    if (!n)
        return NULL;
    n->text = sk_arena_dup(mem, sk_str(text));
    return n->text ? n : NULL;
}

struct sk_node *sk_node_get(const struct sk_node *map, const char *key)
{
    if (!map || map->kind != SK_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++) {
        if (!strcmp(map->key[i].text, key))
            return map->item[i];
    }
    return NULL;
}

/* An arena frees nothing: doubling keeps the waste below what is used. */
static int grow(struct sk_arena *mem, struct sk_node *to)
{
    size_t cap = to->cap ? to->cap * 2 : 4;
    struct sk_node **item = sk_arena_alloc(mem, cap * sizeof(struct sk_node *));
    struct sk_node_key *key = NULL;

    if (!item)
        return -ENOMEM;
    if (to->kind == SK_NODE_MAP) {
        key = sk_arena_alloc(mem, cap * sizeof(*key));
        if (!key)
            return -ENOMEM;
        if (to->n)
            memcpy(key, to->key, to->n * sizeof(*key));
    }
    if (to->n)
        memcpy(item, to->item, to->n * sizeof(struct sk_node *));
    to->item = item;
    to->key = key;
    to->cap = cap;
    return 0;
}

int sk_node_push(struct sk_arena *mem, struct sk_node *to, const char *key, struct sk_node *value,
                 const struct sk_pos *at)
{
    if (to->n == to->cap) {
        int err = grow(mem, to);

        if (err)
            return err;
    }
    if (to->kind == SK_NODE_MAP) {
        to->key[to->n].text = sk_arena_dup(mem, sk_str(key));
        to->key[to->n].pos = at ? *at : (struct sk_pos){0};
        if (!to->key[to->n].text)
            return -ENOMEM;
    }
    to->item[to->n++] = value;
    return 0;
}

int sk_node_set(struct sk_arena *mem, struct sk_node *map, const char *key, struct sk_node *value,
                const struct sk_pos *at)
{
    for (size_t i = 0; i < map->n; i++) {
        if (!strcmp(map->key[i].text, key)) {
            map->item[i] = value;
            if (at)
                map->key[i].pos = *at;
            return 0;
        }
    }
    return sk_node_push(mem, map, key, value, at);
}

int sk_node_merge(struct sk_arena *mem, struct sk_node *into, const struct sk_node *from,
                  enum sk_merge how)
{
    if (from->kind != SK_NODE_MAP)
        return 0;
    for (size_t i = 0; i < from->n; i++) {
        const struct sk_node_key *k = &from->key[i];
        struct sk_node *value = from->item[i], *old = sk_node_get(into, k->text);
        int err = 0;

        if (old && how == SK_MERGE_ADD_ONLY)
            continue;
        if (old && how == SK_MERGE_APPEND && old->kind == SK_NODE_LIST &&
            value->kind == SK_NODE_LIST) {
            for (size_t j = 0; j < value->n && !err; j++)
                err = sk_node_push(mem, old, NULL, value->item[j], NULL);
        } else {
            err = sk_node_set(mem, into, k->text, value, &k->pos);
        }
        if (err)
            return err;
    }
    return 0;
}
