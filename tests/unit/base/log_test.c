/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <errno.h>

#include "tests/unit/test.h"

struct heard {
    unsigned n;
    enum sk_level level;
    char text[64];
};

static void hear(void *self, enum sk_level level, const char *text)
{
    struct heard *h = self;

    h->n++;
    h->level = level;
    snprintf(h->text, sizeof(h->text), "%s", text);
}

static void words_that_are_no_level_are_refused(void **state)
{
    enum sk_level level = SK_ALERT;

    (void)state;
    assert_int_equal(sk_level_parse("", &level), -EINVAL);
    assert_int_equal(sk_level_parse("warn", &level), -EINVAL);
    assert_int_equal(sk_level_parse("informational ", &level), -EINVAL);
    assert_int_equal(level, SK_ALERT);
    assert_string_equal(sk_level_name((enum sk_level)99), "?");
}

static void every_level_is_read_as_it_is_printed_in_any_case(void **state)
{
    enum sk_level level;

    (void)state;
    for (unsigned i = 0; i < SK_LEVEL_N; i++) {
        assert_int_equal(sk_level_parse(sk_level_name((enum sk_level)i), &level), 0);
        assert_int_equal(level, i);
    }
    assert_int_equal(sk_level_parse("dEBUG", &level), 0);
    assert_int_equal(level, SK_DEBUG);
    assert_int_equal(sk_level_parse("INFO", &level), 0);
    assert_int_equal(level, SK_INFO);
}

static void lines_go_to_who_asked_for_them_and_else_nowhere(void **state)
{
    struct heard h = {0};

    (void)state;
    sk_log(SK_ERROR, "nobody hears this");
    sk_log_to(hear, &h);
    sk_log(SK_WARNING, "%d of '%s'", 3, "x");
    assert_int_equal(h.n, 1);
    assert_int_equal(h.level, SK_WARNING);
    assert_string_equal(h.text, "3 of 'x'");
    sk_log_to(NULL, NULL);
    sk_log(SK_WARNING, "nor this");
    assert_int_equal(h.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_that_are_no_level_are_refused),
        cmocka_unit_test(every_level_is_read_as_it_is_printed_in_any_case),
        cmocka_unit_test(lines_go_to_who_asked_for_them_and_else_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
