/* SPDX-License-Identifier: Apache-2.0 */
/* wake.c - the reader's timer and its flag in memory; see wake.h. */
#include "source/ebpf/wake.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void set_timer(struct sk_wake *w, bool on)
{
    const struct timespec period = {.tv_nsec = on ? SK_WAKE_PERIOD_NS : 0};
    const struct itimerspec its = {.it_interval = period, .it_value = period};

    /* A valid descriptor and a valid time: nothing that could fail. */
    (void)timerfd_settime(w->timer_fd, 0, &its, NULL);
    w->ticking = on;
}

int sk_wake_init(struct sk_wake *w, int map_fd, int epoll_fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    void *p;

    *w = (struct sk_wake){.timer_fd = -1, .map_bytes = (size_t)sysconf(_SC_PAGESIZE)};
    p = mmap(NULL, w->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (p == MAP_FAILED)
        return -errno;
    w->asleep = p;
    w->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (w->timer_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, w->timer_fd, &ev))
        return -errno;
    __atomic_store_n(w->asleep, 1, __ATOMIC_SEQ_CST);
    return 0;
}

void sk_wake_done(struct sk_wake *w)
{
    if (w->asleep)
        munmap(w->asleep, w->map_bytes);
    w->asleep = NULL;
    fd_freep(&w->timer_fd);
}

void sk_wake_visit(struct sk_wake *w)
{
    uint64_t ticks;

    if (w->ticking && read(w->timer_fd, &ticks, sizeof(ticks)) < 0)
        return; /* not yet due: somebody else woke us */
}

bool sk_wake_visited(struct sk_wake *w, unsigned events)
{
    if (events) {
        w->idle = 0;
        if (!w->ticking) {
            __atomic_store_n(w->asleep, 0, __ATOMIC_RELAXED);
            set_timer(w, true);
        }
        return false;
    }
    if (!w->ticking) {
        /* Woken for nothing (another visit took it): the kernel side has cleared the flag. */
        bool cleared = !__atomic_load_n(w->asleep, __ATOMIC_RELAXED);

        __atomic_store_n(w->asleep, 1, __ATOMIC_SEQ_CST);
        return cleared;
    }
    if (++w->idle < SK_WAKE_IDLE)
        return false;
    w->idle = 0;
    set_timer(w, false);
    /* Before the last look: pairs with the kernel side, which reads the flag after its commit. */
    __atomic_store_n(w->asleep, 1, __ATOMIC_SEQ_CST);
    return true;
}
