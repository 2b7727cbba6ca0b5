/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/explaining.h"

#define OPENAT 307
#define HEAD   "- rule: R\n  desc: d\n  output: o %evt.num\n  priority: WARNING\n"

static void tree(struct explaining *x, bool with_values, bool decisive, const char *want)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    sk_why_tree(x->w, with_values ? &x->cx : NULL, decisive, 1, &out);
    assert_string_equal(out.p, want);
}

static void a_description_is_all_about_the_rule(void **state)
{
    sk_auto(explaining) struct explaining *x = explaining_new(
        "- macro: m\n  condition: (evt.num=1 or evt.num=2)\n" HEAD
        "  tags: [z, a]\n  condition: evt.type in (open, openat) and not m and evt.hostname=h\n");
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    (void)state;
    sk_why_describe(x->w, &out);
    assert_string_equal(out.p, "rule:      R\nplace:     f.yaml:3:3\npriority:  Warning\n"
                               "source:    syscall\nenabled:   yes\ntags:      a z\n"
                               "events:    open openat asyncevent\nfields:    evt.type evt.num "
                               "evt.hostname\noutput:    o %evt.num\ncondition:\n"
                               "  and\n    evt.type in (open, openat)\n    not\n      m: or\n"
                               "        evt.num = 1\n        evt.num = 2\n"
                               "    evt.hostname = h\n");
}

static void a_rule_that_is_off_says_by_whom(void **state)
{
    sk_auto(explaining) struct explaining *file =
        explaining_new(HEAD "  condition: evt.type=open\n  enabled: false\n");
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    (void)state;
    sk_why_describe(file->w, &out);
    assert_non_null(strstr(out.p, "\nenabled:   no (enabled: false)\n"));
    sk_buf_reset(&out);
    ((struct sk_rule *)file->w->rule)->enabled = true;
    ((struct sk_rule *)file->w->rule)->active = false;
    sk_why_describe(file->w, &out);
    assert_non_null(strstr(out.p, "\nenabled:   no (by the configuration)\n"));
}

static void the_decisive_parts_are_those_that_made_the_verdict(void **state)
{
    sk_auto(explaining) struct explaining *x = explaining_new(
        HEAD "  condition: evt.type=openat and (evt.hostname=a or evt.num=7) and not "
             "(evt.num=8 or evt.hostname=b)\n");

    (void)state;
    assert_true(explaining_run(x, OPENAT, "c"));
    tree(x, true, true,
         " and: true\n"
         "   evt.type = openat: true (evt.type = openat)\n"
         "   or: true\n"
         "     evt.num = 7: true (evt.num = 7)\n"
         "   not: true\n"
         "     or: false\n"
         "       evt.num = 8: false (evt.num = 7)\n"
         "       evt.hostname = b: false (evt.hostname = c)\n");
    assert_false(explaining_run(x, OPENAT, "b"));
    tree(x, true, true,
         " and: false\n"
         "   not: false\n"
         "     or: true\n"
         "       evt.hostname = b: true (evt.hostname = b)\n");
    tree(x, false, true,
         " and\n"
         "   not\n"
         "     or\n"
         "       evt.hostname = b\n");
    assert_int_equal(sk_why_blame(x->w), 5);
}

static void values_are_shown_as_they_are(void **state)
{
    sk_auto(explaining) struct explaining *x = explaining_new(
        HEAD "  condition: evt.type=openat and toupper(evt.hostname) = val(proc.name)\n");
    sk_auto(explaining) struct explaining *y =
        explaining_new(HEAD "  condition: evt.hostname exists and evt.type=openat\n");

    (void)state;
    (void)explaining_run(x, OPENAT, "abc");
    tree(x, true, false,
         " and: false\n"
         "   evt.type = openat: true (evt.type = openat)\n"
         "   toupper(evt.hostname) = val(proc.name): false (toupper(evt.hostname) = ABC, "
         "evt.hostname = abc, proc.name absent)\n");
    (void)explaining_run(y, OPENAT, "");
    tree(y, true, false,
         " and: true\n"
         "   evt.hostname exists: true (evt.hostname = \"\")\n"
         "   evt.type = openat: true (evt.type = openat)\n");
}

/* `n` letters and a character of two bytes. */
static void shown_of(size_t n, const char *want_end)
{
    sk_auto(explaining) struct explaining *x =
        explaining_new(HEAD "  condition: evt.hostname exists and evt.type=openat\n");
    sk_auto(buf) struct sk_buf host = SK_BUF(4096), out = SK_BUF(65536);
    const char *value;

    for (size_t i = 0; i < n; i++)
        sk_buf_addc(&host, 'a');
    sk_buf_addz(&host, "\xc3\xa9");
    (void)explaining_run(x, OPENAT, host.p);
    sk_why_tree(x->w, &x->cx, false, 0, &out);
    value = strstr(out.p, "evt.hostname = ");
    assert_non_null(value);
    value += strlen("evt.hostname = ") + n - 1;
    if (strncmp(value, want_end, strlen(want_end)))
        fail_msg("'%s' does not begin with '%s'", value, want_end);
}

static void long_values_are_cut_between_characters(void **state)
{
    (void)state;
    shown_of(398, "a\xc3\xa9)\n");
    shown_of(399, "a...)\n");
    shown_of(400, "a...)\n");
}

static void long_lists_are_cut(void **state)
{
    sk_auto(explaining) struct explaining *x = explaining_new(
        HEAD "  condition: evt.type=openat and evt.hostname in (a, b, c, d, e, f, g, h, i, j)\n");

    (void)state;
    (void)explaining_run(x, OPENAT, "j");
    tree(x, true, true,
         " and: true\n"
         "   evt.type = openat: true (evt.type = openat)\n"
         "   evt.hostname in (a, b, c, d, e, f, g, h, ... 2 more): true (evt.hostname = j)\n");
}

static void json_is_one_object(void **state)
{
    sk_auto(explaining) struct explaining *x = explaining_new(
        HEAD "  tags: ['q\"']\n  condition: evt.type=openat and not (evt.hostname=h or "
             "proc.name=x)\n");
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);

    (void)state;
#define BEGIN                                                                                               \
    "{\"rule\":\"R\",\"file\":\"f.yaml\",\"line\":1,\"priority\":\"Warning\",\"source\":"                   \
    "\"syscall\",\"enabled\":true,\"tags\":[\"q\\\"\"],\"events\":[\"openat\",\"asyncevent\"],\"fields\":[" \
    "\"evt.type\",\"evt.hostname\",\"proc.name\"],\"condition\":{\"operator\":\"and\","
    sk_why_json(x->w, NULL, &out);
    assert_string_equal(
        out.p, BEGIN
        "\"line\":6,\"column\":14,\"parts\":[{\"check\":\"evt.type = openat\",\"line\":6,"
        "\"column\":14},{\"operator\":\"not\",\"line\":6,\"column\":34,\"parts\":["
        "{\"operator\":\"or\",\"line\":6,\"column\":39,\"parts\":[{\"check\":\"evt.hostname = h\","
        "\"line\":6,\"column\":39},{\"check\":\"proc.name = x\",\"line\":6,\"column\":57}]}]}]}}");
    sk_buf_reset(&out);
    assert_true(explaining_run(x, OPENAT, "a\"b"));
    sk_why_json(x->w, &x->cx, &out);
    assert_non_null(strstr(out.p, "\"values\":{\"evt.hostname\":\"a\\\"b\"}}"));
    assert_non_null(strstr(out.p, "\"result\":false,\"values\":{\"proc.name\":null}}"));
    assert_non_null(
        strstr(out.p, "{\"operator\":\"and\",\"line\":6,\"column\":14,\"result\":true,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_description_is_all_about_the_rule),
        cmocka_unit_test(a_rule_that_is_off_says_by_whom),
        cmocka_unit_test(the_decisive_parts_are_those_that_made_the_verdict),
        cmocka_unit_test(values_are_shown_as_they_are),
        cmocka_unit_test(long_values_are_cut_between_characters),
        cmocka_unit_test(long_lists_are_cut),
        cmocka_unit_test(json_is_one_object),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
