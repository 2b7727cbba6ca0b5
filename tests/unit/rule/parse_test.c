/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "rule/ast.h"

#include <errno.h>

#include "tests/unit/test.h"

#define DEPTH 100

static struct sk_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 30);
    return mem == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static void refuses(const char *text, const char *error, uint32_t idx)
{
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast = NULL;

    assert_int_equal(sk_ast_parse(sk_str(text), DEPTH, mem, &ast, &err), -EINVAL);
    assert_null(ast);
    assert_string_equal(err.text, error);
    assert_int_equal(err.pos.idx, idx);
}

static void prints(const char *text, const char *canonical)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    assert_int_equal(sk_ast_parse(sk_str(text), DEPTH, mem, &ast, &err), 0);
    sk_ast_print(ast, &out);
    assert_string_equal(out.p ? out.p : "", canonical);
}

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

static void bad_escapes_are_named(void **state)
{
    (void)state;
    refuses("a.b = \"\\q\"", "unsupported string escape sequence: \\q", 10);
    refuses("a.b = \"\\'\"", "invalid \\' escape in \"-quoted string", 10);
    refuses("a.b = '\\x4'", "truncated hex char escape sequence", 11);
    refuses("a.b = '\\x4g'", "invalid hex char escape sequence: 4g", 12);
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

static void operators_and_their_modifiers_are_known_by_text(void **state)
{
    (void)state;
    assert_true(sk_ast_is_operator(SK_STR("contains anyof")));
    assert_true(sk_ast_is_operator(SK_STR("==")));
    assert_false(sk_ast_is_operator(SK_STR("in anyof")));
    assert_false(sk_ast_is_operator(SK_STR("is")));
    assert_true(sk_ast_is_list_operator(SK_STR("pmatch")));
    assert_true(sk_ast_is_list_operator(SK_STR("= oneof")));
    assert_false(sk_ast_is_list_operator(SK_STR("=")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_filter_is_refused),
        cmocka_unit_test(what_follows_a_check_must_be_a_keyword),
        cmocka_unit_test(unbalanced_brackets_are_named),
        cmocka_unit_test(bad_escapes_are_named),
        cmocka_unit_test(nesting_has_a_limit_whatever_the_size),
        cmocka_unit_test(a_megabyte_of_alternatives_is_parsed_in_one_sweep),
        cmocka_unit_test(carriage_return_and_newline_are_two_lines),
        cmocka_unit_test(keywords_have_no_word_boundary),
        cmocka_unit_test(negations_cancel_out),
        cmocka_unit_test(and_binds_closer_than_or_and_chains_are_flat),
        cmocka_unit_test(a_modifier_needs_a_blank_before_and_a_list_behind),
        cmocka_unit_test(numbers_need_a_sign_in_their_exponent),
        cmocka_unit_test(the_tree_outlives_its_text),
        cmocka_unit_test(walks_stop_where_they_are_told),
        cmocka_unit_test(trees_too_deep_are_neither_copied_nor_walked),
        cmocka_unit_test(operators_and_their_modifiers_are_known_by_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
