/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/ring.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/source/ebpf/fake_ring.h"
#include "tests/unit/test.h"

static enum sk_ring_head look(struct sk_ring *r)
{
    r->seen = sk_ring_produced(r);
    return sk_ring_peek(r);
}

static void a_length_that_cannot_be_gives_up_what_was_seen(void **state)
{
    struct fake_ring f = {0};
    struct sk_ring r;
    uint32_t word = 0x3fffffff;

    (void)state;
    fake_open(&f, &r);
    fake_put(&f, "12345678", 8);
    memcpy(f.data, &word, sizeof(word));
    assert_int_equal(look(&r), SK_RING_BROKEN);
    assert_int_equal(look(&r), SK_RING_EMPTY);
    fake_put(&f, "abcdefgh", 8);
    assert_int_equal(look(&r), SK_RING_SAMPLE);
    assert_int_equal(r.len, 8);
}

static void a_length_behind_the_producer_is_broken(void **state)
{
    struct fake_ring f = {0};
    struct sk_ring r;
    uint32_t word = 9; /* needs 24 bytes, 16 were reserved */

    (void)state;
    fake_open(&f, &r);
    fake_put(&f, "12345678", 8);
    memcpy(f.data, &word, sizeof(word));
    assert_int_equal(look(&r), SK_RING_BROKEN);
}

static void a_busy_sample_stops_the_reader_until_it_is_committed(void **state)
{
    struct fake_ring f = {0};
    struct sk_ring r;
    uint64_t at;

    (void)state;
    fake_open(&f, &r);
    assert_int_equal(look(&r), SK_RING_EMPTY);
    at = fake_reserve(&f, 8);
    fake_put(&f, "22222222", 8);
    assert_int_equal(look(&r), SK_RING_BUSY);
    fake_commit(&f, at, "11111111", 8, 0);
    assert_int_equal(look(&r), SK_RING_SAMPLE);
    assert_true(sk_ring_first_u64(&r) == 0x3131313131313131);
}

static void discarded_samples_are_stepped_over(void **state)
{
    struct fake_ring f = {0};
    struct sk_ring r;

    (void)state;
    fake_open(&f, &r);
    fake_commit(&f, fake_reserve(&f, 100), "", 0, BPF_RINGBUF_DISCARD_BIT | 100);
    fake_put(&f, "kept....", 8);
    assert_int_equal(look(&r), SK_RING_SAMPLE);
    assert_true(r.pos == 112);
}

static void samples_that_wrap_come_out_whole(void **state)
{
    struct fake_ring f = {0};
    struct sk_ring r;
    uint8_t in[1500], out[1500];
    unsigned wrapped = 0;

    (void)state;
    fake_open(&f, &r);
    for (unsigned round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof(in); i++)
            in[i] = (uint8_t)(i * 7 + round);
        fake_put(&f, in, sizeof(in));
        assert_int_equal(look(&r), SK_RING_SAMPLE);
        assert_int_equal(r.len, sizeof(in));
        sk_ring_copy(&r, out);
        assert_memory_equal(in, out, sizeof(in));
        if (sk_ring_sample(&r))
            assert_memory_equal(in, sk_ring_sample(&r), sizeof(in));
        else
            wrapped++;
        sk_ring_next(&r);
        assert_int_equal(look(&r), SK_RING_EMPTY);
    }
    assert_in_range(wrapped, 1, 49);
    sk_ring_release(&r);
    assert_true(f.consumer == f.producer);
}

static void the_kernel_is_told_after_a_quarter_of_the_ring(void **state)
{
    struct fake_ring f = {0};
    struct sk_ring r;
    uint8_t in[504] = {0};

    (void)state;
    fake_open(&f, &r);
    for (int i = 0; i < 2; i++)
        fake_put(&f, in, sizeof(in));
    assert_int_equal(look(&r), SK_RING_SAMPLE);
    sk_ring_next(&r);
    assert_true(f.consumer == 0);
    assert_int_equal(look(&r), SK_RING_SAMPLE);
    sk_ring_next(&r);
    assert_true(f.consumer == 1024);
}

static void sizes_are_powers_of_two_of_pages(void **state)
{
    uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

    (void)state;
    assert_int_equal(sk_ring_round(2ull << 30), 0);
    assert_int_equal(sk_ring_round(UINT64_MAX), 0);
    assert_int_equal(sk_ring_round(0), page);
    assert_int_equal(sk_ring_round(page + 1), 2 * page);
    assert_int_equal(sk_ring_round(3u << 20), 4u << 20);
    assert_int_equal(sk_ring_round(1u << 30), 1u << 30);
}

static void a_descriptor_that_is_no_ring_is_refused(void **state)
{
    struct sk_ring r;

    (void)state;
    assert_int_equal(sk_ring_map(-1, 4096, &r), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_that_cannot_be_gives_up_what_was_seen),
        cmocka_unit_test(a_length_behind_the_producer_is_broken),
        cmocka_unit_test(a_busy_sample_stops_the_reader_until_it_is_committed),
        cmocka_unit_test(discarded_samples_are_stepped_over),
        cmocka_unit_test(samples_that_wrap_come_out_whole),
        cmocka_unit_test(the_kernel_is_told_after_a_quarter_of_the_ring),
        cmocka_unit_test(sizes_are_powers_of_two_of_pages),
        cmocka_unit_test(a_descriptor_that_is_no_ring_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
