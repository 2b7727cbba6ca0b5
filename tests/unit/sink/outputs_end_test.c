/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/spooled.h"

static void outputs_that_were_never_started_are_closed_all_the_same(void **state)
{
    struct sk_outputs *o = NULL;

    (void)state;
    probes_begin();
    assert_int_equal(sk_outputs_new(0, 100, &o), 0);
    assert_int_equal(sk_outputs_add(o, &probe_ops, NULL, NULL), 0);
    assert_int_equal(sk_outputs_add_absent(o, &other_ops, NULL), 0);
    sk_outputs_free(o);
    sk_outputs_free(NULL);
    assert_int_equal(probe.closed, 1);
    assert_int_equal(other.closed, 0);
}

static void who_delivers_after_the_end_finds_nobody_who_listens(void **state)
{
    struct sk_outputs *o = probes(0, 20, true);

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    UNTIL(other.written == 1);
    sk_outputs_free(o);
    assert_int_equal(other.closed, 1);
    assert_int_equal(probe.closed, 0);
    assert_true(log_has("5 probe: 0 alerts delivered, 1 lost, 0 dropped"));
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(probe.closed == 1);
}

static void an_output_that_is_leaving_when_the_end_comes_has_its_losses_told(void **state)
{
    struct sk_outputs *o = probes(0, 50, true);
    struct sk_renewal *r = NULL;

    (void)state;
    probe.gated = true;
    assert_true(push(o, SK_STR("x"), SK_NOTICE));
    sem_wait(&probe.entered);
    assert_int_equal(sk_renewal_new(o, &r), 0);
    assert_true(sk_renewal_keep(r, "other", false));
    sk_renewal_commit(r);
    sk_renewal_free(r);
    sk_outputs_free(o);
    assert_true(
        log_has("4 probe: it is no output any more, and its last 1 alerts could not be delivered"));
    probe.gated = false;
    sem_post(&probe.gate);
    UNTIL(probe.closed == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(outputs_that_were_never_started_are_closed_all_the_same),
        T(who_delivers_after_the_end_finds_nobody_who_listens),
        T(an_output_that_is_leaving_when_the_end_comes_has_its_losses_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
