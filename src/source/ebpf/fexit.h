/* SPDX-License-Identifier: Apache-2.0 */
/* fexit.h - programs at the ends of the functions of wanted system calls, instead of one at the end of every
 * call: what nobody wants then costs nothing.
 *
 * The capture begins with sys_exit, which takes no time to attach.  A thread then loads the fillers once more,
 * attaches one small program to each function, and takes sys_exit off; while both are attached, sk_told (maps of
 * abi/bpf.h) keeps them from telling a call twice.  Where any step is refused everything stays with sys_exit.
 * The thread ends after that: a capture that wants more later has sys_exit beside the functions.
 *
 * All functions are called by the one thread that owns the source. */
#pragma once
#include <pthread.h>

#include "source/ebpf/calls.h"
#include "source/ebpf/load.h"

#define SK_FEXIT_FAMILIES 4
#define SK_FEXIT_LINKS    SK_CALLS_MAX

enum sk_fexit_state {
    SK_FEXIT_IDLE, /* not begun */
    SK_FEXIT_MOVING,
    SK_FEXIT_ON,
    SK_FEXIT_REFUSED,
};

struct sk_fexit {
    enum sk_attach how;
    const struct sk_bpf_image *image;
    struct sk_bpf *bpf; /* of the other programs; not ours */
    int done_fd;        /* readable once the thread has ended; -1: there is none */
    bool threaded;
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows, and the program of sys_exit */
    pthread_cond_t wake;
    bool stop;
    bool more; /* the capture wants calls whose functions are not attached */
    enum sk_fexit_state state;
    struct sk_event_set have; /* whose functions are attached, or will be */

    /* Of the thread, until it has ended. */
    struct sk_bpf family[SK_FEXIT_FAMILIES]; /* fillers, by type of function */
    uint32_t proto[SK_FEXIT_FAMILIES];
    uint32_t nfamilies;
    int link[SK_FEXIT_LINKS];
    uint32_t nlinks;
};

/* `image` is what `b` was loaded from. */
SK_MUST int sk_fexit_init(struct sk_fexit *f, enum sk_attach how, const struct sk_bpf_image *image,
                          struct sk_bpf *b);
/* Before and after the capture `events` becomes valid.  What is needed for it is attached before. */
SK_MUST int sk_fexit_before(struct sk_fexit *f, const struct sk_event_set *events,
                            struct sk_diag *dg);
void sk_fexit_after(struct sk_fexit *f, const struct sk_event_set *events);
/* Readable once nothing is loaded or attached any more; -1: so it is. */
int sk_fexit_fd(const struct sk_fexit *f);
/* Takes everything off again. */
void sk_fexit_done(struct sk_fexit *f);
/* Would the kernel take such programs, and may they be used?  Else *why says so. */
bool sk_fexit_possible(const char **why);
