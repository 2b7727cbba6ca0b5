/* SPDX-License-Identifier: Apache-2.0 */
#include "event/types.h"

#include "tests/unit/test.h"

static void a_number_that_is_no_type_is_named_like_none(void **state)
{
    (void)state;
    assert_string_equal(sk_type_name((enum sk_type)1000), "NONE");
    assert_int_equal(sk_type_size((enum sk_type)1000), 0);
}

static void types_have_falcos_names_and_sizes(void **state)
{
    (void)state;
    assert_string_equal(sk_type_name(SK_T_CHARBUF), "CHARBUF");
    assert_string_equal(sk_type_name(SK_T_DYNAMIC), "DYNAMIC");
    assert_int_equal(sk_type_size(SK_T_CHARBUF), 0);
    assert_int_equal(sk_type_size(SK_T_PORT), 2);
    assert_int_equal(sk_type_size(SK_T_ERRNO), 8);
    /* Numbers are part of the plugin interface. */
    assert_int_equal(SK_T_CHARBUF, 9);
    assert_int_equal(SK_T_PID32, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_that_is_no_type_is_named_like_none),
        cmocka_unit_test(types_have_falcos_names_and_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
