/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas of a prefilter: what is done to them, against their truth tables. */
#include "prefiltering.h"

#define TESTS  7
#define ROUNDS 20000

static struct sk_filter_pool *pool;
static struct sk_arena *pool_mem;
static struct sk_pfc c;
static uint64_t random_state = 88172645463325252ull;

static unsigned pick(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 20) % n;
}

static int set_up(void **state)
{
    (void)state;
    pool_mem = sk_arena_new(1u << 20);
    assert_int_equal(sk_filter_pool_new(pool_mem, &pool), 0);
    assert_int_equal(sk_pfc_init(&c, pool), 0);
    for (unsigned i = 0; i < TESTS; i++)
        assert_int_equal(
            sk_pt_number(&c, (struct sk_pt_kind){SK_PF_NUM, SK_PF_F_RET, 0, SK_PF_SGT}, i), i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sk_pfc_done(&c);
    sk_filter_pool_free(pool);
    sk_arena_free(pool_mem);
    return 0;
}

static bool lit_holds(uint16_t lit, unsigned values)
{
    return (values >> (lit >> 1) & 1) != (lit & 1);
}

static bool holds(struct sk_dnf d, unsigned values)
{
    for (uint32_t i = 0; i < d.n; i++) {
        bool all = true;

        for (uint32_t k = 0; k < d.cube[i].n; k++)
            all &= lit_holds(d.cube[i].lit[k], values);
        if (all)
            return true;
    }
    return false;
}

static struct sk_dnf some(void)
{
    struct sk_dnf d = sk_dnf_const(&c, false);

    for (unsigned n = pick(5); n-- > 0;) {
        struct sk_dnf cube = sk_dnf_const(&c, true);

        for (unsigned k = pick(4); k-- > 0;)
            cube = sk_dnf_and(&c, cube, sk_dnf_lit(&c, pick(TESTS), pick(2)), SK_DNF_MAX);
        d = sk_dnf_or(&c, d, cube);
    }
    return d;
}

static void and_or_not_are_what_they_say(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        sk_arena_reset(c.tmp);
        struct sk_dnf a = some(), b = some(), and = sk_dnf_and(&c, a, b, SK_DNF_MAX),
                      or = sk_dnf_or(&c, a, b), not = sk_dnf_not(&c, a);

        for (unsigned v = 0; v < 1u << TESTS; v++) {
            assert_int_equal(holds(and, v), holds(a, v) && holds(b, v));
            assert_int_equal(holds(or, v), holds(a, v) || holds(b, v));
            assert_int_equal(holds(not, v), !holds(a, v));
        }
    }
}

static void what_has_too_many_cubes_gets_wider_only(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        sk_arena_reset(c.tmp);
        struct sk_dnf a = some(), b = some(), wide = sk_dnf_widen(&c, sk_dnf_or(&c, a, b), 3),
                      and = sk_dnf_and(&c, a, b, 2);

        assert_true(wide.n <= 3);
        for (unsigned v = 0; v < 1u << TESTS; v++) {
            if (holds(a, v) || holds(b, v))
                assert_true(holds(wide, v));
            if (holds(a, v) && holds(b, v))
                assert_true(holds(and, v));
        }
    }
}

static void cubes_that_another_one_contains_go(void **state)
{
    struct sk_dnf a, d;

    (void)state;
    sk_arena_reset(c.tmp);
    a = sk_dnf_and(&c, sk_dnf_lit(&c, 0, false), sk_dnf_lit(&c, 1, true), SK_DNF_MAX);
    d = sk_dnf_or(&c, a, sk_dnf_lit(&c, 0, false));
    assert_int_equal(d.n, 1);
    assert_int_equal(d.cube[0].n, 1);
    d = sk_dnf_or(&c, a, a);
    assert_int_equal(d.n, 1);
    d = sk_dnf_and(&c, sk_dnf_lit(&c, 0, false), sk_dnf_lit(&c, 0, true), SK_DNF_MAX);
    assert_int_equal(d.n, 0);
}

static void cubes_that_differ_in_a_set_become_one(void **state)
{
    struct sk_pt_kind kind = {.word = SK_PF_COMM};
    struct sk_pe_list one = {0}, two = {0};
    struct sk_dnf a, b, d;

    (void)state;
    sk_arena_reset(c.tmp);
    sk_pe_add(&c, &one, &(struct sk_pe){.kind = SK_PE_COMM, .text = SK_STR("a")});
    sk_pe_add(&c, &two, &(struct sk_pe){.kind = SK_PE_COMM, .text = SK_STR("b")});
    a = sk_dnf_and(&c, sk_dnf_lit(&c, 0, false), sk_dnf_lit(&c, sk_pt_set(&c, kind, &one), false),
                   9);
    b = sk_dnf_and(&c, sk_dnf_lit(&c, 0, false), sk_dnf_lit(&c, sk_pt_set(&c, kind, &two), false),
                   9);
    d = sk_dnf_join_sets(&c, sk_dnf_or(&c, a, b));
    assert_int_equal(d.n, 1);
    assert_int_equal(d.cube[0].n, 2);
    assert_int_equal(c.test[d.cube[0].lit[1] >> 1].n, 2);
}

static void a_cube_has_room_for_so_many_literals(void **state)
{
    struct sk_dnf d;

    (void)state;
    sk_arena_reset(c.tmp);
    d = sk_dnf_const(&c, true);
    for (unsigned i = 0; i < 40; i++) {
        uint32_t t = sk_pt_number(&c, (struct sk_pt_kind){SK_PF_NUM, SK_PF_F_EUID, 0, SK_PF_GT}, i);

        d = sk_dnf_and(&c, d, sk_dnf_lit(&c, t, i % 2), SK_DNF_MAX);
    }
    assert_int_equal(d.n, 1);
    assert_int_equal(d.cube[0].n, SK_CUBE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(and_or_not_are_what_they_say),
        cmocka_unit_test(what_has_too_many_cubes_gets_wider_only),
        cmocka_unit_test(cubes_that_another_one_contains_go),
        cmocka_unit_test(cubes_that_differ_in_a_set_become_one),
        cmocka_unit_test(a_cube_has_room_for_so_many_literals),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
