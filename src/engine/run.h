/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - within engine/: the state of one engine. */
#pragma once
#include "engine/drops.h"
#include "engine/engine.h"
#include "engine/recording.h"
#include "field/services.h"
#include "fmt/lines.h"

struct sk_engine {
    struct sk_engine_options opt;
    char proc[4096];      /* $HOST_ROOT/proc */
    void *source;         /* private state of opt.source; NULL: not open */
    const char *hostname; /* evt.hostname: "" in a replay, which happened elsewhere */
    struct sk_capture capture;
    struct sk_state *state;
    struct sk_filter_exec *exec;
    struct sk_arena *tmp; /* of one event */
    struct sk_services *services;
    const struct sk_rule **hit; /* room for the matches of one event */
    size_t max_hits;
    struct sk_alert_options alert;
    struct sk_alert_lines lines;
    uint64_t first_ts_ns; /* of the first event, and of the first that is a call; 0: not yet */
    uint64_t first_call_ts_ns;
    uint64_t prev_ts_ns; /* of the last event that is not for the state only */
    struct sk_drops drops;
    uint64_t *by_rule;
    struct sk_engine_stats stats;
    bool replays; /* the source: its time is that of the events */
    bool stop;
    int error;
    char why[5000]; /* of error, in words */
    struct sk_record record;
};

/* Before an alert is written to e->lines: its id, where it is shown. */
void sk_engine_next_id(struct sk_engine *e);
/* The alert in e->lines to the outputs; false: a queue was full (it counts). */
bool sk_engine_put(struct sk_engine *e, const char *rule, enum sk_level priority, uint64_t ts_ns);
/* An internal message as an alert; false: as sk_engine_put(). */
bool sk_engine_note(struct sk_engine *e, const struct sk_alert_note *note);
/* Once a second: what was lost, and what the configuration wants done about it. */
void sk_engine_watch_drops(struct sk_engine *e, uint64_t now_ns);
/* sk_event_fn: one event through state, rules and outputs. */
int sk_engine_event(void *self, struct sk_event *ev);
