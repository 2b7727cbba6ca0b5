/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of events say of facts. */
#include "prefiltering.h"

static void rows_say_where_numbers_come_from(void **state)
{
    (void)state;
    assert_string_equal(sk_pf_rows[OPENAT_X].resolve, "RES_FD_DIR(RET, ARG(0))");
    assert_string_equal(sk_pf_rows[OPENAT_X].src[0], "RET");
    assert_true(sk_pf_resolves(OPENAT_X));
    assert_false(sk_pf_resolves(UNLINK_X));
    for (unsigned code = 0; code < SK_EVENT_N; code++)
        for (unsigned i = 0; i < sk_events[code].nparams; i++)
            assert_non_null(sk_pf_rows[code].src[i]);
}

static void numbers_in_registers_can_be_had_before_the_record(void **state)
{
    (void)state;
    assert_true(sk_pf_param_ok(OPENAT_X, 0));
    assert_false(sk_pf_param_ok(OPENAT_X, 2)); /* a text */
    assert_true(sk_pf_param_ok(OPENAT_X, 3));
    assert_false(sk_pf_param_ok(OPENAT_X, SK_EVENT_MAX_PARAMS));
}

static void results_and_descriptors_have_their_parameter(void **state)
{
    (void)state;
    assert_int_equal(sk_pf_result_param(OPENAT_X), 0);
    assert_int_equal(sk_pf_fd_param(OPENAT_X), 0);
    assert_int_equal(sk_pf_result_param(READ_X), 0);
    assert_int_equal(sk_pf_fd_param(READ_X), 2);
    assert_int_equal(sk_pf_fd_param(UNLINK_X), -1);
    assert_int_equal(sk_pf_result_param(1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_say_where_numbers_come_from),
        cmocka_unit_test(numbers_in_registers_can_be_had_before_the_record),
        cmocka_unit_test(results_and_descriptors_have_their_parameter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
