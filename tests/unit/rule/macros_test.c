/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

static void an_undefined_macro_is_shown_where_it_stands(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, RULE("R", "evt.type=open and nomacro"), "LOAD_ERR_VALIDATE",
                   "Undefined macro 'nomacro' used in filter.");
    assert_says(&l, "evt.type=open and nomacro\n                  ^\n");
    assert_silent(&l, "rule condition");
}

static void of_several_undefined_macros_the_first_in_the_alphabet_is_named(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, RULE("R", "evt.type=open and (zz or aa or mm)"), "LOAD_ERR_VALIDATE",
                   "Undefined macro 'aa' used in filter.");
}

static void a_macro_sees_only_what_was_defined_before_its_last_change(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "- macro: a\n  condition: b\n- macro: b\n  condition: evt.type=open\n",
                   "LOAD_ERR_VALIDATE", "Undefined macro 'b' used in filter.");
    assert_says(&l, "    macro 'a': (r.yaml:0:2)\n");
}

static void a_macro_cannot_name_itself(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "- macro: a\n  condition: evt.type=open or a\n", "LOAD_ERR_VALIDATE",
                   "Undefined macro 'a' used in filter.");
}

static void a_loop_made_by_an_append_is_found(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l,
                   "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a\n"
                   "- macro: a\n  condition: or b\n  override: {condition: append}\n",
                   "LOAD_ERR_VALIDATE", "reference loop in macro 'b'");
}

static void a_rule_sees_macros_that_come_later(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "late and not late") "- macro: late\n  condition: evt.type=open\n");
    assert_compiles_to(&l, "R", "(evt.type = open and not evt.type = open)");
}

static void a_macro_is_one_operand_whatever_is_inside(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- macro: a\n  condition: evt.type=open or evt.type=close\n"
                     "- macro: b\n  condition: not a\n" RULE("R", "b and a and proc.name=x"));
    assert_compiles_to(&l, "R",
                       "(not (evt.type = open or evt.type = close) and (evt.type = open or "
                       "evt.type = close) and proc.name = x)");
    assert_int_equal(sk_report_warnings(l.report), 0);
}

static void an_error_inside_of_a_macro_is_shown_where_the_rule_uses_it(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "- macro: m\n  condition: proc.nosuch=1\n" RULE("R", "evt.type=open and m"),
                   "LOAD_ERR_COMPILE_CONDITION",
                   "filter_check called with nonexistent field proc.nosuch");
    assert_says(&l, "evt.type=open and m\n                  ^\n");
}

static void syntax_errors_are_found_in_macros_that_nobody_uses(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, "- macro: m\n  condition: evt.type=open evt.type=close\n"), -EINVAL);
    assert_says(&l, "LOAD_ERR_COMPILE_CONDITION");
    assert_says(&l, "    macro condition: (r.yaml:1:13)\n");
    assert_says(&l, "unexpected token after 'open', expecting 'or', 'and'\n");
}

static void macros_that_double_are_refused_before_they_fill_memory(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);

    (void)state;
    sk_buf_addz(&b, "- macro: m0\n  condition: evt.type=open\n");
    for (int i = 1; i < 40; i++)
        sk_buf_printf(&b, "- macro: m%d\n  condition: m%d or m%d\n", i, i - 1, i - 1);
    assert_int_equal(load(&l, b.p), -EINVAL);
    assert_says(&l, "condition is too large once macro '");
}

static void a_long_chain_of_macros_loads_or_is_refused(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(4u << 20);

    (void)state;
    sk_buf_addz(&b, "- macro: m0\n  condition: evt.type=open\n");
    for (int i = 1; i < 5000; i++)
        sk_buf_printf(&b, "- macro: m%d\n  condition: not m%d\n", i, i - 1);
    assert_int_equal(load(&l, b.p), -EINVAL);
    assert_says(&l, "is nested too deeply");
}

static void macros_that_nobody_uses_are_warned_of(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a\n");
    assert_int_equal(sk_report_warnings(l.report), 1);
    assert_says(&l, "LOAD_UNUSED_MACRO (Unused macro): Macro not referred to by any other "
                    "rule/macro\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_undefined_macro_is_shown_where_it_stands),
        cmocka_unit_test(of_several_undefined_macros_the_first_in_the_alphabet_is_named),
        cmocka_unit_test(a_macro_sees_only_what_was_defined_before_its_last_change),
        cmocka_unit_test(a_macro_cannot_name_itself),
        cmocka_unit_test(a_loop_made_by_an_append_is_found),
        cmocka_unit_test(a_rule_sees_macros_that_come_later),
        cmocka_unit_test(a_macro_is_one_operand_whatever_is_inside),
        cmocka_unit_test(an_error_inside_of_a_macro_is_shown_where_the_rule_uses_it),
        cmocka_unit_test(syntax_errors_are_found_in_macros_that_nobody_uses),
        cmocka_unit_test(macros_that_double_are_refused_before_they_fill_memory),
        cmocka_unit_test(a_long_chain_of_macros_loads_or_is_refused),
        cmocka_unit_test(macros_that_nobody_uses_are_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
