/* SPDX-License-Identifier: Apache-2.0 */
/* parsing.h - what the tests of the parser share. */
#pragma once
#include <errno.h>

#include "base/arena.h"
#include "rule/ast.h"
#include "tests/unit/test.h"

#define DEPTH 100

static struct sk_arena *mem;

static inline int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 30);
    return mem == NULL;
}

static inline int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static inline void refuses(const char *text, const char *error, uint32_t idx)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast = NULL;

    assert_int_equal(sk_ast_parse(sk_str(text), DEPTH, mem, &ast, &err), -EINVAL);
    assert_null(ast);
    assert_string_equal(err.text, error);
    assert_int_equal(err.pos.idx, idx);
}

static inline void prints(const char *text, const char *canonical)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    assert_int_equal(sk_ast_parse(sk_str(text), DEPTH, mem, &ast, &err), 0);
    sk_ast_print(ast, &out);
    assert_string_equal(out.p ? out.p : "", canonical);
}
