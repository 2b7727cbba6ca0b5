/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs, conditions, unknown fields, event types. */
#include "loading.h"

static void a_bad_output_is_refused(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l,
                   "- rule: R\n  desc: d\n  condition: evt.type=open\n  output: hit %bad\n"
                   "  priority: INFO\n",
                   "LOAD_ERR_COMPILE_OUTPUT", "unknown filter: unexpected token after '");
    assert_says(&l, "    rule output: (r.yaml:3:10)\n");
}

static void the_output_is_checked_before_the_condition(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, "- rule: R\n  desc: d\n  condition: no.such=1\n  output: hit %bad\n"
                              "  priority: INFO\n"),
                     -EINVAL);
    assert_says(&l, "LOAD_ERR_COMPILE_OUTPUT");
}

static void the_place_of_an_unknown_field_is_the_field(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, RULE("R1", "evt.type=open and proc.nme=x")), -EINVAL);
    assert_string_equal(
        l.text.p,
        "r.yaml: Invalid\n1 Errors:\nIn rules content: (r.yaml:0:0)\n"
        "    rule 'R1': (r.yaml:0:2)\n    rule condition: (r.yaml:2:13)\n"
        "    condition expression: (\"evt.type=open and...\":3:32)\n------\n"
        "evt.type=open and proc.nme=x\n                  ^\n------\n"
        "LOAD_ERR_COMPILE_CONDITION (Error compiling condition): filter_check called with "
        "nonexistent field proc.nme\n\n");
}

static void rules_that_may_skip_unknown_things_are_left_out(void **state)
{
    static const char *const conditions[] = {"evt.type=open and proc.nobody=x",
                                             "evt.type=no_such_event"};
    static const char *const messages[] = {"filter_check called with nonexistent field proc.nobody",
                                           "unknown event type no_such_event"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(conditions); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);

        sk_buf_printf(&b,
                      "- rule: R\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n"
                      "  skip-if-unknown-filter: true\n",
                      conditions[i]);
        assert_loads(&l, b.p);
        assert_says(&l, "LOAD_UNKNOWN_FILTER");
        assert_says(&l, messages[i]);
        assert_int_equal(sk_ruleset_count(l.rs), 0);
    }
}

static void skipping_does_not_hide_a_syntax_error(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(
        &l, RULE("R", "evt.type=open and and proc.name=x") "  skip-if-unknown-filter: true\n",
        "LOAD_ERR_COMPILE_CONDITION", "unexpected token after 'and', expecting 'or', 'and'");
}

static void a_bad_output_may_be_skipped_too(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- rule: R\n  desc: d\n  condition: evt.type=open\n  output: hit %bad\n"
                     "  priority: INFO\n  skip-if-unknown-filter: true\n");
    assert_says(&l, "LOAD_UNKNOWN_FILTER");
}

static void container_info_disappears_with_a_warning(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- rule: R\n  desc: d\n  condition: evt.type=open\n"
                     "  output: a %container.info b %container.info\n  priority: INFO\n");
    assert_string_equal(sk_ruleset_find(l.rs, "R")->output_compiled, "a  b ");
    assert_says(&l,
                "%container.info is deprecated and no more useful, and will be dropped by Falco "
                "1.0.0. ");
    assert_int_equal(sk_report_warnings(l.report), 1);
}

static void outputs_are_appended_to_the_rules_that_match(void **state)
{
    static const char *const tags[] = {"t"};
    static struct sk_extra_field extra[] = {{.key = "k", .format = "%bad", .raw = true}};
    static const struct sk_append_output append[] = {
        {.extra_output = "all"},
        {.rule = "A", .extra_output = "one"},
        {.source = "other", .extra_output = "never"},
        {.tags = tags, .ntags = 1, .extra_output = "tagged", .extra_fields = extra, .nextra = 1},
    };
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.append_outputs = append;
    l.opt.nappend = SK_ARRAY_LEN(append);
    assert_loads(&l, RULE("A", "evt.type=open") RULE("B", "evt.type=open") "  tags: [s, t]\n");
    assert_string_equal(sk_ruleset_find(l.rs, "A")->output_compiled, "o all one");
    assert_string_equal(sk_ruleset_find(l.rs, "A")->output, "o");
    assert_string_equal(sk_ruleset_find(l.rs, "B")->output_compiled, "o all tagged");
    assert_int_equal(sk_ruleset_find(l.rs, "B")->nappended, 2);
}

static void suggested_fields_stand_where_their_entry_asks_for_them_and_once(void **state)
{
    static const struct sk_append_output append[] = {
        {.extra_output = "x=1"},
        {.extra_output = "y=2", .suggested_output = true},
        {.extra_output = "z=3", .suggested_output = true}};
    static const struct sk_field made[] = {
        {.name = "static.a", .name_n = 8, .type = SK_T_CHARBUF, .flags = SK_FF_SUGGESTED}};
    static const struct sk_field_set set = {made, 1};
    sk_auto(loading) struct loading l = loading_new();
    const char *out;

    (void)state;
    l.opt.fields = &set;
    l.opt.append_outputs = append;
    l.opt.nappend = SK_ARRAY_LEN(append);
    assert_loads(&l, RULE("A", "evt.type=open"));
    out = sk_ruleset_find(l.rs, "A")->output_compiled;
    assert_ptr_equal(strstr(out, "o x=1 y=2 static_a=%static.a container_id=%container.id "), out);
    assert_string_equal(out + strlen(out) - 24, "ns_name=%k8s.ns.name z=3");
}

static void conditions_for_too_many_events_are_warned_of(void **state)
{
    static const struct {
        const char *cond;
        bool warned;
    } cases[] = {
        {"proc.name=cat", true},
        {"not evt.type=open", true},
        {"evt.type=open", false},
        {"evt.num=0", false},
        {"evt.type=open and evt.type=close", false},
        {"evt.type=open or proc.name=x", true},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);

        sk_buf_printf(&b, "- rule: R\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n",
                      cases[i].cond);
        assert_loads(&l, b.p);
        if (cases[i].warned)
            assert_says(&l, "LOAD_NO_EVTTYPE");
        else
            assert_silent(&l, "LOAD_NO_EVTTYPE");
        sk_buf_addz(&b, "  warn_evttypes: false\n");
        assert_loads(&l, b.p);
        assert_silent(&l, "LOAD_NO_EVTTYPE");
    }
}

static void warnings_of_the_filter_compiler_are_passed_on(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open and proc.name = proc.pname"));
    assert_says(&l,
                "LOAD_COMPILE_CONDITION (Warning in rule condition): 'proc.pname' may be a valid "
                "field misused as a const string value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_output_is_refused),
        cmocka_unit_test(the_output_is_checked_before_the_condition),
        cmocka_unit_test(the_place_of_an_unknown_field_is_the_field),
        cmocka_unit_test(rules_that_may_skip_unknown_things_are_left_out),
        cmocka_unit_test(skipping_does_not_hide_a_syntax_error),
        cmocka_unit_test(a_bad_output_may_be_skipped_too),
        cmocka_unit_test(container_info_disappears_with_a_warning),
        cmocka_unit_test(outputs_are_appended_to_the_rules_that_match),
        cmocka_unit_test(suggested_fields_stand_where_their_entry_asks_for_them_and_once),
        cmocka_unit_test(conditions_for_too_many_events_are_warned_of),
        cmocka_unit_test(warnings_of_the_filter_compiler_are_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
