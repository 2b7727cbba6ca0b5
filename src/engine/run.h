/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - within engine/: the state of one engine. */
#pragma once
#include "engine/blind.h"
#include "engine/drops.h"
#include "engine/engine.h"
#include "engine/fold.h"
#include "engine/recording.h"
#include "engine/selftest.h"
#include "engine/stage.h"
#include "field/services.h"
#include "fmt/lines.h"

struct sk_engine {
    struct sk_engine_options opt;
    char proc[4096];      /* $HOST_ROOT/proc */
    void *source;         /* private state of opt.source; NULL: not open */
    const char *hostname; /* evt.hostname: "" in a replay, which happened elsewhere */
    struct sk_capture capture;
    struct sk_state *state;
    struct sk_arena *tmp; /* of one event */
    struct sk_services *services;
    struct sk_stage *now; /* what runs; opt.gen and opt.conf are its own */
    struct sk_stage *own; /* the first one, which the engine made; NULL: given up since */
    struct sk_counts *counts;
    struct sk_alert_options alert;
    struct sk_fold *fold;   /* NULL: nothing is folded */
    struct sk_buf fold_key; /* of the alert that is being made; empty: it is not folded */
    uint64_t first_ts_ns;   /* of the first event, and of the first that is a call; 0: not yet */
    uint64_t first_call_ts_ns;
    uint64_t prev_ts_ns; /* of the last event that is not for the state only */
    struct sk_drops drops;
    struct sk_blind blind; /* not told yet */
    struct sk_engine_stats stats;
    bool replays; /* the source: its time is that of the events */
    bool whole;   /* so is what it loads */
    bool stop;
    int error;
    char why[5000]; /* of error, in words */
    struct sk_record record;
    struct sk_selftest selftest;
    bool heard;              /* an event since the last look */
    uint64_t quiet_since_ns; /* of boottime: of the last look that had heard one */
    uint64_t last_ts_ns;     /* of the last event */
};

/* Once, before the first event: self-test, or the start is complete. */
void sk_engine_begin(struct sk_engine *e);
/* While the self-test runs after each poll, and once a second: do events arrive? */
void sk_engine_look(struct sk_engine *e, uint64_t now_ns);

/* What is to be captured for a generation: its rules, the state, a recording. */
void sk_engine_capture(const struct sk_engine *e, const struct sk_stage *s, struct sk_capture *out);
/* The stage from now on, all but its capture. -ENOMEM: nothing changed. */
SK_MUST int sk_engine_enter(struct sk_engine *e, struct sk_stage *s);

/* Before an alert is written to e->now->lines: its id, where it is shown. */
void sk_engine_next_id(struct sk_engine *e);
/* The alert in e->now->lines to the outputs; false: a queue was full (it counts). */
bool sk_engine_put(struct sk_engine *e, const char *rule, enum sk_level priority, uint64_t ts_ns);
/* An internal message as an alert; false: as sk_engine_put(). */
bool sk_engine_note(struct sk_engine *e, const struct sk_alert_note *note);
/* As the configuration wants it from now on. -ENOMEM. */
SK_MUST int sk_engine_fold_set(struct sk_engine *e, const struct sk_conf *c);
/* true: the match is one of many, it is counted and not told. */
bool sk_engine_fold(struct sk_engine *e, const struct sk_rule *rule, const struct sk_ctx *cx);
/* After sk_engine_fold() said no and the alert was written: those to come may be folded into it. */
void sk_engine_fold_first(struct sk_engine *e, const struct sk_rule *rule, const struct sk_ctx *cx);
/* Summaries whose time is over; UINT64_MAX: all. */
void sk_engine_fold_tell(struct sk_engine *e, uint64_t now_ns);
/* Once a second: what was lost, and what the configuration wants done about it. */
void sk_engine_watch_drops(struct sk_engine *e, uint64_t now_ns);
/* sk_event_fn: one event through state, rules and outputs. */
int sk_engine_event(void *self, struct sk_event *ev);
