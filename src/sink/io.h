/* SPDX-License-Identifier: Apache-2.0 */
/* io.h - within sink/: waiting for a descriptor, never without an end. */
#pragma once
#include "base/base.h"

/* A point of time (CLOCK_BOOTTIME) `ms` milliseconds from now. */
uint64_t sk_io_deadline(uint64_t ms);
/* Milliseconds that are left, as poll() wants them: 0 when it has passed. */
int sk_io_left(uint64_t deadline_ns);
/* Until `fd` is ready for `events` (POLLIN, POLLOUT; an error or hang-up counts as ready).
 * 0, -ETIMEDOUT, or what poll() says. */
SK_MUST int sk_io_wait(int fd, short events, uint64_t deadline_ns);
/* As sk_io_wait(), with a second descriptor (POLLIN) that ends the wait: -ECANCELED. -1: none. */
SK_MUST int sk_io_wait2(int fd, short events, int other, uint64_t deadline_ns);
