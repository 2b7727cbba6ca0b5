/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* mm.h - how much memory a task has. */
#pragma once
#include "value.h"

/* Members that changed their type. */
struct mm_rss_stat___old { /* until 6.2 */
    int events;
} __attribute__((preserve_access_index));
struct mm_struct___old {
    struct mm_rss_stat___old rss_stat;
} __attribute__((preserve_access_index));

/* An array of atomics, of per-CPU counters since 6.2.  Functions of their own: the compiler would move the
 * offsets of both ahead of the branch, and the one that does not exist there is refused. */
static __noinline __u64 rss_at_old(__u64 mm, __u32 which)
{
    __s64 v = 0;

    READ_KERNEL(v, mm + bpf_core_field_offset(struct mm_struct___old, rss_stat) + 8 * which);
    return v < 0 ? 0 : v;
}

static __noinline __u64 rss_at_new(__u64 mm, __u32 which)
{
    __s64 v = 0;

    READ_KERNEL(v, mm + bpf_core_field_offset(struct mm_struct, rss_stat) +
                       bpf_core_type_size(struct percpu_counter) * which +
                       bpf_core_field_offset(struct percpu_counter, count));
    return v < 0 ? 0 : v;
}

static __always_inline __u64 rss_pages(struct mm_struct *mm, __u32 which)
{
    if (bpf_core_type_exists(struct mm_rss_stat___old))
        return rss_at_old((__u64)mm, which);
    return rss_at_new((__u64)mm, which);
}

/* Kilobytes: 0 mapped, 1 resident, 2 swapped. */
static __always_inline __u64 memory_kb(struct task_struct *task, __u32 what)
{
    struct mm_struct *mm = BPF_CORE_READ(task, mm);

    if (!mm)
        return 0;
    if (what == 0)
        return BPF_CORE_READ(mm, total_vm) << 2;
    if (what == 1)
        return (rss_pages(mm, 0) + rss_pages(mm, 1) + rss_pages(mm, 3)) << 2;
    return rss_pages(mm, 2) << 2;
}
