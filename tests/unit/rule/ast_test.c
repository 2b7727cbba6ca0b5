/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/parsing.h"

static int stop_at_value(void *self, struct sk_ast *node)
{
    ++*(int *)self;
    return node->kind == SK_AST_VALUE ? 7 : 0;
}

static void walks_stop_where_they_are_told(void **state)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast, *twin;
    int seen = 0;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR("a.b = c or d"), DEPTH, mem, &ast, &err), 0);
    twin = sk_ast_copy(ast, mem);
    assert_ptr_not_equal(twin->child[0], ast->child[0]);
    assert_int_equal(sk_ast_walk(twin, stop_at_value, &seen), 7);
    assert_int_equal(seen, 4); /* or, check, field, value */
}

static void trees_too_deep_are_neither_copied_nor_walked(void **state)
{
    struct sk_ast_err err = {.text = ""};
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    struct sk_ast *ast;
    int seen = 0;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR("a"), DEPTH, mem, &ast, &err), 0);
    for (unsigned i = 0; i < SK_AST_DEPTH_MAX; i++) {
        struct sk_ast *up = sk_arena_alloc(mem, sizeof(*up));

        up->kind = SK_AST_NOT;
        up->child = sk_arena_alloc(mem, sizeof(up->child[0]));
        up->child[0] = ast;
        up->n = 1;
        ast = up;
    }
    assert_null(sk_ast_copy(ast, mem));
    assert_int_equal(sk_ast_walk(ast, stop_at_value, &seen), -ELOOP);
    sk_ast_print(ast, &out);
    assert_true(out.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_stop_where_they_are_told),
        cmocka_unit_test(trees_too_deep_are_neither_copied_nor_walked),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
