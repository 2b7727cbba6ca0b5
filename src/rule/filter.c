/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c - the pool of compiled conditions, and the boolean half of the compiler. */
#include "rule/filter.h"

#include <errno.h>
#include <stdarg.h>

#include "rule/ir.h"

int sk_filter_pool_new(struct sk_arena *mem, struct sk_filter_pool **out)
{
    struct sk_filter_pool *p = calloc(1, sizeof(*p));
    int rc;

    if (!p)
        return -ENOMEM;
    p->mem = mem;
    p->node_by_key = sk_map_new(2 * SK_IR_NODES_MAX);
    p->slot_by_key = sk_map_new(SK_IR_NODES_MAX);
    rc = p->node_by_key && p->slot_by_key ? sk_ir_init(p) : -ENOMEM;
    if (rc) {
        sk_filter_pool_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

void sk_filter_pool_fields(struct sk_filter_pool *p, const struct sk_field_set *fields)
{
    p->fields = fields;
}

void sk_filter_pool_free(struct sk_filter_pool *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->npred; i++)
        sk_pred_done(&p->pred[i]);
    sk_map_free(p->node_by_key);
    sk_map_free(p->slot_by_key);
    free(p->node);
    free(p->events);
    free(p->kid);
    free(p->pred);
    free(p->slot);
    free(p->mark);
    free(p->work);
    free(p);
}

size_t sk_filter_pool_nodes(const struct sk_filter_pool *p)
{
    return p->nnode;
}

int sk_compile_fail(struct sk_compile *c, const struct sk_ast *at, const char *fmt, ...)
{
    va_list ap;

    c->err->pos = at->pos;
    va_start(ap, fmt);
    vsnprintf(c->err->text, sizeof(c->err->text), fmt, ap);
    va_end(ap);
    return -EINVAL;
}

static int compile(struct sk_compile *c, const struct sk_ast *ast, unsigned depth, uint32_t *out);

static int compile_chain(struct sk_compile *c, const struct sk_ast *ast, unsigned depth,
                         uint32_t *out)
{
    uint32_t *arg = calloc(ast->n + 1, sizeof(*arg));
    int rc = arg ? 0 : -ENOMEM;

    for (size_t i = 0; !rc && i < ast->n; i++)
        rc = compile(c, ast->child[i], depth, &arg[i]);
    if (!rc)
        rc = sk_ir_emit(c->pool, ast->kind == SK_AST_AND ? SK_IR_AND : SK_IR_OR, arg,
                        (uint32_t)ast->n, NULL, out);
    free(arg);
    return rc;
}

static int compile(struct sk_compile *c, const struct sk_ast *ast, unsigned depth, uint32_t *out)
{
    uint32_t child;
    int rc;

    if (++depth > SK_AST_DEPTH_MAX)
        return sk_compile_fail(c, ast, "exceeded max depth limit of %d", SK_AST_DEPTH_MAX);
    switch (ast->kind) {
    case SK_AST_AND:
    case SK_AST_OR:
        return compile_chain(c, ast, depth, out);
    case SK_AST_NOT:
        rc = compile(c, ast->child[0], depth, &child);
        return rc ? rc : sk_ir_emit(c->pool, SK_IR_NOT, &child, 1, NULL, out);
    case SK_AST_UNARY:
    case SK_AST_BINARY:
        return sk_check_compile(c, ast, out);
    case SK_AST_IDENT:
        return sk_compile_fail(c, ast, "filter error: unexpected identifier '%.*s'",
                               (int)SK_MIN(ast->text.n, (size_t)400), ast->text.p);
    default:
        return sk_compile_fail(c, ast, "filter error: a check is expected here");
    }
}

int sk_filter_compile(struct sk_filter_pool *p, const struct sk_ast *ast, sk_filter_warn_fn *warn,
                      void *warn_self, uint32_t *out_root, struct sk_ast_err *err)
{
    struct sk_compile c = {.pool = p, .warn = warn, .warn_self = warn_self, .err = err};
    uint32_t root = 0;
    int rc = compile(&c, ast, 0, &root);

    if (!rc)
        *out_root = root;
    return rc;
}
