/* SPDX-License-Identifier: Apache-2.0 */
/* wake.h - when the kernel side has to wake the reader, and when the reader comes by itself.
 *
 * A wake-up costs the traced system call more than the record does.  While events flow the reader
 * comes by every ten milliseconds and the kernel side wakes nobody: on a virtual machine a sleep and
 * what ends it cost 30 us of CPU, as much as a hundred events.  When nothing has come for a
 * while the timer is stopped and the map `sk_wake` says that the next record must wake.  An idle
 * machine has no timer. */
#pragma once
#include "base/base.h"

#define SK_WAKE_PERIOD_NS (10u * 1000 * 1000) /* longest delay that this adds to an event */
#define SK_WAKE_IDLE      3                   /* empty visits until the reader sleeps */

struct sk_wake {
    uint32_t *asleep; /* the value of sk_wake, shared with the kernel side */
    size_t map_bytes;
    int timer_fd;
    unsigned idle;
    bool ticking;
};

/* map_fd: sk_wake; epoll_fd: gets the timer.  Begins asleep. -errno; sk_wake_done() is safe after
 * it. */
SK_MUST int sk_wake_init(struct sk_wake *w, int map_fd, int epoll_fd);
void sk_wake_done(struct sk_wake *w);

/* Before a visit: takes the tick back, so that the descriptor can become readable again. */
void sk_wake_visit(struct sk_wake *w);
/* After a visit that found `events`.  true: the reader has just gone to sleep and must look once
 * more, because a record may have come before the kernel side knew. */
bool sk_wake_visited(struct sk_wake *w, unsigned events);
