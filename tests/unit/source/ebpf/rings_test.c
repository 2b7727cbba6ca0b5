/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/rings.h"

#include <errno.h>
#include <unistd.h>

#include "source/ebpf/features.h"
#include "tests/unit/test.h"

static void a_ring_over_a_gibibyte_is_refused_with_its_size(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_source_options big = {.ring_bytes = (1u << 30) + 1};
    const struct sk_source_options critical = {.critical_ring_bytes = UINT32_MAX};
    struct sk_rings rs = {.slots = 77};

    (void)state;
    assert_int_equal(sk_rings_plan(&big, 2, 2, dg, &rs), -EINVAL);
    assert_int_equal(sk_rings_plan(&critical, 2, 2, dg, &rs), -EINVAL);
    assert_int_equal(rs.slots, 77);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR),
                        "a bulk ring of '1073741825' bytes is too large: the most is 1 GiB\n"
                        "a critical ring of '4294967295' bytes is too large: the most is 1 GiB\n");
}

static struct sk_rings plan(uint32_t cpus_per_ring, uint32_t possible, uint32_t present)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    const struct sk_source_options opt = {.cpus_per_ring = cpus_per_ring, .ring_bytes = 5000};
    struct sk_rings rs;

    assert_int_equal(sk_rings_plan(&opt, possible, present, dg, &rs), 0);
    return rs;
}

static void sizes_are_rounded_and_have_a_default(void **state)
{
    struct sk_rings rs = plan(0, 4, 4);
    uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

    (void)state;
    assert_int_equal(rs.bulk_bytes, SK_MAX(8192u, page));
    assert_int_equal(rs.critical_bytes, 8u << 20);
}

static void without_cpus_per_ring_there_is_one_for_all(void **state)
{
    struct sk_rings rs = plan(0, 64, 4);

    (void)state;
    assert_int_equal(rs.slots, 1);
    assert_int_equal(rs.bulk, 1);
    assert_int_equal(rs.cpus_per_ring, 0);
}

static void cpus_that_do_not_exist_have_slots_but_no_rings(void **state)
{
    struct sk_rings rs = plan(2, 128, 5);

    (void)state;
    assert_int_equal(rs.slots, 64);
    assert_int_equal(rs.bulk, 3);
}

static void more_cpus_than_slots_share_them(void **state)
{
    struct sk_rings rs = plan(1, 1000, 1000);

    (void)state;
    assert_int_equal(rs.cpus_per_ring, 4);
    assert_int_equal(rs.slots, 250);
    assert_int_equal(rs.bulk, 250);
    rs = plan(9, 4, 4);
    assert_int_equal(rs.cpus_per_ring, 4);
    assert_int_equal(rs.slots, 1);
}

static void a_refused_ring_is_told_with_what_to_do(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_rings rs = plan(0, 1, 1);
    struct sk_ring *ring = NULL;

    (void)state;
    if (sk_try_ringbuf() == 0) {
        rs.bulk_bytes = 4097; /* no power of two of pages: the kernel says EINVAL */
        assert_int_equal(sk_rings_make(&rs, dg), -EINVAL);
        assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "4097 bytes"));
        assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "buf_size_preset"));
    } else {
        assert_int_equal(sk_rings_make(&rs, dg), -EPERM);
        assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "CAP_BPF"));
    }
    assert_int_equal(sk_rings_map(&rs, dg, &ring), -EBADF);
    assert_null(ring);
    sk_rings_close(&rs);
}

static void rings_of_the_kernel_can_be_mapped(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_rings rs = plan(1, 2, 2);
    struct sk_ring *ring = NULL;

    (void)state;
    if (sk_try_ringbuf())
        skip();
    assert_int_equal(sk_rings_make(&rs, dg), 0);
    assert_int_equal(sk_rings_map(&rs, dg, &ring), 0);
    for (uint32_t i = 0; i <= rs.bulk; i++) {
        assert_int_equal(sk_ring_produced(&ring[i]), 0);
        assert_int_equal(sk_ring_peek(&ring[i]), SK_RING_EMPTY);
        sk_ring_unmap(&ring[i]);
    }
    free(ring);
    sk_rings_close(&rs);
    sk_rings_close(&rs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_over_a_gibibyte_is_refused_with_its_size),
        cmocka_unit_test(sizes_are_rounded_and_have_a_default),
        cmocka_unit_test(without_cpus_per_ring_there_is_one_for_all),
        cmocka_unit_test(cpus_that_do_not_exist_have_slots_but_no_rings),
        cmocka_unit_test(more_cpus_than_slots_share_them),
        cmocka_unit_test(a_refused_ring_is_told_with_what_to_do),
        cmocka_unit_test(rings_of_the_kernel_can_be_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
