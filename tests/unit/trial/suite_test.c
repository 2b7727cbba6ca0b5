/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/suite.h"

#include <errno.h>

#include "tests/unit/test.h"

static int parse(const char *text, struct sk_arena *mem, struct sk_suite *out, struct sk_diag *dg)
{
    return sk_suite_parse("dir/x.tests.yaml", sk_str(text), mem, out, dg);
}

static void refused(const char *text, const char *message)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_suite s;

    assert_int_equal(parse(text, mem, &s, dg), -EINVAL);
    if (!strstr(sk_diag_text(dg, SK_DIAG_ERROR), message))
        fail_msg("'%s' is not in: %s", message, sk_diag_text(dg, SK_DIAG_ERROR));
}

#define ONE(rest) "tests:\n  - name: a\n" rest

static void what_is_not_known_is_an_error_with_its_place(void **state)
{
    (void)state;
    refused("test: []\n", "dir/x.tests.yaml:1:1: unknown key 'test' in a tests file");
    refused("- a\n", "a tests file must be a map");
    refused("{}\n", "a tests file needs 'tests'");
    refused(ONE("    event: []\n"), "3:5: unknown key 'event' in a test");
    refused(ONE("    events: [{evt.typo: open}]\n"), "3:15: there is no field 'evt.typo'");
    refused(ONE("    events: [{evt.type: {a: b}}]\n"), "'evt.type' must be a text or a list");
    refused(ONE("    events: []\n"), "'events' must be a list of 1 to");
    refused(ONE("    expect: [r]\n"), "needs 'events' or a 'capture', and not both");
    refused("tests:\n  - capture: a\n", "a test needs a 'name'");
    refused(ONE("    capture: a\n    expect: [{count: 1}]\n"), "needs the name of its 'rule'");
    refused(ONE("    capture: a\n    expect: [{rule: r, count: 0}]\n"), "a number from 1 on");
    refused(ONE("    capture: a\n    forbid: [{rule: r, count: 2}]\n"), "makes no sense");
    refused(ONE("    capture: a\n    others: yes\n"), "'others' must be allow or forbid");
    refused(ONE("    capture: a\n    others: allow\n"), "cannot fail");
    refused(ONE("    capture: a\n    capture: b\n"), "key 'capture' is there twice");
    refused(ONE("    capture: a\n  - name: a\n    capture: b\n"), "two tests are called 'a'");
    refused("rule_matching: some\ntests: []\n", "'rule_matching' must be all or first");
}

static void rules_and_captures_are_relative_to_the_file(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_suite s;

    (void)state;
    assert_int_equal(parse(ONE("    capture: c/a.scap\n"), mem, &s, dg), 0);
    assert_string_equal(s.rules[0], "dir/x.yaml");
    assert_string_equal(s.test[0].capture, "dir/c/a.scap");
    assert_int_equal(parse("rules: [/a, b]\n" ONE("    capture: /c\n"), mem, &s, dg), 0);
    assert_int_equal(s.nrules, 2);
    assert_string_equal(s.rules[0], "/a");
    assert_string_equal(s.rules[1], "dir/b");
    assert_string_equal(s.test[0].capture, "/c");
}

static void own_fields_win_over_those_that_are_put_in(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_suite s;
    const struct sk_trial_event *e;

    (void)state;
    assert_int_equal(
        parse("common:\n  a: &a {proc.name: x, proc.tty: 1}\n  b: &b {<<: *a, proc.tty: 2}\n" ONE(
                  "    events: [{proc.name: y, <<: *b}]\n"),
              mem, &s, dg),
        0);
    e = &s.test[0].event[0];
    assert_int_equal(e->n, 2);
    assert_string_equal(e->given[0].value->text, "y");
    assert_string_equal(e->given[1].value->text, "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_is_an_error_with_its_place),
        cmocka_unit_test(rules_and_captures_are_relative_to_the_file),
        cmocka_unit_test(own_fields_win_over_those_that_are_put_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
