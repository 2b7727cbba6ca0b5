/* SPDX-License-Identifier: Apache-2.0 */
/* node.h - a configuration as a tree of text with places: what YAML says before anybody types it.
 *
 * Scalars stay text: a key's type is that of its row in tbl/config.def, not a guess.  Nodes live in
 * the arena of one load. */
#pragma once
#include "base/arena.h"
#include "base/diag.h"

enum sk_node_kind { SK_NODE_NULL, SK_NODE_SCALAR, SK_NODE_LIST, SK_NODE_MAP };

struct sk_node {
    enum sk_node_kind kind;
    struct sk_pos pos;     /* of the value; file is in the arena */
    const char *text;      /* SCALAR */
    const char *written;   /* SCALAR with variables: as it was before; NULL: as text */
    struct sk_node **item; /* LIST, MAP */
    struct sk_node_key {
        const char *text;
        struct sk_pos pos;
    } *key; /* MAP */
    size_t n, cap;
};

/* The file of what -o says, in positions. */
#define SK_NODE_COMMAND_LINE "command line"

/* A scalar for messages: what the environment holds may be secret and is not shown. */
static inline const char *sk_node_shown(const struct sk_node *n)
{
    return n->written ? n->written : n->text;
}

#define SK_NODE_MAX_DEPTH 64
#define SK_NODE_MAX_NODES 200000 /* aliases are copied: a small file must not become a big tree */
#define SK_NODE_MAX_BYTES (16u << 20)

/* NULL: the arena is full. */
struct sk_node *sk_node_new(struct sk_arena *mem, enum sk_node_kind kind, const struct sk_pos *at);
struct sk_node *sk_node_scalar(struct sk_arena *mem, const char *text, const struct sk_pos *at);

/* The value of a map's key (the first, where it is there twice), or NULL. */
struct sk_node *sk_node_get(const struct sk_node *map, const char *key);
/* Adds or replaces; `at` is the place of the key, may be NULL.  -ENOMEM. */
SK_MUST int sk_node_set(struct sk_arena *mem, struct sk_node *map, const char *key,
                        struct sk_node *value, const struct sk_pos *at);
/* Appends to a list, or a further pair to a map without looking for an equal key.  -ENOMEM. */
SK_MUST int sk_node_push(struct sk_arena *mem, struct sk_node *to, const char *key,
                         struct sk_node *value, const struct sk_pos *at);

/* The first document of a YAML text; an empty text is a NULL node.  -EINVAL with the place in dg.
 */
SK_MUST int sk_node_parse(struct sk_arena *mem, const char *file, struct sk_str text,
                          struct sk_node **out, struct sk_diag *dg);

/* Replaces ${NAME} by the environment's values in every scalar below.  -ELOOP: a value that
 * contains itself. */
SK_MUST int sk_env_expand(struct sk_arena *mem, struct sk_node *node, struct sk_diag *dg);

enum sk_merge { SK_MERGE_APPEND, SK_MERGE_OVERRIDE, SK_MERGE_ADD_ONLY };
/* Merges the top-level keys of `from` into `into`. */
SK_MUST int sk_node_merge(struct sk_arena *mem, struct sk_node *into, const struct sk_node *from,
                          enum sk_merge how);

/* One `-o key=value`.  -EINVAL with the text of the error in dg. */
SK_MUST int sk_node_override(struct sk_arena *mem, struct sk_node **root, const char *option,
                             struct sk_diag *dg);
