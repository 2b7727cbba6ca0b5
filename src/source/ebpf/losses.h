/* SPDX-License-Identifier: Apache-2.0 */
/* losses.h - events that each cgroup lost, from counters of the kernel side that only grow. */
#pragma once
#include "bpf.h"
#include "source/ebpf/clock.h"
#include "source/source.h"

struct sk_map;

/* What was told before; all zero at the beginning. */
struct sk_losses {
    struct sk_map *known; /* cgroup id -> its counters as they were; made when something is lost */
    uint64_t asked_ns;    /* CLOCK_BOOTTIME of the last sk_losses_take() */
    uint32_t turn;
};
void sk_losses_done(struct sk_losses *l);

/* What is new of the map sk_drop_cg (asked_fd: sk_asked), at most max entries; how many. */
size_t sk_losses_take(struct sk_losses *l, int map_fd, int asked_fd, const struct sk_clock *clock,
                      struct sk_cgroup_drops *out, size_t max);
/* The same of one entry; its times are of CLOCK_BOOTTIME still.  false: nothing is new, or it cannot
 * be remembered and so must not be told. */
bool sk_losses_add(struct sk_losses *l, uint64_t id, const struct sk_drop_cgroup *now,
                   struct sk_cgroup_drops *out);
