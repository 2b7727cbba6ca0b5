/* SPDX-License-Identifier: Apache-2.0 */
/* recording.h - recordings that the engine makes: of everything (`saker record`), or around an alert
 * (capture.* of the configuration). */
#pragma once
#include "source/scap/writer.h"

struct sk_engine;
struct sk_rule;

struct sk_record_options {
    const char *path; /* everything goes there; NULL: nothing is recorded unless an alert asks */
    bool plain;
    bool generic;       /* also calls without an event of their own */
    uint64_t max_bytes; /* in the file, then the engine ends; 0: no limit */
};

struct sk_record {
    struct sk_scap_writer *writer; /* NULL: none open */
    uint64_t end_ns;               /* event time at which a recording around an alert ends */
    uint64_t files;                /* recordings around alerts so far */
    char path[4096];
};

/* Events that a recording of everything wants: all that the driver can tell. */
void sk_record_events(bool generic, struct sk_event_set *out);
/* Opens the recording of everything, when it is asked for. */
SK_MUST int sk_record_begin(struct sk_engine *e, struct sk_diag *dg);
/* After the rules saw the event; hit: those that matched. */
void sk_record_event(struct sk_engine *e, const struct sk_event *ev,
                     const struct sk_rule *const *hit, size_t n);
/* Ends what is open; an error is logged and returned. */
int sk_record_end(struct sk_engine *e);
