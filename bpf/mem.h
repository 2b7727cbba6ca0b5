/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* mem.h - memory, arguments, environment and limits of a process. */
#pragma once
#include "param.h"

/* Members that moved or changed their type. */
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

/* fdlimit .. vm_swap: six parameters that execve and fork have in common. */
__noinline int put_usage(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);

    put_int(BPF_CORE_READ(task, signal, rlim[7].rlim_cur), 8);
    put_int(BPF_CORE_READ(task, maj_flt), 8);
    put_int(BPF_CORE_READ(task, min_flt), 8);
    put_int(mm ? BPF_CORE_READ(mm, total_vm) << 2 : 0, 4);
    put_int(mm ? (rss_pages(mm, 0) + rss_pages(mm, 1) + rss_pages(mm, 3)) << 2 : 0, 4);
    put_int(mm ? rss_pages(mm, 2) << 2 : 0, 4);
    return 0;
}

/* NUL-separated strings of [from, to) of the current address space; the last byte is always NUL. */
__noinline int put_user_strings(__u64 from, __u64 to)
{
    struct sk_rec *r = rec_get();
    __u64 n, last;

    if (!r)
        return 0;
    n = to > from ? to - from : 0;
    if (n > SK_ARGS_MAX)
        n = SK_ARGS_MAX;
    put_user_bytes(from, n);
    last = SK_HEAD_MAX + r->used - 1;
    SK_OPAQUE(last);
    if (!r->len[(r->nparams - 1) & 63] || last > SK_HEAD_MAX + SK_DATA_MAX)
        return 0;
    r->buf[last] = 0;
    return 0;
}

/* exe and args from the address space of the current task. */
__noinline int put_exe_args(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct mm_struct *mm = BPF_CORE_READ(task, mm);
    struct sk_rec *r = rec_get();
    __u64 start, end;

    if (!r)
        return 0;
    start = BPF_CORE_READ(mm, arg_start);
    end = BPF_CORE_READ(mm, arg_end);
    put_user_str(start);
    put_user_strings(start + r->len[(r->nparams - 1) & 63], end);
    return 0;
}

/* exe and args of an execve that failed: still in the caller's argv. */
__noinline int put_argv(__u64 argv, __u32 word)
{
    struct sk_rec *r = rec_get();
    __u32 first;
    __u64 at, ptr = 0;

    if (!r)
        return 0;
    bpf_probe_read_user(&ptr, word & 15, (void *)argv);
    put_user_str(ptr);
    first = r->used;
    for (int i = 1; i < 64; i++) {
        long n;

        ptr = 0;
        if (bpf_probe_read_user(&ptr, word & 15, (void *)(argv + i * word)) || !ptr)
            break;
        if (r->used - first >= SK_ARGS_MAX - 1)
            break;
        at = room(r, SK_PATH_MAX);
        if (!at)
            break;
        n = bpf_probe_read_user_str(&r->buf[at], SK_PATH_MAX, (void *)ptr);
        if (n <= 0)
            break;
        if (r->used - first + n > SK_ARGS_MAX)
            break;
        r->used += n;
    }
    r->len[r->nparams & 63] = r->used - first;
    r->nparams++;
    return 0;
}

__noinline int put_cwd(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;
    struct fs_struct *fs = BPF_CORE_READ(task, fs);
    struct sk_tmp *t = tmp_get();

    if (!t)
        return 0;
    no_path(t);
    walk_of((__u64)BPF_CORE_READ(fs, pwd.dentry), (__u64)BPF_CORE_READ(fs, pwd.mnt), task);
    end_path(0, END_SLASH);
    return 0;
}

__noinline int put_comm(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;

    put_kernel_str((__u64)&task->comm);
    return 0;
}
static __always_inline __u32 tty_of(struct task_struct *task)
{
    struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
    __u32 major, minor;

    if (!tty)
        return 0;
    major = BPF_CORE_READ(tty, driver, major);
    minor = BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index);
    return dev_encode(major << 20 | (minor & 0xfffff));
}
