/* SPDX-License-Identifier: Apache-2.0 */
#include "field/quote.h"

#include <errno.h>

#include "tests/unit/test.h"

static void refuses(struct sk_str in, char quote, const char *message)
{
    char buf[64], err[128] = "";

    assert_int_equal(sk_quote_unescape(in, quote, buf, err, sizeof(err)), -EINVAL);
    assert_string_equal(err, message);
}

static void unknown_escapes_are_named(void **state)
{
    (void)state;
    refuses(SK_STR("\\q"), '"', "unsupported string escape sequence: \\q");
    refuses(SK_STR("\\'"), '"', "invalid \\' escape in \"-quoted string");
    refuses(SK_STR("\\\""), '\'', "invalid \\\" escape in '-quoted string");
    refuses(SK_STR("\\x"), '"', "truncated hex char escape sequence");
    refuses(SK_STR("\\x+a"), '"', "invalid hex char escape sequence: +a");
}

static void escapes_stand_for_their_characters(void **state)
{
    char buf[64], err[128];
    int n = sk_quote_unescape(SK_STR("\\b\\f\\n\\r\\t\\\\\\/\\ \\\"\\x00z"), '"', buf, err,
                              sizeof(err));

    (void)state;
    assert_int_equal(n, 11);
    assert_memory_equal(buf, "\b\f\n\r\t\\/\\\"\0z", 11);
}

static void a_quote_after_a_backslash_does_not_close(void **state)
{
    (void)state;
    assert_int_equal(sk_quote_len(SK_STR("'a\\'b' c")), 6);
    assert_int_equal(sk_quote_len(SK_STR("\"\" x")), 2);
    assert_int_equal(sk_quote_len(SK_STR("'a\\\\'")), 0); /* not even after two */
    assert_int_equal(sk_quote_len(SK_STR("\"a'")), 0);
    assert_int_equal(sk_quote_len(SK_STR("a")), 0);
    assert_int_equal(sk_quote_len(SK_STR("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_escapes_are_named),
        cmocka_unit_test(escapes_stand_for_their_characters),
        cmocka_unit_test(a_quote_after_a_backslash_does_not_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
