/* SPDX-License-Identifier: Apache-2.0 */
#include "field/names.h"

#include "tests/unit/test.h"

static void numbers_without_a_name_have_none(void **state)
{
    (void)state;
    assert_null(sk_errno_name(0));
    assert_null(sk_errno_name(-2));
    assert_null(sk_errno_name(100000));
    assert_null(sk_signal_name(0));
    assert_null(sk_signal_name(32));
    assert_null(sk_signal_name(1u << 31));
}

static void errors_and_signals_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(sk_errno_name(2), "ENOENT");
    assert_string_equal(sk_errno_name(11), "EAGAIN");
    assert_string_equal(sk_errno_name(115), "EINPROGRESS");
    assert_string_equal(sk_errno_name(512), "ERESTARTSYS");
    assert_string_equal(sk_signal_name(9), "SIGKILL");
    assert_string_equal(sk_signal_name(29), "SIGIO");
    assert_string_equal(sk_signal_name(31), "SIGSYS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_without_a_name_have_none),
        cmocka_unit_test(errors_and_signals_have_their_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
