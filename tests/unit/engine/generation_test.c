/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/generation.h"

#include "tests/unit/engine/util.h"

static void rejected(struct fix *f, const char *rules, const char *message)
{
    if (!f->conf)
        conf(f, "");
    assert_int_equal(gen(f, rules), -EINVAL);
    assert_null(f->gen);
    if (!strstr(sk_diag_text(f->dg, SK_DIAG_ERROR), message))
        fail_msg("'%s' is not in: %s", message, sk_diag_text(f->dg, SK_DIAG_ERROR));
}

static void broken_rules_are_an_error_with_the_report(void **state)
{
    struct fix *f = *state;

    rejected(
        f, RULE("A", "evt.type=openat and proc.nobody=cat"),
        "LOAD_ERR_COMPILE_CONDITION (Error compiling condition): filter_check called with nonexistent field "
        "proc.nobody");
    rejected(
        f,
        "- rule: A\n  desc: d\n  condition: evt.type=open\n  output: '%nonsense'\n  priority: INFO\n",
        "LOAD_ERR_COMPILE_OUTPUT");
    rejected(f, "- macro: a\n  condition: a\n" RULE("A", "a"), "macro");
    rejected(f, "rules: [", "LOAD_ERR_YAML_PARSE");
}

static void a_plugin_that_is_missing_comes_before_other_errors(void **state)
{
    struct fix *f = *state;

    rejected(f,
             "- required_plugin_versions:\n  - name: json\n    version: 0.1.0\n" RULE(
                 "A", "json.value = x"),
             "Plugin requirement not satisfied, must load one of: json (>= 0.1.0)");
}

static void a_condition_of_a_megabyte_is_an_answer_not_a_crash(void **state)
{
    struct fix *f = *state;
    sk_auto(buf) struct sk_buf text = SK_BUF(4u << 20);
    int err;

    conf(f, "");
    sk_buf_addz(&text, "- rule: A\n  desc: d\n  condition: evt.type=openat and (");
    while (text.n < 1u << 20)
        sk_buf_addz(&text, "evt.arg.name=/some/path or ");
    sk_buf_addz(&text, "evt.arg.name=/x)\n  output: x\n  priority: INFO\n");
    err = gen(f, text.p);
    if (err)
        assert_string_not_equal(sk_diag_text(f->dg, SK_DIAG_ERROR), "");
    sk_buf_reset(&text);
    sk_buf_addz(&text, "- rule: A\n  desc: d\n  condition: ");
    while (text.n < 1u << 20)
        sk_buf_addc(&text, '(');
    sk_buf_addz(&text, "\n  output: x\n  priority: INFO\n");
    sk_gen_free(SK_TAKE(f->gen));
    rejected(f, text.p, "LOAD_ERR_COMPILE_CONDITION");
}

static void a_configuration_without_rules_files_is_an_error_only_if_it_is_a_file(void **state)
{
    struct fix *f = *state;
    struct sk_conf_input in = {.path = f->path};
    FILE *o = fopen(f->path, "w");

    assert_non_null(o);
    fclose(o);
    assert_int_equal(sk_conf_load(&in, &f->conf, f->dg), 0);
    rejected(f, RULE("A", "evt.type=openat"),
             "You must specify at least one rules file/directory via -r or a rules_file "
             "entry in ");
}

static void selection_is_applied_in_order_and_logged(void **state)
{
    struct fix *f = *state;

    conf(f, "rules: [{disable: {rule: '*'}}, {enable: {rule: B}}]");
    assert_int_equal(gen(f, RULE("A", "evt.type=openat") RULE("B", "evt.type=connect")), 0);
    assert_false(sk_ruleset_find(sk_gen_rules(f->gen), "A")->active);
    assert_true(sk_ruleset_find(sk_gen_rules(f->gen), "B")->active);
    assert_false(sk_event_set_has(sk_gen_events(f->gen), OPENAT_X));
    assert_non_null(
        strstr(log_text, "6 Disabling rules with name: *\n6 Enabling rules with name: B\n"));
}

static void warnings_of_a_file_are_logged(void **state)
{
    struct fix *f = *state;

    conf(f, "");
    assert_int_equal(gen(f, "- list: unused\n  items: [a]\n" RULE("A", "evt.type=openat")), 0);
    assert_non_null(strstr(log_text, "LOAD_UNUSED_LIST"));
    assert_non_null(
        strstr(log_text, "6 Loading rules from:\n6    rules | schema validation: ok\n"));
}

static void outputs_are_appended_and_fields_added(void **state)
{
    struct fix *f = *state;
    struct sk_gen_input in = {.builtin_name = "rules",
                              .builtin = sk_str(RULE("A", "evt.type=openat")),
                              .print = "pid=%proc.pid"};
    const struct sk_alert_rule *a;

    conf(
        f,
        "append_output: [{match: {rule: A}, extra_output: 'on %evt.cpu', extra_fields: [evt.type, {x: '%evt.num'}]}]");
    in.conf = f->conf;
    assert_int_equal(sk_gen_new(&in, &f->gen, f->dg), 0);
    a = sk_gen_alert(f->gen, sk_ruleset_find(sk_gen_rules(f->gen), "A"));
    assert_int_equal(a->nextra, 2);
    assert_non_null(a->extra[0].raw);
    assert_non_null(a->extra[1].format);
    assert_non_null(strstr(sk_ruleset_at(sk_gen_rules(f->gen), 0)->output_compiled,
                           "on %evt.cpu pid=%proc.pid"));
}

static bool has_filter(struct fix *f, const char *conf_text)
{
    bool yes;

    conf(f, conf_text);
    assert_int_equal(gen(f, RULE("A", "evt.type=openat and fd.name=/a")), 0);
    yes = sk_gen_prefilter(f->gen);
    sk_gen_free(SK_TAKE(f->gen));
    sk_conf_free(SK_TAKE(f->conf));
    return yes;
}

static void the_kernel_side_filters_unless_everything_is_wanted(void **state)
{
    struct fix *f = *state;

    assert_true(has_filter(f, ""));
    assert_false(has_filter(f, "engine: {prefilter: false}"));
    assert_false(has_filter(f, "base_syscalls: {all: true}"));
    assert_false(has_filter(f, "capture: {enabled: true}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(broken_rules_are_an_error_with_the_report),
        T(a_plugin_that_is_missing_comes_before_other_errors),
        T(a_condition_of_a_megabyte_is_an_answer_not_a_crash),
        T(a_configuration_without_rules_files_is_an_error_only_if_it_is_a_file),
        T(selection_is_applied_in_order_and_logged),
        T(warnings_of_a_file_are_logged),
        T(the_kernel_side_filters_unless_everything_is_wanted),
        T(outputs_are_appended_and_fields_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
