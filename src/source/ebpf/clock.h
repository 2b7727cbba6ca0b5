/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - what to add to a driver's CLOCK_BOOTTIME to get CLOCK_REALTIME.
 *
 * Measured again each second, because the wall clock is set and slewed while Saker runs. */
#pragma once
#include "base/base.h"

struct sk_clock {
    uint64_t offset_ns; /* modulo 2^64 */
    uint64_t next_ns;   /* CLOCK_BOOTTIME of the next measurement */
};

/* Measures when it is due; call it once a batch. */
void sk_clock_tick(struct sk_clock *c);

static inline uint64_t sk_clock_real(const struct sk_clock *c, uint64_t boottime_ns)
{
    return boottime_ns + c->offset_ns;
}
