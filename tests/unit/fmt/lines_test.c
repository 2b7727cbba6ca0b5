/* SPDX-License-Identifier: Apache-2.0 */
#include "fmt/lines.h"

#include "tests/unit/field/world.h"

static const struct sk_alert_note note = {
    .ts_ns = WORLD_TS, .priority = SK_DEBUG, .rule = "R", .message = "M"};

static void each_wanted_form_is_written_and_no_other(void **state)
{
    const struct sk_alert_options opt = {.hostname = "h"};
    sk_auto(alert_lines) struct sk_alert_lines l;

    (void)state;
    assert_int_equal(sk_alert_lines_init(&l, 1u << SK_FORM_TEXT | 1u << SK_FORM_JSON, 1000), 0);
    for (int i = 0; i < 2; i++) { /* the second alert is not behind the first */
        sk_alert_lines_note(&opt, &note, &l);
        assert_string_equal(l.line[SK_FORM_TEXT].p, "22:13:20.000000000: Debug M ()");
        assert_true(sk_str_starts(l.line[SK_FORM_JSON], SK_STR("{\"hostname\":\"h\",\"output\":")));
        assert_null(l.line[SK_FORM_ECS].p);
        assert_false(l.failed);
    }
}

static void an_alert_of_a_rule_too(void **state)
{
    const struct sk_alert_options opt = {.hostname = "h", .include_output = true};
    sk_auto(alert_lines) struct sk_alert_lines l;
    sk_auto(buf) struct sk_buf err = SK_BUF(1000);
    struct sk_task_info task = world_task(10, 1, "cat");
    struct sk_format *format = NULL;
    struct world *w = *state;

    world_add(w, &task);
    world_event(w, 10);
    assert_int_equal(sk_format_compile(SK_STR("%proc.name"), &format, &err), 0);
    const struct sk_alert_rule rule = {
        .name = "R", .source = "syscall", .priority = SK_NOTICE, .format = format};
    assert_int_equal(sk_alert_lines_init(&l, 1u << SK_FORM_TEXT | 1u << SK_FORM_JSON, 1000), 0);
    sk_alert_lines_write(&opt, &rule, &w->cx, &l);
    assert_string_equal(l.line[SK_FORM_TEXT].p, "22:13:20.000000000: Notice cat");
    assert_non_null(
        strstr(l.line[SK_FORM_JSON].p, "\"output\":\"22:13:20.000000000: Notice cat\""));
    sk_format_free(format);
}

static void a_form_that_does_not_fit_is_marked_until_the_next_alert(void **state)
{
    const struct sk_alert_options opt = {.hostname = "h"};
    struct sk_alert_note longer = note;
    sk_auto(alert_lines) struct sk_alert_lines l;

    (void)state;
    longer.message = "a message that is longer than a line may be";
    assert_int_equal(sk_alert_lines_init(&l, 1u << SK_FORM_TEXT, 40), 0);
    sk_alert_lines_note(&opt, &longer, &l);
    assert_true(l.failed);
    sk_alert_lines_note(&opt, &note, &l);
    assert_false(l.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wanted_form_is_written_and_no_other),
        cmocka_unit_test_setup_teardown(an_alert_of_a_rule_too, world_setup, world_teardown),
        cmocka_unit_test(a_form_that_does_not_fit_is_marked_until_the_next_alert),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
