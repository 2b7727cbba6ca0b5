/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

static void an_item_with_a_quote_inside_breaks_the_condition(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l,
                   "- list: n\n  items: ['a\"b']\n" RULE("R", "evt.type=open and proc.name in (n)"),
                   "LOAD_ERR_COMPILE_CONDITION", "expected a ')' token");
}

static void items_with_blanks_are_quoted_once(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- list: n\n  items: [a, b c, '\"d e\"', \"'f g'\"]\n" RULE(
                         "R", "evt.type=open and proc.name in (n)"));
    assert_compiles_to(&l, "R",
                       "(evt.type = open and proc.name in (a, \"b c\", \"d e\", \"f g\"))");
}

static void a_name_is_replaced_wherever_delimiters_stand_around_it(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- list: n\n  items: [q]\n" RULE(
                         "R", "evt.type=open and proc.name=n and proc.pname=\"x n y\" and "
                              "fd.name=/n and proc.cmdline=an"));
    assert_compiles_to(&l, "R",
                       "(evt.type = open and proc.name = q and proc.pname = \"x q y\" and "
                       "fd.name = /n and proc.cmdline = an)");
}

static void an_empty_list_takes_a_comma_away(void **state)
{
    static const struct {
        const char *cond, *want;
    } cases[] = {
        {"(a, none, b)", "(a, b)"}, {"(none, b)", "(b)"},       {"(a, none)", "(a)"},
        {"(none)", "()"},           {"(none,none , b)", "(b)"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096), want = SK_BUF(4096);

        sk_buf_printf(&b, "- list: none\n  items: []\n%s%s\n",
                      "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n  condition: "
                      "evt.type=open and proc.name in ",
                      cases[i].cond);
        sk_buf_printf(&want, "(evt.type = open and proc.name in %s)", cases[i].want);
        assert_loads(&l, b.p);
        assert_compiles_to(&l, "R", want.p);
    }
}

/* Falco's one level: the innermost name stays text, and what becomes of it depends on the order. */
static void a_list_of_a_list_of_a_list_follows_the_order_of_definition(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l,
                 "- list: a\n  items: [x]\n- list: b\n  items: [a, y]\n"
                 "- list: c\n  items: [b, z]\n" RULE("R", "evt.type=open and proc.name in (c)"));
    assert_compiles_to(&l, "R", "(evt.type = open and proc.name in (a, y, z))");
    assert_loads(&l, "- list: d\n  items: [e]\n- list: e\n  items: [f]\n" RULE(
                         "S", "evt.type=open and proc.name in (d)"));
    assert_compiles_to(&l, "S", "(evt.type = open and proc.name in (f))");
}

static void a_list_may_be_defined_after_the_rule_that_uses_it(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open and proc.name in (n)") "- list: n\n  items: [q]\n");
    assert_compiles_to(&l, "R", "(evt.type = open and proc.name in (q))");
    assert_silent(&l, "LOAD_UNUSED_LIST");
}

static void a_list_that_names_itself_ends(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l,
                 "- list: a\n  items: [b]\n- list: b\n  items: [a]\n- list: a\n  items: [a, b]\n"
                 "  override: {items: append}\n" RULE("R", "evt.type=open and proc.name in (a)"));
    assert_non_null(sk_ruleset_find(l.rs, "R"));
}

static void doubling_lists_are_refused_before_they_fill_memory(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20);

    (void)state;
    for (int i = 0; i < 40; i++)
        sk_buf_printf(&b, "- list: l%d\n  items: [l%d, 'l%d', %01000d]\n", i, i + 1, i + 1, 0);
    sk_buf_addz(&b, "- list: l40\n  items: [x]\n" RULE("R", "evt.type=open and proc.name in (l0)"));
    assert_int_equal(load(&l, b.p), -EINVAL);
    assert_says(&l, "Condition is longer than 67108864 bytes once lists are put in");
}

static void lists_that_nobody_uses_are_warned_of(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- list: a\n  items: [x]\n- list: b\n  items: [a]\n");
    assert_int_equal(sk_report_warnings(l.report), 1);
    assert_says(&l, "    list 'b': (r.yaml:2:2)\n");
    assert_says(&l,
                "LOAD_UNUSED_LIST (Unused list): List not referred to by any other rule/macro\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_with_a_quote_inside_breaks_the_condition),
        cmocka_unit_test(items_with_blanks_are_quoted_once),
        cmocka_unit_test(a_name_is_replaced_wherever_delimiters_stand_around_it),
        cmocka_unit_test(an_empty_list_takes_a_comma_away),
        cmocka_unit_test(a_list_of_a_list_of_a_list_follows_the_order_of_definition),
        cmocka_unit_test(a_list_may_be_defined_after_the_rule_that_uses_it),
        cmocka_unit_test(a_list_that_names_itself_ends),
        cmocka_unit_test(doubling_lists_are_refused_before_they_fill_memory),
        cmocka_unit_test(lists_that_nobody_uses_are_warned_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
