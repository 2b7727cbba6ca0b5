/* SPDX-License-Identifier: Apache-2.0 */
/* `rules:` of the configuration: enable and disable by name or tag, after loading. */
#include "loading.h"
#include "rule/loader.h"

static void wildcards_take_the_leftmost_match_and_never_go_back(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool want;
    } cases[] = {
        {"", "", true},          {"", "a", false},           {"*", "", true},
        {"*", "anything", true}, {"abc", "abc", true},       {"abc", "abcd", false},
        {"a*", "abc", true},     {"*c", "abc", true},        {"a*c", "abc", true},
        {"a*b", "axbxb", false}, {"*foo", "foo foo", false}, {"*b*", "abc", true},
        {"a**c", "abc", true},   {"*x*", "abc", false},      {"*.yaml", "a.yaml.b.yaml", false},
        {"ab", "a", false},      {"*ab", "a", false},
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(cases); i++)
        if (sk_wildcard_match(sk_str(cases[i].pattern), sk_str(cases[i].text)) != cases[i].want)
            fail_msg("'%s' against '%s'", cases[i].pattern, cases[i].text);
}

static const char three[] = RULE("R one", "evt.type=open") "  tags: [t]\n" RULE(
    "R two", "evt.type=open") "  enabled: false\n" RULE("S", "evt.type=close") "  tags: [t, u]\n";

static unsigned active(const struct loading *l)
{
    unsigned bits = 0;

    for (size_t i = 0; i < sk_ruleset_count(l->rs); i++)
        bits |= (unsigned)sk_ruleset_at(l->rs, i)->active << i;
    return bits;
}

static void selections_add_up_in_order(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    sk_auto(buf) struct sk_buf err = SK_BUF(4096);

    (void)state;
    assert_loads(&l, three);
    assert_int_equal(sk_ruleset_finish(l.rs, &err), 0);
    assert_int_equal(active(&l), 5);
    sk_ruleset_select(l.rs, false, "*", NULL);
    assert_int_equal(active(&l), 0);
    sk_ruleset_select(l.rs, true, "R*", NULL);
    assert_int_equal(active(&l), 3);
    sk_ruleset_select(l.rs, false, NULL, "t");
    assert_int_equal(active(&l), 2);
    sk_ruleset_select(l.rs, true, "R one", "u");
    assert_int_equal(active(&l), 7);
    sk_ruleset_select(l.rs, false, "r*", NULL);
    sk_ruleset_select(l.rs, false, "no such rule", "nor tag");
    assert_int_equal(active(&l), 7);
}

static void the_file_state_is_not_touched(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, three);
    sk_ruleset_select(l.rs, true, "*", NULL);
    assert_false(sk_ruleset_find(l.rs, "R two")->enabled);
    assert_true(sk_ruleset_find(l.rs, "R two")->active);
}

static void rules_below_the_least_priority_cannot_be_brought_back(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.min_priority = SK_WARNING;
    assert_loads(&l, three);
    sk_ruleset_select(l.rs, true, "*", NULL);
    assert_int_equal(active(&l), 0);
}

static void the_wanted_events_are_those_of_active_rules(void **state)
{
    sk_auto(loading) struct loading l = loading_new();
    struct sk_event_set open = {0}, close = {0}, got;

    (void)state;
    assert_true(sk_event_set_by_name(SK_STR("open"), &open));
    assert_true(sk_event_set_by_name(SK_STR("close"), &close));
    assert_loads(&l, three);
    sk_ruleset_select(l.rs, false, "S", NULL);
    sk_ruleset_events(l.rs, &got);
    sk_event_set_and(&open, &got);
    sk_event_set_and(&close, &got);
    assert_memory_not_equal(&open, &(struct sk_event_set){0}, sizeof(open));
    assert_memory_equal(&close, &(struct sk_event_set){0}, sizeof(close));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wildcards_take_the_leftmost_match_and_never_go_back),
        cmocka_unit_test(selections_add_up_in_order),
        cmocka_unit_test(the_file_state_is_not_touched),
        cmocka_unit_test(rules_below_the_least_priority_cannot_be_brought_back),
        cmocka_unit_test(the_wanted_events_are_those_of_active_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
