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

static void kinds_of_descriptors_have_names_and_letters(void **state)
{
    (void)state;
    assert_string_equal(sk_fd_type_name(3), "ipv4");
    assert_string_equal(sk_fd_type_letter(3), "4");
    assert_null(sk_fd_type_name(0));
    assert_string_equal(sk_fd_type_letter(0), "o");
    assert_null(sk_fd_type_name(1000));
    assert_string_equal(sk_fd_type_letter(1000), "o");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_without_a_name_have_none),
        cmocka_unit_test(errors_and_signals_have_their_names),
        cmocka_unit_test(kinds_of_descriptors_have_names_and_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
