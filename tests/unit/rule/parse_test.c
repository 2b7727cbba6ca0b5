/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/parsing.h"

static void an_empty_filter_is_refused(void **state)
{
    (void)state;
    refuses("", "filter input string is empty", 0);
    refuses("   ", "expected a '(' token, a field check, or an identifier", 3);
    refuses("()", "expected a '(' token, a field check, or an identifier", 1);
}

static void what_follows_a_check_must_be_a_keyword(void **state)
{
    (void)state;
    refuses("a b", "unexpected token after 'a', expecting 'or', 'and'", 2);
    refuses("a.b = c d", "unexpected token after 'c', expecting 'or', 'and'", 8);
    refuses("a.b = \"x y\" z", "unexpected token after 'x y', expecting 'or', 'and'", 12);
    refuses("a orb", "expected blank or '(' after 'or'", 4);
    refuses("a and", "expected blank or '(' after 'and'", 5);
}

static void unbalanced_brackets_are_named(void **state)
{
    (void)state;
    refuses("(a", "expected a ')' token", 2);
    refuses("a.b in (x", "expected a ')' token", 9);
    refuses("a.b in (x,)", "expected a string value", 10);
    refuses("a.b[1 = c", "expected a ']' token", 5);
    refuses("a.b[] = c", "expected a valid field argument: a quoted string or a bare string", 4);
    refuses("len(a.b = 1", "expected a ')' token closing the transformer", 8);
    refuses("a.b = val(len(c.d))", "expected a field within 'val' transformer", 10);
}

static void nesting_has_a_limit_whatever_the_size(void **state)
{
    size_t n = 1u << 20;
    char *text = malloc(n + 1);

    (void)state;
    memset(text, '(', n);
    text[n] = '\0';
    refuses(text, "exceeded max depth limit of 100", 20);
    for (size_t i = 0; i + 4 <= n; i += 4)
        memcpy(text + i, "not(", 4);
    refuses(text, "exceeded max depth limit of 100", 100);
    for (size_t i = 0; i + 4 <= n; i += 4)
        memcpy(text + i, "len(", 4);
    refuses(text, "exceeded max depth limit of 100", 388);
    free(text);
}

static void a_megabyte_of_alternatives_is_parsed_in_one_sweep(void **state)
{
    struct sk_buf text = SK_BUF(1u << 22);
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    (void)state;
    sk_buf_addz(&text, "a.b = 0");
    while (text.n < 1u << 20)
        sk_buf_printf(&text, " or a.b = %zu", text.n);
    assert_int_equal(sk_ast_parse(sk_buf_str(&text), DEPTH, mem, &ast, &err), 0);
    assert_int_equal(ast->kind, SK_AST_OR);
    assert_true(ast->n > 60000);
    sk_buf_done(&text);
}

static void carriage_return_and_newline_are_two_lines(void **state)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR("a\r\n and\n  ?"), DEPTH, mem, &ast, &err), -EINVAL);
    assert_int_equal(err.pos.line, 4);
    assert_int_equal(err.pos.col, 3);
}

static void keywords_have_no_word_boundary(void **state)
{
    (void)state;
    prints("a.b in (c)or d.e exists", "(a.b in (c) or d.e exists)");
    prints("a.b infoo", "a.b in foo");
    prints("anot", "anot");
    prints("not", "not");
}

static void negations_cancel_out(void **state)
{
    (void)state;
    prints("not not a", "a");
    prints("not not not a", "not a");
    prints("not not(a or b)", "(a or b)");
}

static void and_binds_closer_than_or_and_chains_are_flat(void **state)
{
    (void)state;
    prints("a or b and c and d", "(a or (b and c and d))");
    prints("(a or b) and(c)", "((a or b) and c)");
}

static void the_tree_outlives_its_text(void **state)
{
    char *text = strdup("proc.name = some_name");
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    (void)state;
    assert_int_equal(sk_ast_parse(sk_str(text), DEPTH, mem, &ast, &err), 0);
    memset(text, 'x', strlen(text));
    free(text);
    assert_true(sk_str_eqz(ast->child[1]->text, "some_name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_filter_is_refused),
        cmocka_unit_test(what_follows_a_check_must_be_a_keyword),
        cmocka_unit_test(unbalanced_brackets_are_named),
        cmocka_unit_test(nesting_has_a_limit_whatever_the_size),
        cmocka_unit_test(a_megabyte_of_alternatives_is_parsed_in_one_sweep),
        cmocka_unit_test(carriage_return_and_newline_are_two_lines),
        cmocka_unit_test(keywords_have_no_word_boundary),
        cmocka_unit_test(negations_cancel_out),
        cmocka_unit_test(and_binds_closer_than_or_and_chains_are_flat),
        cmocka_unit_test(the_tree_outlives_its_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
