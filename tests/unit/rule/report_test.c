/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/report.h"

#include "loading.h"
#include "rule/report_build.h"

static void a_snippet_is_one_line_with_a_caret(void **state)
{
    static const struct {
        const char *text;
        size_t at;
        const char *want;
    } cases[] = {
        {"", 0, "<No context available>\n"},
        {"abc", 1, "abc\n ^\n"},
        {"a\nbcd\ne", 3, "bcd\n ^\n"},
        {"abc\n\n", 99, "abc\n  ^\n"},
        {"\xc3\xa4\xc3\xa4x", 4, "\xc3\xa4\xc3\xa4x\n  ^\n"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);

        sk_report_snippet(sk_str(cases[i].text), cases[i].at, &b);
        assert_string_equal(b.p, cases[i].want);
    }
}

static void a_long_line_is_cut_on_both_sides(void **state)
{
    sk_auto(buf) struct sk_buf text = SK_BUF(4096), b = SK_BUF(4096);

    (void)state;
    for (int i = 0; i < 100; i++)
        sk_buf_addz(&text, "abcd");
    sk_report_snippet(sk_buf_str(&text), 200, &b);
    assert_int_equal(strcspn(b.p, "\n"), 160);
    assert_memory_equal(b.p, "...d", 4);
    assert_memory_equal(b.p + 156, "a...\n", 5);
    assert_string_equal(strchr(b.p, '^'), "^\n");
    assert_int_equal(strchr(b.p, '^') - b.p, 161 + 80);
}

static void the_text_has_schema_then_errors_then_warnings(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, "- foo: 1\n- list: a\"b\n  items: 1\n"), -EINVAL);
    assert_ptr_equal(strstr(l.text.p, "r.yaml: Invalid\n5 Schema warnings:\n------\nfailed for "
                                      "<root>[0]: Object contains a property"),
                     l.text.p);
    assert_says(&l,
                "failed for <root>: Failed to validate item #1 in array.\n------\n\n1 Errors:\n"
                "In rules content: (r.yaml:0:0)\n    list 'a\"b': (r.yaml:1:2)\n"
                "    value for 'items': (r.yaml:2:9)\n------\n  items: 1\n         ^\n------\n"
                "LOAD_ERR_YAML_VALIDATE (Error validating internal structure of YAML file): Value "
                "is not a sequence\n\n2 Warnings:\nIn rules content: (r.yaml:0:0)\n");
    assert_memory_equal(l.text.p + l.text.n - 2, "\n\n", 2);
}

static void json_has_its_keys_in_order(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_int_equal(load(&l, "foo: bar\n"), -EINVAL);
    assert_string_equal(
        l.json.p,
        "{\"errors\":[{\"code\":\"LOAD_ERR_YAML_VALIDATE\",\"codedesc\":\"Error validating internal "
        "structure of YAML file\",\"context\":{\"locations\":[{\"item_name\":\"\",\"item_type\":"
        "\"rules content\",\"position\":{\"column\":0,\"line\":0,\"name\":\"r.yaml\",\"offset\":0}}],"
        "\"snippet\":\"foo: bar\\n^\\n\"},\"message\":\"Rules content is not yaml array of "
        "objects\"}],\"name\":\"r.yaml\",\"schema_valid\":false,\"schema_warnings\":[\"failed for "
        "<root>: Value type not permitted by 'type' constraint.\"],\"successful\":false,"
        "\"warnings\":[]}");
}

static void a_summary_of_a_good_file_is_one_line(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);

    (void)state;
    assert_loads(&l, "- list: l\n  items: []\n");
    sk_report_text(l.report, true, &b);
    assert_string_equal(b.p, "r.yaml: Ok, with warnings");
    assert_ptr_equal(strstr(l.text.p, "r.yaml: Ok, with warnings\n1 Warnings:\n"), l.text.p);
    assert_string_equal(sk_report_name(l.report), "r.yaml");
    assert_int_equal(sk_report_warnings(l.report), 1);
    assert_int_equal(sk_report_errors(l.report), 0);
}

static void warnings_carry_the_long_text_in_json(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- list: l\n  items: []\n");
    assert_non_null(strstr(l.json.p, "\"codedesc\":\"A list is defined in the rules content but is "
                                     "not used by any other list, macro, or rule.\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snippet_is_one_line_with_a_caret),
        cmocka_unit_test(a_long_line_is_cut_on_both_sides),
        cmocka_unit_test(the_text_has_schema_then_errors_then_warnings),
        cmocka_unit_test(json_has_its_keys_in_order),
        cmocka_unit_test(a_summary_of_a_good_file_is_one_line),
        cmocka_unit_test(warnings_carry_the_long_text_in_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
