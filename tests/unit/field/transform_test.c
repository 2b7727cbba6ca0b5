/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/expr.h"

static void wrong_arguments_are_named(void **state)
{
    (void)state;
    refuses("tolower((\"a\"), \"b\")", -EINVAL, "unknown multivalue transformer");
    refuses("b64(len(\"a\"))", -EINVAL,
            "can't add field transformer: type 'UINT64' is not supported by 'b64' transformer "
            "applied on field ''");
    refuses("join((\"a\"), (\"b\"))", -EINVAL,
            "join() first argument (separator) must be a single value, not a list");
    refuses("join(\"a\", \"b\")", -EINVAL, "join() second argument must be a list");
    refuses("concat(\"a\")", -EINVAL, "concat() requires at least 2 arguments");
    refuses("concat(\"a\", len(\"b\"))", -EINVAL, "concat() arguments must be strings");
    refuses("getopt(\"a\", \"b\")", -EINVAL, "getopt() first argument must be a list");
    refuses("join(\",\", (getopt((\"a\"), \"b\"), \"c\"))", -EINVAL,
            "a transformer list can't have a list as element");
}

static void results_have_the_type_of_their_transformer(void **state)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);
    const struct sk_expr *e;
    size_t used;

    (void)state;
    assert_int_equal(sk_expr_parse(SK_STR("len((\"a\"))"), mem, &e, &used, &err), 0);
    assert_int_equal(e->type, SK_T_UINT64);
    assert_false(e->is_list);
    assert_int_equal(sk_expr_parse(SK_STR("toupper((\"a\"))"), mem, &e, &used, &err), 0);
    assert_true(e->is_list);
    assert_int_equal(sk_expr_parse(SK_STR("getopt((\"a\"), \"b\")"), mem, &e, &used, &err), 0);
    assert_true(e->is_list);
    assert_int_equal(sk_expr_parse(SK_STR("getopt((\"a\"), \"b\")[b]"), mem, &e, &used, &err), 0);
    assert_false(e->is_list);
    assert_null(sk_expr_first_field(e));
}

static void transformers_are_known_by_name(void **state)
{
    (void)state;
    assert_int_equal(sk_transform_by_name(SK_STR("lower")), -1);
    assert_int_equal(sk_transform_by_name(SK_STR("b64")), SK_TR_B64);
    assert_string_equal(sk_transform_name(SK_TR_GETOPT), "getopt");
    gives("concat(\"a\", \"b\")", 16, "ab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_arguments_are_named),
        cmocka_unit_test(results_have_the_type_of_their_transformer),
        cmocka_unit_test(transformers_are_known_by_name),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
