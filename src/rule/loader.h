/* SPDX-License-Identifier: Apache-2.0 */
/* loader.h - private to the rules loader: what one file's text becomes on its way to compiled
 * rules.
 *
 *   YAML nodes (loader_yaml) -> items (loader_item, loader_rule, override, exceptions)
 *     -> definitions, cumulative over files (collect) -> a generation (lists, macros, compile)
 *
 * Definitions, contexts and reports live in sk_ruleset.mem until the ruleset dies, because a later
 * file may append to them and its report points into the earlier text.  A generation is everything
 * that was compiled after one file; the next file replaces it as a whole. */
#pragma once
#include "rule/loader_types.h"

#define SK_LOAD_MEM_MAX      (512u << 20) /* definitions; a generation: again as much */
#define SK_LOAD_ITEMS_MAX    1000000u     /* lists, macros, rules: each */
#define SK_LOAD_TEXT_MAX     (64u << 20)  /* one condition after lists are put in */
#define SK_LOAD_NODES_MAX    2000000u     /* of one condition after macros are put in */
#define SK_LOAD_DEPTH_MAX    1000u        /* of a condition: the parser's limit for rules files */
#define SK_LOAD_EVTTYPES_MAX 100u         /* more event types than that are worth a warning */
#define SK_ENGINE_VERSION    "0.63.0"

/* One file on its way in. */
struct sk_loader {
    struct sk_ruleset *rs;
    struct sk_report *rep;
    struct sk_arena *mem; /* rs->mem */
    const struct sk_load_ctx *root;
};

/* Memory failed: remembered in the report, returned by sk_ruleset_add. */
SK_MUST int sk_load_oom(struct sk_loader *ld);

/* loader.c */
bool sk_load_source_known(const struct sk_ruleset *rs, struct sk_str source);
/* Appends to an array in an arena; false: memory. */
bool sk_strv_add(struct sk_arena *mem, struct sk_strv *v, struct sk_str s);
/* Sorted and unique (tags). */
void sk_strv_sort(struct sk_strv *v);
/* "x.y.z", digits only. */
bool sk_version_parse(struct sk_str s, struct sk_version *out);
/* Same major, and not older than `need`. */
bool sk_version_ok(const struct sk_version *have, const struct sk_version *need);

/* loader_item.c: one element of the top sequence, and typed reading of its keys.
 * The readers return 1 when the key was there, 0 when not (or null) and it is optional, or an
 * error. */
SK_MUST int sk_load_item(struct sk_loader *ld, const struct sk_yaml *item);
SK_MUST int sk_load_text(struct sk_loader *ld, const struct sk_yaml *item, const char *key,
                         bool optional, const struct sk_load_ctx *ctx, struct sk_str *out);
SK_MUST int sk_load_bool(struct sk_loader *ld, const struct sk_yaml *item, const char *key,
                         bool optional, const struct sk_load_ctx *ctx, bool *out);
SK_MUST int sk_load_u32(struct sk_loader *ld, const struct sk_yaml *item, const char *key,
                        bool optional, const struct sk_load_ctx *ctx, uint32_t *out);
SK_MUST int sk_load_strv(struct sk_loader *ld, const struct sk_yaml *item, const char *key,
                         bool optional, const struct sk_load_ctx *ctx, struct sk_strv *out);
/* `append: true`, with its warning. */
SK_MUST int sk_load_append_flag(struct sk_loader *ld, const struct sk_yaml *item,
                                const struct sk_load_ctx *ctx, bool *out);
/* Keys that the item kind does not have: warnings.  `keys` ends with NULL. */
void sk_load_unknown_keys(struct sk_loader *ld, const struct sk_yaml *item, const char *const *keys,
                          const struct sk_load_ctx *ctx);

/* loader_rule.c */
SK_MUST int sk_load_rule(struct sk_loader *ld, const struct sk_yaml *item);

/* explain_pos.c: a place in the parsed condition (sk_rule_out.text) as one in the file; line 0:
 * unknown. */
struct sk_ast_pos sk_rule_pos(const struct sk_rule_out *r, struct sk_ast_pos pos);

/* override.c */
struct sk_override {
    const char *const *append, *const *replace; /* allowed keys, NULL at the end */
    uint32_t appended, replaced; /* bit i: the i-th key of that table was asked for */
    bool any;
};
SK_MUST int sk_override_read(struct sk_loader *ld, const struct sk_yaml *item, bool append_flag,
                             const struct sk_load_ctx *ctx, struct sk_override *ov);
/* Overridable keys of the item without an entry under `override`. */
SK_MUST int sk_override_unexpected(struct sk_loader *ld, const struct sk_yaml *item,
                                   const struct sk_load_ctx *ctx, const struct sk_override *ov);

/* exceptions.c */
/* `partial`: an append, which may leave out fields. */
SK_MUST int sk_exceptions_read(struct sk_loader *ld, const struct sk_yaml *item, bool partial,
                               const struct sk_load_ctx *ctx, struct sk_exception **out);
/* Fills comps in and checks operators and fields. */
SK_MUST int sk_exceptions_check(struct sk_loader *ld, struct sk_exception *list, bool known_source);
SK_MUST int sk_exceptions_append(struct sk_loader *ld, struct sk_rule_def *rule,
                                 struct sk_exception *more);
/* "(COND) and not E1 and not E2"; just COND when no exception has values. */
SK_MUST int sk_exceptions_condition(struct sk_loader *ld, const struct sk_rule_def *rule,
                                    struct sk_buf *out);

/* collect.c */
SK_MUST int sk_collect_list(struct sk_loader *ld, const struct sk_list_def *list, bool append);
SK_MUST int sk_collect_macro(struct sk_loader *ld, const struct sk_macro_def *macro, bool append);
SK_MUST int sk_collect_rule(struct sk_loader *ld, const struct sk_rule_update *up);
SK_MUST int sk_collect_rule_append(struct sk_loader *ld, const struct sk_rule_update *up);
SK_MUST int sk_collect_rule_replace(struct sk_loader *ld, const struct sk_rule_update *up);
SK_MUST int sk_collect_rule_enable(struct sk_loader *ld, const struct sk_rule_update *up);

/* lists.c */
SK_MUST int sk_lists_compile(struct sk_loader *ld, struct sk_generation *g);
/* `text` with names of lists replaced by their items; marks lists as used.  -E2BIG. */
SK_MUST int sk_lists_expand(struct sk_generation *g, struct sk_str text, struct sk_buf *out);
/* Copies `item`, in double quotes when a blank is inside and it has no quotes yet. */
void sk_lists_quote(struct sk_str item, struct sk_buf *out);
bool sk_lists_is_delim(char c);

/* macros.c */
SK_MUST int sk_macros_compile(struct sk_loader *ld, struct sk_generation *g);
/* Puts all macros into *ast (of the condition `text`).  `ctx` is that of the rule. */
SK_MUST int sk_macros_resolve(struct sk_loader *ld, struct sk_generation *g, struct sk_ast **ast,
                              struct sk_str text, const struct sk_load_ctx *ctx);
/* Lists put in, then parsed; the error is reported below cond_ctx. */
SK_MUST int sk_macros_parse(struct sk_loader *ld, struct sk_generation *g, struct sk_str cond,
                            const struct sk_load_ctx *cond_ctx, struct sk_str *out_text,
                            struct sk_ast **out);

/* loader_compile.c: everything collected so far -> *out.  loader_check.c: warnings about one rule.
 */
SK_MUST int sk_load_compile(struct sk_loader *ld, struct sk_generation **out);
void sk_generation_free(struct sk_generation *g);
void sk_load_check_condition(struct sk_loader *ld, struct sk_ast *ast,
                             const struct sk_load_ctx *at);
void sk_load_check_output(struct sk_loader *ld, struct sk_str format, const struct sk_load_ctx *at);

/* index.c */
SK_MUST int sk_index_build(struct sk_generation *g);

/* `*` stands for any text; leftmost match of each piece, nothing is tried twice. */
bool sk_wildcard_match(struct sk_str pattern, struct sk_str s);
