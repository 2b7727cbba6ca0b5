/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h - the way of an event: source -> state -> rules -> alert -> outputs.
 *
 * One thread calls new, run and free.  sk_outputs has threads of its own. */
#pragma once
#include "engine/generation.h"
#include "engine/recording.h"
#include "engine/stage.h"
#include "sink/sink.h"
#include "source/source.h"

enum sk_wake { SK_WAKE_STOP = 1, SK_WAKE_REOPEN = 2 };

struct sk_engine_options {
    const struct sk_gen *gen;
    const struct sk_conf *conf;
    const struct sk_source_ops *source; /* NULL: no events at all (nodriver) */
    struct sk_source_options source_opt;
    struct sk_outputs *outputs;
    const char *hostname;
    const char *host_root; /* prefix of /proc and /etc: "" or $HOST_ROOT */
    struct sk_record_options record;
    uint64_t max_ns;              /* of event time; 0: no limit */
    int wake_fd;                  /* becomes readable when `wake` is to be asked; -1: none */
    unsigned (*wake)(void *self); /* what happened: enum sk_wake */
    /* Once, before ready: the source is complete, but for these lines; NULL: nobody asks. */
    void (*whole)(void *self, const char *left_out);
    void (*ready)(void *self); /* once: events arrive; NULL: nobody asks */
    void *wake_self;
};

struct sk_engine_stats {
    uint64_t events, alerts;
    uint64_t by_priority[SK_LEVEL_N];
    struct sk_counts *rules; /* by rule; the engine's */
    uint64_t drops_detected, drop_actions;
    uint64_t refills;
    uint64_t recorded;          /* events in the last recording */
    uint64_t cut_alerts;        /* did not fit in the line buffer */
    uint64_t folded, summaries; /* matches that were only counted; what told of them */
    struct sk_source_stats source;
};

struct sk_engine;

/* Opens the source and applies the capture. */
SK_MUST int sk_engine_new(const struct sk_engine_options *opt, struct sk_engine **out,
                          struct sk_diag *dg);
/* A descriptor that becomes readable when the source needs no rights any more; -1: so it is. */
int sk_engine_settled_fd(const struct sk_engine *e);
/* Until the end of the capture, max_ns, SK_WAKE_STOP or a fatal error. */
SK_MUST int sk_engine_run(struct sk_engine *e, struct sk_diag *dg);
/* A further generation, between two polls (in `wake`, or while nothing runs): from the next event on
 * it is what the engine runs.  State, counters, drops and rings stay, no event is lost: the capture is
 * widened to what both want, then the generation changes, then the capture is narrowed.  *out_old
 * (NULL: the engine's own) is nobody's any more, nor are its configuration and generation.  -errno
 * with the reason in dg: nothing changed. */
SK_MUST int sk_engine_swap(struct sk_engine *e, struct sk_stage *next, struct sk_stage **out_old,
                           struct sk_diag *dg);
void sk_engine_get_stats(const struct sk_engine *e, struct sk_engine_stats *out);
/* The source's private state, for tests that drive a synth source. */
void *sk_engine_source(struct sk_engine *e);
void sk_engine_free(struct sk_engine *e);
void engine_freep(struct sk_engine **e);

/* "Events detected: N" and what follows it (falco-app.md 5.3). */
void sk_engine_summary(const struct sk_engine_stats *st, struct sk_buf *out);
/* Total of all drops. */
uint64_t sk_drops_total(const struct sk_source_stats *st);

/* Size of the rings as the configuration asks for it; warns where it is not possible. */
void sk_engine_rings(const struct sk_conf *conf, struct sk_source_options *out);
