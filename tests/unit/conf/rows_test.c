/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/conf/util.h"

static void words_numbers_and_doubles_are_read_as_yaml_writes_them(void **state)
{
    uint64_t u;
    double d;
    bool b = false;

    (void)state;
    assert_true(sk_conf_bool("Yes", &b) && b);
    assert_true(sk_conf_bool("OFF", &b) && !b);
    assert_false(sk_conf_bool("yES", &b));
    assert_true(sk_conf_number("10", 10, &u) && u == 10);
    assert_false(sk_conf_number("11", 10, &u));
    assert_false(sk_conf_number("-1", 10, &u));
    assert_true(sk_conf_double(".5", &d) && d == .5);
    assert_false(sk_conf_double("", &d));
    assert_false(sk_conf_double("1x", &d));
    assert_false(sk_conf_double("nan", &d));
}

static void defaults_lie_within_their_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];
        double d;
        bool b;

        assert_true(strlen(r->doc) > 3);
        if (r->type == SK_CONF_BOOL)
            assert_true(sk_conf_bool(r->def, &b));
        else if (r->type < SK_CONF_STR)
            assert_true(sk_conf_double(r->def, &d));
    }
}

static void a_key_has_one_row_and_its_sections_are_known(void **state)
{
    bool section;

    (void)state;
    for (size_t i = 0; i < sk_conf_rows_n; i++)
        assert_ptr_equal(sk_conf_row_of(sk_conf_rows[i].key, &section), &sk_conf_rows[i]);
    assert_null(sk_conf_row_of("engine", &section));
    assert_true(section);
    assert_null(sk_conf_row_of("engin", &section));
    assert_false(section);
}

static void the_new_name_of_an_old_key_is_a_key(void **state)
{
    size_t old = 0;
    bool section;

    (void)state;
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        const struct sk_conf_row *r = &sk_conf_rows[i];

        if (r->use != SK_CONF_OLD)
            continue;
        old++;
        assert_true(!*r->instead || sk_conf_row_of(r->instead, &section));
        assert_true(r->until[0] == '0' && r->until[1] == '.');
    }
    assert_true(old > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(words_numbers_and_doubles_are_read_as_yaml_writes_them),
        T(defaults_lie_within_their_limits),
        T(a_key_has_one_row_and_its_sections_are_known),
        T(the_new_name_of_an_old_key_is_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
