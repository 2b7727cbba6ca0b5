/* SPDX-License-Identifier: Apache-2.0 */
/* ast.c - copies and walks filter trees.
 *
 * A parsed tree is shallow, but the loader replaces identifiers by whole trees, so depth is
 * checked. */
#include "rule/ast.h"

#include <errno.h>

static bool copy_str(struct sk_str *s, struct sk_arena *mem)
{
    if (!s->p)
        return true;
    s->p = sk_arena_dup(mem, *s);
    return s->p != NULL;
}

static struct sk_ast *copy(const struct sk_ast *ast, struct sk_arena *mem, unsigned depth)
{
    struct sk_ast *c = depth < SK_AST_DEPTH_MAX ? sk_arena_alloc(mem, sizeof(*c)) : NULL;

    if (!c)
        return NULL;
    *c = *ast;
    if (!copy_str(&c->text, mem) || !copy_str(&c->arg, mem) || !copy_str(&c->op, mem) ||
        !copy_str(&c->macro, mem))
        return NULL;
    if (!ast->n)
        return c;
    c->child = sk_arena_alloc(mem, ast->n * sizeof(struct sk_ast *));
    if (!c->child)
        return NULL;
    for (size_t i = 0; i < ast->n; i++) {
        c->child[i] = copy(ast->child[i], mem, depth + 1);
        if (!c->child[i])
            return NULL;
    }
    return c;
}

struct sk_ast *sk_ast_copy(const struct sk_ast *ast, struct sk_arena *mem)
{
    return copy(ast, mem, 0);
}

static int walk(struct sk_ast *ast, int (*fn)(void *self, struct sk_ast *node), void *self,
                unsigned depth)
{
    int rc = depth < SK_AST_DEPTH_MAX ? fn(self, ast) : -ELOOP;

    for (size_t i = 0; !rc && i < ast->n; i++)
        rc = walk(ast->child[i], fn, self, depth + 1);
    return rc;
}

int sk_ast_walk(struct sk_ast *ast, int (*fn)(void *self, struct sk_ast *node), void *self)
{
    return walk(ast, fn, self, 0);
}
