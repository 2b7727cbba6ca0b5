/* SPDX-License-Identifier: Apache-2.0 */
#include "fmt/alert.h"
#include "tests/unit/test.h"

#define TS 1566230400010000007ull

static void local_time_follows_the_zone(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(100);

    (void)state;
    setenv("TZ", "ABC-2", 1);
    tzset();
    sk_time_text(TS, &b);
    assert_string_equal(b.p, "18:00:00.010000007");
    setenv("TZ", "UTC", 1);
    tzset();
    sk_buf_reset(&b);
    sk_time_text(TS, &b);
    assert_string_equal(b.p, "16:00:00.010000007");
}

static void iso_time_is_utc_with_the_given_suffix(void **state)
{
    sk_auto(buf) struct sk_buf b = SK_BUF(100);

    (void)state;
    setenv("TZ", "ABC-2", 1);
    tzset();
    sk_time_iso(TS, "+0000", &b);
    assert_string_equal(b.p, "2019-08-19T16:00:00.010000007+0000");
    sk_buf_reset(&b);
    sk_time_iso(0, "Z", &b);
    assert_string_equal(b.p, "1970-01-01T00:00:00.000000000Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_time_follows_the_zone),
        cmocka_unit_test(iso_time_is_utc_with_the_given_suffix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
