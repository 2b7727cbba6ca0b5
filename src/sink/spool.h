/* SPDX-License-Identifier: Apache-2.0 */
/* spool.h - within sink/: alerts on their way through the disk to the outputs.
 *
 *   push -> incoming -> [thread of the spool] held -> commit -> queues of the outputs
 *                                                        \-> (queue full) read again later
 *
 * An output that has no room is `behind`: what follows stays on the disk, and is read from there as
 * its queue empties. */
#pragma once
#include "sink/store.h"

#define SK_SPOOL_WINDOW       256           /* alerts in the queue of one output */
#define SK_SPOOL_BATCH_BYTES  (1u << 20)    /* in one transaction */
#define SK_SPOOL_WINDOW_BYTES (1u << 20)    /* unless one alone is larger */
#define SK_SPOOL_IN_BYTES     (64u << 20)   /* not yet taken by the thread */
#define SK_SPOOL_RETRY_NS     1000000000ull /* between attempts to write */

struct sk_held {
    struct sk_item *first, **last;
    size_t n, bytes;
};

struct sk_spool {
    struct sk_outputs *all;
    struct sk_store *store;
    uint64_t max_bytes;
    size_t window_bytes, batch_bytes; /* small parts of max_bytes */
    pthread_t thread;
    pthread_cond_t wake; /* with all->lock */

    /* Guarded by all->lock. */
    struct sk_held in;
    bool started, ended, finish;
    bool dirty; /* a cursor has moved since the last commit */
    uint64_t dirty_ns;

    /* Of the thread. */
    struct sk_held held;             /* not committed, or not yet offered */
    uint64_t offered_id;             /* everything up to it has been offered to the outputs */
    uint64_t retry_ns;               /* the next attempt to write; 0: at once */
    bool failing;                    /* the disk refuses: alerts go through memory */
    bool unreadable;                 /* nor can it be read */
    bool shedding;                   /* an episode of shedding */
    bool cast;                       /* this transaction forgets outputs that are gone */
    uint64_t cursor[SK_OUTPUTS_MAX]; /* as saved */
    struct sk_snapshot {             /* of an output, at the begin of a transaction */
        char name[SK_OUTPUT_NAME_BYTES];
        bool there; /* the place is that of an output; it may be another one than before */
        enum sk_level min_priority;
        uint64_t cursor, queued_id;
    } now[SK_OUTPUTS_MAX];
    uint64_t shed_now[SK_OUTPUTS_MAX][SK_LEVEL_N];     /* in this transaction */
    uint64_t shed_unsaved[SK_OUTPUTS_MAX][SK_LEVEL_N]; /* from memory, not yet in the file */
    uint64_t shed_episode[SK_OUTPUTS_MAX][SK_LEVEL_N];
};

SK_MUST int sk_spool_new(struct sk_outputs *o, const struct sk_spool_options *opt,
                         struct sk_spool **out, struct sk_diag *dg);
void sk_spool_free(struct sk_spool *sp);

/* With the lock: */
SK_MUST int sk_spool_start(struct sk_spool *sp);
/* Places have come, gone, or changed. */
void sk_spool_changed(struct sk_spool *sp);
/* Takes an alert; false: no room. */
bool sk_spool_take(struct sk_spool *sp, struct sk_item *it);
/* An output has settled an alert, or given up. */
void sk_spool_settled(struct sk_spool *sp, const struct sk_output *t);
/* Whoever leaves: has it got everything that was for it? */
bool sk_spool_gave_all(const struct sk_spool *sp, const struct sk_output *t);
/* Does it get alerts, or what is left of those it was to get? */
bool sk_spool_serves(const struct sk_output *t);
/* What an output has behind it: nothing up to there is needed for it. */
uint64_t sk_spool_cursor_of(const struct sk_output *t);

/* spool_save.c: of the thread of the spool. */
void sk_spool_take_snapshot(struct sk_spool *sp);
/* Everything up to there has been settled by all, when the snapshot was taken. */
uint64_t sk_spool_settled_by_all(const struct sk_spool *sp);
/* Writes what is held. false: that was not possible (logged), and is due again at retry_ns. */
bool sk_spool_try_save(struct sk_spool *sp);
/* The file is damaged. -errno: it stays so. */
SK_MUST int sk_spool_repair(struct sk_spool *sp);

/* spool_shed.c: of the thread of the spool. */
/* In a transaction without new alerts: removes what is above the limit. */
SK_MUST int sk_spool_shed_rows(struct sk_spool *sp);
/* The same for alerts that only memory has. */
void sk_spool_shed_held(struct sk_spool *sp);
/* The transaction is done: its losses are counted. With the lock. */
void sk_spool_count_shed(struct sk_spool *sp);
/* Logs the beginning and the end of an episode; over: it ends now in any case. */
void sk_spool_tell_shed(struct sk_spool *sp, bool over);
