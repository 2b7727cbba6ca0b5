/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* mem.h - memory, arguments, environment and limits of a process. */
#pragma once
#include "param.h"

#define SK_VECTOR_MAX 128 /* strings of a vector */

/* fdlimit .. vm_swap: six parameters that execve and fork have in common. */
__noinline int put_usage(__u64 task_ptr)
{
    struct task_struct *task = (struct task_struct *)task_ptr;

    put_int(BPF_CORE_READ(task, signal, rlim[7].rlim_cur), 8);
    put_int(BPF_CORE_READ(task, maj_flt), 8);
    put_int(BPF_CORE_READ(task, min_flt), 8);
    put_int(memory_kb(task, 0), 4);
    put_int(memory_kb(task, 1), 4);
    put_int(memory_kb(task, 2), 4);
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

/* The strings of a NULL-terminated vector of user memory from the first-th on, SK_ARGS_MAX bytes at most. */
__noinline int put_vector(__u64 vector, __u32 first)
{
    struct sk_rec *r = rec_get();
    __u32 begin;

    if (!r)
        return 0;
    begin = r->used;
    for (__u32 i = 0; i < SK_VECTOR_MAX; i++) {
        __u64 ptr = user_word(r, vector, first + i), at;
        long n;

        at = room(r, SK_PATH_MAX);
        if (!ptr || !at)
            break;
        n = bpf_probe_read_user_str(&r->buf[at], SK_PATH_MAX, (void *)ptr);
        if (n <= 0 || r->used - begin + n > SK_ARGS_MAX)
            break;
        r->used += n;
    }
    close_param(r, begin);
    return 0;
}

/* exe and args of an execve that failed: still in the caller's argv. */
static __always_inline void put_argv(struct sk_rec *r, __u64 argv)
{
    put_user_str(user_word(r, argv, 0));
    put_vector(argv, 1);
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
