/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - compiled conditions: AST -> typed IR -> programs.
 *
 * A pool holds the IR of all rules of one generation: an equal predicate exists once, whichever
 * rules use it, and its result is remembered for the length of one event. */
#pragma once
#include "field/field.h"
#include "rule/ast.h"

struct sk_filter_pool; /* immutable once compiled, but for the per-event memo of its executor */

struct sk_filter_warning {
    struct sk_ast_pos pos;
    char text[512];
};

/* `mem` outlives the pool. */
SK_MUST int sk_filter_pool_new(struct sk_arena *mem, struct sk_filter_pool **out);
/* Conditions may name these fields too; they outlive the pool. */
void sk_filter_pool_fields(struct sk_filter_pool *p, const struct sk_field_set *fields);
void sk_filter_pool_free(struct sk_filter_pool *p);

/* Compiles one condition (macros inlined: an identifier left is an error) and returns its root in
 * the pool.  -EINVAL: *err has text and position as spec/engine.md 1.4 words them.  Warnings are
 * appended through `warn` (may be NULL). */
typedef void sk_filter_warn_fn(void *self, const struct sk_filter_warning *w);
SK_MUST int sk_filter_compile(struct sk_filter_pool *p, const struct sk_ast *ast,
                              sk_filter_warn_fn *warn, void *warn_self, uint32_t *out_root,
                              struct sk_ast_err *err);

/* Event codes for which the condition can be true, by evt.type checks (a superset). */
void sk_filter_event_set(const struct sk_filter_pool *p, uint32_t root, struct sk_event_set *out);

/* Executor: one per worker. p NULL: no conditions at all. */
struct sk_filter_exec;
SK_MUST int sk_filter_exec_new(const struct sk_filter_pool *p, struct sk_filter_exec **out);
void sk_filter_exec_free(struct sk_filter_exec *x);
/* Forgets the memo: call once per event, before the first run. */
void sk_filter_exec_begin(struct sk_filter_exec *x);
bool sk_filter_run(struct sk_filter_exec *x, uint32_t root, const struct sk_ctx *cx);

/* From now on nothing is remembered beyond an event: each condition costs what it costs on values that were
 * not seen before. */
void sk_filter_exec_forget(struct sk_filter_exec *x);

/* Text of the IR of one root, for `saker explain` and tests. */
void sk_filter_dump(const struct sk_filter_pool *p, uint32_t root, struct sk_buf *out);
size_t sk_filter_pool_nodes(const struct sk_filter_pool *p);
