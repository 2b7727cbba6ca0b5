/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/expr.h"

static void texts_that_are_no_expression_are_refused(void **state)
{
    (void)state;
    refuses("nothing here", -ENOENT, "expected a field or a transformer of fields");
    refuses("", -ENOENT, "expected a field or a transformer of fields");
    refuses("tolower(\"a\"", -EINVAL, "expected a ')' token closing the transformer");
    refuses("tolower()", -EINVAL, "a transformer needs an argument");
    refuses("tolower(\"\\q\")", -EINVAL, "unsupported string escape sequence: \\q");
    refuses("tolower(\"a\")[x]", -EINVAL,
            "filter error: transformer 'tolower' does not support field arguments");
    refuses("getopt((\"a\"), \"b\")[xy]", -EINVAL,
            "getopt() field argument must be a single character");
}

static void nesting_has_a_limit(void **state)
{
    char text[8 * 200 + 1];

    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(text + i * 8, "tolower(", 9);
    refuses(text, -EINVAL, "exceeded max depth limit of 100");
}

static void the_rest_of_the_text_is_left_alone(void **state)
{
    (void)state;
    gives("toupper( \"ab\" ) and more", 15, "AB");
    gives("len(\"abc\"))", 10, "3");
}

static void fields_are_taken_with_their_arguments(void **state)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    const struct sk_expr *e;
    size_t used = 0;

    (void)state;
    assert_int_equal(sk_expr_parse(SK_STR("toupper( proc.name) x"), mem, &e, &used, &err), 0);
    assert_int_equal(used, 19);
    assert_true(sk_str_eqz(sk_expr_first_field(e)->text, "proc.name"));
    assert_int_equal(sk_expr_parse(SK_STR("proc.aname[2]]"), mem, &e, &used, &err), 0);
    assert_int_equal(used, 13);
    assert_int_equal(e->ref.index, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_no_expression_are_refused),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(the_rest_of_the_text_is_left_alone),
        cmocka_unit_test(fields_are_taken_with_their_arguments),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
