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

/* No function calls here: they may not meet tail calls before 5.10.  What nobody wants leaves first. */
SK_HOOK(sys_exit)
int sk_sys_exit(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct pt_regs *regs = (struct pt_regs *)ctx[0];
    __s64 ret = ctx[1];
    struct sk_rec *r;
    bool compat, packed;
    __s32 nr;
    __u32 ev;

    if (!cfg || !cfg->ready)
        return 0;
    compat = current_is_compat();
    nr = native_nr(syscall_nr(regs), compat);
    packed = nr == NR_SOCKETCALL_;
    if (packed)
        nr = socketcall_nr(regs);
    ev = wanted_call(cfg, nr, ret);
    if (!ev || !in_scope(cfg, bpf_get_current_pid_tgid() >> 32))
        return 0;
    if (cfg->drop_failed && is_error(compat ? compat_ret(ret) : ret))
        return 0;
    r = rec_get();
    if (!r)
        return 0;
    load_regs(r, regs, compat);
    if (packed)
        load_socketcall(r);
    r->ret = compat ? compat_ret(ret) : ret;
    r->nr = nr;
    r->compat = compat;
    r->paths = r->relative = 0;
    r->file = r->file_known = 0;
    r->type = ev;
    r->task = (__u64)current_task();
    bpf_tail_call(ctx, &sk_fill, ev);
    count_drop(rows[ev & (SK_BPF_EVENTS - 1)].klass, SK_DROP_BUG);
    return 0;
}

/* GENERIC has as many classes as calls. */
static __always_inline __u8 class_of(struct sk_rec *r)
{
    struct sk_bpf_syscall *s;
    __u32 key = r->nr;

    if (r->type == SK_EV_GENERIC_X) {
        s = bpf_map_lookup_elem(&sk_syscalls, &key);
        if (s)
            return s->klass;
    }
    return rows[r->type & (SK_BPF_EVENTS - 1)].klass;
}

/* First step of every filler: containers-only scope, then the counters. */
static __always_inline struct sk_rec *fill_begin(void)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec *r = rec_get();

    if (!cfg || !r)
        return 0;
    if (cfg->scope == SK_SCOPE_CONTAINERS && !task_in_container(r->task))
        return 0;
    begin(r, r->type, class_of(r), (__u32)bpf_get_current_pid_tgid());
    return r;
}

static __always_inline __s64 fd_value(struct sk_rec *r, __u32 kind, __u32 n)
{
    if (kind == SRCK_RET)
        return r->ret;
    return kind == SRCK_CWD || kind == SRCK_NEWCWD ? -100 : (__s64)(__s32)arg_of(r, n);
}

/* Extensions of the row, and the end of every record. */
static __always_inline void fill_end(struct sk_rec *r, const struct sk_row *row, __u32 server)
{
    struct task_struct *task = (struct task_struct *)r->task;
    __s64 fd = fd_value(r, row->res.fd.kind, row->res.fd.n);

    put_x_current();
    if (row->res.fd.kind)
        put_x_fd(task, row->res.fd.kind == SRCK_RET ? result_file(r) : file_of(task, fd), fd,
                 SK_ROLE_FD, server);
    if (row->res.dir.kind == SRCK_NEWCWD || (row->res.dir.kind && r->relative & 1))
        put_x_dir(fd_value(r, row->res.dir.kind, row->res.dir.n), SK_ROLE_OLD, r->task);
    if (row->res.dir2.kind && r->relative & 2)
        put_x_dir(fd_value(r, row->res.dir2.kind, row->res.dir2.n), SK_ROLE_NEW, r->task);
    submit();
}

/* Default: reads the row and does what it says. */
SK_HOOK(sys_exit)
int fill_any(__u64 *ctx)
{
    struct sk_rec *r = fill_begin();
    const struct sk_row *row;
    __u32 server;

    if (!r)
        return 0;
    row = &rows[r->type & (SK_BPF_EVENTS - 1)];
    for (__u32 i = 0; i < SK_ROW_PARAMS; i++) {
        const struct sk_param_row *p = &row->param[i & 31];

        if (i >= row->nparams)
            break;
        put_param(p->width, p->src.kind, p->src.n);
    }
    server = r->type == SK_EV_SOCKET_ACCEPT_5_X || r->type == SK_EV_SOCKET_ACCEPT4_6_X;
    fill_end(r, row, server);
    return 0;
}

/* The frequent ones: the same steps with the row known at compile time, so that every switch folds. */
#define FILL_HOT(code, name)                                                                 \
    SK_HOOK(sys_exit)                                                                        \
    int fill_##code##_##name(__u64 *ctx)                                                     \
    {                                                                                        \
        const struct sk_row *row = &rows[code];                                              \
        struct sk_rec *r = fill_begin();                                                     \
                                                                                             \
        if (!r)                                                                              \
            return 0;                                                                        \
        _Pragma("clang loop unroll(full)") for (__u32 i = 0; i < 8; i++)                     \
        {                                                                                    \
            if (i < rows[code].nparams)                                                      \
                put_param_inline(r, rows[code].param[i].width, rows[code].param[i].src.kind, \
                                 rows[code].param[i].src.n);                                 \
        }                                                                                    \
        fill_end(r, row, 0);                                                                 \
        return 0;                                                                            \
    }

FILL_HOT(3, open)
FILL_HOT(307, openat)
FILL_HOT(23, connect)
FILL_HOT(7, read)
FILL_HOT(9, write)
FILL_HOT(31, sendto)
