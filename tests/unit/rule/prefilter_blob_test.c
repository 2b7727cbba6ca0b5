/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses as bits and tables: what happens where there are not enough of them. */
#include "prefiltering.h"

static void hashes_depend_on_bytes_length_and_seed(void **state)
{
    sk_auto(mem) struct sk_pf *pf = calloc(1, sizeof(*pf));
    uint64_t before;

    (void)state;
    assert_non_null(pf);
    pf->seed = 1;
    assert_int_not_equal(sk_pf_hash(pf, "a", 1), sk_pf_hash(pf, "a", 2));
    assert_int_not_equal(sk_pf_hash(pf, "abcdefgh", 8), sk_pf_hash(pf, "abcdefghi", 9));
    before = sk_pf_hash(pf, "etc", 3);
    pf->seed = 2;
    assert_int_not_equal(sk_pf_hash(pf, "etc", 3), before);
}

/* n rules, each about a path of its own for a call of its own kind of process. */
static void many(struct sk_buf *yaml, unsigned n, const char *what)
{
    for (unsigned i = 0; i < n; i++)
        sk_buf_printf(yaml,
                      "- rule: r%u\n  desc: d\n  condition: evt.type=openat and %s and "
                      "evt.rawres=%u\n  output: o\n  priority: INFO\n",
                      i, what, i + 3);
}

static void more_tests_than_bits_widen_the_filter(void **state)
{
    sk_auto(buf) struct sk_buf yaml = SK_BUF(1u << 20);
    struct made m = made_open("/nowhere");
    struct sk_prefilter_stats s;
    struct asking a;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        sk_buf_printf(
            &yaml,
            "- rule: r%u\n  desc: d\n  condition: evt.type=openat and fd.name=/etc/f%u and "
            "evt.rawres=%u\n  output: o\n  priority: INFO\n",
            i, i, i + 3);
    asking_new(&a, sk_buf_str(&yaml).p);
    sk_prefilter_stats(a.f, &s);
    assert_true(s.bits[SK_PF_PATH] <= 64);
    assert_true(s.clauses <= 64);
    for (unsigned i = 0; i < 100; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/etc/f%u", i);
        m.path = path;
        made_num(&m, "fd", i + 3);
        m.file.fd = i + 3;
        ask_about(&a, &m);
        assert_true(rules_match(&a));
        assert_true(sk_prefilter_pass(sk_prefilter_pf(a.f), &a.cx));
    }
    asking_done(&a);
}

static void more_lengths_of_prefixes_than_are_tried_are_not_known(void **state)
{
    sk_auto(buf) struct sk_buf cond = SK_BUF(1u << 16);
    struct made m = made_new(CONNECT_X);
    struct asking a;

    (void)state;
    sk_buf_addz(&cond, "evt.type=connect and fd.rnet in (");
    for (unsigned i = 1; i <= 32; i++)
        sk_buf_printf(&cond, "%s%u.128.0.0/%u", i > 1 ? ", " : "", i + 10, i);
    sk_buf_addz(&cond, ")");
    asking_rule(&a, sk_buf_str(&cond).p);
    assert_true(sk_prefilter_pf(a.f)->always[SK_PF_NET]);
    m.has_sock = true;
    m.sock.laddr[0] = 10;
    m.sock.raddr[0] = 200;
    m.sock.rport = 1;
    ask_about(&a, &m);
    assert_true(sk_prefilter_pass(sk_prefilter_pf(a.f), &a.cx));
    asking_done(&a);
}

static void lists_that_are_too_long_are_not_known(void **state)
{
    sk_auto(buf) struct sk_buf cond = SK_BUF(4u << 20);
    struct made m = made_open("/p29999");
    struct asking a;

    (void)state;
    sk_buf_addz(&cond, "evt.type=openat and proc.name in (");
    for (unsigned i = 0; i < 30000; i++)
        sk_buf_printf(&cond, "%sc%u", i ? ", " : "", i);
    sk_buf_addz(&cond, ") and fd.name in (");
    for (unsigned i = 0; i < 30000; i++)
        sk_buf_printf(&cond, "%s/p%u", i ? ", " : "", i);
    sk_buf_addz(&cond, ")");
    asking_rule(&a, sk_buf_str(&cond).p);
    assert_true(sk_prefilter_pf(a.f)->always[SK_PF_COMM]);
    assert_true(sk_prefilter_pf(a.f)->always[SK_PF_PATH]);
    made_comm(&m, "c29999");
    ask_about(&a, &m);
    assert_true(rules_match(&a));
    assert_true(sk_prefilter_pass(sk_prefilter_pf(a.f), &a.cx));
    asking_done(&a);
}

static void a_component_that_no_file_can_have_is_not_known(void **state)
{
    char cond[400], name[SK_PF_NAME_MAX + 1];
    struct asking a;

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[200] = '\0';
    snprintf(cond, sizeof(cond), "evt.type=openat and fd.name=/%s", name);
    asking_rule(&a, cond);
    assert_int_equal(sk_prefilter_pf(a.f)->longest, 200);
    assert_false(sk_prefilter_pf(a.f)->always[SK_PF_PATH]);
    asking_done(&a);
}

static void equal_clauses_and_atoms_stand_once(void **state)
{
    sk_auto(buf) struct sk_buf yaml = SK_BUF(1u << 20);
    struct sk_prefilter_stats s;
    struct asking a;

    (void)state;
    many(&yaml, 5, "fd.num>=0");
    asking_new(&a, sk_buf_str(&yaml).p);
    sk_prefilter_stats(a.f, &s);
    assert_int_equal(s.clauses, 1); /* the results became one set */
    assert_int_equal(s.bits[SK_PF_NUM], 2);
    asking_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_depend_on_bytes_length_and_seed),
        cmocka_unit_test(more_tests_than_bits_widen_the_filter),
        cmocka_unit_test(more_lengths_of_prefixes_than_are_tried_are_not_known),
        cmocka_unit_test(lists_that_are_too_long_are_not_known),
        cmocka_unit_test(a_component_that_no_file_can_have_is_not_known),
        cmocka_unit_test(equal_clauses_and_atoms_stand_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
