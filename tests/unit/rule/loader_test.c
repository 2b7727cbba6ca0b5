/* SPDX-License-Identifier: Apache-2.0 */
/* Documents, and files one after the other. */
#include "loading.h"

static void a_file_that_is_no_sequence_is_refused(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "just text", "LOAD_ERR_YAML_VALIDATE", "Rules content is not yaml");
    assert_refused(&l, "foo: bar\n", "LOAD_ERR_YAML_VALIDATE",
                   "Rules content is not yaml array of objects");
    assert_refused(&l, "- x\n", "LOAD_ERR_YAML_VALIDATE",
                   "Unexpected element type. Each element should be a yaml associative array.");
}

static void an_error_of_yaml_has_no_schema_and_names_its_place(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "- rule: [unclosed\n", "LOAD_ERR_YAML_PARSE",
                   "yaml-cpp: error at line 2, column 1: end of sequence flow not found");
    assert_string_equal(sk_report_schema(l.report), "none");
    assert_null(strstr(l.json.p, "schema_valid"));
    assert_says(&l, "    value for: (r.yaml:1:0)\n");
}

static void nothing_is_a_good_file(void **state)
{
    static const char *const texts[] = {"", "\n", "# comment\n", "---\n", "~", "[]"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(texts); i++) {
        sk_auto(loading) struct loading l = loading_new();

        assert_loads(&l, texts[i]);
        assert_string_equal(l.text.p, "r.yaml: Ok");
        assert_int_equal(sk_ruleset_count(l.rs), 0);
    }
}

static void empty_items_are_passed_over(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- \n- null\n" RULE("R", "evt.type=open") "---\n---\n");
    assert_int_equal(sk_ruleset_count(l.rs), 1);
}

static void documents_of_one_file_are_read_in_order(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "---\n- list: a\n  items: [x]\n---\n" RULE("R", "proc.name in (a) and "
                                                                     "evt.type=open"));
    assert_compiles_to(&l, "R", "(proc.name in (x) and evt.type = open)");
}

static void a_file_may_use_what_earlier_files_define(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- macro: m\n  condition: evt.type=open\n");
    assert_says(&l, "LOAD_UNUSED_MACRO");
    assert_loads(&l, RULE("R", "m"));
    assert_silent(&l, "LOAD_UNUSED_MACRO");
    assert_compiles_to(&l, "R", "evt.type = open");
}

static void a_bad_file_leaves_the_rules_of_earlier_ones(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open"));
    assert_int_equal(load(&l, RULE("S", "evt.type=open and nothing")), -EINVAL);
    assert_int_equal(sk_ruleset_count(l.rs), 1);
    assert_non_null(sk_ruleset_find(l.rs, "R"));
    assert_null(sk_ruleset_find(l.rs, "S"));
}

static void the_first_error_ends_the_file(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, "- list: a\n- list: b\n"), -EINVAL);
    assert_int_equal(sk_report_errors(l.report), 1);
}

static void a_condition_of_a_megabyte_loads_or_is_refused_but_never_crashes(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(8u << 20);

    (void)state;
    sk_buf_addz(&b, "- rule: R\n  desc: d\n  output: o\n  priority: INFO\n"
                    "  condition: evt.type=open and proc.name in (a");
    while (b.n < (1u << 20))
        sk_buf_printf(&b, ", name%zu", b.n);
    sk_buf_addz(&b, ")\n");
    assert_int_equal(load_bytes(&l, "r.yaml", sk_buf_str(&b)), 0);
    sk_buf_reset(&b);
    sk_buf_addz(&b, "- macro: m\n  condition: ");
    while (b.n < (1u << 20))
        sk_buf_addc(&b, '(');
    assert_int_equal(load_bytes(&l, "r.yaml", sk_buf_str(&b)), -EINVAL);
    assert_says(&l, "exceeded max depth limit of 1000");
}

static void bytes_of_any_kind_are_a_report(void **state)
{
    static const char junk[] = "- rule: \"\\0\"\n  desc: \"\\x01\"\n  condition: \"evt.type=\\0\"\n"
                               "  output: \"\\0\"\n  priority: INFO\n";
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, junk), -EINVAL);
    assert_int_equal(load_bytes(&l, "r.yaml", (struct sk_str){"- a\0b: c", 8}), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_no_sequence_is_refused),
        cmocka_unit_test(an_error_of_yaml_has_no_schema_and_names_its_place),
        cmocka_unit_test(nothing_is_a_good_file),
        cmocka_unit_test(empty_items_are_passed_over),
        cmocka_unit_test(documents_of_one_file_are_read_in_order),
        cmocka_unit_test(a_file_may_use_what_earlier_files_define),
        cmocka_unit_test(a_bad_file_leaves_the_rules_of_earlier_ones),
        cmocka_unit_test(the_first_error_ends_the_file),
        cmocka_unit_test(a_condition_of_a_megabyte_loads_or_is_refused_but_never_crashes),
        cmocka_unit_test(bytes_of_any_kind_are_a_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
