/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/lex.h"

#include "tests/unit/test.h"

static struct sk_lex lexer(const char *text)
{
    struct sk_lex lx;

    sk_lex_init(&lx, sk_str(text));
    return lx;
}

typedef bool token_fn(struct sk_lex *lx, struct sk_str *out);

/* `token`: what is taken from the start of the text; NULL: nothing, and nothing is changed. */
static void takes(token_fn *fn, const char *text, const char *token)
{
    struct sk_lex lx = lexer(text);
    struct sk_str out = {NULL, 0};

    assert_int_equal(fn(&lx, &out), token != NULL);
    assert_int_equal(lx.pos.idx, token ? strlen(token) : 0);
    if (token)
        assert_true(sk_str_eqz(out, token));
}

static void tokens_that_are_not_there_leave_the_position(void **state)
{
    (void)state;
    takes(sk_lex_ident, "1a", NULL);
    takes(sk_lex_field, "nodot", NULL);
    takes(sk_lex_field, "a.1", NULL);
    takes(sk_lex_number, "+x", NULL);
    takes(sk_lex_bare, ")", NULL);
    takes(sk_lex_arg, "]", NULL);
    takes(sk_lex_bare, "", NULL);
}

static void field_names_are_taken_whole(void **state)
{
    (void)state;
    takes(sk_lex_field, "proc.name=x", "proc.name");
    takes(sk_lex_field, "a.b.c.", "a.b.c");
    takes(sk_lex_ident, "a_1.b", "a_1");
}

static void numbers_are_decimal_or_hex(void **state)
{
    (void)state;
    takes(sk_lex_number, "0x1Fg", "0x1F");
    takes(sk_lex_number, "0x", "0");
    takes(sk_lex_number, "-12.5e+3x", "-12.5e+3");
    takes(sk_lex_number, "1e5", "1");
    takes(sk_lex_number, "1e+", "1");
    takes(sk_lex_number, "7.", "7.");
}

static void bare_strings_end_at_blanks_and_punctuation(void **state)
{
    (void)state;
    takes(sk_lex_bare, "/etc/[a-z]*.conf, x", "/etc/[a-z]*.conf");
    takes(sk_lex_bare, "a=b", "a");
    takes(sk_lex_bare, "a\vb", "a");
    takes(sk_lex_arg, "a(b)=c]", "a(b)=c");
}

static void quoted_strings_come_without_their_quotes(void **state)
{
    struct sk_lex lx = lexer("'a \\' b' c");
    struct sk_str out;
    char quote;

    (void)state;
    assert_true(sk_lex_quoted(&lx, &out, &quote));
    assert_int_equal(quote, '\'');
    assert_true(sk_str_eqz(out, "a \\' b"));
    assert_int_equal(lx.pos.idx, 8);
}

static void lines_and_columns_are_counted(void **state)
{
    struct sk_lex lx = lexer(" \n\t or");

    (void)state;
    assert_true(sk_lex_blank(&lx));
    assert_int_equal(lx.pos.line, 2);
    assert_int_equal(lx.pos.col, 3);
    assert_true(sk_lex_lit(&lx, "or"));
    assert_true(sk_lex_end(&lx));
    assert_false(sk_lex_lit(&lx, "or"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_that_are_not_there_leave_the_position),
        cmocka_unit_test(field_names_are_taken_whole),
        cmocka_unit_test(numbers_are_decimal_or_hex),
        cmocka_unit_test(bare_strings_end_at_blanks_and_punctuation),
        cmocka_unit_test(quoted_strings_come_without_their_quotes),
        cmocka_unit_test(lines_and_columns_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
