/* SPDX-License-Identifier: Apache-2.0 */
/* Golden lines: what consumers of alerts parse. */
#include "fmt/alert.h"

#include "tests/unit/field/world.h"

struct alert {
    struct sk_format *format;
    struct sk_alert_rule rule;
    struct sk_alert_options opt;
    struct sk_buf out;
};

static struct sk_format *compile(const char *text)
{
    struct sk_format *f = NULL;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000);

    if (sk_format_compile(sk_str(text), &f, &err))
        fail_msg("%s: %s", text, err.p);
    return f;
}

static void start(struct world *w, struct alert *a, const char *format, bool json)
{
    static const char *const tags[] = {"zeta", "alpha", "zeta"};
    struct sk_task_info task = world_task(10, 1, "cat");

    task.args = (struct sk_str){"a\"b\n\0", 5};
    world_add(w, &task);
    world_event(w, 10);
    *a = (struct alert){
        .format = compile(format),
        .opt = {.form = json ? SK_FORM_JSON : SK_FORM_TEXT,
                .include_output = true,
                .include_fields = true,
                .include_tags = true,
                .hostname = "host1"},
        .out = SK_BUF(65536),
    };
    a->rule = (struct sk_alert_rule){.name = "A \"rule\"",
                                     .source = "syscall",
                                     .priority = SK_INFO,
                                     .tags = tags,
                                     .ntags = 3,
                                     .format = a->format};
}

static void writes(struct world *w, struct alert *a, const char *want)
{
    sk_buf_reset(&a->out);
    sk_alert_write(&a->opt, &a->rule, &w->cx, &a->out);
    assert_string_equal(a->out.p, want);
}

static void done(struct alert *a)
{
    sk_format_free(a->format);
    sk_buf_done(&a->out);
}

static void a_line_that_does_not_fit_is_marked(void **state)
{
    struct world *w = *state;
    struct alert a;

    start(w, &a, "%proc.name", true);
    a.out.max = 40;
    sk_alert_write(&a.opt, &a.rule, &w->cx, &a.out);
    assert_true(a.out.failed);
    done(&a);
}

static void text_is_one_escaped_line(void **state)
{
    struct world *w = *state;
    struct alert a;

    start(w, &a, "%proc.name read %proc.args \\ %proc.aname[9]", false);
    writes(w, &a, "22:13:20.000000000: Informational cat read a\\\"b\\n \\\\ <NA>");
    a.opt.iso_time = true;
    writes(w, &a, "2023-11-14T22:13:20.000000000+0000: Informational cat read a\\\"b\\n \\\\ <NA>");
    done(&a);
}

static void json_has_all_keys_in_order(void **state)
{
    struct world *w = *state;
    struct alert a;

    start(w, &a, "%proc.name %proc.pid %proc.aname[5] %evt.time.iso8601", true);
    a.opt.include_message = true;
    writes(w, &a,
           "{\"hostname\":\"host1\","
           "\"message\":\"cat 10 <NA> 2023-11-14T22:13:20.000000000+0000\","
           "\"output\":\"22:13:20.000000000: Informational cat 10 <NA> "
           "2023-11-14T22:13:20.000000000+0000\","
           "\"output_fields\":{\"evt.time\":1700000000000000000,"
           "\"evt.time.iso8601\":1700000000000000000,\"proc.aname[5]\":null,"
           "\"proc.name\":\"cat\",\"proc.pid\":10},"
           "\"priority\":\"Informational\",\"rule\":\"A \\\"rule\\\"\",\"source\":\"syscall\","
           "\"tags\":[\"alpha\",\"zeta\"],\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
    done(&a);
}

static void parts_of_the_json_can_be_left_out(void **state)
{
    struct world *w = *state;
    struct alert a;

    start(w, &a, "x", true);
    a.opt.include_output = a.opt.include_fields = false;
    a.rule.ntags = 0;
    writes(w, &a,
           "{\"hostname\":\"host1\",\"priority\":\"Informational\",\"rule\":\"A \\\"rule\\\"\","
           "\"source\":\"syscall\",\"tags\":[],\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
    a.opt.include_tags = false;
    a.opt.include_fields = a.opt.iso_time = true;
    writes(w, &a,
           "{\"hostname\":\"host1\","
           "\"output_fields\":{\"evt.time.iso8601\":1700000000000000000},"
           "\"priority\":\"Informational\",\"rule\":\"A \\\"rule\\\"\","
           "\"source\":\"syscall\",\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
    done(&a);
}

static void extra_fields_are_typed_or_formatted_and_not_in_the_text(void **state)
{
    struct world *w = *state;
    struct alert a;
    struct sk_format *extra;
    struct sk_field_ref pid;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000);
    struct sk_extra list[2];

    start(w, &a, "%proc.name", true);
    extra = compile("<%proc.name>");
    assert_int_equal(sk_field_parse(SK_STR("proc.pid"), w->mem, &pid, &err), 0);
    list[0] = (struct sk_extra){.key = "proc.pid", .raw = &pid};
    list[1] = (struct sk_extra){.key = "a", .format = extra};
    a.rule.extra = list;
    a.rule.nextra = 2;
    a.opt.include_output = a.opt.include_tags = false;
    writes(w, &a,
           "{\"hostname\":\"host1\",\"output_fields\":{\"a\":\"<cat>\","
           "\"evt.time\":1700000000000000000,\"proc.name\":\"cat\",\"proc.pid\":10},"
           "\"priority\":\"Informational\",\"rule\":\"A \\\"rule\\\"\",\"source\":\"syscall\","
           "\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
    a.opt.form = SK_FORM_TEXT;
    writes(w, &a, "22:13:20.000000000: Informational cat");
    sk_format_free(extra);
    done(&a);
}

static void the_id_of_the_alert_is_there_when_it_is_asked_for(void **state)
{
    struct sk_alert_options opt = {.hostname = "h", .id = 4711, .form = SK_FORM_JSON};
    sk_auto(buf) struct sk_buf out = SK_BUF(10000);
    struct world *w = *state;
    struct alert a;

    start(w, &a, "%proc.name", true);
    a.opt.include_fields = a.opt.include_output = a.opt.include_tags = false;
    a.opt.id = UINT64_MAX;
    writes(w, &a,
           "{\"hostname\":\"host1\",\"id\":18446744073709551615,\"priority\":\"Informational\","
           "\"rule\":\"A \\\"rule\\\"\",\"source\":\"syscall\","
           "\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
    done(&a);
    sk_alert_internal(&opt, WORLD_TS, SK_DEBUG, "R", "M", NULL, 0, &out);
    assert_string_equal(out.p,
                        "{\"hostname\":\"h\",\"id\":4711,\"output\":\"M\",\"output_fields\":{},"
                        "\"priority\":\"Debug\",\"rule\":\"R\",\"source\":\"internal\","
                        "\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
}

static void internal_messages_have_their_own_shape(void **state)
{
    static const struct sk_alert_kv kv[] = {{"ebpf_enabled", "\"1\""}, {"n_drops", "3"}};
    struct sk_alert_options opt = {.hostname = "h", .iso_time = true};
    sk_auto(buf) struct sk_buf out = SK_BUF(10000);

    (void)state;
    sk_alert_internal(&opt, WORLD_TS, SK_DEBUG, "Falco internal: x", "Falco internal: x. 3 y.", kv,
                      2, &out);
    assert_string_equal(out.p, "22:13:20.000000000: Debug Falco internal: x. 3 y. "
                               "(ebpf_enabled=\"1\" n_drops=3)");
    sk_buf_reset(&out);
    opt.form = SK_FORM_JSON;
    sk_alert_internal(&opt, WORLD_TS, SK_DEBUG, "Falco internal: x", "Falco internal: x. 3 y.", kv,
                      2, &out);
    assert_string_equal(
        out.p, "{\"hostname\":\"h\",\"output\":\"Falco internal: x. 3 y.\","
               "\"output_fields\":{\"ebpf_enabled\":\"1\",\"n_drops\":3},\"priority\":\"Debug\","
               "\"rule\":\"Falco internal: x\",\"source\":\"internal\","
               "\"time\":\"2023-11-14T22:13:20.000000000Z\"}");
}

static void the_text_of_an_internal_message_is_one_line_and_its_json_exact(void **state)
{
    struct sk_alert_options opt = {.hostname = "h"};
    sk_auto(buf) struct sk_buf out = SK_BUF(10000);

    (void)state;
    sk_alert_internal(&opt, WORLD_TS, SK_CRITICAL, "R", "1 'a':\n\t\"x\"\r\x1b[2J\n", NULL, 0,
                      &out);
    assert_string_equal(out.p, "22:13:20.000000000: Critical 1 'a':\\n\\t\"x\"\\r\\u001b[2J\\n ()");
    sk_buf_reset(&out);
    opt.form = SK_FORM_JSON;
    sk_alert_internal(&opt, WORLD_TS, SK_CRITICAL, "R", "a\n\t\"x\"\n", NULL, 0, &out);
    assert_non_null(strstr(out.p, "\"output\":\"a\\n\\t\\\"x\\\"\\n\","));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_that_does_not_fit_is_marked, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(the_id_of_the_alert_is_there_when_it_is_asked_for,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(text_is_one_escaped_line, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(json_has_all_keys_in_order, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(parts_of_the_json_can_be_left_out, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(extra_fields_are_typed_or_formatted_and_not_in_the_text,
                                        world_setup, world_teardown),
        cmocka_unit_test(internal_messages_have_their_own_shape),
        cmocka_unit_test(the_text_of_an_internal_message_is_one_line_and_its_json_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
