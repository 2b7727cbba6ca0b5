/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

static char *describe(struct loading *l, const char *name, bool json)
{
    struct sk_buf b = SK_BUF(1u << 20);

    assert_int_equal(sk_ruleset_describe(l->rs, name, json, &b), 0);
    return sk_buf_take(&b);
}

static void assert_starts(const char *text, const char *want)
{
    if (strncmp(text, want, strlen(want)))
        fail_msg("%s\ndoes not begin with\n%s", text, want);
}

static void a_rule_that_is_not_loaded_cannot_be_described(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf b = SK_BUF(4096);

    (void)state;
    assert_loads(&l, RULE("R", "evt.type=open") RULE("K", "x.y = 1") "  source: k8s\n");
    assert_int_equal(sk_ruleset_describe(l.rs, "S", false, &b), -ENOENT);
    assert_int_equal(sk_ruleset_describe(l.rs, "K", true, &b), -ENOENT);
    assert_null(b.p);
}

static void the_table_wraps_descriptions(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(mem) char *text = NULL;

    (void)state;
    assert_loads(
        &l, "- rule: R\n  condition: evt.type=open\n  output: o\n  priority: INFO\n"
            "  desc: aaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccc dd\n");
    text = describe(&l, NULL, false);
    assert_string_equal(
        text, "Rule                                               Description\n"
              "----                                               -----------\n"
              "R                                                  aaaaaaaaaaaaaaaaaaaaaaaaa "
              "bbbbbbbbbbbbbbbbbbbbbbbbb \n"
              "                                                   ccccccccccccccccc dd \n\n");
}

static void json_of_one_rule_has_everything_about_it(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(mem) char *text = NULL;

    (void)state;
    assert_loads(&l, "- list: n\n  items: [x]\n- macro: m\n  condition: proc.name in (n)\n"
                     "- rule: R\n  desc: why\n  condition: evt.type=open and m and not fd.name "
                     "startswith /a\n  output: u=%user.name a=%proc.aname[2] "
                     "l=%tolower(proc.name)\n  priority: ERROR\n  tags: [b, a]\n"
                     "  exceptions: [{name: e, fields: proc.pname, values: [n]}]\n");
    text = describe(&l, "R", true);
    assert_string_equal(
        text,
        "{\"rules\":[{\"details\":{\"condition_compiled\":\"((evt.type = open and proc.name in (x) and "
        "not fd.name startswith /a) and not proc.pname in (x))\",\"condition_fields\":[\"evt.type\","
        "\"fd.name\",\"proc.name\",\"proc.pname\"],\"condition_operators\":[\"=\",\"in\","
        "\"startswith\"],\"events\":[\"asyncevent\",\"open\"],\"exception_fields\":[\"proc.pname\"],"
        "\"exception_names\":[\"e\"],\"exception_operators\":[\"in\"],\"lists\":[\"n\"],"
        "\"macros\":[\"m\"],\"output_compiled\":\"u=%user.name a=%proc.aname[2] "
        "l=%tolower(proc.name)\",\"output_fields\":[\"proc.aname[2]\",\"proc.name\",\"user.name\"],"
        "\"plugins\":[]},\"info\":{\"capture\":false,\"capture_duration\":0,\"condition\":\"evt.type="
        "open and m and not fd.name startswith /a\",\"description\":\"why\",\"enabled\":true,"
        "\"name\":\"R\",\"output\":\"u=%user.name a=%proc.aname[2] l=%tolower(proc.name)\","
        "\"priority\":\"Error\",\"source\":\"syscall\",\"tags\":[\"a\",\"b\"]}}]}");
}

static void json_of_all_has_lists_macros_and_requirements(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(mem) char *text = NULL;

    (void)state;
    assert_loads(&l,
                 "- required_engine_version: 11\n- required_plugin_versions: [{name: container, "
                 "version: 0.2.0, alternatives: [{name: x, version: 1.0.0}]}]\n"
                 "- list: a\n  items: [cat]\n- list: b\n  items: [a]\n"
                 "- macro: m\n  condition: container.id != host\n");
    text = describe(&l, NULL, true);
    assert_starts(
        text,
        "{\"lists\":[{\"details\":{\"items_compiled\":[\"cat\"],\"lists\":[],\"plugins\":[],"
        "\"used\":true},\"info\":{\"items\":[\"cat\"],\"name\":\"a\"}},{\"details\":{"
        "\"items_compiled\":[\"cat\"],\"lists\":[\"a\"],\"plugins\":[],\"used\":false},\"info\":{"
        "\"items\":[],\"name\":\"b\"}}],\"macros\":[{\"details\":{\"condition_compiled\":"
        "\"container.id != host\",\"condition_fields\":[\"container.id\"],\"condition_operators\":["
        "\"!=\"],\"events\":"
        "[\"");
    assert_non_null(strstr(text, "\"lists\":[],\"macros\":[],\"plugins\":[\"container\"],\"used\":"
                                 "false},\"info\":{\"condition\":\"container.id != host\",\"name\":"
                                 "\"m\"}}],\"required_engine_version\":\"0.11.0\","
                                 "\"required_plugin_versions\":[{\"alternatives\":[{\"name\":\"x\","
                                 "\"version\":\"1.0.0\"}],\"name\":\"container\",\"version\":"
                                 "\"0.2.0\"}],\"rules\":[]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_that_is_not_loaded_cannot_be_described),
        cmocka_unit_test(the_table_wraps_descriptions),
        cmocka_unit_test(json_of_one_rule_has_everything_about_it),
        cmocka_unit_test(json_of_all_has_lists_macros_and_requirements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
