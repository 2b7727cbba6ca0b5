/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/merge.h"

#include <pthread.h>

#include "tests/unit/source/ebpf/fake_ring.h"
#include "tests/unit/test.h"

#define RINGS 3

struct world {
    struct fake_ring fake[RINGS];
    struct sk_merge m;
};

static int begin(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct sk_ring *ring = calloc(RINGS, sizeof(*ring));

    for (int i = 0; i < RINGS; i++)
        fake_open(&w->fake[i], &ring[i]);
    *state = w;
    return sk_merge_init(&w->m, ring, RINGS);
}

static int end(void **state)
{
    struct world *w = *state;

    sk_merge_done(&w->m);
    free(w);
    return 0;
}

static struct sk_rec_hdr rec(uint64_t ts)
{
    return (struct sk_rec_hdr){.ts_ns = ts, .len = SK_REC_HDR_BYTES};
}

static void put(struct world *w, int ring, uint64_t ts)
{
    struct sk_rec_hdr h = rec(ts);

    fake_put(&w->fake[ring], &h, sizeof(h));
}

/* Timestamp of the next record, 0: none. */
static uint64_t next(struct world *w)
{
    uint64_t ts = 0;
    uint32_t len;
    const uint8_t *p = sk_merge_next(&w->m, &len);

    if (p)
        memcpy(&ts, p, sizeof(ts));
    return ts;
}

static void a_sample_too_short_for_a_record_is_counted_and_skipped(void **state)
{
    struct world *w = *state;

    fake_put(&w->fake[1], "short", 5);
    put(w, 1, 7);
    assert_true(next(w) == 7);
    assert_true(next(w) == 0);
    assert_true(w->m.bad == 1);
}

static void a_broken_ring_is_counted_and_the_others_go_on(void **state)
{
    struct world *w = *state;
    uint32_t word = 0x0fffffff;

    put(w, 0, 1);
    memcpy(w->fake[0].data, &word, sizeof(word));
    put(w, 2, 9);
    assert_true(next(w) == 9);
    assert_true(w->m.bad == 1);
}

static void the_oldest_comes_first_whichever_ring_it_is_in(void **state)
{
    struct world *w = *state;

    put(w, 0, 10);
    put(w, 0, 40);
    put(w, 1, 20);
    put(w, 2, 5);
    put(w, 2, 30);
    for (uint64_t want = 5; want; want = want == 5 ? 10 : want < 40 ? want + 10 : 0)
        assert_true(next(w) == want);
    assert_true(next(w) == 0);
}

static void a_record_behind_the_first_look_waits_for_another_round(void **state)
{
    struct world *w = *state;

    put(w, 0, 10);
    put(w, 1, 20);
    assert_true(next(w) == 10);
    /* As if ring 1 had been written between the two looks of the round. */
    w->m.ring[1].settled = w->m.ring[1].pos;
    put(w, 2, 15);
    assert_true(next(w) == 15);
    assert_true(next(w) == 20);
}

static void a_busy_head_holds_the_stream_until_it_is_committed(void **state)
{
    struct world *w = *state;
    struct sk_rec_hdr h = rec(1);
    uint64_t at = fake_reserve(&w->fake[2], sizeof(h));

    w->m.hold_ns = UINT64_MAX;
    put(w, 0, 10);
    assert_true(next(w) == 0);
    fake_commit(&w->fake[2], at, &h, sizeof(h), 0);
    assert_true(next(w) == 1);
    assert_true(next(w) == 10);
    assert_true(w->m.late == 0);
}

static void a_head_that_stays_busy_does_not_hold_it_for_ever(void **state)
{
    struct world *w = *state;

    w->m.hold_ns = 0;
    fake_reserve(&w->fake[2], 26);
    put(w, 0, 10);
    put(w, 0, 11);
    assert_true(next(w) == 10);
    assert_true(next(w) == 11);
    assert_true(w->m.late >= 1);
}

static void everything_read_is_released_when_nothing_is_left(void **state)
{
    struct world *w = *state;

    put(w, 0, 10);
    put(w, 1, 11);
    assert_true(next(w) == 10);
    assert_true(next(w) == 11);
    assert_true(next(w) == 0);
    assert_true(w->fake[0].consumer == w->fake[0].producer);
    assert_true(w->fake[1].consumer == w->fake[1].producer);
}

#define CHAIN 20000

/* One cause after the other, each in another ring: the strictest order that there is. */
static void *write_chain(void *arg)
{
    struct world *w = arg;

    for (uint64_t ts = 1; ts <= CHAIN; ts++) {
        struct fake_ring *f = &w->fake[ts % RINGS];
        struct sk_rec_hdr h = rec(ts);
        uint32_t word = sizeof(h);
        uint64_t at = f->producer;

        while (at - __atomic_load_n(&f->consumer, __ATOMIC_ACQUIRE) > FAKE_BYTES - 64)
            sched_yield();
        for (uint32_t i = 0; i < sizeof(h); i++)
            f->data[(at + 8 + i) & (FAKE_BYTES - 1)] = ((const uint8_t *)&h)[i];
        memcpy(f->data + (at & (FAKE_BYTES - 1)), &word, sizeof(word));
        __atomic_store_n(&f->producer, at + 40, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void a_chain_of_causes_over_all_rings_keeps_its_order(void **state)
{
    struct world *w = *state;
    pthread_t thread;
    uint64_t want = 1;

    assert_int_equal(pthread_create(&thread, NULL, write_chain, w), 0);
    while (want <= CHAIN) {
        uint64_t ts = next(w);

        if (ts && ts != want)
            fail_msg("record %llu came where %llu was due", (unsigned long long)ts,
                     (unsigned long long)want);
        want += ts != 0;
        if (!ts)
            sched_yield();
    }
    pthread_join(thread, NULL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_sample_too_short_for_a_record_is_counted_and_skipped),
        T(a_broken_ring_is_counted_and_the_others_go_on),
        T(the_oldest_comes_first_whichever_ring_it_is_in),
        T(a_record_behind_the_first_look_waits_for_another_round),
        T(a_busy_head_holds_the_stream_until_it_is_committed),
        T(a_head_that_stays_busy_does_not_hold_it_for_ever),
        T(everything_read_is_released_when_nothing_is_left),
        T(a_chain_of_causes_over_all_rings_keeps_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
