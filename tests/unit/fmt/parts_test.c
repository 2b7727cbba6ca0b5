/* SPDX-License-Identifier: Apache-2.0 */
#include "fmt/parts.h"

#include "tests/unit/field/world.h"

static struct sk_format *compile(const char *text)
{
    struct sk_format *f = NULL;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000);

    if (sk_format_compile(sk_str(text), &f, &err))
        fail_msg("%s: %s", text, err.p);
    return f;
}

static void an_internal_message_is_its_line_and_its_json(void **state)
{
    static const struct sk_alert_kv kv[] = {{"n", "3"}};
    const struct sk_alert_note note = {
        .ts_ns = WORLD_TS, .priority = SK_DEBUG, .rule = "R", .message = "M", .kv = kv, .nkv = 1};
    struct sk_alert_options opt = {.hostname = "h", .parts_line = SK_FORM_TEXT};
    sk_auto(buf) struct sk_buf out = SK_BUF(1000);

    (void)state;
    sk_parts_note(&opt, &note, &out);
    assert_string_equal(out.p,
                        "22:13:20.000000000: Debug M (n=3)\n{\"hostname\":\"h\","
                        "\"output\":\"M\",\"output_fields\":{\"n\":3},\"priority\":\"Debug\","
                        "\"rule\":\"R\",\"source\":\"internal\","
                        "\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
}

static void a_summary_has_the_fields_of_the_first_alert(void **state)
{
    static const char *const tags[] = {"t"};
    struct sk_alert_summary sum = {.rule = "R",
                                   .source = "syscall",
                                   .priority = SK_NOTICE,
                                   .tags = tags,
                                   .ntags = 1,
                                   .message = SK_STR("m"),
                                   .fields = SK_STR("{\"proc.pid\":10}"),
                                   .count = 5,
                                   .first_ns = WORLD_TS,
                                   .last_ns = WORLD_TS};
    struct sk_alert_options opt = {.hostname = "h", .parts_line = SK_FORM_TEXT};
    sk_auto(buf) struct sk_buf out = SK_BUF(1000);

    (void)state;
    sk_parts_summary(&opt, &sum, &out);
    assert_string_equal(out.p,
                        "22:13:20.000000000: Notice m (5 more between 22:13:20.000000000 and "
                        "22:13:20.000000000)\n{\"hostname\":\"h\",\"source\":\"syscall\","
                        "\"tags\":[\"t\"],\"output_fields\":{\"proc.pid\":10}}");
}

static void fields_are_texts_whatever_the_options_leave_out(void **state)
{
    static const char *const tags[] = {"t1", "t2"};
    struct sk_alert_options opt = {.hostname = "h", .parts_line = SK_FORM_TEXT};
    sk_auto(buf) struct sk_buf out = SK_BUF(4096), err = SK_BUF(1000);
    sk_auto(format) struct sk_format *format = NULL, *extra = NULL;
    struct sk_task_info task = world_task(10, 1, "cat");
    struct sk_field_ref pid;
    struct world *w = *state;

    world_add(w, &task);
    world_event(w, 10);
    format = compile("%proc.name %proc.aname[5] %proc.pid %evt.time");
    extra = compile("<%proc.name>");
    assert_int_equal(sk_field_parse(SK_STR("proc.pid"), w->mem, &pid, &err), 0);
    const struct sk_extra list[] = {{.key = "a", .format = extra}, {.key = "b", .raw = &pid}};
    const struct sk_alert_rule rule = {.name = "R",
                                       .source = "syscall",
                                       .priority = SK_NOTICE,
                                       .format = format,
                                       .tags = tags,
                                       .ntags = 2,
                                       .extra = list,
                                       .nextra = 2};
    sk_parts_write(&opt, &rule, &w->cx, &out);
    assert_string_equal(out.p,
                        "22:13:20.000000000: Notice cat <NA> 10 22:13:20.000000000\n"
                        "{\"hostname\":\"h\",\"source\":\"syscall\",\"tags\":[\"t1\",\"t2\"],"
                        "\"output_fields\":{\"evt.time\":\"22:13:20.000000000\","
                        "\"proc.aname[5]\":\"<NA>\",\"proc.name\":\"cat\",\"proc.pid\":\"10\","
                        "\"a\":\"<cat>\",\"b\":\"10\"}}");
    sk_buf_reset(&out);
    opt.parts_line = SK_FORM_JSON;
    sk_parts_write(&opt, &rule, &w->cx, &out);
    assert_true(sk_str_starts(sk_buf_str(&out), SK_STR("{\"hostname\":\"h\",\"priority\":")));
    assert_non_null(strstr(out.p, "Z\"}\n{\"hostname\""));
    out = (sk_buf_done(&out), SK_BUF(100));
    sk_parts_write(&opt, &rule, &w->cx, &out);
    assert_true(out.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_internal_message_is_its_line_and_its_json),
        cmocka_unit_test(a_summary_has_the_fields_of_the_first_alert),
        cmocka_unit_test_setup_teardown(fields_are_texts_whatever_the_options_leave_out,
                                        world_setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
