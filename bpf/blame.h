/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* blame.h - whose events were lost, why, and since when.
 *
 * Entries are never taken out: the reader keeps what it has read and tells the difference, so no count falls
 * between a read and a deletion.  Where there are more cgroups than entries, counts of the one that lost
 * nothing for longest go; the reader sees that they are missing from the totals. */
#pragma once
#include "rec.h"

/* CLOCK_BOOTTIME at which the reader last began to look. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} sk_asked SEC(".maps");

/* All zero, and too large for the stack. */
static const struct sk_drop_cgroup nobody_lost;

static __always_inline void blame(__u32 klass, __u32 why)
{
    __u64 id = bpf_get_current_cgroup_id(), now = bpf_ktime_get_boot_ns();
    struct sk_drop_cgroup *by = bpf_map_lookup_elem(&sk_drop_cg, &id);
    __u32 zero = 0;
    __u64 *asked = bpf_map_lookup_elem(&sk_asked, &zero);

    if (!by) {
        bool first = !bpf_map_update_elem(&sk_drop_cg, &id, &nobody_lost, BPF_NOEXIST);

        by = bpf_map_lookup_elem(&sk_drop_cg, &id);
        if (by && first)
            by->born_ns = now;
    }
    if (!by)
        return;
    if (!asked || by->last_ns <= *asked)
        by->first_ns = now;
    by->last_ns = now;
    __sync_fetch_and_add(&by->drops[klass & (SK_CLASS_MAX - 1)][why & (SK_DROP_N - 1)], 1);
}
