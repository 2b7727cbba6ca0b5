/* SPDX-License-Identifier: Apache-2.0 */
#include "trial/suite.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

static int parse(const char *text, struct sk_arena *mem, struct sk_suite *out, struct sk_diag *dg)
{
    return sk_suite_parse("dir/x.tests.yaml", sk_str(text), mem, out, dg);
}

static void refused(const char *text, const char *message)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(4u << 20);
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

static void every_key_has_its_kind_of_value(void **state)
{
    (void)state;
    refused(ONE("    capture: a\n    ordered: yes\n"),
            "dir/x.tests.yaml:4:14: 'ordered' must be true or false");
    refused(ONE("    capture: [a]\n"), "3:14: 'capture' must be a text");
    refused(ONE("    capture: ''\n"), "3:14: 'capture' must be a text");
    refused("tests:\n  - name: {}\n    capture: a\n", "2:11: 'name' must be a text");
    refused(ONE("    capture: a\n    expect: {rule: r}\n"), "'expect' must be a list of alerts");
    refused(ONE("    capture: a\n    expect: [[r]]\n"), "4:14: an alert must be a map");
    refused(ONE("    capture: a\n    expect: [{rule: []}]\n"), "'rule' must be a text");
    refused(ONE("    capture: a\n    expect: [{rule: r, output: {}}]\n"), "'output' must be");
    refused(ONE("    capture: a\n    expect: [{rule: r, typo: 1}]\n"),
            "4:24: unknown key 'typo' in an alert");
    refused(ONE("    capture: a\n    expect: [{rule: r, output_fields: {no.such: 1}}]\n"),
            "4:40: there is no field 'no.such'");
    refused(ONE("    events: [{proc.args: [a, [b]]}]\n"),
            "3:30: 'proc.args': the elements of a list must be texts");
    refused(ONE("    events: [open]\n"), "3:14: a map of fields and values is expected");
    refused(ONE("    events: {}\n"), "'events' must be a list of 1 to 10000 events");
    refused("common: []\ntests: []\n", "1:9: 'common' must be a map of named sets of fields");
    refused("common: {a: {no.such: 1}}\ntests: []\n", "1:14: there is no field 'no.such'");
    refused("tests: []\n", "1:8: 'tests' must be a list of tests");
    refused("tests: a\n", "'tests' must be a list of tests");
    refused("tests: [a]\n", "1:9: a test must be a map");
    refused("rules: []\ntests: []\n", "1:8: 'rules' must name rules files");
    refused("rules: [[a]]\ntests: []\n", "1:9: 'rules' must be a text");
    refused("rule_matching: [all]\ntests: []\n", "'rule_matching' must be all or first");
}

/* Appends `n` texts to a flow list or map that is open. */
static void many(struct sk_buf *b, size_t n, const char *format)
{
    for (size_t i = 0; i < n; i++)
        sk_buf_printf(b, format, i);
}

static void what_is_too_much_is_refused(void **state)
{
    sk_auto(buf) struct sk_buf fields = SK_BUF(1u << 20), events = SK_BUF(1u << 20),
                               path = SK_BUF(1u << 20);

    (void)state;
    sk_buf_addz(&fields, ONE("    events: [{"));
    many(&fields, SK_SUITE_FIELDS + 1, "'proc.aname[%zu]': a, ");
    sk_buf_addz(&fields, "}]\n");
    refused(fields.p, "more than 256 fields");
    sk_buf_addz(&events, ONE("    events: ["));
    many(&events, 10001, "{}, ");
    sk_buf_addz(&events, "]\n");
    refused(events.p, "'events' must be a list of 1 to 10000 events");
    sk_buf_addz(&path, ONE("    capture: "));
    many(&path, 1000, "%05zu");
    sk_buf_addz(&path, "\n");
    refused(path.p, "3:14: 'capture' is too long");
}

static void alerts_are_names_or_maps(void **state)
{
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_trial_case *c;
    struct sk_suite s;

    (void)state;
    assert_int_equal(
        parse("rule_matching: first\n" ONE(
                  "    capture: a\n    ordered: true\n    expect: one\n    others: forbid\n"
                  "    forbid: [two, {rule: three, output: x, output_fields: {proc.name: y}}]\n"
                  "  - name: b\n    capture: c\n    others: allow\n    forbid: [one]\n"
                  "    expect: [{rule: r, count: 7}]\n"),
              mem, &s, dg),
        0);
    assert_true(s.match_first);
    assert_int_equal(s.n, 2);
    c = &s.test[0];
    assert_true(c->ordered);
    assert_false(c->others_allowed);
    assert_int_equal(c->nexpect, 1);
    assert_string_equal(c->expect[0].rule, "one");
    assert_int_equal(c->expect[0].count, 0);
    assert_int_equal(c->expect[0].at.line, 6);
    assert_int_equal(c->nforbid, 2);
    assert_string_equal(c->forbid[0].rule, "two");
    assert_null(c->forbid[0].output);
    assert_string_equal(c->forbid[1].output, "x");
    assert_int_equal(c->forbid[1].nfields, 1);
    assert_string_equal(c->forbid[1].field[0].value->text, "y");
    assert_false(s.test[1].ordered);
    assert_true(s.test[1].others_allowed);
    assert_int_equal(s.test[1].expect[0].count, 7);
    assert_int_equal(parse(ONE("    capture: a\n"), mem, &s, dg), 0);
    assert_false(s.match_first);
}

static void a_full_arena_is_an_error_without_a_suite(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    bool fits = false;

    (void)state;
    for (size_t max = 64; !fits; max += 64) {
        sk_auto(arena) struct sk_arena *mem = sk_arena_new(max);
        struct sk_suite s = {.n = 77};
        int rc = parse("common: {a: {evt.type: open}}\n" ONE("    events: [{proc.name: y}]\n"
                                                             "    expect: [{rule: r, count: 1}]\n"),
                       mem, &s, dg);

        fits = rc == 0;
        if (fits)
            continue;
        assert_int_equal(rc, -ENOMEM);
        assert_int_equal(s.n, 77);
    }
}

/* A folder whose name looks like a tests file, with two files in it. */
static void the_file_beside_is_found_by_its_name(void **state)
{
    char dir[] = "/tmp/sk_suite.tests.dXXXXXX", rules[64], tests[64], alone[64];
    const char *const all[] = {rules, tests, alone};
    static const char *const texts[] = {"- list: l\n  items: []\n", ONE("    capture: c\n"),
                                        "- list: l\n  items: []\n"};
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_suite s;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(rules, sizeof(rules), "%s/r.yaml", dir);
    snprintf(tests, sizeof(tests), "%s/r.tests.yaml", dir);
    snprintf(alone, sizeof(alone), "%s/alone", dir);
    for (size_t i = 0; i < SK_ARRAY_LEN(all); i++) {
        FILE *f = fopen(all[i], "w");

        assert_non_null(f);
        assert_true(fputs(texts[i], f) >= 0);
        assert_int_equal(fclose(f), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(sk_suite_load(all[i], mem, &s, dg), 0);
        assert_string_equal(s.file, tests);
        assert_int_equal(s.nrules, 1);
        assert_string_equal(s.rules[0], rules);
    }
    assert_int_equal(sk_suite_load(alone, mem, &s, dg), -ENOENT);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "/alone' has no tests: there is no '"));
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "/alone.tests'\n"));
    assert_int_equal(sk_suite_load(dir, mem, &s, dg), -EISDIR);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "': Is a directory\n"));
    for (size_t i = 0; i < SK_ARRAY_LEN(all); i++)
        assert_int_equal(unlink(all[i]), 0);
    assert_int_equal(sk_suite_load(rules, mem, &s, dg), -ENOENT);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "/r.yaml': No such file"));
    assert_int_equal(rmdir(dir), 0);
}

static void without_the_name_of_a_tests_file_rules_must_be_named(void **state)
{
    static const char *const names[] = {"x.yaml", "a.tests.d/x.yaml", "x.tests", "x.tests.y.yaml"};

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        sk_auto(arena) struct sk_arena *mem = sk_arena_new(1u << 20);
        sk_auto(diag) struct sk_diag *dg = sk_diag_new();
        struct sk_suite s;

        assert_int_equal(sk_suite_parse(names[i], SK_STR(ONE("    capture: a\n")), mem, &s, dg),
                         -EINVAL);
        assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR),
                               ":1:1: 'rules' must name the rules files, because this file is "
                               "not called NAME.tests.yaml\n"));
    }
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
        cmocka_unit_test(every_key_has_its_kind_of_value),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(alerts_are_names_or_maps),
        cmocka_unit_test(a_full_arena_is_an_error_without_a_suite),
        cmocka_unit_test(the_file_beside_is_found_by_its_name),
        cmocka_unit_test(without_the_name_of_a_tests_file_rules_must_be_named),
        cmocka_unit_test(rules_and_captures_are_relative_to_the_file),
        cmocka_unit_test(own_fields_win_over_those_that_are_put_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
