/* SPDX-License-Identifier: Apache-2.0 */
/* Deprecated fields; <NA>. */
#include "loading.h"

static void a_deprecated_field_in_a_condition_is_told_once(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- macro: m\n  condition: evt.dir=<\n" RULE(
                         "R", "evt.type=open and m and evt.dir = <"));
    assert_int_equal(sk_report_warnings(l.report), 1);
    assert_says(&l,
                "LOAD_DEPRECATED_ITEM (Used deprecated item: field 'evt.dir'): due to the drop of "
                "enter events, 'evt.dir = <' always evaluates to true");
    assert_non_null(strstr(l.json.p, "\"deprecated_field\":\"evt.dir\","));
}

static void the_snippet_of_a_folded_condition_is_its_text(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- rule: R\n  desc: d\n  condition: >\n    evt.type=open and\n    evt.dir=<\n"
                     "  output: o\n  priority: INFO\n");
    assert_says(&l, "------\nevt.type=open and evt.dir=<\n^\n------\n");
}

static void a_deprecated_field_in_an_output_is_found_by_its_letters(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- rule: R\n  desc: d\n  condition: evt.type=open\n"
                     "  output: \"%evt.latency.human\"\n  priority: INFO\n");
    assert_int_equal(sk_report_warnings(l.report), 2);
    assert_says(&l,
                "usage of deprecated field 'evt.latency' has been detected in the rule output\n");
    assert_says(&l, "usage of deprecated field 'evt.latency.human' has been detected in the rule "
                    "output\n");
}

static void other_comparisons_with_na_are_not_told(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open and proc.name != <NA>"));
    assert_silent(&l, "LOAD_UNSAFE_NA_CHECK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deprecated_field_in_a_condition_is_told_once),
        cmocka_unit_test(the_snippet_of_a_folded_condition_is_its_text),
        cmocka_unit_test(a_deprecated_field_in_an_output_is_found_by_its_letters),
        cmocka_unit_test(other_comparisons_with_na_are_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
