/* SPDX-License-Identifier: Apache-2.0 */
/* Lists, macros, versions, and reading of keys. */
#include "loading.h"

static void mandatory_keys_are_told_apart_by_what_is_wrong_with_them(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"- list: l\n", "Item has no mapping for key 'items'"},
        {"- list:\n  items: []\n", "Mapping for key 'list' is empty"},
        {"- list: l\n  items:\n", "Mapping for key 'items' is empty"},
        {"- list: l\n  items: x\n", "Value is not a sequence"},
        {"- list: l\n  items: [[x]]\n", "sequence value is not scalar"},
        {"- macro: m\n", "Item has no mapping for key 'condition'"},
        {"- macro: m\n  condition: [x]\n", "Value is not a scalar value"},
        {"- macro: m\n  condition: \"\"\n", "Value must be non-empty"},
        {"- macro: m\n  condition: x\n  append: perhaps\n", "Can't decode YAML scalar value"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();

        assert_int_equal(load(&l, cases[i].yaml), -EINVAL);
        assert_says(&l, "LOAD_ERR_YAML_VALIDATE");
        assert_says(&l, cases[i].message);
    }
}

static void the_engine_version_must_be_met(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_refused(&l, "- required_engine_version: 0.99.0\n", "LOAD_ERR_VALIDATE",
                   "Rules require engine version 0.99.0, but engine version is 0.63.0");
    assert_refused(&l, "- required_engine_version: 1.0.0\n", "LOAD_ERR_VALIDATE",
                   "Rules require engine version 1.0.0, but engine version is 0.63.0");
    assert_refused(&l, "- required_engine_version: 64\n", "LOAD_ERR_VALIDATE",
                   "Rules require engine version 0.64.0, but engine version is 0.63.0");
    assert_refused(&l, "- required_engine_version: 0.26\n", "LOAD_ERR_YAML_VALIDATE",
                   "Unable to parse engine version '0.26' as a semver string. Expected \"x.y.z\" "
                   "semver format.");
    assert_loads(&l, "- required_engine_version: 26\n- required_engine_version: 0.63.0\n");
}

static void requirements_of_plugins_must_be_well_formed(void **state)
{
    static const struct {
        const char *yaml, *message;
    } cases[] = {
        {"x", "Value of required_plugin_versions must be a sequence"},
        {"[x]", "Plugin version must be a mapping"},
        {"[{version: 0.1.0}]", "Item has no mapping for key 'name'"},
        {"[{name: p}]", "Item has no mapping for key 'version'"},
        {"[{name: p, version: 0.7}]", "Invalid required version '0.7' for plugin 'p'"},
        {"[{name: p, version: 0.1.0, alternatives: x}]",
         "Value of plugin version alternatives must be a sequence"},
        {"[{name: p, version: 0.1.0, alternatives: [x]}]",
         "Plugin version alternative must be a mapping"},
        {"[{name: p, version: 0.1.0, alternatives: [{name: p, version: 0.2.0}]}]",
         "Defined multiple alternative version requirements for plugin 'p'"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(loading) struct loading l = loading_new();
        sk_auto(buf) struct sk_buf b = SK_BUF(4096);

        sk_buf_printf(&b, "- required_plugin_versions: %s\n", cases[i].yaml);
        assert_int_equal(load(&l, b.p), -EINVAL);
        assert_says(&l, cases[i].message);
    }
}

static void odd_names_are_warned_of_and_work(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(
        &l, "- list: test list\n  items: [open, openat]\n"
            "- macro: a-macro\n  condition: evt.type=open\n" RULE("R", "evt.type in (test list)"));
    assert_says(&l,
                "LOAD_INVALID_LIST_NAME (Invalid list name): List has an invalid name. List names "
                "should match a regular expression: ");
    assert_says(&l, "LOAD_INVALID_MACRO_NAME");
    assert_compiles_to(&l, "R", "evt.type in (open, openat)");
}

static void unknown_things_are_warned_of_with_a_caret(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- lisst: x\n- list: l\n  itemz: 1\n  items: []\n");
    assert_says(&l, "LOAD_UNKNOWN_ITEM (Unknown rules file item): Unknown top level item\n");
    assert_says(&l, "  itemz: 1\n  ^\n");
    assert_says(&l, "Unknown key 'itemz'. The key will be ignored.\n");
}

static void only_append_true_is_deprecated(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, "- list: l\n  items: [a]\n  append: false\n");
    assert_silent(&l, "LOAD_DEPRECATED_ITEM");
    assert_loads(&l, "- list: l\n  items: [b]\n  append: yes\n");
    assert_says(&l, "LOAD_DEPRECATED_ITEM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mandatory_keys_are_told_apart_by_what_is_wrong_with_them),
        cmocka_unit_test(the_engine_version_must_be_met),
        cmocka_unit_test(requirements_of_plugins_must_be_well_formed),
        cmocka_unit_test(odd_names_are_warned_of_and_work),
        cmocka_unit_test(unknown_things_are_warned_of_with_a_caret),
        cmocka_unit_test(only_append_true_is_deprecated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
