/* SPDX-License-Identifier: Apache-2.0 */
/* queue.h - within sink/: an alert exists once, whoever waits for it; each output has a queue of its
 * own through the same items, and one thread. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "sink/sink.h"

#define SK_OUTPUTS_MAX       32
#define SK_OUTPUTS_MAX_BYTES (256u << 20)
#define SK_TEND_MS           1000
#define SK_RETRY_FIRST_MS    100
#define SK_RETRY_MAX_MS      30000

struct sk_item {
    atomic_uint refs; /* queues and hands that hold it */
    enum sk_level priority;
    uint64_t id, ts_ns;
    size_t bytes; /* what it counts in a queue */
    struct sk_str rule;
    struct sk_str form[SK_FORM_N];
    struct sk_item *next[]; /* in the queue of each output, then of the spool; behind: the texts */
};

/* The copy of an alert with the forms of the mask, one reference. links: outputs, and one for the
 * spool. NULL: no memory. */
struct sk_item *sk_item_new(const struct sk_sink_alert *alert, unsigned forms, size_t links);
void sk_item_unref(struct sk_item *it);

struct sk_output {
    struct sk_outputs *all;
    const struct sk_sink_ops *ops;
    void *self;
    char *name;
    size_t index; /* in all->out, and of the link in each item */
    enum sk_form form;
    enum sk_level min_priority;
    pthread_t thread;
    pthread_cond_t wake; /* with all->lock */

    /* Guarded by all->lock. */
    struct sk_item *first, **last;
    struct sk_item *flight; /* with the sink, or about to be again */
    bool absent;            /* it could not be opened: the spool keeps its alerts for another run */
    bool started, ended, reopen, orphan;
    uint64_t done_id;   /* of the last alert that is settled */
    uint64_t held_id;   /* with a spool: of the oldest that the sink itself holds; 0: none */
    uint64_t queued_id; /* with a spool: of the last that was queued, or is not for it */
    bool behind;  /* with a spool: there may be more than is queued; the thread of the spool */
    bool gave_up; /* the end came before the last alert was delivered */
    bool full;    /* drops, until an alert finds room again */
    uint64_t full_dropped;
    struct sk_output_stat stat;

    /* Of the thread. */
    uint64_t lost, tries; /* since it last worked */
    uint32_t backoff_ms;
    /* Watchdog: when the running call began (0: none runs); written by the thread, read by others
     * who only compare times, so no order is needed. */
    atomic_uint_fast64_t call_ns;
    atomic_bool reported;
};

#define SK_OUTPUTS_MUTE_MAX 4
struct sk_mute { /* a sink that serves without being an output */
    const struct sk_sink_ops *ops;
    void *self;
};

struct sk_outputs {
    pthread_mutex_t lock;
    pthread_cond_t gone; /* a thread has ended */
    unsigned refs;       /* the owner, and each thread that runs: who drops the last one frees */
    size_t n, capacity, max_bytes;
    uint32_t timeout_ms;
    enum sk_recovery recovery;
    unsigned forms;
    atomic_bool over; /* `end_ns` has passed; sinks look at it while they wait */
    bool stop, fatal, warned;
    bool feeding;           /* the spool may still bring alerts */
    struct sk_spool *spool; /* NULL: none */
    uint64_t end_ns; /* of boottime, when `stop`: what is not delivered by then is given up */
    uint64_t last_id, pushed_id, queued, dropped;
    struct sk_output out[SK_OUTPUTS_MAX];
    struct sk_mute mute[SK_OUTPUTS_MUTE_MAX];
    size_t nmute;
};

/* The thread of an output. */
void *sk_output_run(void *arg);
/* Closes the sink; the thread's last act, or its owner's when it never started. */
void sk_output_close(struct sk_output *t);
/* Into the queue, which has room. With the lock. */
void sk_output_queue(struct sk_output *t, struct sk_item *it);
/* Empties the queue; how many alerts were in it. With the lock. */
uint64_t sk_output_clear(struct sk_output *t);
void sk_outputs_cond_init(pthread_cond_t *cond);
/* Waits on a condition of CLOCK_MONOTONIC, at most until then (boottime). With the lock. */
void sk_outputs_wait(struct sk_outputs *o, pthread_cond_t *cond, uint64_t boottime_ns);
/* Frees what is left when nobody holds it any more. */
void sk_outputs_unref(struct sk_outputs *o);
