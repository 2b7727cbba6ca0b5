/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h - a thread that takes a snapshot of the metrics every so often, for an alert and for a file. */
#pragma once
#include "metrics/metrics.h"
#include "sink/sink.h"

struct sk_meter_target {
    uint64_t now_ns; /* since 1970 */
    bool rule;       /* as an alert */
    const char
        *file;    /* a line of JSON to this file; "": none; borrowed until the snapshot is done */
    bool with_id; /* alerts show their id */
    struct sk_metric_options fields;
};

struct sk_meter_options {
    struct sk_outputs *outputs;
    const char *hostname;
    void *self;
    /* Its thread: the values of now and where they are to go.  done() follows.  -EAGAIN: not yet. */
    int (*collect)(void *self, struct sk_metrics *out, struct sk_meter_target *to);
    void (*done)(void *self);
    /* Its thread: how long from one to the next; 0: none is wanted. */
    uint64_t (*interval_ms)(void *self);
};

struct sk_meter;

/* The first snapshot is taken at once. */
SK_MUST int sk_meter_start(const struct sk_meter_options *opt, struct sk_meter **out);
/* The interval may have changed. Any thread. */
void sk_meter_wake(struct sk_meter *m);
/* One snapshot is taken before, if there was none. */
void sk_meter_stop(struct sk_meter *m);
void meter_freep(struct sk_meter **m);
