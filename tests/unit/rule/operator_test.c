/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/parsing.h"

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
        cmocka_unit_test(operators_and_their_modifiers_are_known_by_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
