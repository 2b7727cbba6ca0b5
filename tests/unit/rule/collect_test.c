/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions that meet earlier ones. */
#include "loading.h"

static void an_append_needs_something_to_append_to(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(
        &l, "- list: l\n  items: [x]\n  append: true\n", "LOAD_ERR_VALIDATE",
        "List uses 'append' or 'override.items: append' but no list by that name already "
        "exists");
    assert_refused(&l, "- macro: m\n  condition: x\n  override: {condition: append}\n",
                   "LOAD_ERR_VALIDATE",
                   "Macro uses 'append' or 'override.condition: append' but no macro by that name "
                   "already exists");
    assert_refused(
        &l, "- rule: r\n  condition: and x\n  append: true\n", "LOAD_ERR_VALIDATE",
        "Rule uses 'append' or 'override.<key>: append' but no rule by that name already "
        "exists");
    assert_refused(&l, RULE("R", "evt.type=open") "- rule: R\n  append: true\n",
                   "LOAD_ERR_VALIDATE", "Appended rule must have exceptions or condition property");
}

static void a_rule_keeps_its_source(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, RULE("R", "evt.type=open") RULE("R", "evt.type=open") "  source: other\n",
                   "LOAD_ERR_VALIDATE", "Rule has been re-defined with a different source");
    assert_refused(&l,
                   RULE("R", "evt.type=open") "- rule: R\n  condition: and x\n  source: other\n"
                                              "  append: true\n",
                   "LOAD_ERR_VALIDATE", "Rule has been re-defined with a different source");
}

static void an_empty_source_of_an_append_says_nothing(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open") "- rule: R\n  condition: and proc.name=x\n"
                                                "  source: ''\n  append: true\n");
    assert_compiles_to(&l, "R", "(evt.type = open and proc.name = x)");
}

static void defining_again_replaces_all_but_keeps_the_place(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("A", "evt.type=open") "  tags: [x]\n" RULE("B", "evt.type=open")
                         RULE("A", "evt.type=close"));
    assert_int_equal(sk_ruleset_count(l.rs), 2);
    assert_string_equal(sk_ruleset_at(l.rs, 0)->name, "A");
    assert_int_equal(sk_ruleset_at(l.rs, 0)->ntags, 0);
    assert_compiles_to(&l, "A", "evt.type = close");
}

static void append_true_ignores_all_but_condition_and_exceptions(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l,
                 RULE("R", "evt.type=open") "- rule: R\n  condition: and proc.name=x\n"
                                            "  output: other\n  enabled: false\n  append: true\n");
    assert_string_equal(sk_ruleset_find(l.rs, "R")->output, "o");
    assert_true(sk_ruleset_find(l.rs, "R")->enabled);
}

static void a_rule_of_an_unknown_source_is_kept_but_not_compiled(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(
        &l, RULE("R", "no.such.field = 1") "  source: k8s\n"
                                           "- rule: R\n  condition: and more\n  append: true\n");
    assert_says(&l, "LOAD_UNKNOWN_SOURCE (Unknown event source): Unknown source k8s, skipping\n");
    assert_int_equal(sk_ruleset_count(l.rs), 0);
}

static void a_known_source_beside_syscall_is_compiled(void **state)
{
    static const char *const sources[] = {"k8s"};
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.sources = sources;
    l.opt.nsources = 1;
    assert_loads(&l, RULE("R", "evt.num > 0") "  source: k8s\n");
    assert_silent(&l, "LOAD_NO_EVTTYPE");
    assert_int_equal(sk_ruleset_count(l.rs), 1);
}

/* Texts of the items before are not copied each time, and those of a redefinition are not written to. */
static void many_appends_are_one_text_after_the_other(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(1u << 20), want = SK_BUF(1u << 20);

    (void)state;
    sk_buf_addz(&b, RULE("R", "evt.type=open"));
    sk_buf_addz(&want, "(evt.type = open");
    for (int i = 0; i < 50; i++) {
        sk_buf_printf(
            &b, "- rule: R\n  condition: and proc.pid=%d\n  override: {condition: append}\n", i);
        sk_buf_printf(&want, " and proc.pid = %d", i);
    }
    sk_buf_addz(&want, ")");
    assert_loads(&l, b.p);
    assert_compiles_to(&l, "R", want.p);
    assert_loads(
        &l,
        RULE(
            "R",
            "evt.type=close") "- rule: R\n  condition: and proc.pid=1\n  override: {condition: append}\n");
    assert_compiles_to(&l, "R", "(evt.type = close and proc.pid = 1)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_appends_are_one_text_after_the_other),
        cmocka_unit_test(an_append_needs_something_to_append_to),
        cmocka_unit_test(a_rule_keeps_its_source),
        cmocka_unit_test(an_empty_source_of_an_append_says_nothing),
        cmocka_unit_test(defining_again_replaces_all_but_keeps_the_place),
        cmocka_unit_test(append_true_ignores_all_but_condition_and_exceptions),
        cmocka_unit_test(a_rule_of_an_unknown_source_is_kept_but_not_compiled),
        cmocka_unit_test(a_known_source_beside_syscall_is_compiled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
