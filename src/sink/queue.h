/* SPDX-License-Identifier: Apache-2.0 */
/* queue.h - within sink/: an alert exists once, whoever waits for it; each output has a queue of its
 * own through the same items, and one thread. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/digest.h"
#include "sink/sink.h"

#define SK_OUTPUTS_MAX       32
#define SK_OUTPUTS_MAX_BYTES (256u << 20)
#define SK_TEND_MS           1000
#define SK_RETRY_FIRST_MS    100
#define SK_RETRY_MAX_MS      30000
#define SK_OUTPUTS_GRACE_NS  3000000000ull /* after its time: for a sink that gives up by itself */

struct sk_item {
    atomic_uint refs; /* queues and hands that hold it */
    enum sk_level priority;
    uint64_t id, ts_ns;
    size_t bytes; /* what it counts in a queue */
    struct sk_str rule;
    struct sk_str form[SK_FORM_N];
    struct sk_item *held;   /* in the queue of the spool */
    struct sk_item *next[]; /* in the queue of each place; behind: the texts */
};

/* The copy of an alert with the forms of the mask, one reference. links: places. NULL: no memory. */
struct sk_item *sk_item_new(const struct sk_sink_alert *alert, unsigned forms, size_t links);
void sk_item_unref(struct sk_item *it);
/* In this form or, where it was made for outputs of another generation, in one that it has. */
struct sk_str sk_item_line(const struct sk_item *it, enum sk_form form);

/* A sink, open or (late) to be opened by its thread when the one before it is closed. */
struct sk_fitting {
    const struct sk_sink_ops *ops;
    void *self;
    struct sk_sink_options opt;    /* borrowed things in it: until it is open */
    char checksum[SK_SHA256_TEXT]; /* its opt.fields_checksum */
    bool late;
    uint64_t held_n, held_id; /* of ops->holds, when it has been closed */
    atomic_bool over;         /* nothing is waited for any more; sinks look at it while they wait */
};
SK_MUST int sk_fitting_new(const struct sk_sink_ops *ops, const struct sk_sink_options *opt,
                           bool late, struct sk_fitting **out, struct sk_diag *dg);
/* Opens what is late; -errno with the reason: it is still not open. */
SK_MUST int sk_fitting_open(struct sk_fitting *f, struct sk_diag *dg);
/* The first of them flushes, and may take its time; free closes too. */
void sk_fitting_close(struct sk_fitting *f);
void sk_fitting_free(struct sk_fitting *f);

/* A thread and the sink that it alone touches.  It serves a place until it is left behind there. */
struct sk_hand {
    struct sk_output *of;
    char name[SK_OUTPUT_NAME_BYTES];
    pthread_t thread;
    struct sk_fitting *fit; /* of the thread, but for `over` */
    struct sk_item *item;   /* of the thread: with the sink */
    bool left, ended;       /* with the lock */

    /* Of the thread. */
    uint64_t lost, tries; /* since it last worked */
    uint32_t backoff_ms;
    /* Watchdog: when the running call began (0: none runs); written by the thread, read by others
     * who only compare times, so no order is needed. */
    atomic_uint_fast64_t call_ns;
    atomic_bool reported;
};

enum sk_place {
    SK_PLACE_FREE,
    SK_PLACE_HELD, /* of a renewal that is not in use yet */
    SK_PLACE_LIVE,
    SK_PLACE_LEAVING /* gets nothing new, and ends when it is empty or its time is over */
};

/* A place: a name with its queue, its counters and its cursor in the spool.  Sinks and threads come and
 * go, so that whatever a reload changes, the order of the alerts stays. All: with all->lock. */
struct sk_output {
    struct sk_outputs *all;
    enum sk_place place;
    char name[SK_OUTPUT_NAME_BYTES];
    size_t index; /* in all->out, and of the link in each item */
    enum sk_form form;
    enum sk_level min_priority;
    bool mute;               /* it serves only: no output, no alerts */
    struct sk_hand *hand;    /* NULL: none */
    struct sk_fitting *next; /* for the hand, as soon as its call has ended; NULL: no change */
    pthread_cond_t wake;

    struct sk_item *first, **last;
    struct sk_item *flight; /* with the sink, or about to be again */
    bool absent;            /* no sink could be opened: the spool keeps its alerts */
    bool reopen;
    bool opening; /* what is borrowed for `next`, or the sink that follows from it, is in use */
    uint64_t leave_ns;  /* of boottime, when it leaves or has a next: the end of patience */
    uint64_t lost;      /* when it leaves: what was given up */
    uint64_t since_id;  /* what came before is not for it */
    uint64_t until_id;  /* when it leaves: nor is what comes later */
    uint64_t done_id;   /* of the last alert that is settled */
    uint64_t held_id;   /* with a spool: of the oldest that the sink itself holds; 0: none */
    uint64_t queued_id; /* with a spool: of the last that was queued, or is not for it */
    bool fresh;         /* the spool has not seen it yet */
    bool behind;  /* with a spool: there may be more than is queued; the thread of the spool */
    bool gave_up; /* the end came before the last alert was delivered */
    bool full;    /* drops, until an alert finds room again */
    uint64_t full_dropped;
    struct sk_output_stat stat;
};

struct sk_outputs {
    pthread_mutex_t lock;
    pthread_cond_t gone; /* a thread has ended, or changed its sink */
    unsigned refs;       /* the owner, and each thread that runs: who drops the last one frees */
    size_t n;            /* places that may be in use: the first n */
    size_t capacity, max_bytes;
    uint32_t timeout_ms;
    enum sk_recovery recovery;
    unsigned forms;
    bool stop, fatal, warned;
    atomic_bool changing;   /* somebody leaves, or has a next */
    bool feeding;           /* the spool may still bring alerts */
    bool cast;              /* the spool has cursors of places that are gone */
    struct sk_spool *spool; /* NULL: none */
    uint64_t end_ns; /* of boottime, when `stop`: what is not delivered by then is given up */
    uint64_t last_id, pushed_id, queued, dropped;
    uint64_t gone_written, gone_failed; /* of places that are gone */
    struct sk_output out[SK_OUTPUTS_MAX];
};

/* worker.c. With the lock: */
/* A thread for a place that has none, with its `next`.  -EAGAIN: none, `next` stays. */
SK_MUST int sk_hand_start(struct sk_output *t);
/* Its thread is stuck in the sink: it ends by itself when that lets it, and nobody waits for it. */
void sk_hand_leave(struct sk_output *t);
/* Empties the queue; how many alerts were in it. */
uint64_t sk_output_clear(struct sk_output *t);
/* What it has is not delivered: it stays in the spool, or is counted. */
void sk_output_abandon(struct sk_output *t);

/* outputs.c. With the lock: */
/* An empty place, HELD. NULL: all are taken. */
struct sk_output *sk_place_take(struct sk_outputs *o, const char *name);
/* It is nobody's any more; how many alerts are lost with it. */
uint64_t sk_place_free(struct sk_output *t);
/* Of what a sink is for. */
void sk_place_set(struct sk_output *t, const struct sk_sink_ops *ops,
                  const struct sk_sink_options *opt);
/* Forms and shares of memory, after places have come or gone. */
void sk_places_changed(struct sk_outputs *o);
struct sk_output *sk_place_find(struct sk_outputs *o, const char *name);
bool sk_place_wants(const struct sk_output *t, enum sk_level priority);
/* Into the queue, which has room. */
void sk_output_queue(struct sk_output *t, struct sk_item *it);
void sk_outputs_cond_init(pthread_cond_t *cond);
/* Waits on a condition of CLOCK_MONOTONIC, at most until then (boottime). */
void sk_outputs_wait(struct sk_outputs *o, pthread_cond_t *cond, uint64_t boottime_ns);

/* Without the lock: */
/* renewal.c: changes that take too long are brought to an end. */
void sk_outputs_look(struct sk_outputs *o);
void sk_outputs_say_left(const char *name, uint64_t lost);
/* Frees what is left when nobody holds it any more. */
void sk_outputs_unref(struct sk_outputs *o);
