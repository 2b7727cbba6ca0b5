/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c - recursive descent over the grammar of spec 1.1: and, or, not, checks.
 *
 * Recursion is bounded by max_depth; a chain of and/or of any length is a loop over one growing
 * stack of children that all levels share, so a filter of megabytes costs linear time. */
#include "rule/parse.h"

#include <errno.h>
#include <stdarg.h>

struct sk_ast *sk_parse_fail(struct sk_parser *p, const char *fmt, ...)
{
    va_list ap;

    if (p->rc)
        return NULL;
    p->rc = -EINVAL;
    p->err->pos = p->lx.pos;
    va_start(ap, fmt);
    vsnprintf(p->err->text, sizeof(p->err->text), fmt, ap);
    va_end(ap);
    return NULL;
}

struct sk_ast *sk_parse_node(struct sk_parser *p, enum sk_ast_kind kind, struct sk_ast_pos pos)
{
    struct sk_ast *node = sk_arena_alloc(p->mem, sizeof(*node));

    if (!node) {
        p->rc = -ENOMEM;
        return NULL;
    }
    node->kind = kind;
    node->pos = pos;
    return node;
}

bool sk_parse_enter(struct sk_parser *p)
{
    if (++p->depth <= p->max_depth)
        return true;
    (void)sk_parse_fail(p, "exceeded max depth limit of %u", p->max_depth);
    return false;
}

void sk_parse_leave(struct sk_parser *p)
{
    p->depth--;
}

bool sk_parse_push(struct sk_parser *p, struct sk_ast *child)
{
    if (!child)
        return false;
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        struct sk_ast **more = realloc(p->stack, cap * sizeof(struct sk_ast *));

        if (!more) {
            p->rc = -ENOMEM;
            return false;
        }
        p->stack = more;
        p->cap = cap;
    }
    p->stack[p->n++] = child;
    return true;
}

struct sk_ast *sk_parse_pop(struct sk_parser *p, struct sk_ast *parent, size_t base)
{
    size_t n = p->n - base;

    p->n = base;
    if (!parent || p->rc)
        return NULL;
    if (n == 0)
        return parent;
    parent->child = sk_arena_alloc(p->mem, n * sizeof(struct sk_ast *));
    if (!parent->child) {
        p->rc = -ENOMEM;
        return NULL;
    }
    memcpy(parent->child, p->stack + base, n * sizeof(struct sk_ast *));
    parent->n = n;
    return parent;
}

static struct sk_ast *parse_or(struct sk_parser *p);

/* What follows an opening parenthesis. */
static struct sk_ast *parse_embedded(struct sk_parser *p)
{
    struct sk_ast *node;

    if (!sk_parse_enter(p))
        return NULL;
    node = parse_or(p);
    if (!node)
        return NULL;
    sk_lex_blank(&p->lx);
    if (!sk_lex_lit(&p->lx, ")"))
        return sk_parse_fail(p, "expected a ')' token");
    sk_parse_leave(p);
    return node;
}

static struct sk_ast *parse_check(struct sk_parser *p)
{
    struct sk_ast_pos pos;
    struct sk_ast *node;
    struct sk_str name;

    if (!sk_parse_enter(p))
        return NULL;
    sk_lex_blank(&p->lx);
    pos = p->lx.pos;
    if (sk_lex_lit(&p->lx, "(")) {
        node = parse_embedded(p);
    } else if (sk_parse_operand(p, false, &node)) {
        if (node)
            node = sk_parse_condition(p, node);
    } else if (sk_lex_ident(&p->lx, &name)) {
        node = sk_parse_node(p, SK_AST_IDENT, pos);
        if (node)
            node->text = name;
    } else {
        return sk_parse_fail(p, "expected a '(' token, a field check, or an identifier");
    }
    sk_parse_leave(p);
    return node;
}

/* "not" is a keyword only before a blank or a parenthesis; an even number of them is none. */
static struct sk_ast *parse_negations(struct sk_parser *p, bool *negated)
{
    for (;;) {
        struct sk_lex before = p->lx;

        if (!sk_lex_lit(&p->lx, "not"))
            return parse_check(p);
        if (sk_lex_blank(&p->lx)) {
            *negated = !*negated;
            continue;
        }
        if (sk_lex_lit(&p->lx, "(")) {
            *negated = !*negated;
            return parse_embedded(p);
        }
        p->lx = before;
        return parse_check(p);
    }
}

static struct sk_ast *parse_not(struct sk_parser *p)
{
    struct sk_ast_pos pos;
    struct sk_ast *child, *node;
    size_t base = p->n;
    bool negated = false;

    if (!sk_parse_enter(p))
        return NULL;
    sk_lex_blank(&p->lx);
    pos = p->lx.pos;
    child = parse_negations(p, &negated);
    if (!child)
        return NULL;
    sk_parse_leave(p);
    if (!negated)
        return child;
    node = sk_parse_node(p, SK_AST_NOT, pos);
    if (!node || !sk_parse_push(p, child))
        return NULL;
    return sk_parse_pop(p, node, base);
}

/* operand (word operand)*, where a parenthesis may follow the word at once. */
static struct sk_ast *parse_chain(struct sk_parser *p, enum sk_ast_kind kind, const char *word,
                                  struct sk_ast *(*operand)(struct sk_parser *p))
{
    struct sk_ast_pos pos;
    struct sk_ast *node;
    size_t base = p->n;

    if (!sk_parse_enter(p))
        return NULL;
    sk_lex_blank(&p->lx);
    pos = p->lx.pos;
    if (!sk_parse_push(p, operand(p)))
        return NULL;
    for (sk_lex_blank(&p->lx); sk_lex_lit(&p->lx, word); sk_lex_blank(&p->lx)) {
        struct sk_ast *next;

        if (sk_lex_blank(&p->lx))
            next = operand(p);
        else if (sk_lex_lit(&p->lx, "("))
            next = parse_embedded(p);
        else
            return sk_parse_fail(p, "expected blank or '(' after '%s'", word);
        if (!sk_parse_push(p, next))
            return NULL;
    }
    sk_parse_leave(p);
    if (p->n - base == 1)
        return p->stack[--p->n];
    node = sk_parse_node(p, kind, pos);
    return sk_parse_pop(p, node, base);
}

static struct sk_ast *parse_and(struct sk_parser *p)
{
    return parse_chain(p, SK_AST_AND, "and", parse_not);
}

static struct sk_ast *parse_or(struct sk_parser *p)
{
    return parse_chain(p, SK_AST_OR, "or", parse_and);
}

int sk_ast_parse(struct sk_str text, unsigned max_depth, struct sk_arena *mem, struct sk_ast **out,
                 struct sk_ast_err *err)
{
    struct sk_parser p = {.mem = mem, .max_depth = max_depth, .err = err};
    struct sk_ast *node = NULL;

    sk_lex_init(&p.lx, text);
    if (text.n == 0)
        (void)sk_parse_fail(&p, "filter input string is empty");
    else if (text.n > SK_AST_TEXT_MAX)
        (void)sk_parse_fail(&p, "filter longer than %u bytes", SK_AST_TEXT_MAX);
    else if ((p.lx.in.p = sk_arena_dup(mem, text))) /* nodes point into this copy */
        node = parse_or(&p);
    if (node && !sk_lex_end(&p.lx))
        node = sk_parse_fail(&p, "unexpected token after '%.*s', expecting 'or', 'and'",
                             (int)SK_MIN(p.lx.last.n, (size_t)400), p.lx.last.p);
    free(p.stack);
    if (!node)
        return p.rc ? p.rc : -ENOMEM;
    *out = node;
    return 0;
}
