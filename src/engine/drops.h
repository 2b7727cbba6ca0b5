/* SPDX-License-Identifier: Apache-2.0 */
/* drops.h - syscall_event_drops: what is done when the driver lost events. */
#pragma once
#include "conf/conf.h"
#include "source/source.h"
#include "state/state.h"

struct sk_drops {
    struct sk_source_stats last;
    uint64_t last_ns; /* of the last check; 0: never */
    double tokens;
    uint64_t detected, actions;
};

/* What one check found. */
struct sk_drops_report {
    uint64_t events, lost; /* since the last check */
    unsigned actions;      /* enum sk_drop_action to run now; 0: none */
    bool depleted;         /* drops, but no token */
    bool refill;           /* the process table has a hole */
};

/* Who lost events: "/system.slice/x.service 12 (open 10, exec 2), ..."; the path where it is known, else
 * the id; the worst first, at most SK_DROPS_CGROUPS of them. */
#define SK_DROPS_CGROUPS     8
#define SK_DROPS_CGROUPS_MAX 1024 /* that the driver remembers */
void sk_drops_by_cgroup(const struct sk_state *st, struct sk_cgroup_drops *of, size_t n,
                        struct sk_buf *out);
/* "open 10, exec 2": since `before`. */
void sk_drops_by_class(const struct sk_source_stats *before, const struct sk_source_stats *now,
                       struct sk_buf *out);

void sk_drops_init(struct sk_drops *d, const struct sk_conf *conf);
/* About one check a second: false when it is too early.  now_ns: any clock that only grows. */
bool sk_drops_check(struct sk_drops *d, const struct sk_conf *conf,
                    const struct sk_source_stats *now, uint64_t now_ns,
                    struct sk_drops_report *out);
/* The alert's fields, sorted, as text (pairs of name and quoted decimal number). */
#define SK_DROPS_FIELDS 15
struct sk_drops_field {
    const char *key;
    char json[32];
};
void sk_drops_fields(const struct sk_source_stats *before, const struct sk_source_stats *now,
                     uint64_t events, uint64_t lost, struct sk_drops_field out[SK_DROPS_FIELDS]);
