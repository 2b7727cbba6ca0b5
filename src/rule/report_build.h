/* SPDX-License-Identifier: Apache-2.0 */
/* report_build.h - private to the loader: how a report is written. */
#pragma once
#include "base/arena.h"
#include "rule/ast.h"
#include "rule/loader_yaml.h"
#include "rule/report.h"

enum sk_load_code {
#define LOAD_ERR(id, brief, text)  SK_##id,
#define LOAD_WARN(id, brief, text) SK_##id,
#include "diags.def"
    SK_LOAD_CODE_N
};

/* A place: what it is, and in which other place it stands. */
struct sk_load_ctx {
    const struct sk_load_ctx *parent; /* NULL: the file itself */
    const char *type;                 /* "rule", "condition expression"... */
    struct sk_str name;               /* of the item; "" for none */
    const char *file;        /* what positions are in: file name, or the condition quoted */
    uint32_t line, col, off; /* 0-based */
    struct sk_str text;      /* what snippets are cut from */
    uint32_t caret;          /* offset in it */
};

struct sk_load_entry {
    enum sk_load_code code;
    const char *message;
    const char *field; /* deprecated field, or NULL */
    const struct sk_load_ctx *ctx;
    struct sk_load_entry *next;
};

struct sk_report {
    struct sk_arena *mem;
    const char *name;
    struct sk_load_entry *errors, **errors_end, *warnings, **warnings_end;
    size_t nerrors, nwarnings;
    struct sk_strv_node {
        const char *text;
        struct sk_strv_node *next;
    } *schema, **schema_end;
    size_t nschema;
    bool parsed; /* the schema was checked */
    bool oom;
};

/* In `mem`; NULL: memory. */
struct sk_report *sk_report_new(struct sk_arena *mem, const char *name);
/* -EINVAL, or -ENOMEM. */
SK_MUST int sk_report_error(struct sk_report *r, enum sk_load_code code,
                            const struct sk_load_ctx *ctx, const char *fmt, ...) SK_PRINTF(4, 5);
void sk_report_warn(struct sk_report *r, enum sk_load_code code, const char *field,
                    const struct sk_load_ctx *ctx, const char *fmt, ...) SK_PRINTF(5, 6);
void sk_report_schema_warning(struct sk_report *r, const char *fmt, ...) SK_PRINTF(2, 3);

/* The file. */
const struct sk_load_ctx *sk_ctx_root(struct sk_arena *mem, const char *file, struct sk_str text);
/* A node in its parent's file.  NULL only when memory failed or parent is NULL; all takers accept
 * it. */
const struct sk_load_ctx *sk_ctx_new(struct sk_arena *mem, const struct sk_load_ctx *parent,
                                     const char *type, struct sk_str name,
                                     const struct sk_yaml *at);
/* A place inside a condition. */
const struct sk_load_ctx *sk_ctx_expr(struct sk_arena *mem, const struct sk_load_ctx *parent,
                                      struct sk_str text, struct sk_ast_pos pos);

/* The line of text[at] cut to a window, and a line with a caret. */
void sk_report_snippet(struct sk_str text, size_t at, struct sk_buf *out);

extern const char *const sk_load_code_name[SK_LOAD_CODE_N];

/* schema.c: the documents against the schema of rules files. */
void sk_schema_check(struct sk_report *r, const struct sk_yaml *doc);
