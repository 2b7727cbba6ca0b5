/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements of plugins; an empty set. */
#include "rule/ruleset.h"

#include "loading.h"

static int finish(const char *yaml, struct sk_buf *err)
{
    sk_auto(loading) struct loading l = loading_new();

    assert_loads(&l, yaml);
    return sk_ruleset_finish(l.rs, err);
}

static void a_plugin_that_is_missing_or_too_old_is_named(void **state)
{
    static const struct {
        const char *yaml, *want;
    } cases[] = {
        {"- required_plugin_versions: [{name: k8saudit, version: 0.7.0, alternatives: [{name: "
         "k8saudit-eks, version: 0.1.0}]}]\n",
         "Plugin requirement not satisfied, must load one of: k8saudit (>= 0.7.0), k8saudit-eks (>= "
         "0.1.0)"},
        {"- required_plugin_versions: [{name: container, version: 0.9.0}]\n",
         "Plugin 'container' version '0.4.0' is not compatible with required plugin version '0.9.0'"},
        {"- required_plugin_versions: [{name: container, version: 1.0.0}]\n",
         "Plugin 'container' version '0.4.0' is not compatible with required plugin version '1.0.0'"},
        {"- required_plugin_versions: [{name: container, version: 0.1.0}, {name: x, version: "
         "1.0.0}]\n",
         "Plugin requirement not satisfied, must load one of: x (>= 1.0.0)"},
        {"- required_plugin_versions: [{name: container, version: 9.0.0, alternatives: [{name: y, "
         "version: 0.1.0}]}]\n",
         "Plugin 'container' version '0.4.0' is not compatible with required plugin version '9.0.0'"},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++) {
        sk_auto(buf) struct sk_buf err = SK_BUF(4096);

        assert_int_equal(finish(cases[i].yaml, &err), -EINVAL);
        assert_string_equal(err.p, cases[i].want);
    }
}

static void one_alternative_that_is_there_is_enough(void **state)
{
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    (void)state;
    assert_int_equal(finish("- required_plugin_versions: [{name: x, version: 1.0.0, alternatives: "
                            "[{name: container, version: 0.3.9}]}]\n",
                            &err),
                     0);
    assert_null(err.p);
}

static void a_set_without_files_has_no_rules(void **state)
{
    sk_auto(ruleset) struct sk_ruleset *rs = NULL;
    struct sk_ruleset_options opt = {.min_priority = SK_DEBUG};
    sk_auto(buf) struct sk_buf err = SK_BUF(4096), out = SK_BUF(4096);
    struct sk_event_set set;

    (void)state;
    assert_int_equal(sk_ruleset_new(&opt, &rs), 0);
    assert_int_equal(sk_ruleset_finish(rs, &err), 0);
    assert_int_equal(sk_ruleset_count(rs), 0);
    assert_null(sk_ruleset_find(rs, "x"));
    assert_null(sk_ruleset_pool(rs));
    sk_ruleset_select(rs, true, "*", NULL);
    sk_ruleset_events(rs, &set);
    assert_memory_equal(&set, &(struct sk_event_set){0}, sizeof(set));
    assert_int_equal(sk_ruleset_describe(rs, NULL, true, &out), 0);
    assert_string_equal(out.p, "{\"lists\":[],\"macros\":[],\"required_engine_version\":\"0.0.0\","
                               "\"required_plugin_versions\":[],\"rules\":[]}");
}

static void identity_is_the_order_of_definition(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, RULE("B", "evt.type=open") RULE("A", "evt.type=open"));
    assert_true(sk_ruleset_find(l.rs, "B")->id < sk_ruleset_find(l.rs, "A")->id);
    assert_ptr_equal(sk_ruleset_at(l.rs, 0), sk_ruleset_find(l.rs, "B"));
    assert_non_null(sk_ruleset_pool(l.rs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_that_is_missing_or_too_old_is_named),
        cmocka_unit_test(one_alternative_that_is_there_is_enough),
        cmocka_unit_test(a_set_without_files_has_no_rules),
        cmocka_unit_test(identity_is_the_order_of_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
