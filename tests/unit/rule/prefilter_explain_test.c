/* SPDX-License-Identifier: Apache-2.0 */
/* A filter in words. */
#include "prefiltering.h"

static void assert_explains(const char *yaml, const char *rule, unsigned whole_code,
                            const char *want)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1u << 20);
    struct sk_event_set whole = {0};
    struct asking a;

    asking_new(&a, yaml);
    if (whole_code)
        sk_event_set_add(&whole, whole_code);
    assert_int_equal(
        sk_prefilter_explain(a.l.rs, rule ? sk_ruleset_find(a.l.rs, rule) : NULL, &whole, &out), 0);
    assert_string_equal(sk_buf_str(&out).p, want);
    asking_done(&a);
}

static void clauses_are_told_event_by_event(void **state)
{
    (void)state;
    assert_explains(
        RULE("a", "evt.type in (openat, open) and evt.rawres>=0 and fd.name startswith /etc/ "
                  "and not proc.name in (sh, bash)")
            RULE("b", "evt.type=openat and fd.typechar=d and fd.name endswith .so"),
        NULL, 0,
        "open:\n"
        "  result > -1\n"
        "     and not thread name in (sh, bash)\n"
        "     and path in (/etc/*)\n"
        "openat:\n"
        "  result > -1\n"
        "     and not thread name in (sh, bash)\n"
        "     and path in (/etc/*)\n"
        "  or descriptor type in (directory)\n"
        "     and path in (*.so)\n");
}

static void a_rule_is_told_alone_and_with_what_is_not_tested(void **state)
{
    (void)state;
    assert_explains(RULE("a", "evt.type in (openat, open, connect) and proc.pname=x and fd.name=/x")
                        RULE("b", "evt.type=openat and fd.typechar=d"),
                    "a", 23,
                    "open, openat:\n"
                    "  path in (/x)\n"
                    "connect:\n"
                    "  sent whole: the process table or base_syscalls wants it\n"
                    "tested in userspace, not in the kernel:\n"
                    "  proc.pname = x: the kernel side does not have this field\n");
}

static void what_is_always_or_never_wanted_is_said(void **state)
{
    (void)state;
    assert_explains(RULE("a", "evt.type=openat and proc.pname=x"), NULL, 0, "openat:\n  always\n");
    assert_explains(RULE("a", "evt.type=openat and evt.is_io=true"), NULL, 0, "openat:\n  never\n");
    assert_explains(
        RULE("a", "evt.type=close and evt.deltatime > 5 and evt.res=EBADF"), NULL, 0,
        "close:\n  result in (-9)\n"
        "nothing is filtered: a rule asks for evt.deltatime, which depends on every event "
        "before\n");
}

static void every_kind_of_test_has_words(void **state)
{
    (void)state;
    assert_explains(
        RULE("a",
             "evt.type=connect and fd.rport=443 and fd.rnet=10.0.0.0/8 and fd.lip != 1.2.3.4 and "
             "container.id != host and user.uid < 5 and fd.l4proto=tcp and fd.num=3 and "
             "proc.exepath startswith /usr/bin/x"),
        NULL, 0,
        "connect:\n"
        "  uid < 5\n"
        "     and descriptor in (3)\n"
        "     and transport protocol in (2)\n"
        "     and remote port in (443)\n"
        "     and not process is in (host)\n"
        "     and executable in (/usr/bin/... (perhaps))\n"
        "     and not local address in (1.2.3.4/32)\n"
        "     and remote address in (10.0.0.0/8)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clauses_are_told_event_by_event),
        cmocka_unit_test(a_rule_is_told_alone_and_with_what_is_not_tested),
        cmocka_unit_test(what_is_always_or_never_wanted_is_said),
        cmocka_unit_test(every_kind_of_test_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
