/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "fmt/lines.h"
#include "tests/unit/test.h"

static const char *const tags[] = {"T1003", "x"};
static const struct sk_alert_summary sum = {
    .rule = "R",
    .source = "syscall",
    .priority = SK_NOTICE,
    .tags = tags,
    .ntags = 2,
    .message = {"a \"b\"", 5},
    .fields = {"{\"proc.name\":\"cat\"}", 19},
    .count = 57,
    .first_ns = 1700000000000000000,
    .last_ns = 1700000060000000000,
};
static struct sk_alert_options opt = {.include_output = true,
                                      .include_message = true,
                                      .include_fields = true,
                                      .include_tags = true,
                                      .id = 9,
                                      .hostname = "h"};

static void text_and_json_are_lines_as_alerts_are(void **state)
{
    sk_auto(alert_lines) struct sk_alert_lines l;

    (void)state;
    assert_int_equal(sk_alert_lines_init(&l, 1u << SK_FORM_TEXT | 1u << SK_FORM_JSON, 100000), 0);
    sk_alert_lines_summary(&opt, &sum, &l);
    assert_string_equal(l.line[SK_FORM_TEXT].p,
                        "22:14:20.000000000: Notice a \\\"b\\\" (57 more between "
                        "22:13:20.000000000 and 22:14:20.000000000)");
    assert_string_equal(
        l.line[SK_FORM_JSON].p,
        "{\"fold\":{\"count\":57,\"first\":\"2023-11-14T22:13:20.000000000Z\",\"last\":"
        "\"2023-11-14T22:14:20.000000000Z\"},\"hostname\":\"h\",\"id\":9,\"message\":\"a \\\"b\\\" "
        "(57 more between 22:13:20.000000000 and 22:14:20.000000000)\",\"output\":"
        "\"22:14:20.000000000: Notice a \\\"b\\\" (57 more between 22:13:20.000000000 and "
        "22:14:20.000000000)\",\"output_fields\":{\"proc.name\":\"cat\"},\"priority\":\"Notice\","
        "\"rule\":\"R\",\"source\":\"syscall\",\"tags\":[\"T1003\",\"x\"],\"time\":"
        "\"2023-11-14T22:14:20.000000000Z\"}");
    opt.iso_time = true;
    sk_alert_lines_summary(&opt, &sum, &l);
    assert_non_null(strstr(l.line[SK_FORM_TEXT].p, "2023-11-14T22:14:20.000000000+0000: Notice"));
    opt.iso_time = false;
}

static void shapes_have_keys_for_number_and_times(void **state)
{
    sk_auto(alert_lines) struct sk_alert_lines l;
    json_t *j;

    (void)state;
    assert_int_equal(sk_alert_lines_init(&l, 1u << SK_FORM_ECS | 1u << SK_FORM_OCSF, 100000), 0);
    sk_alert_lines_summary(&opt, &sum, &l);
    j = json_loads(l.line[SK_FORM_OCSF].p, 0, NULL);
    assert_non_null(j);
    assert_int_equal(json_integer_value(json_object_get(j, "count")), 57);
    assert_int_equal(json_integer_value(json_object_get(j, "start_time")), 1700000000000);
    assert_int_equal(json_integer_value(json_object_get(j, "end_time")), 1700000060000);
    json_decref(j);
    j = json_loads(l.line[SK_FORM_ECS].p, 0, NULL);
    assert_non_null(j);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "saker"), "folded")),
                     57);
    assert_string_equal(json_string_value(json_object_get(json_object_get(j, "event"), "start")),
                        "2023-11-14T22:13:20.000000000Z");
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_json_are_lines_as_alerts_are),
        cmocka_unit_test(shapes_have_keys_for_number_and_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
