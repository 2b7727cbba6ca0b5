/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* exit.h - sys_exit: arguments are still in the registers, the result is known, and what the call made
 * (a descriptor, a connection) is there to be looked at. */
#pragma once
#include "regs.h"
#include "scope.h"

#ifdef SK_RAW_TP
#define SK_HOOK(name) SEC("raw_tp/" #name)
#else
#define SK_HOOK(name) SEC("tp_btf/" #name)
#endif

static __always_inline bool is_fork(__u32 ev)
{
    return ev == SK_EV_SYSCALL_CLONE_20_X || ev == SK_EV_SYSCALL_FORK_20_X ||
           ev == SK_EV_SYSCALL_VFORK_20_X || ev == SK_EV_SYSCALL_CLONE3_X;
}

static __always_inline bool is_exec(__u32 ev)
{
    return ev == SK_EV_SYSCALL_EXECVE_19_X || ev == SK_EV_SYSCALL_EXECVEAT_X;
}

static __always_inline bool is_error(__s64 ret)
{
    return ret < 0 && ret >= -4095;
}

/* The call that just ended: its event code when it is wanted, else 0. */
static __always_inline __u32 wanted_call(struct sk_bpf_config *cfg, __s32 nr, __s64 ret)
{
    __u32 key = nr, ev;
    struct sk_bpf_syscall *s;

    if (nr < 0)
        return 0;
    s = bpf_map_lookup_elem(&sk_syscalls, &key);
    if (!s)
        return 0;
    ev = s->exit_event;
    if (!ev || !wanted(cfg, ev))
        return 0;
    if (ret == 0 && (is_fork(ev) || is_exec(ev)))
        return 0; /* life.h */
    return ev;
}

/* The current task, its thread group, and whether it is in a 32-bit call. */
struct sk_now {
    __u64 task;
    __u32 pid;
    bool compat;
};

static __always_inline struct sk_now current_now(void)
{
    struct sk_now now;

#ifndef SK_RAW_TP
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) { /* 5.11 */
        struct task_struct *task = bpf_get_current_task_btf();

        now.task = (__u64)task;
        now.pid = task->tgid;
        now.compat = TASK_COMPAT(task);
        return now;
    }
#endif
    now.task = (__u64)current_task();
    now.pid = bpf_get_current_pid_tgid() >> 32;
    now.compat = is_compat((struct task_struct *)now.task);
    return now;
}

static __always_inline bool listed(const volatile __u64 *bits, __u32 raw)
{
    return bits[raw >> 6 & (SK_BPF_SYSCALLS / 64 - 1)] >> (raw & 63) & 1;
}

/* Calls have two programs at this time. */
volatile __u32 sk_moving SEC(".data.moving");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, __u64);
    __type(value, __u32);
} sk_told SEC(".maps");

/* While calls move from sys_exit to the ends of their functions both programs see them: the function's comes
 * first, tells, and leaves a note for the other.  true: this one has nothing to tell. */
static __always_inline bool told(bool own, __s32 raw)
{
    __u64 thread = bpf_get_current_pid_tgid();
    __u32 nr = raw, *noted;

    if (own) {
        bpf_map_update_elem(&sk_told, &thread, &nr, BPF_ANY);
        return false;
    }
    noted = bpf_map_lookup_elem(&sk_told, &thread);
    if (!noted || *noted != nr)
        return false;
    bpf_map_delete_elem(&sk_told, &thread);
    return true;
}

/* No function calls here: they may not meet tail calls before 5.10.  What nobody wants leaves first: one
 * number out of the registers, one bit of a table whose address is a constant.
 * own: at the end of the call's function, not in sys_exit. */
static __always_inline int call_ended(__u64 *ctx, bool own)
{
    struct pt_regs *regs = (struct pt_regs *)ctx[0];
    __s32 raw = syscall_nr(regs), nr;
    struct sk_bpf_config *cfg;
    __s64 ret = ctx[1];
    struct sk_rec *r;
    struct sk_now now;
    bool packed;
    __u32 ev;

    if (!listed(sk_calls.any, raw))
        return 0;
    now = current_now();
    if (!now.compat && !listed(sk_calls.native, raw))
        return 0;
    if (sk_moving && told(own, raw))
        return 0;
    cfg = config_get();
    if (!cfg || !cfg->ready)
        return 0;
    nr = native_nr(raw, now.compat);
    packed = nr == NR_SOCKETCALL_;
    if (packed)
        nr = socketcall_nr(regs);
    ev = wanted_call(cfg, nr, ret);
    if (!ev || !in_scope(cfg, now.pid))
        return 0;
    if (cfg->drop_failed && is_error(now.compat ? compat_ret(ret) : ret))
        return 0;
    r = rec_get();
    if (!r)
        return 0;
    load_args(r, regs, now.compat);
    if (packed)
        load_socketcall(r);
    r->ret = now.compat ? compat_ret(ret) : ret;
    r->nr = nr;
    r->compat = now.compat;
    r->paths = r->relative = 0;
    r->file = r->file_known = 0;
    r->type = ev;
    r->task = now.task;
    bpf_tail_call(ctx, &sk_check, ev); /* where there is none it goes on here */
    bpf_tail_call(ctx, &sk_fill, ev);
    count_bug(rows[ev & (SK_BPF_EVENTS - 1)].klass);
    return 0;
}

SK_HOOK(sys_exit)
int sk_sys_exit(__u64 *ctx)
{
    return call_ended(ctx, false);
}

#ifndef SK_RAW_TP
/* The pattern of the programs at the ends of the functions of calls, __x64_sys_read(regs) and so on: what such
 * a program is given is what sys_exit gives, the registers and the result. */
SEC("fexit/sys_call")
int sk_call_exit(__u64 *ctx)
{
    return call_ended(ctx, true);
}
#endif
