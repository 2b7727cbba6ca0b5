/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/regex.h"

#include <string.h>

#include "tests/unit/test.h"

static bool matches(const char *pattern, const char *text)
{
    char err[256] = "";
    struct sk_regex *rx = sk_regex_new(pattern, strlen(pattern), err, sizeof(err));
    bool result;

    assert_non_null(rx);
    result = sk_regex_match(rx, text, strlen(text));
    sk_regex_free(rx);
    return result;
}

static void bad_patterns_say_what_is_missing(void **state)
{
    char err[256] = "";

    (void)state;
    assert_null(sk_regex_new("a[", 2, err, sizeof(err)));
    assert_string_equal(err, "missing ]: [");
    assert_null(sk_regex_new("\\d", 2, err, sizeof(err))); /* POSIX has no Perl classes */
    sk_regex_free(NULL);
}

static void the_whole_text_must_match(void **state)
{
    (void)state;
    assert_true(matches("a.*c", "abbc"));
    assert_false(matches("b", "abc"));
    assert_true(matches("[[:digit:]]+", "123"));
    assert_true(matches("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_patterns_say_what_is_missing),
        cmocka_unit_test(the_whole_text_must_match),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
