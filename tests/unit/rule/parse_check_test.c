/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/parsing.h"

static void bad_escapes_are_named(void **state)
{
    (void)state;
    refuses("a.b = \"\\q\"", "unsupported string escape sequence: \\q", 10);
    refuses("a.b = \"\\'\"", "invalid \\' escape in \"-quoted string", 10);
    refuses("a.b = '\\x4'", "truncated hex char escape sequence", 11);
    refuses("a.b = '\\x4g'", "invalid hex char escape sequence: 4g", 12);
}

static void a_modifier_needs_a_blank_before_and_a_list_behind(void **state)
{
    (void)state;
    prints("a.b = anyof (c, d)", "a.b = anyof (c, d)");
    prints("a.b != allof names", "a.b != allof names");
    prints("a.b = anyof", "a.b = anyof");
    prints("a.b = anyof and c", "(a.b = anyof and c)");
    refuses("a.b =anyof (c)", "unexpected token after 'anyof', expecting 'or', 'and'", 11);
}

static void numbers_need_a_sign_in_their_exponent(void **state)
{
    (void)state;
    prints("a.b < -0.5e+3", "a.b < -0.5e+3");
    refuses("a.b < 1e3", "unexpected token after '1', expecting 'or', 'and'", 7);
}

static void nodes_know_where_they_stand(void **state)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR(" len(a.b) in ( c, 'd' )"), DEPTH, mem, &ast, &err), 0);
    assert_int_equal(ast->pos.idx, 1);
    assert_int_equal(ast->child[0]->child[0]->pos.idx, 5);
    assert_int_equal(ast->child[1]->pos.idx, 13);
    assert_int_equal(ast->child[1]->child[1]->pos.idx, 18);
    assert_true(sk_str_eqz(ast->child[1]->child[1]->text, "d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_escapes_are_named),
        cmocka_unit_test(a_modifier_needs_a_blank_before_and_a_list_behind),
        cmocka_unit_test(numbers_need_a_sign_in_their_exponent),
        cmocka_unit_test(nodes_know_where_they_stand),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
