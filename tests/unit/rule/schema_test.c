/* SPDX-License-Identifier: Apache-2.0 */
#include "loading.h"

static void assert_schema(const char *yaml, const char *first)
{
    sk_auto(loading) struct loading l = loading_new();
    int rc = load(&l, yaml);

    (void)rc; /* the schema has no say in it */
    assert_string_equal(sk_report_schema(l.report), first);
}

static void unknown_keys_and_wrong_types_fail(void **state)
{
    (void)state;
    assert_schema(
        "- list: l\n  items: []\n  capure: x\n",
        "failed for <root>[0]: Object contains a property that could not be validated using "
        "'properties' or 'additionalProperties' constraints: 'capure'.");
    assert_schema("- list: [l]\n  items: []\n",
                  "failed for <root>[0][list]: Value type not permitted by 'type' constraint.");
    assert_schema(RULE("R", "evt.type=open") "  enabled: yes\n",
                  "failed for <root>[0][enabled]: Value type not permitted by 'type' constraint.");
    assert_schema(RULE("R", "evt.type=open") "  exceptions: [{fields: x}]\n",
                  "failed for <root>[0][exceptions][0]: Missing required property 'name'.");
    assert_schema("- macro: m\n  condition: x\n  override: {}\n",
                  "failed for <root>[0][override]: Object should have no fewer than 1 properties.");
    assert_schema("foo: bar\n",
                  "failed for <root>: Value type not permitted by 'type' constraint.");
}

static void only_upper_case_priorities_pass(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- rule: R\n  desc: d\n  condition: evt.type=open\n  output: o\n"
                     "  priority: Warning\n");
    assert_says(&l, "3 Schema warnings:\n------\nfailed for <root>[0][priority]: Failed to match "
                    "against any enum values.\n------\nfailed for <root>[0]: Failed to validate "
                    "against schema associated with property name 'priority'.\n------\nfailed for "
                    "<root>: Failed to validate item #0 in array.\n------\n\n");
    assert_true(sk_report_ok(l.report));
}

static void numbers_may_stand_for_texts(void **state)
{
    (void)state;
    assert_schema("- required_engine_version: 26\n- list: l\n  items: [1, x]\n", "ok");
    assert_schema(RULE("R", "evt.type=open") "  capture_duration: '5'\n  enabled: 'true'\n", "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_keys_and_wrong_types_fail),
        cmocka_unit_test(only_upper_case_priorities_pass),
        cmocka_unit_test(numbers_may_stand_for_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
