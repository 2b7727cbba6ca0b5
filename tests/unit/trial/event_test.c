/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/trial/bench.h"

#define RULES                                                   \
    RULE("A", "evt.type=openat and fd.name=/a")                 \
    RULE("B", "evt.type=openat and (fd.name=/a or fd.name=/b)") \
    RULE("Off", "evt.type=close and fd.name=/o") "  enabled: false\n"

#define OPEN_A "evt.type: openat, fd.name: /a"
#define OPEN_B "evt.type: openat, fd.name: /b"
#define OPEN_C "evt.type: openat, fd.name: /c"
#define OFF    "evt.type: close, fd.name: /o"

static struct bench *run(const char *rest, const char *const *events, size_t n)
{
    struct bench *b = bench_new(RULES, "", rest);

    for (size_t i = 0; i < n; i++)
        assert_int_equal(bench_event(b, events[i]), 0);
    return b;
}

#define RUN(rest, ...)                              \
    run((rest), (const char *const[]){__VA_ARGS__}, \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void message(const struct bench *b, const char *want)
{
    assert_string_equal(sk_buf_str(&b->r.message).p, want);
}

static void why(const struct bench *b, size_t i, const char *want)
{
    assert_string_equal(sk_buf_str(&b->r.expect[i].why).p, want);
}

static void an_alert_that_is_expected_is_counted(void **state)
{
    sk_auto(bench) struct bench *b = RUN("    expect: [A, B]\n", OPEN_A, OPEN_B, OPEN_A, OPEN_C);

    (void)state;
    message(b, "");
    assert_int_equal(b->r.expect[0].hits, 2);
    assert_int_equal(b->r.expect[1].hits, 3);
}

static void an_alert_that_nobody_named_is_told_with_its_output(void **state)
{
    sk_auto(bench) struct bench *b = RUN("    expect: [A]\n", OPEN_C, OPEN_A);
    sk_auto(bench) struct bench *allowed =
        RUN("    expect: [A]\n    others: allow\n", OPEN_A, OPEN_B);

    (void)state;
    message(b, "rule 'B' fired for event 2, which no 'expect' names: B saw /a\n");
    message(allowed, "");
}

static void a_forbidden_alert_is_told_once(void **state)
{
    sk_auto(bench) struct bench *b = RUN("    forbid: [B]\n", OPEN_B);
    sk_auto(bench) struct bench *other = RUN("    forbid: [{rule: B, output: /x}]\n", OPEN_B);
    sk_auto(bench) struct bench *field =
        RUN("    forbid: [{rule: B, output_fields: {fd.name: /b}}]\n", OPEN_B);

    (void)state;
    message(b, "rule 'B' is forbidden, but fired for event 1: B saw /b\n");
    message(other, "");
    message(field, "rule 'B' is forbidden, but fired for event 1: B saw /b\n");
}

static void a_rule_that_is_off_speaks_where_it_is_named(void **state)
{
    sk_auto(bench) struct bench *silent = RUN("    expect: [A]\n", OFF);
    sk_auto(bench) struct bench *expected = RUN("    expect: ['Off']\n", OFF);
    sk_auto(bench) struct bench *forbidden = RUN("    forbid: ['Off']\n", OFF);

    (void)state;
    message(silent, "");
    message(expected, "");
    assert_int_equal(expected->r.expect[0].hits, 1);
    message(forbidden, "rule 'Off' is forbidden, but fired for event 1: Off saw /o\n");
}

static void an_alert_that_is_not_as_wanted_says_how_it_differs(void **state)
{
    sk_auto(bench) struct bench *b =
        RUN("    expect: [{rule: B, output: saw /a, output_fields: {fd.name: /a, evt.num: 1}}]\n",
            OPEN_B);

    (void)state;
    message(b, "");
    assert_int_equal(b->r.expect[0].hits, 0);
    why(b, 0,
        "it fired, but 'saw /a' does not stand in its output: B saw /b\n"
        "it fired, but fd.name is '/b', not '/a'\n");
}

static void a_silent_rule_says_why(void **state)
{
    sk_auto(bench) struct bench *b = RUN("    expect: [A]\n    others: allow\n", OPEN_C, OPEN_B);
    sk_auto(bench) struct bench *type = RUN("    expect: [A]\n", OFF);
    sk_auto(bench) struct bench *capture = bench_new(RULES, "", "    expect: [A, B]\n");

    (void)state;
    why(b, 0,
        "for event 2 (openat), because of:\n  and: false\n    fd.name = /a: false (fd.name = /b)\n");
    why(type, 0, "");
    capture->r.from_capture = true;
    assert_int_equal(bench_event(capture, OPEN_C), 0);
    assert_int_equal(bench_event(capture, OPEN_B), 0);
    why(capture, 0,
        "for event 1 (openat), because of:\n  and: false\n    fd.name = /a: false (fd.name = /c)\n");
    assert_int_equal(capture->r.expect[1].hits, 1);
}

static void with_first_the_others_are_silent(void **state)
{
    sk_auto(bench) struct bench *b =
        bench_new(RULES, "rule_matching: first\n", "    expect: [A]\n");

    (void)state;
    assert_int_equal(bench_event(b, OPEN_A), 0);
    message(b, "");
    assert_int_equal(b->r.expect[0].hits, 1);
    assert_int_equal(bench_event(b, OPEN_B), 0);
    message(b, "rule 'B' fired for event 2, which no 'expect' names: B saw /b\n");
}

#define ORDERED "    ordered: true\n    others: allow\n    expect: "

static void the_order_of_the_list_is_followed(void **state)
{
    sk_auto(bench) struct bench *right = RUN(ORDERED "['Off', A]\n", OFF, OFF, OPEN_A, OFF);
    sk_auto(bench) struct bench *wrong = RUN(ORDERED "['Off', A]\n", OPEN_A, OFF);
    sk_auto(bench) struct bench *again = RUN(ORDERED "['Off', A, 'Off']\n", OFF, OPEN_A, OFF);
    sk_auto(bench) struct bench *less = RUN(ORDERED "['Off', A, 'Off']\n", OFF, OPEN_A);
    sk_auto(bench) struct bench *once = RUN(ORDERED "['Off', 'Off']\n", OFF);

    (void)state;
    assert_false(right->r.out_of_order);
    assert_int_equal(right->r.next, 2);
    assert_true(wrong->r.out_of_order);
    assert_false(again->r.out_of_order);
    assert_int_equal(again->r.next, 3);
    assert_int_equal(less->r.next, 2);
    assert_int_equal(once->r.next, 1);
}

static void a_contradiction_of_program_and_parts_ends_the_run(void **state)
{
    sk_auto(bench) struct bench *b = bench_new(RULES, "", "    expect: [A]\n");

    (void)state;
    b->r.why[0]->node[0].kind = SK_WHY_OR;
    assert_int_equal(bench_event(b, OPEN_C), -EPROTO);
    assert_string_equal(
        sk_diag_text(b->dg, SK_DIAG_ERROR),
        "x.tests.yaml:2:5: rule 'A', event 1: Saker contradicts itself, its program "
        "says false and the parts say true; please report this\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_that_is_expected_is_counted),
        cmocka_unit_test(an_alert_that_nobody_named_is_told_with_its_output),
        cmocka_unit_test(a_forbidden_alert_is_told_once),
        cmocka_unit_test(a_rule_that_is_off_speaks_where_it_is_named),
        cmocka_unit_test(an_alert_that_is_not_as_wanted_says_how_it_differs),
        cmocka_unit_test(a_silent_rule_says_why),
        cmocka_unit_test(with_first_the_others_are_silent),
        cmocka_unit_test(the_order_of_the_list_is_followed),
        cmocka_unit_test(a_contradiction_of_program_and_parts_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
