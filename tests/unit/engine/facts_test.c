/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/facts.h"

#include "tests/unit/engine/util.h"

struct costs {
    uint64_t asked, time_ns;
};

static void add_costs(void *self, const struct sk_rule_count *c)
{
    struct costs *sum = self;

    sum->asked += atomic_load(&c->cost.asked);
    sum->time_ns += atomic_load(&c->cost.time_ns);
}

static struct costs costs(const struct sk_facts *f)
{
    struct costs sum = {0};

    sk_counts_each(f->st.rules, add_costs, &sum);
    return sum;
}

static void without_metrics_rules_are_not_counted_but_for_their_matches(void **state)
{
    struct fix *f = *state;
    struct sk_facts facts;

    start(f, "{}", RULE("R", "evt.type=openat"), 2000000000ull);
    for (int i = 0; i < 3; i++)
        assert_int_equal(push_open(f, "/a"), 1);
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    sk_engine_facts(f->engine, SK_FACTS_BY_CPU | SK_FACTS_BY_PROG | SK_FACTS_BY_EVENT, &facts);
    assert_int_equal(facts.st.events, 3);
    assert_int_equal(facts.st.alerts, 3);
    assert_int_equal(matches(&facts.st, "R"), 3);
    assert_int_equal(costs(&facts).asked, 0);
    assert_int_equal(facts.ncpus, 0);
    assert_int_equal(facts.nprogs, 0);
    assert_int_equal(facts.nevents, 0);
}

static void with_metrics_each_question_is_counted_and_some_are_timed(void **state)
{
    struct fix *f = *state;
    struct sk_facts facts;

    start(f, "metrics: {enabled: true}\nrule_matching: all\n",
          RULE("R", "evt.type=openat and fd.name=/b") RULE("S", "evt.type=openat"),
          (SK_COUNTS_TIMED_OF + 1) * 1000000000ull);
    for (int i = 0; i < SK_COUNTS_TIMED_OF + 2; i++)
        assert_int_equal(push_open(f, "/a"), 1);
    assert_int_equal(sk_engine_run(f->engine, f->dg), 0);
    sk_engine_facts(f->engine, 0, &facts);
    assert_int_equal(matches(&facts.st, "S"), SK_COUNTS_TIMED_OF + 2);
    assert_int_equal(costs(&facts).asked, 2 * (SK_COUNTS_TIMED_OF + 2));
    assert_true(costs(&facts).time_ns > 0);
    assert_true(facts.state.threads > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_metrics_rules_are_not_counted_but_for_their_matches,
                                        fix_new, fix_free),
        cmocka_unit_test_setup_teardown(with_metrics_each_question_is_counted_and_some_are_timed,
                                        fix_new, fix_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
