/* SPDX-License-Identifier: Apache-2.0 */
/* blind.h - who lost events, how many of what kind, and from when to when: kept until it is told. */
#pragma once
#include "source/source.h"

#define SK_BLIND_TOLD 8    /* cgroups that are named */
#define SK_BLIND_MAX  1024 /* that are kept apart, and that the driver remembers */

struct sk_blind {
    struct sk_cgroup_drops *of;  /* SK_BLIND_MAX */
    struct sk_cgroup_drops *got; /* the same, for who collects */
    size_t n;
    int64_t
        others; /* lost events of no cgroup that is known; negative: told before the totals had them */
};

/* -ENOMEM. */
SK_MUST int sk_blind_init(struct sk_blind *b);
void sk_blind_done(struct sk_blind *b);

/* Adds n entries; `lost`: events that were lost in the same time, by the driver's totals. */
void sk_blind_add(struct sk_blind *b, const struct sk_cgroup_drops *got, size_t n, uint64_t lost);
/* Sorts, and writes "/system.slice/x.service 12 (open 10, execve 2; over_share 12; from TIME to TIME), ...": the
 * path where it is known, else the number; the worst first; times in UTC. */
void sk_blind_text(struct sk_blind *b, const struct sk_state *st, struct sk_buf *out);
void sk_blind_told(struct sk_blind *b);
