/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void nothing_holds_for_an_absent_field(void **state)
{
    (void)state;
    assert_false(holds("proc.name = a"));
    assert_false(holds("proc.name != a"));
    assert_false(holds("proc.name exists"));
    assert_false(holds("proc.name in (a, b)"));
    assert_false(holds("proc.name != allof (a, b)"));
    assert_false(holds("proc.args in ()"));
    assert_false(holds("tolower(proc.name) = a"));
    assert_false(holds("proc.pname = val(proc.name)"));
    assert_true(holds("not proc.name = a"));
    fake_set_text(FAKE_PROC_PNAME, "x");
    assert_false(holds("proc.pname != val(proc.name)"));
}

static void values_are_extracted_once_an_event(void **state)
{
    uint32_t a = ok("proc.name = a or proc.name = b"), b = ok("proc.name startswith c");
    uint32_t delta = ok("evt.deltatime > 5 or evt.deltatime > 6");
    struct sk_filter_exec *x = NULL;

    (void)state;
    fake_set_text(FAKE_PROC_NAME, "x");
    fake_set_int(FAKE_EVT_DELTA, 1);
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    for (unsigned event = 1; event <= 3; event++) {
        sk_filter_exec_begin(x);
        assert_false(sk_filter_run(x, a, &cx));
        assert_false(sk_filter_run(x, b, &cx));
        assert_false(sk_filter_run(x, delta, &cx));
        assert_int_equal(fake_values[FAKE_PROC_NAME].asked, event);
        assert_int_equal(fake_values[FAKE_EVT_DELTA].asked, 2 * event);
    }
    sk_filter_exec_free(x);
}

static void a_new_event_forgets_the_last_one(void **state)
{
    uint32_t root = ok("proc.name = a and not proc.pid = 1");
    struct sk_filter_exec *x = NULL;

    (void)state;
    fake_set_text(FAKE_PROC_NAME, "a");
    assert_int_equal(sk_filter_exec_new(pool, &x), 0);
    sk_filter_exec_begin(x);
    assert_true(sk_filter_run(x, root, &cx));
    fake_set_int(FAKE_PROC_PID, 1);
    assert_true(sk_filter_run(x, root, &cx)); /* remembered */
    sk_filter_exec_begin(x);
    assert_false(sk_filter_run(x, root, &cx));
    sk_filter_exec_free(x);
}

static void an_executor_without_conditions_can_be_made(void **state)
{
    struct sk_filter_exec *x = NULL;

    (void)state;
    assert_int_equal(sk_filter_exec_new(NULL, &x), 0);
    sk_filter_exec_begin(x);
    sk_filter_exec_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_executor_without_conditions_can_be_made),
        T(nothing_holds_for_an_absent_field),
        T(values_are_extracted_once_an_event),
        T(a_new_event_forgets_the_last_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
