/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h - io_uring by its three system calls: no library, so that one static program works in every guest. */
#pragma once
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than some headers. */
enum { RING_OP_BIND = 56, RING_OP_LISTEN = 57 };
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1u << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1u << 13)
#endif
#ifndef IOSQE_CQE_SKIP_SUCCESS
#define IOSQE_CQE_SKIP_SUCCESS (1u << 6)
#endif

struct ring {
    int fd;
    struct io_uring_params p;
    char *base;
    struct io_uring_sqe *sqes;
    unsigned pending;
};

static inline uint32_t *ring_word(const struct ring *r, uint32_t off)
{
    return (uint32_t *)(void *)(r->base + off);
}

/* -errno: there are no rings here. */
static inline int ring_open(struct ring *r, unsigned entries, unsigned flags)
{
    size_t sq, cq;

    memset(r, 0, sizeof(*r));
    r->p.flags = flags;
    r->p.sq_thread_idle = 2000;
    r->fd = (int)syscall(SYS_io_uring_setup, entries, &r->p);
    if (r->fd < 0)
        return -errno;
    sq = r->p.sq_off.array + r->p.sq_entries * sizeof(uint32_t);
    cq = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
    r->base = mmap(NULL, sq > cq ? sq : cq, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                   r->fd, IORING_OFF_SQ_RING);
    r->sqes = mmap(NULL, r->p.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQES);
    return r->base == MAP_FAILED || (void *)r->sqes == MAP_FAILED ? -ENOMEM : 0;
}

/* The next request; it goes out with ring_submit(). */
static inline struct io_uring_sqe *ring_sqe(struct ring *r)
{
    uint32_t at = (*ring_word(r, r->p.sq_off.tail) + r->pending) & (r->p.sq_entries - 1);
    struct io_uring_sqe *s = &r->sqes[at];

    memset(s, 0, sizeof(*s));
    ring_word(r, r->p.sq_off.array)[at] = at;
    r->pending++;
    return s;
}

static inline int ring_submit(struct ring *r, unsigned wait)
{
    unsigned n = r->pending, flags = wait ? IORING_ENTER_GETEVENTS : 0;
    uint32_t *tail = ring_word(r, r->p.sq_off.tail);

    __atomic_store_n(tail, *tail + n, __ATOMIC_RELEASE);
    r->pending = 0;
    if (r->p.flags & IORING_SETUP_SQPOLL) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (*ring_word(r, r->p.sq_off.flags) & IORING_SQ_NEED_WAKEUP)
            flags |= IORING_ENTER_SQ_WAKEUP;
        if (!flags)
            return (int)n;
    }
    return (int)syscall(SYS_io_uring_enter, r->fd, n, wait, flags, NULL, 0);
}

/* The next completion; false: there is none. */
static inline int ring_next(struct ring *r, struct io_uring_cqe *out)
{
    uint32_t *head = ring_word(r, r->p.cq_off.head);
    uint32_t tail = __atomic_load_n(ring_word(r, r->p.cq_off.tail), __ATOMIC_ACQUIRE);
    struct io_uring_cqe *cqes = (void *)(r->base + r->p.cq_off.cqes);

    if (*head == tail)
        return 0;
    *out = cqes[*head & (r->p.cq_entries - 1)];
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return 1;
}

/* Waits for one completion: its result. */
static inline int ring_wait(struct ring *r, struct io_uring_cqe *out)
{
    while (!ring_next(r, out))
        if (syscall(SYS_io_uring_enter, r->fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0 &&
            errno != EINTR)
            return -errno;
    return out->res;
}
