/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/blind.h"

#include "tests/unit/test.h"

#define S 1000000000ull

static struct sk_cgroup_drops lost(uint64_t id, unsigned opens, uint64_t first_ns, uint64_t last_ns)
{
    struct sk_cgroup_drops d = {.id = id, .first_ns = first_ns, .last_ns = last_ns};

    d.drops[SK_CLASS_OPEN][SK_DROP_OVER_SHARE] = opens;
    return d;
}

static struct sk_state *known(void)
{
    struct sk_task_info task = {.pid = 7,
                                .tid = 7,
                                .cgroup_id = 42,
                                .comm = SK_STR("x"),
                                .cgroups = {"cpu=/system.slice/x.service", 28}};
    struct sk_state *st = NULL;

    assert_int_equal(sk_state_new(NULL, NULL, &st), 0);
    assert_int_equal(sk_state_add(st, &task), 0);
    return st;
}

static void nothing_lost_is_no_text(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_blind b;

    (void)state;
    assert_int_equal(sk_blind_init(&b), 0);
    sk_blind_text(&b, NULL, &out);
    assert_int_equal(out.n, 0);
    sk_blind_done(&b);
}

static void the_worst_comes_first_with_what_why_and_when(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_cgroup_drops got[] = {lost(1, 1, 5 * S, 5 * S), lost(42, 10, 2 * S, 3 * S)};
    struct sk_state *st = known();
    struct sk_blind b;

    (void)state;
    assert_int_equal(sk_blind_init(&b), 0);
    got[1].drops[SK_CLASS_EXEC][SK_DROP_RING_FULL] = 2;
    sk_blind_add(&b, got, 2, 13);
    sk_blind_text(&b, st, &out);
    assert_string_equal(
        out.p, "/system.slice/x.service 12 (execve 2, open 10; ring_full 2, over_share 10; "
               "from 1970-01-01T00:00:02.000000000Z to 1970-01-01T00:00:03.000000000Z), "
               "cgroup 1 1 (open 1; over_share 1; from 1970-01-01T00:00:05.000000000Z to "
               "1970-01-01T00:00:05.000000000Z)");
    sk_blind_done(&b);
    sk_state_free(st);
}

static void several_looks_become_one_until_they_are_told(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_cgroup_drops one = lost(1, 3, 2 * S, 3 * S), two = lost(1, 4, 3 * S, 9 * S);
    struct sk_state *st = known();
    struct sk_blind b;

    (void)state;
    assert_int_equal(sk_blind_init(&b), 0);
    sk_blind_add(&b, &one, 1, 3);
    sk_blind_add(&b, &two, 1, 4);
    sk_blind_text(&b, st, &out);
    assert_string_equal(out.p,
                        "cgroup 1 7 (open 7; over_share 7; from 1970-01-01T00:00:02.000000000Z to "
                        "1970-01-01T00:00:09.000000000Z)");
    sk_blind_told(&b);
    sk_buf_reset(&out);
    sk_blind_text(&b, st, &out);
    assert_int_equal(out.n, 0);
    sk_blind_done(&b);
    sk_state_free(st);
}

/* Totals are read before the cgroups: what is ahead in one look is behind in the next. */
static void what_no_cgroup_accounts_for_is_of_others(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_cgroup_drops one = lost(1, 5, S, S);
    struct sk_state *st = known();
    struct sk_blind b;

    (void)state;
    assert_int_equal(sk_blind_init(&b), 0);
    sk_blind_add(&b, &one, 1, 3);
    sk_blind_told(&b);
    sk_blind_add(&b, NULL, 0, 2);
    sk_blind_text(&b, st, &out);
    assert_int_equal(out.n, 0);
    sk_blind_add(&b, NULL, 0, 4);
    sk_blind_text(&b, st, &out);
    assert_string_equal(out.p, "other cgroups 4");
    sk_blind_done(&b);
    sk_state_free(st);
}

static void cgroups_beyond_the_first_few_are_a_number(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(65536);
    struct sk_state *st = known();
    struct sk_blind b;

    (void)state;
    assert_int_equal(sk_blind_init(&b), 0);
    for (unsigned i = 0; i < SK_BLIND_MAX + 10; i++) {
        struct sk_cgroup_drops d = lost(100 + i, 1, S, S);

        sk_blind_add(&b, &d, 1, 1);
    }
    sk_blind_text(&b, st, &out);
    assert_non_null(strstr(out.p, "cgroup 107 1 (open 1; "));
    assert_null(strstr(out.p, "cgroup 108"));
    assert_non_null(strstr(out.p, ", other cgroups 1026"));
    sk_blind_done(&b);
    sk_state_free(st);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_lost_is_no_text),
        cmocka_unit_test(the_worst_comes_first_with_what_why_and_when),
        cmocka_unit_test(several_looks_become_one_until_they_are_told),
        cmocka_unit_test(what_no_cgroup_accounts_for_is_of_others),
        cmocka_unit_test(cgroups_beyond_the_first_few_are_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
