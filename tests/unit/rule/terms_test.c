/* SPDX-License-Identifier: Apache-2.0 */
/* How nodes become terms; what they say is compared in exec_test and onepass_test. */
#include "rule/exec.h"

#include "tests/unit/rule/compile.h"

static struct sk_filter_exec *x;

static int done(void **state)
{
    sk_filter_exec_free(x);
    x = NULL;
    return teardown(state);
}

static void tests_of_a_text_in_an_or_are_one_look(void **state)
{
    uint32_t root = ok("proc.name = a or proc.name startswith b or proc.pid = 1 or proc.name = c");
    const struct sk_chain *c;

    (void)state;
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    c = &x->chain[root];
    assert_int_equal(c->n, 2);
    assert_int_equal(x->term[c->first].kind, SK_TERM_NUMBER);
    assert_int_equal(x->term[c->first + 1].kind, SK_TERM_TEXT);
    assert_int_equal(__builtin_popcountll(x->term[c->first + 1].mask), 3);
}

static void opposites_in_an_and_are_one_look(void **state)
{
    uint32_t root = ok("not proc.name = a and not proc.name = b and proc.name = c");
    const struct sk_chain *c;

    (void)state;
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    c = &x->chain[root];
    assert_int_equal(c->n, 2);
    assert_int_equal(__builtin_popcountll(x->term[c->first].mask) +
                         __builtin_popcountll(x->term[c->first + 1].mask),
                     3);
}

static void what_an_absent_value_says_is_not_mixed(void **state)
{
    uint32_t root = ok("not proc.name = a and proc.name != b");

    (void)state;
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    assert_int_equal(x->chain[root].n, 2);
}

static void negation_is_a_part_of_the_term(void **state)
{
    uint32_t root = ok("not proc.name = a"), plain = ok("proc.name = a");

    (void)state;
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    assert_true(x->of[root].invert && x->of[root].absent);
    assert_false(x->of[plain].invert || x->of[plain].absent);
    assert_int_equal(x->of[root].mask, x->of[plain].mask);
}

#define D(f) cmocka_unit_test_setup_teardown(f, setup, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(tests_of_a_text_in_an_or_are_one_look),
        D(opposites_in_an_and_are_one_look),
        D(what_an_absent_value_says_is_not_mixed),
        D(negation_is_a_part_of_the_term),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
