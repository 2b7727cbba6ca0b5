/* SPDX-License-Identifier: Apache-2.0 */
/* sink.h - where alerts go: one small table of functions per kind, called from the output's thread.
 */
#pragma once
#include <stdatomic.h>

#include "base/diag.h"
#include "base/log.h"
#include "conf/conf.h"
#include "fmt/form.h"

struct sk_sink_options {
    const struct sk_conf *conf; /* the keys of this output; a sink copies what it keeps */
    bool unbuffered;
    bool json;        /* the lines are JSON */
    const char *name; /* of this output in messages and metrics; NULL: that of its kind */
    enum sk_form form;
    enum sk_level min_priority; /* less important alerts are not for it; read when has_min */
    bool has_min;
    bool mute;                                  /* it serves only: no output, no alerts */
    const char *falco_version, *engine_version; /* for those who ask; NULL: Saker's */
    const char *fields_checksum;                /* likewise; NULL: "" */
    /* Set by the outputs: the end is there, and nothing is waited for any more. NULL: never. */
    const atomic_bool *over;
};

/* Everything in it is borrowed until write() or sk_outputs_push() returns. */
struct sk_sink_alert {
    struct sk_str line; /* in the form that the output wants; without newline */
    enum sk_level priority;
    uint64_t id;    /* of the alert: later ones have larger ones; push: 0 gives it the next one */
    uint64_t ts_ns; /* of the event, since 1970 */
    struct sk_str rule;
    const struct sk_str *forms; /* push only: SK_FORM_N lines, those that are absent are `line`;
                                   NULL: `line` is for all */
};

struct sk_sink_ops {
    const char *name;
    size_t size;
    bool wants_parts; /* its alerts are SK_FORM_PARTS, whatever the configuration says */
    bool (*enabled)(const struct sk_conf *conf);
    /* Optional: is it opened although it is not enabled? It gets no alerts then (opt->mute). */
    bool (*serves)(const struct sk_conf *conf);
    /* Optional: can the one be open only when the other is closed? */
    bool (*collides)(const struct sk_conf *one, const struct sk_conf *other);
    /* Optional: are the values of this sink's keys possible? Nothing is opened. -EINVAL. */
    int (*check)(const struct sk_conf *conf, struct sk_diag *dg);
    int (*open)(void *self, const struct sk_sink_options *opt, struct sk_diag *dg);
    /* 0: delivered.  -EMSGSIZE, -EINVAL, -EBADMSG, -ENOBUFS: this alert will never be accepted;
     * -ESHUTDOWN: nor will any other: lost for this sink, counted and logged by the caller.  Any other -errno:
     * not now; the same alert comes again.  Must not hang for ever: it has timeouts of its own. */
    int (*write)(void *self, const struct sk_sink_alert *alert);
    int (*reopen)(void *self); /* SIGUSR1; the old target stays when the new one cannot be opened */
    void (*close)(void *self); /* flushes */
    /* Optional: called every second in which no alert comes, to look after what is on its way. */
    void (*tend)(void *self);
    /* Optional: what write() has taken and nobody has received yet: how many, and the id of the oldest
     * (0: none).  The spool keeps them.  After close(): what nobody will receive from this run. */
    uint64_t (*holds)(const void *self, uint64_t *out_n);
    /* Optional: the last error in words, which tell more than strerror(); "" or NULL: it does. */
    const char *(*why)(const void *self);
};

extern const struct sk_sink_ops sk_sink_stdout, sk_sink_file, sk_sink_syslog, sk_sink_program,
    sk_sink_http, sk_sink_grpc;
extern const struct sk_sink_ops *const sk_sinks[]; /* NULL-terminated */

/* The outputs: a thread and a bounded queue each, in front of one sink. */
struct sk_outputs;

/* What happens when the queue of an output is full: the new alert is lost (for this output); or the
 * program ends; or the whole queue is lost with it. */
enum sk_recovery { SK_RECOVER_CONTINUE, SK_RECOVER_EXIT, SK_RECOVER_EMPTY };

/* Alerts on the disk until every output has them. */
struct sk_spool_options {
    const char *dir;
    uint64_t max_bytes; /* of alerts; the files may be about twice as large */
    bool fsync;         /* each batch is on the disk before it is delivered: survives power loss */
};

struct sk_outputs_stats { /* of all outputs together */
    uint64_t queued;      /* alerts pushed */
    uint64_t written;     /* deliveries */
    uint64_t dropped;     /* a queue was full: alerts, whichever outputs lost them */
    uint64_t failed;      /* an output refused an alert, or its time was over at the end */
};

#define SK_OUTPUT_NAME_BYTES 88

/* queued = delivered + failed + dropped + shed + waiting + spooled, as soon as the output is idle. */
struct sk_output_stat {
    char name[SK_OUTPUT_NAME_BYTES];
    const char *kind;
    uint64_t queued;    /* alerts that were for it */
    uint64_t delivered; /* the sink has taken them; what it held at the end is not among them */
    uint64_t retried;   /* attempts after one that failed for the moment */
    uint64_t failed;    /* refused for good, or not delivered when the end came */
    uint64_t dropped;   /* its queue was full */
    uint64_t waiting, waiting_bytes; /* now, the one under way included */
    uint64_t spooled;                /* in the spool, and not among those that wait */
    uint64_t shed[SK_LEVEL_N];       /* the spool was full: by priority */
    uint64_t last_ok_ns;             /* of the last delivery, since 1970; 0: none yet */
    uint64_t last_error_ns;          /* of the last failure; 0: none yet */
    char last_error[160];            /* "": none yet */
};

/* capacity: alerts that may wait for one output (0: as many as fit in 256 MiB, which the outputs
 * share in equal parts).  The caller adds sinks, then starts. */
SK_MUST int sk_outputs_new(size_t capacity, uint32_t timeout_ms, struct sk_outputs **out);
/* Before the start. */
void sk_outputs_recovery(struct sk_outputs *o, enum sk_recovery how);
SK_MUST int sk_outputs_add(struct sk_outputs *o, const struct sk_sink_ops *ops,
                           const struct sk_sink_options *opt, struct sk_diag *dg);
/* An output that could not be opened: the spool keeps its alerts until another run can. */
SK_MUST int sk_outputs_add_absent(struct sk_outputs *o, const struct sk_sink_ops *ops,
                                  const struct sk_sink_options *opt);
/* After the last add, before the start. -errno with the reason in dg: no spool, nothing is changed. */
SK_MUST int sk_outputs_spool(struct sk_outputs *o, const struct sk_spool_options *opt,
                             struct sk_diag *dg);
SK_MUST int sk_outputs_start(struct sk_outputs *o);
/* Bits (1u << enum sk_form) of the forms that some output wants. After the last add. */
unsigned sk_outputs_forms(struct sk_outputs *o);
/* The id of an alert that will be pushed next, for those who print it. */
uint64_t sk_outputs_next_id(struct sk_outputs *o);
/* Copies the alert once for all outputs; never blocks.  false: dropped (counted) by at least one.
 * Any thread. */
bool sk_outputs_push(struct sk_outputs *o, const struct sk_sink_alert *alert);
/* true: SK_RECOVER_EXIT, and a queue was full. */
bool sk_outputs_fatal(struct sk_outputs *o);
void sk_outputs_reopen(struct sk_outputs *o);
/* These also look whether an output is stuck, and report it. Any thread. */
void sk_outputs_get_stats(struct sk_outputs *o, struct sk_outputs_stats *out);
/* Of the i-th output that is in use; false: there are not so many. */
bool sk_outputs_stat(struct sk_outputs *o, size_t i, struct sk_output_stat *out);
size_t sk_outputs_count(struct sk_outputs *o);
/* Drains (at most timeout_ms), closes the sinks, frees. */
void sk_outputs_free(struct sk_outputs *o);
void outputs_freep(struct sk_outputs **o);

/* Outputs anew while alerts flow: made aside, put in use at once, by name.  What an output of a name has
 * in its queue goes on to the next sink of that name, in order; counters go on.  The sink before it has
 * timeout_ms to end its call, then it is told, then left behind; nobody else waits for it.  An output
 * that is not named any more has as long to deliver what it has. */
struct sk_renewal;
/* Any thread, one renewal at a time; the outputs live longer and have been started. */
SK_MUST int sk_renewal_new(struct sk_outputs *o, struct sk_renewal **out);
/* An output that stays as it is; false: it is not there, or (unless absent_too) has no sink. */
bool sk_renewal_keep(struct sk_renewal *r, const char *name, bool absent_too);
/* An output with another sink, or a new one.  late: the one that runs has to be closed before; what is
 * borrowed lives until sk_renewal_free() has returned. */
SK_MUST int sk_renewal_add(struct sk_renewal *r, const struct sk_sink_ops *ops,
                           const struct sk_sink_options *opt, bool late, struct sk_diag *dg);
/* As sk_outputs_forms(), from the commit on. */
unsigned sk_renewal_forms(const struct sk_renewal *r);
struct sk_renewal_limits { /* as for sk_outputs_new() and sk_outputs_recovery() */
    size_t capacity;
    uint32_t timeout_ms;
    enum sk_recovery recovery;
};
void sk_renewal_limits(struct sk_renewal *r, const struct sk_renewal_limits *l);
/* In use from the next push on.  Never waits. */
void sk_renewal_commit(struct sk_renewal *r);
/* After a commit it waits for sinks that are opened late; before one nothing has changed. */
void sk_renewal_free(struct sk_renewal *r);
void renewal_freep(struct sk_renewal **r);
