/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the offset between two clocks that cannot be read at once; see clock.h. */
#include "source/ebpf/clock.h"

#define SK_CLOCK_EVERY_NS 1000000000ull
#define SK_CLOCK_TRIES    5

void sk_clock_tick(struct sk_clock *c)
{
    uint64_t best_gap = UINT64_MAX;

    if (c->next_ns && sk_boottime_ns() < c->next_ns)
        return;
    /* The reading with the shortest gap was not interrupted. */
    for (int i = 0; i < SK_CLOCK_TRIES; i++) {
        uint64_t before = sk_boottime_ns();
        uint64_t real = sk_now_ns();
        uint64_t gap = sk_boottime_ns() - before;

        if (gap >= best_gap)
            continue;
        best_gap = gap;
        c->offset_ns = real - (before + gap / 2);
        c->next_ns = before + SK_CLOCK_EVERY_NS;
    }
}
