/* SPDX-License-Identifier: Apache-2.0 */
/* drops.h - syscall_event_drops: what is done when the driver lost events. */
#pragma once
#include "conf/conf.h"
#include "source/source.h"
#include "state/state.h"

struct sk_drops {
    struct sk_source_stats last;
    struct sk_source_stats told; /* when the actions ran last */
    uint64_t last_ns;            /* of the last check; 0: never */
    double tokens;
    bool owed; /* actions had to be left out since */
    uint64_t detected, actions;
};

/* What one check found. */
struct sk_drops_report {
    uint64_t events, lost; /* since the last check; late: since they were told last */
    unsigned actions;      /* enum sk_drop_action to run now; 0: none */
    bool depleted;         /* drops, but no token */
    bool late;             /* nothing was lost now: the actions are those of an earlier loss */
    bool refill;           /* the process table has a hole */
};

/* "open 10, exec 2", "ring_full 12": since `before`. */
void sk_drops_by_class(const struct sk_source_stats *before, const struct sk_source_stats *now,
                       struct sk_buf *out);
void sk_drops_by_reason(const struct sk_source_stats *before, const struct sk_source_stats *now,
                        struct sk_buf *out);

void sk_drops_init(struct sk_drops *d, const struct sk_conf *conf);
/* About one check a second: false when it is too early.  now_ns: any clock that only grows. */
bool sk_drops_check(struct sk_drops *d, const struct sk_conf *conf,
                    const struct sk_source_stats *now, uint64_t now_ns,
                    struct sk_drops_report *out);
/* The actions ran: the next ones begin here. */
void sk_drops_told(struct sk_drops *d);
/* The alert's fields, sorted, as text (pairs of name and quoted decimal number). */
#define SK_DROPS_FIELDS 15
struct sk_drops_field {
    const char *key;
    char json[32];
};
void sk_drops_fields(const struct sk_source_stats *before, const struct sk_source_stats *now,
                     uint64_t events, uint64_t lost, struct sk_drops_field out[SK_DROPS_FIELDS]);
