/* SPDX-License-Identifier: Apache-2.0 */
/* later.h - the programs that an alert does not take come in a thread of their own, while events flow.
 *
 * Verifying all programs takes the kernel longer than everything else at the start; those of the
 * first part (load.h) are a third of them. */
#pragma once
#include <pthread.h>

#include "source/ebpf/load.h"

struct sk_later {
    const struct sk_bpf *first; /* borrowed */
    struct sk_bpf rest;
    struct sk_diag *dg; /* of the thread */
    pthread_t thread;
    int fd; /* becomes readable at the end */
    int err;
    bool running;
};

/* epoll_fd gets the descriptor.  -errno; sk_later_done() is safe after it, and on zeros. */
SK_MUST int sk_later_start(struct sk_later *l, const struct sk_bpf *first, int epoll_fd);
/* Once the thread has ended, takes what it made: true, with its warnings in dg.  Does not wait. */
bool sk_later_over(struct sk_later *l, struct sk_diag *dg);
/* Waits for the thread, and closes what it made. */
void sk_later_done(struct sk_later *l);
