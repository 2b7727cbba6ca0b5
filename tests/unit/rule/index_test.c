/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules an event meets, and in which order; on fields whose values the test sets. */
#include "fake_fields.h"
#include "loading.h"

static const char rules[] = RULE("open a", "evt.type=open and proc.name=a")
    RULE("open any", "evt.type=open and proc.name exists") RULE("close a", "evt.type=close and "
                                                                           "proc.name=a");

static unsigned code_of(const char *name)
{
    struct sk_event_set set = {0};

    assert_true(sk_event_set_by_name(sk_str(name), &set));
    for (unsigned code = SK_EVENT_N; code-- > 0;)
        if (sk_event_set_has(&set, code))
            return code;
    fail();
    return 0;
}

/* Names of the rules that match, "a;b;". */
static char *matches(struct loading *l, const char *event, const char *proc, size_t max)
{
    sk_auto(arena) struct sk_arena *tmp = sk_arena_new(1u << 20);
    unsigned code = code_of(event);
    struct sk_event ev = {.type = (uint16_t)code, .info = &sk_events[code]};
    struct sk_ctx cx = {.ev = &ev, .tmp = tmp};
    const struct sk_rule *out[8];
    struct sk_filter_exec *x = NULL;
    struct sk_buf b = SK_BUF(4096);
    size_t n;

    fake_clear();
    fake_set_text(FAKE_EVT_TYPE, event);
    fake_set_text(FAKE_PROC_NAME, proc);
    assert_int_equal(sk_ruleset_exec_new(l->rs, &x), 0);
    sk_filter_exec_begin(x);
    n = sk_ruleset_match(l->rs, x, &cx, out, max);
    sk_filter_exec_free(x);
    for (size_t i = 0; i < n; i++)
        sk_buf_printf(&b, "%s;", out[i]->name);
    return sk_buf_take(&b);
}

static void assert_matches(struct loading *l, const char *event, const char *proc, size_t max,
                           const char *want)
{
    sk_auto(mem) char *got = matches(l, event, proc, max);

    assert_string_equal(got, want);
}

static void the_first_rule_in_order_of_definition_wins(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, rules);
    assert_matches(&l, "open", "a", 8, "open a;");
    assert_matches(&l, "open", "b", 8, "open any;");
    assert_matches(&l, "close", "a", 8, "close a;");
    assert_matches(&l, "close", "b", 8, "");
    assert_matches(&l, "execve", "a", 8, "");
}

static void only_rules_of_the_event_are_asked(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    assert_loads(&l, rules);
    assert_int_equal(sk_ruleset_candidates(l.rs, code_of("open")), 2);
    assert_int_equal(sk_ruleset_candidates(l.rs, code_of("close")), 1);
    assert_int_equal(sk_ruleset_candidates(l.rs, code_of("execve")), 0);
    assert_int_equal(sk_ruleset_candidates(l.rs, SK_EVENT_N), 0);
}

static void all_rules_that_match_are_given_up_to_the_limit(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.match_all = true;
    assert_loads(&l, rules);
    assert_matches(&l, "open", "a", 8, "open a;open any;");
    assert_matches(&l, "open", "a", 1, "open a;");
    assert_matches(&l, "open", "a", 0, "");
}

static void the_order_is_that_of_definition_after_any_selection(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.match_all = true;
    assert_loads(&l, rules);
    sk_ruleset_select(l.rs, false, "*", NULL);
    assert_matches(&l, "open", "a", 8, "");
    sk_ruleset_select(l.rs, true, "open any", NULL);
    assert_matches(&l, "open", "a", 8, "open any;");
    sk_ruleset_select(l.rs, true, "open a", NULL);
    assert_matches(&l, "open", "a", 8, "open a;open any;");
}

static void rules_of_low_priority_match_nothing(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.min_priority = SK_NOTICE;
    assert_loads(&l, rules);
    assert_int_equal(sk_ruleset_count(l.rs), 3);
    assert_matches(&l, "open", "a", 8, "");
}

static void every_rule_meets_asynchronous_events(void **state)
{
    sk_auto(loading) struct loading l = loading_new();

    (void)state;
    l.opt.match_all = true;
    assert_loads(&l, RULE("R", "evt.type=open or evt.type=asyncevent"));
    assert_matches(&l, "asyncevent", "a", 8, "R;");
    assert_true(sk_event_set_has(&sk_ruleset_at(l.rs, 0)->events, code_of("asyncevent")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_in_order_of_definition_wins),
        cmocka_unit_test(only_rules_of_the_event_are_asked),
        cmocka_unit_test(all_rules_that_match_are_given_up_to_the_limit),
        cmocka_unit_test(the_order_is_that_of_definition_after_any_selection),
        cmocka_unit_test(rules_of_low_priority_match_nothing),
        cmocka_unit_test(every_rule_meets_asynchronous_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
