/* SPDX-License-Identifier: Apache-2.0 */
/* macros.c - conditions of macros as trees, and macros put into trees.
 *
 * A macro sees the macros that were first defined before its own last change; a rule sees all. Each
 * macro is resolved once, in order; what rules and later macros put in is a copy of the result.
 * Nodes of a copy take the position of the name that they replace: an error inside of a macro is
 * then shown where the rule uses it. */
#include <errno.h>

#include "rule/loader.h"

#define NESTING_MAX 200u /* macros within macros */

struct resolve {
    struct sk_loader *ld;
    struct sk_generation *g;
    struct sk_str text; /* of the outermost condition */
    uint32_t visibility;
    const struct sk_load_ctx *ctx;
    struct sk_str stack[NESTING_MAX];
    unsigned depth;
    size_t nodes;
    unsigned nesting;        /* deepest seen */
    struct sk_ast_pos at;    /* of the name in the outermost condition */
    struct sk_str undefined; /* the first in the alphabet: Falco names that one */
    struct sk_ast_pos undefined_at;
};

static int fail(struct resolve *x, const char *fmt, struct sk_str name)
{
    const struct sk_load_ctx *at = sk_ctx_expr(x->ld->mem, x->ctx, x->text, x->at);
    sk_auto(buf) struct sk_buf text = SK_BUF(4096);

    for (; *fmt; fmt++) {
        if (*fmt == '@')
            sk_buf_add(&text, name.p, SK_MIN(name.n, 1000u));
        else
            sk_buf_addc(&text, *fmt);
    }
    return sk_report_error(x->ld->rep, SK_LOAD_ERR_VALIDATE, at, "%s", text.p ? text.p : "");
}

struct stamp {
    struct sk_ast_pos pos;
    size_t n;
};

static int stamp_node(void *self, struct sk_ast *node)
{
    struct stamp *s = self;

    node->pos = s->pos;
    s->n++;
    return 0;
}

static int compare(struct sk_str a, struct sk_str b)
{
    int c = memcmp(a.p, b.p, SK_MIN(a.n, b.n));

    return c ? c : a.n < b.n ? -1 : a.n > b.n;
}

static int resolve(struct resolve *x, struct sk_ast **ast);

static int put_in(struct resolve *x, struct sk_ast **ast)
{
    struct sk_str name = (*ast)->text;
    struct sk_macro_out *m = sk_map_get(x->g->macro_by_name, name);
    struct stamp s;
    int rc;

    if (x->depth == 0)
        x->at = (*ast)->pos;
    if (!m || m->def->index >= x->visibility) {
        if (!x->undefined.p || compare(name, x->undefined) < 0) {
            x->undefined = name;
            x->undefined_at = x->at;
        }
        return 0;
    }
    for (unsigned i = 0; i < x->depth; i++)
        if (sk_str_eq(x->stack[i], name))
            return fail(x, "reference loop in macro '@'", name);
    m->used = true;
    x->nesting = SK_MAX(x->nesting, x->depth + 1 + m->nesting);
    if (x->nesting > NESTING_MAX)
        return fail(x, "macro '@' is nested too deeply", name);
    *ast = sk_ast_copy(m->ast, x->g->mem);
    if (!*ast)
        return sk_arena_bytes(x->g->mem) > SK_LOAD_MEM_MAX / 2
                   ? sk_load_oom(x->ld)
                   : fail(x, "macro '@' is nested too deeply", name);
    (*ast)->macro = m->def->name; /* lives as long as the ruleset */
    s = (struct stamp){.pos = x->at};
    rc = sk_ast_walk(*ast, stamp_node, &s);
    x->nodes += s.n;
    if (rc)
        return fail(x, "macro '@' is nested too deeply", name);
    if (x->nodes > SK_LOAD_NODES_MAX)
        return fail(x, "condition is too large once macro '@' is put in", name);
    if (m->resolved)
        return 0;
    x->stack[x->depth++] = name;
    rc = resolve(x, ast);
    x->depth--;
    if (!rc)
        (*ast)->macro = m->def->name;
    return rc;
}

/* Names of macros stand only where a check could stand. */
static int resolve(struct resolve *x, struct sk_ast **ast)
{
    if ((*ast)->kind == SK_AST_IDENT)
        return put_in(x, ast);
    if ((*ast)->kind != SK_AST_AND && (*ast)->kind != SK_AST_OR && (*ast)->kind != SK_AST_NOT)
        return 0;
    for (size_t i = 0; i < (*ast)->n; i++) {
        int rc = resolve(x, &(*ast)->child[i]);

        if (rc)
            return rc;
    }
    return 0;
}

static struct resolve *resolve_new(struct sk_loader *ld, struct sk_generation *g,
                                   struct sk_str text, const struct sk_load_ctx *ctx)
{
    struct resolve *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->ld = ld;
    x->g = g;
    x->text = text;
    x->visibility = UINT32_MAX;
    x->ctx = ctx;
    return x;
}

static int resolve_all(struct resolve *x, struct sk_ast **ast)
{
    int rc = resolve(x, ast);

    if (rc || !x->undefined.p)
        return rc;
    x->at = x->undefined_at;
    return fail(x, "Undefined macro '@' used in filter.", x->undefined);
}

int sk_macros_resolve(struct sk_loader *ld, struct sk_generation *g, struct sk_ast **ast,
                      struct sk_str text, const struct sk_load_ctx *ctx)
{
    sk_auto(mem) struct resolve *x = resolve_new(ld, g, text, ctx);

    return x ? resolve_all(x, ast) : sk_load_oom(ld);
}

int sk_macros_parse(struct sk_loader *ld, struct sk_generation *g, struct sk_str cond,
                    const struct sk_load_ctx *cond_ctx, struct sk_str *out_text,
                    struct sk_ast **out)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(SK_LOAD_TEXT_MAX);
    struct sk_ast_err err = {0};
    struct sk_str text;
    char *p;
    int rc;

    if (sk_lists_expand(g, cond, &b))
        return sk_report_error(ld->rep, SK_LOAD_ERR_VALIDATE, cond_ctx,
                               "Condition is longer than %u bytes once lists are put in",
                               SK_LOAD_TEXT_MAX);
    p = sk_arena_dup(g->mem, sk_buf_str(&b));
    if (!p)
        return sk_load_oom(ld);
    text = (struct sk_str){p, b.n};
    rc = sk_ast_parse(text, SK_LOAD_DEPTH_MAX, g->mem, out, &err);
    if (rc == -ENOMEM)
        return sk_load_oom(ld);
    if (rc)
        return sk_report_error(ld->rep, SK_LOAD_ERR_COMPILE_CONDITION,
                               sk_ctx_expr(ld->mem, cond_ctx, text, err.pos), "%s", err.text);
    *out_text = text;
    return 0;
}

static int compile_one(struct sk_loader *ld, struct sk_generation *g, struct sk_macro_out *m)
{
    sk_auto(mem) struct resolve *x = resolve_new(ld, g, m->text, m->def->ctx);
    struct sk_ast *whole = sk_ast_copy(m->ast, g->mem);
    int rc;

    if (!x || !whole)
        return sk_load_oom(ld);
    x->visibility = m->def->visibility;
    rc = resolve_all(x, &whole);
    if (rc)
        return rc;
    m->own = m->ast;
    m->ast = whole;
    m->nesting = x->nesting;
    m->resolved = true;
    return 0;
}

int sk_macros_compile(struct sk_loader *ld, struct sk_generation *g)
{
    struct sk_ruleset *rs = ld->rs;
    int rc;

    g->nmacros = rs->nmacros;
    g->macros = sk_arena_alloc(g->mem, SK_MAX(g->nmacros, 1u) * sizeof(*g->macros));
    if (!g->macros)
        return sk_load_oom(ld);
    for (size_t i = 0; i < g->nmacros; i++) {
        struct sk_macro_out *m = &g->macros[i];

        m->def = rs->macros[i];
        rc = sk_macros_parse(ld, g, m->def->cond, m->def->cond_ctx, &m->text, &m->ast);
        if (rc)
            return rc;
        if (sk_map_put(g->macro_by_name, m->def->name, m))
            return sk_load_oom(ld);
    }
    for (size_t i = 0; i < g->nmacros; i++) {
        rc = compile_one(ld, g, &g->macros[i]);
        if (rc)
            return rc;
    }
    return 0;
}
