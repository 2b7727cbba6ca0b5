/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h - why a condition holds for an event or does not: its tree as it was written, macros by
 * name, every part decided.
 *
 * Parts are compiled one by one, by the compiler of the rules, into a pool of their own: predicates
 * are the same as on the event path, which knows nothing of this.  Not for the event path: it
 * decides every part, also those that a run skips. */
#pragma once
#include "field/transform.h"
#include "rule/ruleset.h"

enum sk_why_kind { SK_WHY_AND, SK_WHY_OR, SK_WHY_NOT, SK_WHY_CHECK };

struct sk_why_node {
    enum sk_why_kind kind;
    unsigned depth;
    size_t end;          /* index behind its last descendant; children begin at its own index + 1 */
    struct sk_str text;  /* CHECK: canonical text, long lists cut; else "and", "or", "not" */
    struct sk_str macro; /* the macro whose condition this is, or "" */
    struct sk_ast_pos pos; /* in the file; line 0: unknown, from an exception or another item */
    uint32_t root;         /* CHECK: in the pool */
    const struct sk_why_field {
        struct sk_str text;
        const struct sk_expr *expr;
    } *field; /* CHECK: what it reads */
    size_t nfields;
    bool can_be_true, can_be_false; /* for some event type for which the rule is evaluated */
    bool result;                    /* of the last run */
    bool reached; /* a run from left to right, that ends when the result is known, got here */
    uint64_t seen_true, seen_false; /* how often it was reached and what it was then */
};

struct sk_why {
    const struct sk_rule *rule;
    const char *file; /* where the condition stands */
    struct sk_arena *mem;
    struct sk_filter_pool *pool;
    struct sk_filter_exec *exec;
    struct sk_why_node *node; /* parents before children, in the order of the text */
    size_t n, cap;
};

/* The rule's ruleset outlives it.  -ENOMEM. */
SK_MUST int sk_why_new(const struct sk_ruleset *rs, const struct sk_rule *rule,
                       struct sk_why **out);
void sk_why_free(struct sk_why *w);
void why_freep(struct sk_why **w);

/* Decides every part; the verdict.  The event of cx has one of the rule's types, or the parts are
 * right and the verdict is what a condition without event types would say. */
bool sk_why_run(struct sk_why *w, const struct sk_ctx *cx);

/* The part that decided: of the parts of the outermost `and`, the first that was false; 0 (the
 * whole) for other conditions. */
size_t sk_why_blame(const struct sk_why *w);

/* Rule, priority, tags, event types, fields, and the tree. */
void sk_why_describe(const struct sk_why *w, struct sk_buf *out);
/* Tree of the last run: "PART: false (FIELD = VALUE)".  decisive: only the parts that
 * made the verdict. */
void sk_why_tree(const struct sk_why *w, const struct sk_ctx *cx, bool decisive, unsigned indent,
                 struct sk_buf *out);
/* One JSON object: what sk_why_describe says, and, where cx is not NULL, results and values. */
void sk_why_json(const struct sk_why *w, const struct sk_ctx *cx, struct sk_buf *out);
