/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "tests/unit/test.h"

static void indents(const char *compact, const char *want)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);

    sk_json_indent(sk_str(compact), &out);
    assert_string_equal(sk_buf_str(&out).p, want);
}

static void what_is_inside_stands_on_lines_of_its_own(void **state)
{
    (void)state;
    indents("{\"a\":[1,true],\"b\":{\"c\":null}}",
            "{\n  \"a\": [\n    1,\n    true\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}");
}

static void nothing_inside_stays_together(void **state)
{
    (void)state;
    indents("{\"a\":[],\"b\":{}}", "{\n  \"a\": [],\n  \"b\": {}\n}");
    indents("[]", "[]");
}

static void strings_stay_as_they_are(void **state)
{
    (void)state;
    indents("[\"{,:\\\"[\",\"\\\\\"]", "[\n  \"{,:\\\"[\",\n  \"\\\\\"\n]");
}

static void broken_text_is_not_read_past_its_end(void **state)
{
    (void)state;
    indents("\"abc\\", "\"abc\\");
    indents("]", "\n]");
    indents("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_inside_stands_on_lines_of_its_own),
        cmocka_unit_test(nothing_inside_stays_together),
        cmocka_unit_test(strings_stay_as_they_are),
        cmocka_unit_test(broken_text_is_not_read_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
