/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - compiles conditions over the fields of fake_fields.h, for the tests of the compiler.
 */
#pragma once
#include <errno.h>

#include "rule/filter.h"
#include "tests/unit/rule/fake_fields.h"
#include "tests/unit/test.h"

static struct sk_arena *mem;
static struct sk_filter_pool *pool;
static char warnings[2048]; /* joined by '|' */

static inline int setup(void **state)
{
    (void)state;
    fake_clear();
    mem = sk_arena_new(1u << 28);
    warnings[0] = '\0';
    return !mem || sk_filter_pool_new(mem, &pool);
}

static inline int teardown(void **state)
{
    (void)state;
    sk_filter_pool_free(pool);
    arena_freep(&mem);
    return 0;
}

static inline void note_warning(void *self, const struct sk_filter_warning *w)
{
    size_t n = strlen(warnings);

    (void)self;
    snprintf(warnings + n, sizeof(warnings) - n, "%s%s", n ? "|" : "", w->text);
}

static inline int compile(struct sk_str text, uint32_t *root, struct sk_ast_err *err)
{
    struct sk_ast *ast;

    assert_int_equal(sk_ast_parse(text, 1000, mem, &ast, err), 0);
    return sk_filter_compile(pool, ast, note_warning, NULL, root, err);
}

/* The root of a condition that compiles. */
static inline uint32_t ok(const char *text)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root = UINT32_MAX;

    assert_int_equal(compile(sk_str(text), &root, &err), 0);
    assert_string_equal(err.text, "");
    return root;
}

static inline void refuses(const char *text, const char *message)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root = UINT32_MAX;

    assert_int_equal(compile(sk_str(text), &root, &err), -EINVAL);
    assert_string_equal(err.text, message);
    assert_int_equal(root, UINT32_MAX);
}

static SK_UNUSED struct sk_ctx cx;

/* Compiles and runs. */
static inline bool holds(const char *text)
{
    struct sk_filter_exec *x = NULL;
    uint32_t root = ok(text);
    bool result;

    cx.tmp = mem;
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    sk_filter_exec_begin(x);
    result = sk_filter_run(x, root, &cx);
    sk_filter_exec_free(x);
    return result;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
