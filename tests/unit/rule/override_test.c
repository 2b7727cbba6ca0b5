/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

#define BASE RULE("R", "evt.type=open") "  tags: [b]\n"

static void what_cannot_be_overridden_is_refused(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"  priority: ERROR\n  override: {priority: append}\n",
         "Key 'priority' cannot be appended to, use 'replace' instead"},
        {"  foo: x\n  override: {foo: replace}\n", "Key 'foo' cannot be replaced"},
        {"  condition: x\n  override: {condition: merge}\n",
         "Invalid override operation for key 'condition': 'merge'. Allowed values are: append "
         "replace "},
        {"  override: {condition: append}\n",
         "An append override for 'condition' was specified but 'condition' is not defined"},
        {"  override: {enabled: replace}\n",
         "An replace override for 'enabled' was specified but 'enabled' is not defined"},
        {"  desc: x\n  output: y\n  override: {desc: replace}\n",
         "Unexpected key 'output': no corresponding entry under 'override' is defined."},
        {"  condition: and x\n  append: true\n  override: {condition: append}\n",
         "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. "
         "'condition: append') under 'override' instead."},
        {"  desc: x\n  override: [desc]\n", "Value of 'override' must be a mapping"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096), want = SK_BUF(4096);

        sk_buf_printf(&b, "%s- rule: R\n%s", BASE, cases[i].yaml);
        sk_buf_printf(&want, "): %s\n", cases[i].message);
        assert_int_equal(load(&l, b.p), -EINVAL);
        assert_says(&l, "LOAD_ERR_YAML_VALIDATE");
        assert_says(&l, want.p);
    }
}

static void the_place_of_a_bad_key_is_the_key(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, BASE "- rule: R\n  priority: ERROR\n  override:\n"
                                   "    priority: append\n"),
                     -EINVAL);
    assert_says(&l,
                "    rule 'R': (r.yaml:6:2)\n    overrides: (r.yaml:6:2)\n"
                "    overrides 'priority': (r.yaml:9:4)\n------\n    priority: append\n    ^\n");
}

static void appends_come_before_replaces(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    const struct sk_rule *r;

    (void)state;
    assert_loads(&l, BASE "- rule: R\n  condition: and proc.name=x\n  desc: new\n  output: more\n"
                          "  tags: [a]\n  priority: ERROR\n  enabled: false\n  override:\n"
                          "    condition: append\n    desc: replace\n    output: append\n"
                          "    tags: append\n    priority: replace\n    enabled: replace\n");
    assert_compiles_to(&l, "R", "(evt.type = open and proc.name = x)");
    r = sk_ruleset_find(l.rs, "R");
    assert_string_equal(r->desc, "new");
    assert_string_equal(r->output, "o more");
    assert_string_equal(r->condition, "evt.type=open and proc.name=x");
    assert_int_equal(r->priority, SK_ERROR);
    assert_int_equal(r->ntags, 2);
    assert_string_equal(r->tags[0], "a");
    assert_false(r->enabled);
}

static void text_is_appended_flat_without_parentheses(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(
        &l,
        "- macro: m\n  condition: evt.type=open\n"
        "- macro: m\n  condition: or proc.name=x\n  override: {condition: append}\n" RULE(
            "R",
            "m and proc.pname=a") "- rule: R\n  condition: or proc.pname=y\n  override: {condition: append}\n");
    assert_compiles_to(
        &l, "R", "(((evt.type = open or proc.name = x) and proc.pname = a) or proc.pname = y)");
}

static void a_replace_of_nothing_is_a_definition_for_lists_and_macros_only(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(
        &l, "- list: n\n  items: [x]\n  override: {items: replace}\n"
            "- macro: m\n  condition: proc.name in (n)\n  override: {condition: replace}\n" RULE(
                "R", "evt.type=open and m"));
    assert_compiles_to(&l, "R", "(evt.type = open and proc.name in (x))");
    assert_refused(&l, "- rule: S\n  desc: x\n  override: {desc: replace}\n", "LOAD_ERR_VALIDATE",
                   "An 'override.<key>: replace' to a rule was requested but no rule by that name "
                   "already exists");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_overridden_is_refused),
        cmocka_unit_test(the_place_of_a_bad_key_is_the_key),
        cmocka_unit_test(appends_come_before_replaces),
        cmocka_unit_test(text_is_appended_flat_without_parentheses),
        cmocka_unit_test(a_replace_of_nothing_is_a_definition_for_lists_and_macros_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
