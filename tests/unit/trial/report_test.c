/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/trial/bench.h"

static char wrong[] = "x < y\n \x1b[1m\xff\n";
static struct sk_trial_result results[] = {
    {.file = "a.yaml", .name = "one #2 \\", .at = {NULL, 3, 5}, .ok = true},
    {.file = "b<\"&>'.yaml", .name = "two\ttabs", .at = {NULL, 7, 1}, .message = wrong},
};

static struct sk_trial two(const char *missing)
{
    struct sk_trial t = {.result = results, .n = 2, .failed = 1, .parts = 4, .covered = 3};

    t.missing = SK_BUF(4096);
    sk_buf_addz(&t.missing, missing);
    return t;
}

static void tap_has_a_line_a_case_and_why(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_trial t = two("a.yaml:1:2: rule 'R': never true: x\n");

    (void)state;
    sk_trial_tap(&t, false, &out);
    assert_string_equal(
        out.p, "TAP version 13\n1..2\nok 1 - one \\#2 \\\\\nnot ok 2 - two tabs\n  ---\n"
               "  at: 'b<\"&>''.yaml:7:1'\n  message: |\n    x < y\n     ?[1m\xff\n  ...\n"
               "# 2 tests, 1 failed\n# coverage: 3 of 4 outcomes of the conditions' parts were "
               "seen; --coverage lists the others\n");
    sk_buf_reset(&out);
    sk_trial_tap(&t, true, &out);
    assert_non_null(strstr(out.p, "parts were seen\n#   a.yaml:1:2: rule 'R': never true: x\n"));
    sk_buf_done(&t.missing);
}

static void junit_is_well_formed_whatever_the_texts_are(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_trial t = two("a & b\n");

    (void)state;
    sk_trial_junit(&t, true, &out);
    assert_string_equal(
        out.p,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"2\" failures=\"1\">\n"
        "<testsuite name=\"saker test\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
        "<testcase classname=\"a.yaml\" name=\"one #2 \\\" file=\"a.yaml\" line=\"3\"/>\n"
        "<testcase classname=\"b&lt;&quot;&amp;&gt;'.yaml\" name=\"two\ttabs\" "
        "file=\"b&lt;&quot;&amp;&gt;'.yaml\" line=\"7\"><failure>x &lt; y\n ?[1m\xef\xbf\xbd\n</failure>"
        "</testcase>\n<system-out># 2 tests, 1 failed\n# coverage: 3 of 4 outcomes of the "
        "conditions' parts were seen\n#   a &amp; b\n</system-out>\n</testsuite>\n"
        "</testsuites>\n");
    sk_buf_done(&t.missing);
}

static void no_case_at_all_is_a_report_too(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_trial t = {0};

    (void)state;
    sk_trial_tap(&t, true, &out);
    assert_string_equal(out.p, "TAP version 13\n1..0\n# 0 tests, 0 failed\n# coverage: 0 of 0 "
                               "outcomes of the conditions' parts were seen\n");
}

static void coverage(struct bench *b, struct sk_trial *t)
{
    *t = (struct sk_trial){0};
    assert_int_equal(sk_run_coverage(&b->r, t), 0);
}

static void parts_that_were_not_seen_are_listed_with_their_places(void **state)
{
    sk_auto(bench) struct bench *b =
        bench_new(RULE("R", "evt.type=openat and fd.name=/a and (proc.name=x or proc.name=y)"), "",
                  "    expect: [R]\n");
    struct sk_trial t;

    (void)state;
    coverage(b, &t);
    assert_int_equal(t.parts, 7); /* the type cannot be false where the rule looks */
    assert_int_equal(t.covered, 0);
    assert_string_equal(t.missing.p, "r.yaml:3:14: rule 'R': never reached: and\n");
    sk_trial_done(&t);
    assert_int_equal(bench_event(b, "evt.type: openat, fd.name: /b"), 0);
    coverage(b, &t);
    assert_string_equal(t.missing.p, "r.yaml:3:34: rule 'R': never true: fd.name = /a\n"
                                     "r.yaml:3:50: rule 'R': never reached: or\n");
    sk_trial_done(&t);
    assert_int_equal(bench_event(b, "evt.type: openat, fd.name: /a, proc.name: x"), 0);
    coverage(b, &t);
    assert_string_equal(t.missing.p, "r.yaml:3:50: rule 'R': never false: proc.name = x\n"
                                     "r.yaml:3:65: rule 'R': never reached: proc.name = y\n");
    sk_trial_done(&t);
    assert_int_equal(bench_event(b, "evt.type: openat, fd.name: /a, proc.name: y"), 0);
    assert_int_equal(bench_event(b, "evt.type: openat, fd.name: /a, proc.name: z"), 0);
    coverage(b, &t);
    assert_null(t.missing.p);
    assert_int_equal(t.covered, t.parts);
    sk_trial_done(&t);
}

static void a_macro_is_one_code_wherever_it_is_put_in(void **state)
{
    sk_auto(bench) struct bench *b = bench_new(
        "- macro: m\n  condition: (fd.name=/a or fd.name=/b)\n" RULE("R", "evt.type=openat and m")
            RULE("S", "evt.type=open and m"),
        "", "    others: forbid\n    expect: [R]\n");
    struct sk_trial t;

    (void)state;
    coverage(b, &t);
    assert_int_equal(t.parts, 6);
    sk_trial_done(&t);
    assert_int_equal(bench_event(b, "evt.type: openat, fd.name: /a"), 0);
    assert_int_equal(bench_event(b, "evt.type: open, fd.name: /b"), 0);
    assert_int_equal(bench_event(b, "evt.type: open, fd.name: /c"), 0);
    coverage(b, &t);
    assert_int_equal(t.covered, 6);
    assert_null(t.missing.p);
    sk_trial_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tap_has_a_line_a_case_and_why),
        cmocka_unit_test(junit_is_well_formed_whatever_the_texts_are),
        cmocka_unit_test(no_case_at_all_is_a_report_too),
        cmocka_unit_test(parts_that_were_not_seen_are_listed_with_their_places),
        cmocka_unit_test(a_macro_is_one_code_wherever_it_is_put_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
