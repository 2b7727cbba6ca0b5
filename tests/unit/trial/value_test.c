/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/value.h"

#include <errno.h>

#include "tests/unit/test.h"

static void what_is_no_number_is_refused(void **state)
{
    static const char *const bad[] = {"", "-", "0x", "8x", "08", "99999999999999999999", "1 "};
    int64_t v;

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++)
        assert_int_equal(sk_trial_number(sk_str(bad[i]), &v), -EINVAL);
}

static void numbers_are_decimal_hexadecimal_octal(void **state)
{
    int64_t v;

    (void)state;
    assert_int_equal(sk_trial_number(sk_str("-12"), &v), 0);
    assert_int_equal(v, -12);
    assert_int_equal(sk_trial_number(sk_str("0x1F"), &v), 0);
    assert_int_equal(v, 31);
    assert_int_equal(sk_trial_number(sk_str("0755"), &v), 0);
    assert_int_equal(v, 493);
}

static void results_are_numbers_or_names_of_errors(void **state)
{
    int64_t v;

    (void)state;
    assert_int_equal(sk_trial_result(sk_str("ENOENT"), &v), 0);
    assert_int_equal(v, -2);
    assert_int_equal(sk_trial_result(sk_str("SUCCESS"), &v), 0);
    assert_int_equal(v, 0);
    assert_int_equal(sk_trial_result(sk_str("ENOPE"), &v), -EINVAL);
}

static void flags_are_names_of_their_table(void **state)
{
    const struct sk_flag_table *t = sk_flag_table_find("file_flags");
    uint64_t v;

    (void)state;
    assert_int_equal(sk_trial_flags(t, sk_str("O_RDONLY|O_CLOEXEC"), &v), 0);
    assert_true(v & 1);
    assert_int_equal(sk_trial_flags(t, sk_str("O_RDONLY|O_NOPE"), &v), -EINVAL);
    assert_int_equal(sk_trial_flags(NULL, sk_str("0x10,1"), &v), 0);
    assert_int_equal(v, 0x11);
}

static void values_are_of_the_type_of_the_field(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(65536);
    struct sk_val v;

    (void)state;
    assert_int_equal(sk_trial_value(SK_T_BOOL, sk_str("yes"), mem, &v), -EINVAL);
    assert_int_equal(sk_trial_value(SK_T_IPADDR, sk_str("1.2.3"), mem, &v), -EINVAL);
    assert_int_equal(sk_trial_value(SK_T_IPADDR, sk_str("1.2.3.4"), mem, &v), 0);
    assert_int_equal(v.s.n, 4);
    assert_int_equal(sk_trial_value(SK_T_UINT64, sk_str("7"), mem, &v), 0);
    assert_int_equal(v.u64, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(numbers_are_decimal_hexadecimal_octal),
        cmocka_unit_test(results_are_numbers_or_names_of_errors),
        cmocka_unit_test(flags_are_names_of_their_table),
        cmocka_unit_test(values_are_of_the_type_of_the_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
