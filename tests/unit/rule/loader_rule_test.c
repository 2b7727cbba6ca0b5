/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of rules, and the bare `enabled:`. */
#include "loading.h"

static void a_rule_needs_condition_output_description_and_priority(void **state)
{
    static const char *const lines[] = {"condition: evt.type=open", "output: o", "desc: d",
                                        "priority: INFO"};
    static const char *const keys[] = {"condition", "output", "desc", "priority"};

    (void)state;
    for (size_t leave = 0; leave < SK_ARRAY_LEN(keys); leave++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096), want = SK_BUF(4096);

        sk_buf_addz(&b, "- rule: R\n");
        for (size_t i = 0; i < SK_ARRAY_LEN(lines); i++)
            sk_buf_printf(&b, "  %s\n", i == leave ? "enabled: true" : lines[i]);
        sk_buf_printf(&want, "Item has no mapping for key '%s'", keys[leave]);
        assert_int_equal(load(&l, b.p), -EINVAL);
        assert_says(&l, want.p);
        assert_says(&l, "    rule 'R': (r.yaml:0:2)\n");
    }
}

static void priorities_are_read_in_any_case(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l,
                   "- rule: R\n  desc: d\n  condition: evt.type=open\n  output: o\n"
                   "  priority: HIGH\n",
                   "LOAD_ERR_YAML_VALIDATE", "Invalid priority");
    assert_says(&l, "    rule priority: (r.yaml:4:12)\n");
    assert_loads(&l, "- rule: R\n  desc: d\n  condition: evt.type=open\n  output: o\n"
                     "  priority: wArning\n");
    assert_int_equal(sk_ruleset_at(l.rs, 0)->priority, SK_WARNING);
}

static void every_key_reaches_the_rule(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    const struct sk_rule *r;

    (void)state;
    assert_loads(&l, "- rule: R\n  desc: why\n  condition: evt.type=open\n  output: '  out  '\n"
                     "  priority: debug\n  enabled: no\n  tags: [z, a, z]\n  warn_evttypes: false\n"
                     "  skip-if-unknown-filter: true\n  capture: true\n  capture_duration: 0x10\n"
                     "  source: syscall\n");
    assert_string_equal(l.text.p ? strstr(l.text.p, "Warnings:") ? "warned" : "" : "", "");
    r = sk_ruleset_find(l.rs, "R");
    assert_non_null(r);
    assert_string_equal(r->desc, "why");
    assert_string_equal(r->output, "out");
    assert_string_equal(r->output_compiled, "out");
    assert_string_equal(r->condition, "evt.type=open");
    assert_int_equal(r->ntags, 2);
    assert_string_equal(r->tags[0], "a");
    assert_false(r->enabled || r->active || r->warn_evttypes);
    assert_true(r->skip_if_unknown && r->capture);
    assert_int_equal(r->capture_duration_ms, 16);
    assert_int_equal(r->at.line, 1);
    assert_int_equal(r->at.col, 3);
}

static void wrong_types_are_refused(void **state)
{
    static const char *const lines[] = {"enabled: maybe",   "capture_duration: -1", "tags: x",
                                        "warn_evttypes: 2", "source: [a]",          "source: ''"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(lines); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);

        sk_buf_printf(&b, "%s  %s\n", RULE("R", "evt.type=open"), lines[i]);
        assert_int_equal(load(&l, b.p), -EINVAL);
        assert_says(&l, "LOAD_ERR_YAML_VALIDATE");
    }
}

static void enabled_alone_switches_a_rule_that_exists(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "- rule: R\n  enabled: false\n", "LOAD_ERR_VALIDATE",
                   "Rule has 'enabled' key but no rule by that name already exists");
    assert_refused(&l, "- rule: R\n", "LOAD_ERR_YAML_VALIDATE",
                   "Item has no mapping for key 'enabled'");
    assert_loads(&l, RULE("R", "evt.type=open") "- rule: R\n  enabled: false\n");
    assert_says(&l, "The standalone 'enabled' key usage is deprecated.");
    assert_false(sk_ruleset_find(l.rs, "R")->active);
}

static void the_first_of_equal_keys_counts(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open") "  priority: ERROR\n");
    assert_int_equal(sk_ruleset_find(l.rs, "R")->priority, SK_INFO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_needs_condition_output_description_and_priority),
        cmocka_unit_test(priorities_are_read_in_any_case),
        cmocka_unit_test(every_key_reaches_the_rule),
        cmocka_unit_test(wrong_types_are_refused),
        cmocka_unit_test(enabled_alone_switches_a_rule_that_exists),
        cmocka_unit_test(the_first_of_equal_keys_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
