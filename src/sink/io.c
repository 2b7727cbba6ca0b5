/* SPDX-License-Identifier: Apache-2.0 */
/* io.c - poll() with a point of time instead of a duration: interruptions do not prolong it. */
#include "sink/io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

uint64_t sk_io_deadline(uint64_t ms)
{
    return sk_boottime_ns() + ms * 1000000;
}

int sk_io_left(uint64_t deadline_ns)
{
    uint64_t now = sk_boottime_ns(), ms;

    if (now >= deadline_ns)
        return 0;
    ms = (deadline_ns - now + 999999) / 1000000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

int sk_io_wait2(int fd, short events, int other, uint64_t deadline_ns)
{
    struct pollfd p[] = {{.fd = fd, .events = events}, {.fd = other, .events = POLLIN}};

    for (;;) {
        int n = poll(p, 2, sk_io_left(deadline_ns));

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            return p[0].revents ? 0 : -ECANCELED;
        if (sk_boottime_ns() >= deadline_ns)
            return -ETIMEDOUT;
    }
}

int sk_io_wait(int fd, short events, uint64_t deadline_ns)
{
    return sk_io_wait2(fd, events, -1, deadline_ns);
}
