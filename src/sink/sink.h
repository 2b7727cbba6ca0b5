/* SPDX-License-Identifier: Apache-2.0 */
/* sink.h - where alerts go: one small table of functions per kind, called from the output thread.
 */
#pragma once
#include "base/diag.h"
#include "base/log.h"
#include "conf/conf.h"

struct sk_sink_options {
    const struct sk_conf *conf; /* the keys of this output; a sink copies what it keeps */
    bool unbuffered;
    bool json; /* the lines are JSON */
};

/* Everything in it is borrowed until write() returns. */
struct sk_sink_alert {
    struct sk_str line; /* in the form that the output wants; without newline */
    enum sk_level priority;
    uint64_t id;    /* of the alert: later ones have larger ones */
    uint64_t ts_ns; /* of the event, since 1970 */
    struct sk_str rule;
};

struct sk_sink_ops {
    const char *name;
    size_t size;
    bool (*enabled)(const struct sk_conf *conf);
    int (*open)(void *self, const struct sk_sink_options *opt, struct sk_diag *dg);
    /* 0 or -errno: the alert is lost for this sink, counted and logged by the caller. */
    int (*write)(void *self, const struct sk_sink_alert *alert);
    int (*reopen)(void *self); /* SIGUSR1; the old target stays when the new one cannot be opened */
    void (*close)(void *self); /* flushes */
};

extern const struct sk_sink_ops sk_sink_stdout, sk_sink_file, sk_sink_syslog;
extern const struct sk_sink_ops *const sk_sinks[]; /* NULL-terminated, in the order of delivery */

/* The output thread: a bounded queue in front of the sinks. */
struct sk_outputs;
struct sk_outputs_stats {
    uint64_t queued, written, dropped; /* dropped: the queue was full */
    uint64_t failed;                   /* a sink refused an alert */
};

/* capacity: alerts (0: unbounded up to 256 MiB). The caller adds sinks, then starts. */
SK_MUST int sk_outputs_new(size_t capacity, uint32_t timeout_ms, struct sk_outputs **out);
SK_MUST int sk_outputs_add(struct sk_outputs *o, const struct sk_sink_ops *ops,
                           const struct sk_sink_options *opt, struct sk_diag *dg);
SK_MUST int sk_outputs_start(struct sk_outputs *o);
/* Copies the alert and gives it its id; never blocks.  false: dropped (counted). Any thread. */
bool sk_outputs_push(struct sk_outputs *o, const struct sk_sink_alert *alert);
void sk_outputs_reopen(struct sk_outputs *o);
void sk_outputs_get_stats(struct sk_outputs *o, struct sk_outputs_stats *out);
/* Drains (at most timeout_ms), closes the sinks, frees. */
void sk_outputs_free(struct sk_outputs *o);
void outputs_freep(struct sk_outputs **o);
