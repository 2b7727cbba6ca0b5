/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/plan.h"

#include "tests/unit/rule/compile.h"

static uint32_t first[SK_EVENT_N + 1];

/* Plans of: event 2 has both conditions, events 3 and 4 the second, others none. */
static struct sk_plans *plans_of(uint32_t a, uint32_t b)
{
    const uint32_t root[] = {a, b, b, b};
    struct sk_plans *ps = NULL;

    for (unsigned code = 0; code <= SK_EVENT_N; code++)
        first[code] = code <= 2 ? 0 : code == 3 ? 2 : code == 4 ? 3 : 4;
    assert_int_equal(sk_plans_new(pool, root, first, &ps), 0);
    return ps;
}

static void a_part_that_rules_share_is_one_gate(void **state)
{
    struct sk_plans *ps =
        plans_of(ok("proc.name = a and proc.pid = 1"), ok("proc.pid = 1 and fd.name = x"));
    const struct sk_plan *plan = &ps->plan[ps->of[2] - 1];
    unsigned shared = 0;

    (void)state;
    assert_int_equal(plan->nrules, 2);
    assert_int_equal(plan->ngates, 3);
    for (uint32_t i = 0; i < plan->ngates; i++)
        shared += plan->mask[i] == 3;
    assert_int_equal(shared, 1);
    sk_plans_free(ps);
}

static void event_types_with_the_same_rules_share_a_plan(void **state)
{
    struct sk_plans *ps = plans_of(ok("proc.name = a"), ok("proc.name = b"));

    (void)state;
    assert_int_equal(ps->n, 2);
    assert_int_equal(ps->most_rules, 2);
    assert_int_equal(ps->of[3], ps->of[4]);
    assert_int_not_equal(ps->of[2], ps->of[3]);
    assert_int_equal(ps->of[5], 0);
    sk_plans_free(ps);
    sk_plans_free(NULL);
}

static void what_always_holds_has_no_gate(void **state)
{
    struct sk_plans *ps = plans_of(SK_IR_TRUE, ok("proc.name = b or proc.pid = 1"));

    (void)state;
    assert_int_equal(ps->plan[0].ngates, 1);
    assert_int_equal(ps->plan[0].mask[0], 2);
    assert_false(ps->plan[0].by_rule);
    sk_plans_free(ps);
}

static void conditions_that_change_something_are_run_as_written(void **state)
{
    struct sk_plans *ps = plans_of(ok("evt.deltatime = 1 and proc.pid = 1"), ok("proc.name = b"));

    (void)state;
    assert_true(ps->plan[ps->of[2] - 1].by_rule);
    assert_false(ps->plan[ps->of[3] - 1].by_rule);
    sk_plans_free(ps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_part_that_rules_share_is_one_gate),
        T(event_types_with_the_same_rules_share_a_plan),
        T(what_always_holds_has_no_gate),
        T(conditions_that_change_something_are_run_as_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
