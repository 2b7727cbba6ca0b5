/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/ast.h"

#include "tests/unit/test.h"

static void escapes(struct sk_str value, const char *expected)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);

    sk_ast_escape(value, &out);
    assert_string_equal(out.p ? out.p : "", expected);
}

static void values_are_quoted_only_where_needed(void **state)
{
    (void)state;
    escapes(SK_STR("plain*/[x]"), "plain*/[x]");
    escapes(SK_STR("a b"), "\"a b\"");
    escapes(SK_STR("a=b"), "\"a=b\"");
    escapes(SK_STR("it's"), "\"it's\"");
    escapes(SK_STR("back\\slash"), "\"back\\\\slash\"");
    escapes(SK_STR("say \"hi\"\t"), "\"say \\\"hi\\\"\\t\"");
    escapes(SK_STR(""), "");
}

/* Printing what was parsed from printed text gives the same text. */
static void prints(const char *text, const char *canonical)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    assert_int_equal(sk_ast_parse(sk_str(text), 100, mem, &ast, &err), 0);
    sk_ast_print(ast, &out);
    assert_string_equal(out.p, canonical);
    assert_int_equal(sk_ast_parse(sk_buf_str(&out), 100, mem, &ast, &err), 0);
    sk_buf_reset(&out);
    sk_ast_print(ast, &out);
    assert_string_equal(out.p, canonical);
}

static void canonical_text_is_stable(void **state)
{
    (void)state;
    prints("not proc.name=nginx", "not proc.name = nginx");
    prints("a.b in('x y',z)", "a.b in (\"x y\", z)");
    prints("a.b['x y'] exists", "a.b[\"x y\"] exists");
    prints("a.b[\"\"] == c", "a.b[\"\"] == c");
    prints("a.b = val( c.d )", "a.b = val(c.d)");
    prints("getopt(a.b, c.d)[x] exists", "getopt(a.b,c.d)[x] exists");
}

static void transformer_literals_print_without_quotes(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    struct sk_ast_err err = {.text = ""};
    struct sk_ast *ast;

    (void)state;
    assert_int_equal(sk_ast_parse(SK_STR("join(\"-\", (a.b, 'c', 1)) = d"), 100, mem, &ast, &err),
                     0);
    sk_ast_print(ast, &out);
    assert_string_equal(out.p, "join(-,(a.b,c,1)) = d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_quoted_only_where_needed),
        cmocka_unit_test(canonical_text_is_stable),
        cmocka_unit_test(transformer_literals_print_without_quotes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
