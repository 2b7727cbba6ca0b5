/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* fill.h - what fills the records of system calls: the interpreter of the rows and the straight-line programs
 * of the frequent ones. */
#pragma once
#include "exit.h"

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
