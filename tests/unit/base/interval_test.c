/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/interval.h"

static void what_is_no_duration_is_0(void **state)
{
    static const char *const bad[] = {"",     " ",     "5000", "s",    "1x",
                                      "1s1m", "1s1s",  "-1s",  "1.5s", "1m 1h",
                                      "1h-",  "1ms1s", "1hs",  "1 2",  "m1"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(bad); i++) {
        if (sk_parse_interval(bad[i]))
            fail_msg("'%s' is taken as a duration", bad[i]);
    }
}

static void units_add_up(void **state)
{
    (void)state;
    assert_int_equal(sk_parse_interval("1ms"), 1);
    assert_int_equal(sk_parse_interval("100ms"), 100);
    assert_int_equal(sk_parse_interval("15s"), 15000);
    assert_int_equal(sk_parse_interval("1h"), 3600000);
    assert_int_equal(sk_parse_interval("1h30m"), 5400000);
    assert_int_equal(sk_parse_interval("1m1ms"), 60001);
    assert_int_equal(sk_parse_interval(" 1 h 3 0 m "), 5400000);
    assert_int_equal(sk_parse_interval("1 m s"), 1);
    assert_int_equal(sk_parse_interval("1y1w1d1h1m1s1ms"), 32230861001);
    assert_int_equal(sk_parse_interval("0s"), 0);
}

static void what_is_too_long_is_the_longest(void **state)
{
    (void)state;
    assert_true(sk_parse_interval("99999999999999999999999y") == UINT64_MAX);
    assert_true(sk_parse_interval("18446744073709551615ms") > UINT64_MAX / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_duration_is_0),
        cmocka_unit_test(units_add_up),
        cmocka_unit_test(what_is_too_long_is_the_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
