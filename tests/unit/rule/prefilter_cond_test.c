/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as clauses. */
#include "prefiltering.h"

static unsigned clauses_of(const char *condition, unsigned code)
{
    struct asking a;
    unsigned n;

    asking_rule(&a, condition);
    n = sk_prefilter_pf(a.f)->event[code].filtered ? sk_prefilter_pf(a.f)->event[code].nclauses
                                                   : 999;
    asking_done(&a);
    return n;
}

static void alternatives_of_one_kind_are_one_test(void **state)
{
    (void)state;
    assert_int_equal(clauses_of("evt.type=openat and (fd.name startswith /etc/ or fd.name=/x or "
                                "fd.directory=/usr/bin or fd.name endswith .so)",
                                OPENAT_X),
                     1);
    assert_int_equal(clauses_of("evt.type=openat and (fd.name=/x or proc.name=x)", OPENAT_X), 2);
    assert_int_equal(clauses_of("evt.type=openat and not fd.name=/x and not fd.name=/y and not "
                                "proc.name in (a, b) and not proc.name=c",
                                OPENAT_X),
                     1);
}

static void what_cannot_be_tested_counts_as_true(void **state)
{
    struct made m = made_open("/x");

    (void)state;
    assert_sent("evt.type=openat and proc.cmdline contains x", &m);
    assert_sent("evt.type=openat and not proc.cmdline contains x", &m);
    assert_dropped("evt.type=openat and fd.name=/y and proc.cmdline contains x", &m);
    assert_dropped("evt.type=openat and not (fd.name != /y or proc.cmdline contains x)", &m);
    assert_sent("evt.type=openat and (fd.name=/y or proc.cmdline contains x)", &m);
    assert_int_equal(clauses_of("evt.type=openat and (fd.name=/y or proc.pname=x)", OPENAT_X), 999);
}

static void exceptions_multiply_the_clauses_only_so_far(void **state)
{
    sk_auto(buf) struct sk_buf cond = SK_BUF(1u << 16);
    struct made m = made_open("/etc/x");

    (void)state;
    sk_buf_addz(&cond, "evt.type=openat and fd.name startswith /etc/");
    for (int i = 0; i < 20; i++)
        sk_buf_printf(&cond, " and not (proc.name=p%d and fd.name startswith /etc/d%d/)", i, i);
    assert_in_range(clauses_of(sk_buf_str(&cond).p, OPENAT_X), 1, SK_DNF_EXCEPT);
    assert_sent(sk_buf_str(&cond).p, &m);
    m.path = "/var/x";
    assert_dropped(sk_buf_str(&cond).p, &m);
}

/* Alternatives by the thousand, and sub-conditions that double with every level. */
static void large_conditions_widen_the_filter(void **state)
{
    sk_auto(buf) struct sk_buf cond = SK_BUF(4u << 20), yaml = SK_BUF(4u << 20);
    struct made m = made_open("/p1999"), tmp = made_open("/tmp/x");
    struct asking a;

    (void)state;
    sk_buf_addz(&cond, "evt.type=openat and (");
    for (int i = 0; i < 2000; i++)
        sk_buf_printf(&cond, "%s(fd.name=/p%d and proc.name=c%d)", i ? " or " : "", i, i);
    sk_buf_addc(&cond, ')');
    made_comm(&m, "c1999");
    assert_sent(sk_buf_str(&cond).p, &m);
    sk_buf_addz(&yaml, "- macro: m0\n  condition: (fd.name=/a or proc.name=a)\n");
    for (int i = 1; i < 14; i++)
        sk_buf_printf(
            &yaml,
            "- macro: m%d\n  condition: ((m%d and proc.name=x%d) or (fd.name=/y%d and not "
            "m%d))\n",
            i, i - 1, i, i, i - 1);
    sk_buf_addz(&yaml, RULE("r", "evt.type=openat and m13"));
    asking_new(&a, sk_buf_str(&yaml).p);
    ask_about(&a, &tmp);
    if (!sk_prefilter_pass(sk_prefilter_pf(a.f), &a.cx))
        assert_false(rules_match(&a));
    asking_done(&a);
}

static void what_counts_how_often_it_is_asked_is_always_asked(void **state)
{
    (void)state;
    assert_int_equal(clauses_of("evt.type=openat and fd.name=/x and util.cnt > 5", OPENAT_X), 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alternatives_of_one_kind_are_one_test),
        cmocka_unit_test(what_cannot_be_tested_counts_as_true),
        cmocka_unit_test(exceptions_multiply_the_clauses_only_so_far),
        cmocka_unit_test(large_conditions_widen_the_filter),
        cmocka_unit_test(what_counts_how_often_it_is_asked_is_always_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
