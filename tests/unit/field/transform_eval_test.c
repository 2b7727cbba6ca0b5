/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/expr.h"

static void transformers_nest(void **state)
{
    (void)state;
    gives("toupper(basename(\"/usr/bin/perl\"))", 34, "PERL");
    gives("basename(\"dir/\")", 16, "");
    gives("len((\"a\", \"b\"))", 15, "2");
    gives("tolower((\"A\", \"B\"))", 19, "a|b");
    gives("join(\", \", (\"a\", \"b\", 3))", 25, "a, b, 3");
    gives("concat(\"a\", \"\", \"b\")", 20, "ab");
}

static void base64_is_decoded_strictly(void **state)
{
    (void)state;
    gives("b64(\"aGVsbG8=\")", 15, "hello");
    gives("b64(\"aGVsbG8\")", 14, "hello");
    gives("b64(\"\")", 7, "");
    gives("b64(\"a\")", 8, "absent");
    gives("b64(\"a b\")", 10, "absent");
    gives("b64(\"aGVsbG9=\")", 15, "absent"); /* bits are left over */
}

static void a_decoded_text_ends_at_its_first_nul(void **state)
{
    (void)state;
    gives("b64(\"YQBi\")", 11, "a");
}

static void option_lists_are_expanded(void **state)
{
    (void)state;
    gives("getopt((\"-a\", \"-bx\", \"--l\", \"-b\", \"y\", \"--\", \"-a\"), \"ab:\")", 58,
          "a|b|x|b|y");
    gives("getopt((\"-b\"), \"b:\")[b]", 23, "");
    gives("getopt((\"-a\", \"-b\"), \"ab:\")", 27, "a|");
    gives("getopt((\"-a\"), \"ab:\")[b]", 24, "absent");
    gives("getopt((\"-q\"), \"a\")", 19, "?");
}

static void an_arena_that_is_full_makes_values_absent(void **state)
{
    sk_auto(arena) struct sk_arena *tiny = sk_arena_new(64);
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    struct sk_ctx small = {.tmp = tiny};
    const struct sk_expr *e;
    struct sk_vals vals;
    char text[256] = "toupper(\"";
    size_t used;

    (void)state;
    memset(text + 9, 'x', 200);
    memcpy(text + 209, "\")", 3);
    assert_int_equal(sk_expr_parse(sk_str(text), mem, &e, &used, &err), 0);
    assert_false(sk_expr_extract(&small, e, &vals));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transformers_nest),
        cmocka_unit_test(base64_is_decoded_strictly),
        cmocka_unit_test(a_decoded_text_ends_at_its_first_nul),
        cmocka_unit_test(option_lists_are_expanded),
        cmocka_unit_test(an_arena_that_is_full_makes_values_absent),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
