/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/share.h"

#include <errno.h>

#include "fair.h"
#include "tests/unit/test.h"

#define RING (1u << 20)
#define REC  128u

/* A ring that is read slower than it is written: positions alone. */
struct model {
    struct sk_fair f;
    uint64_t cons, prod;
    uint64_t held[8]; /* bytes of each account that got in */
};

static struct model *model(void)
{
    struct model *m = calloc(1, sizeof(*m));

    assert_non_null(m);
    m->f.bytes = RING;
    m->f.calm = RING / 4;
    m->f.seed = 0x1234567;
    m->f.ease = 1;
    return m;
}

static bool put(struct model *m, uint64_t account, uint32_t klass)
{
    if (m->prod - m->cons > m->f.calm &&
        !sk_fair_admit(&m->f, account, klass, REC, m->cons, m->prod))
        return false;
    if (m->prod - m->cons + REC > RING)
        return false;
    m->prod += REC;
    m->held[account & 7] += REC;
    return true;
}

static uint64_t left(const struct model *m)
{
    return RING - (m->prod - m->cons);
}

static void one_account_leaves_room_for_those_who_come(void **state)
{
    sk_auto(mem) struct model *m = model();

    (void)state;
    for (int i = 0; i < 100000; i++)
        put(m, 1, SK_CLASS_OPEN);
    assert_in_range(left(m), RING / 4, RING / 2);
    for (int i = 0; i < 1000; i++)
        assert_true(put(m, 2, SK_CLASS_OPEN));
    assert_false(put(m, 1, SK_CLASS_OPEN));
}

static void whoever_floods_with_all_classes_leaves_room_as_well(void **state)
{
    sk_auto(mem) struct model *m = model();

    (void)state;
    for (int i = 0; i < 100000; i++)
        put(m, 1, (uint32_t)i % SK_CLASS_N);
    assert_in_range(left(m), RING / 8, RING / 2);
    for (int i = 0; i < 500; i++)
        assert_true(put(m, 2, SK_CLASS_OPEN));
}

static void opens_do_not_hide_other_classes_of_the_same_account(void **state)
{
    sk_auto(mem) struct model *m = model();

    (void)state;
    for (int i = 0; i < 100000; i++)
        put(m, 1, SK_CLASS_OPEN);
    assert_false(put(m, 1, SK_CLASS_OPEN));
    for (int i = 0; i < 300; i++)
        assert_true(put(m, 1, SK_CLASS_DIRFILE));
}

/* The reader takes a quarter of the ring at a time, and half as fast as the two write. */
static void two_that_flood_get_the_same_while_a_third_loses_nothing(void **state)
{
    sk_auto(mem) struct model *m = model();

    (void)state;
    for (int turn = 0; turn < 400; turn++) {
        for (int i = 0; i < 4096; i++) {
            put(m, 1, SK_CLASS_OPEN);
            put(m, 2, SK_CLASS_OPEN);
            if (i % 64 == 0)
                assert_true(put(m, 3, SK_CLASS_OPEN));
        }
        m->cons += SK_MIN((uint64_t)RING / 4, m->prod - m->cons);
    }
    assert_in_range(m->held[1] * 100 / m->held[2], 90, 110);
    assert_int_equal(m->held[3], 400 * 64 * REC);
    /* Nothing is shed that the reader could have taken. */
    assert_true(m->prod >= 399ull * RING / 4);
}

static void what_has_been_read_counts_no_more(void **state)
{
    sk_auto(mem) struct model *m = model();

    (void)state;
    for (int i = 0; i < 100000; i++)
        put(m, 1, SK_CLASS_OPEN);
    m->cons = m->prod;
    for (int i = 0; i < 4000; i++)
        assert_true(put(m, 1, SK_CLASS_OPEN));
}

static void a_critical_ring_may_be_filled_further(void **state)
{
    sk_auto(mem) struct model *bulk = model(), *critical = model();

    (void)state;
    critical->f.ease = 2;
    for (int i = 0; i < 100000; i++) {
        put(bulk, 1, SK_CLASS_EXEC);
        put(critical, 1, SK_CLASS_EXEC);
    }
    assert_true(left(critical) < left(bulk));
    assert_true(left(critical) > RING / 8);
}

static void without_a_map_nothing_is_written(void **state)
{
    struct sk_rings rs = {.bulk = 1, .bulk_bytes = RING, .critical_bytes = RING};

    (void)state;
    assert_int_equal(sk_share_put(-1, &rs), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_map_nothing_is_written),
        cmocka_unit_test(one_account_leaves_room_for_those_who_come),
        cmocka_unit_test(whoever_floods_with_all_classes_leaves_room_as_well),
        cmocka_unit_test(opens_do_not_hide_other_classes_of_the_same_account),
        cmocka_unit_test(two_that_flood_get_the_same_while_a_third_loses_nothing),
        cmocka_unit_test(what_has_been_read_counts_no_more),
        cmocka_unit_test(a_critical_ring_may_be_filled_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
