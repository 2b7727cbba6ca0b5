/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - the tree of a condition, part by part compiled and run; explain_text.c prints it. */
#include "rule/explain.h"

#include <errno.h>

#include "rule/ir.h"
#include "rule/loader.h"

#define WHY_MEM_MAX   (256u << 20)
#define WHY_NODES_MAX 100000u
#define TEXT_ITEMS    8u /* of a list are shown */

struct build {
    struct sk_why *w;
    struct sk_event_set events; /* that can make the condition true */
    const struct sk_rule_out *rule;
    int rc;
};

/* "FIELD op (a, b, ... 40 more)": canonical but for the length. */
static void check_text(const struct sk_ast *ast, struct sk_buf *out)
{
    const struct sk_ast *rhs = ast->kind == SK_AST_BINARY ? ast->child[1] : NULL;

    if (!rhs || rhs->kind != SK_AST_LIST || rhs->n <= TEXT_ITEMS) {
        sk_ast_print(ast, out);
        return;
    }
    sk_ast_print(ast->child[0], out);
    sk_buf_addc(out, ' ');
    sk_buf_adds(out, ast->op);
    sk_buf_addz(out, " (");
    for (size_t i = 0; i < TEXT_ITEMS; i++) {
        sk_ast_print(rhs->child[i], out);
        sk_buf_addz(out, ", ");
    }
    sk_buf_printf(out, "... %zu more)", rhs->n - TEXT_ITEMS);
}

static bool dup(struct sk_arena *mem, struct sk_buf *b, struct sk_str *out)
{
    const char *p = b->failed ? NULL : sk_arena_dup(mem, sk_buf_str(b));

    *out = (struct sk_str){p ? p : "", p ? b->n : 0};
    return p != NULL;
}

struct fields {
    struct sk_arena *mem;
    struct sk_why_field *v;
    size_t n, max;
};

static int count_field(void *self, struct sk_ast *node)
{
    struct fields *f = self;

    f->max += node->kind == SK_AST_FIELD || node->kind == SK_AST_TRANSFORMER;
    return 0;
}

/* Fields, and calls of transformers as a whole; val() alone is its field. */
static int gather_field(void *self, struct sk_ast *node)
{
    struct fields *f = self;
    struct sk_buf text = SK_BUF(65536), err = SK_BUF(65536);
    struct sk_why_field *to = &f->v[f->n];
    size_t used = 0;

    if (node->kind != SK_AST_FIELD &&
        (node->kind != SK_AST_TRANSFORMER || sk_str_eqz(node->text, "val")))
        return 0;
    sk_ast_print(node, &text);
    if (dup(f->mem, &text, &to->text) && !sk_expr_parse(to->text, f->mem, &to->expr, &used, &err) &&
        used == to->text.n) {
        bool known = false;

        for (size_t i = 0; i < f->n; i++)
            known |= sk_str_eq(f->v[i].text, to->text);
        f->n += !known;
    }
    sk_buf_done(&text);
    sk_buf_done(&err);
    return 0;
}

static int fields_of(struct sk_why *w, struct sk_ast *ast, struct sk_why_node *node)
{
    struct fields f = {.mem = w->mem};

    if (sk_ast_walk(ast, count_field, &f))
        return -ENOMEM;
    f.v = sk_arena_alloc(w->mem, (f.max + 1) * sizeof(*f.v));
    if (!f.v || sk_ast_walk(ast, gather_field, &f))
        return -ENOMEM;
    node->field = f.v;
    node->nfields = f.n;
    return 0;
}

static struct sk_why_node *add(struct sk_why *w)
{
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 64;
        void *bigger = cap <= WHY_NODES_MAX ? realloc(w->node, cap * sizeof(*w->node)) : NULL;

        if (!bigger)
            return NULL;
        w->node = bigger;
        w->cap = cap;
    }
    w->node[w->n] = (struct sk_why_node){0};
    return &w->node[w->n++];
}

static bool meets(const struct sk_event_set *a, const struct sk_event_set *b)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(a->bit); i++)
        if (a->bit[i] & b->bit[i])
            return true;
    return false;
}

static int build_check(struct build *b, struct sk_ast *ast, struct sk_why_node *node)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(1u << 20);
    struct sk_ast_err err;
    int rc;

    check_text(ast, &text);
    if (!dup(b->w->mem, &text, &node->text) || fields_of(b->w, ast, node))
        return -ENOMEM;
    rc = sk_filter_compile(b->w->pool, ast, NULL, NULL, &node->root, &err);
    if (rc)
        return rc;
    node->can_be_true = meets(&b->events, &b->w->pool->events[node->root].can_be_true);
    node->can_be_false = meets(&b->events, &b->w->pool->events[node->root].can_be_false);
    return 0;
}

static int build(struct build *b, struct sk_ast *ast, unsigned depth)
{
    static const struct sk_str words[] = {SK_STR("and"), SK_STR("or"), SK_STR("not")};
    struct sk_why_node *node = depth < SK_AST_DEPTH_MAX ? add(b->w) : NULL;
    size_t at = b->w->n - 1;
    int rc = 0;

    if (!node)
        return -ENOMEM;
    node->kind = ast->kind == SK_AST_AND   ? SK_WHY_AND
                 : ast->kind == SK_AST_OR  ? SK_WHY_OR
                 : ast->kind == SK_AST_NOT ? SK_WHY_NOT
                                           : SK_WHY_CHECK;
    node->depth = depth;
    node->macro = ast->macro.p ? ast->macro : SK_STR("");
    node->pos = sk_rule_pos(b->rule, ast->pos);
    if (node->kind == SK_WHY_CHECK) {
        rc = build_check(b, ast, node);
    } else {
        node->text = words[node->kind];
        for (size_t i = 0; !rc && i < ast->n; i++)
            rc = build(b, ast->child[i], depth + 1);
    }
    b->w->node[at].end = b->w->n;
    return rc;
}

int sk_why_new(const struct sk_ruleset *rs, const struct sk_rule *rule, struct sk_why **out)
{
    sk_auto(why) struct sk_why *w = calloc(1, sizeof(*w));
    struct build b = {.w = w};
    int rc;

    if (!w)
        return -ENOMEM;
    w->rule = rule;
    b.rule = sk_map_get(rs->gen->rule_by_name, sk_str(rule->name));
    w->file = b.rule && b.rule->def->ctx ? b.rule->def->ctx->file : "";
    sk_filter_event_set(rs->gen->pool, rule->root, &b.events);
    w->mem = sk_arena_new(WHY_MEM_MAX);
    rc = w->mem ? sk_filter_pool_new(w->mem, &w->pool) : -ENOMEM;
    if (!rc)
        rc = build(&b, (struct sk_ast *)rule->ast, 0);
    if (!rc)
        rc = sk_filter_exec_new(w->pool, &w->exec);
    if (rc)
        return rc;
    *out = SK_TAKE(w);
    return 0;
}

void sk_why_free(struct sk_why *w)
{
    if (!w)
        return;
    sk_filter_exec_free(w->exec);
    sk_filter_pool_free(w->pool);
    sk_arena_free(w->mem);
    free(w->node);
    free(w);
}

void why_freep(struct sk_why **w)
{
    sk_why_free(*w);
    *w = NULL;
}

/* Children before parents: their results are there when they are asked for. */
static void decide(struct sk_why *w, const struct sk_ctx *cx)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->node[i].kind == SK_WHY_CHECK)
            w->node[i].result = sk_filter_run(w->exec, w->node[i].root, cx);
    for (size_t i = w->n; i-- > 0;) {
        struct sk_why_node *node = &w->node[i];
        bool all = true, any = false;

        for (size_t k = i + 1; k < node->end; k = w->node[k].end) {
            all &= w->node[k].result;
            any |= w->node[k].result;
        }
        if (node->kind != SK_WHY_CHECK)
            node->result = node->kind == SK_WHY_AND ? all : node->kind == SK_WHY_OR ? any : !any;
    }
}

/* Parents first: a part is reached when its parent is, and no earlier sibling decided. */
static void reach(struct sk_why *w)
{
    for (size_t i = 0; i < w->n; i++)
        w->node[i].reached = i == 0;
    for (size_t i = 0; i < w->n; i++) {
        struct sk_why_node *node = &w->node[i];
        bool going = node->reached;

        if (node->reached) {
            node->seen_true += node->result;
            node->seen_false += !node->result;
        }
        for (size_t k = i + 1; k < node->end; k = w->node[k].end) {
            w->node[k].reached = going;
            if (node->kind != SK_WHY_NOT && w->node[k].result == (node->kind == SK_WHY_OR))
                going = false;
        }
    }
}

bool sk_why_run(struct sk_why *w, const struct sk_ctx *cx)
{
    sk_filter_exec_begin(w->exec);
    decide(w, cx);
    reach(w);
    return w->node[0].result;
}

size_t sk_why_blame(const struct sk_why *w)
{
    if (w->node[0].kind == SK_WHY_AND)
        for (size_t k = 1; k < w->node[0].end; k = w->node[k].end)
            if (!w->node[k].result)
                return k;
    return 0;
}
