/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringfill.h - the record of a request of io_uring: the row of its system call, filled from what was kept. */
#pragma once
#include "ringput.h"

/* struct file of the descriptor that the request was given. */
static __always_inline __u64 ring_given(const struct sk_ring_req *p, struct io_kiocb *req,
                                        struct task_struct *task)
{
    __u64 file = req ? (__u64)BPF_CORE_READ(req, file) : 0;

    if (file)
        return file;
    if (p->flags & RING_FIXED)
        return ring_slot(p->ctx, (__u32)p->arg[0] & ~SK_RING_FD);
    return file_of(task, (__s32)p->arg[0]);
}

/* A new descriptor: its number, and the file behind it. */
static __always_inline void ring_made(struct sk_rec *r, const struct sk_ring_req *p,
                                      struct task_struct *task)
{
    __u32 slot = p->slot == ~0u ? (__u32)r->ret : p->slot - 1;

    if (p->x.flags & SK_TASK_EARLY) {
        r->ret = SK_RING_FD_UNKNOWN;
    } else if (p->slot) {
        r->ret = SK_RING_FD | slot;
        r->file = ring_slot(p->ctx, slot);
    } else {
        r->file = file_of(task, r->ret);
    }
}

static __always_inline void set_arg(struct sk_rec *r, __u32 i, __u64 v)
{
    if (i < 6)
        r->arg[i] = v;
}

/* Texts lie in our maps once the request is under way: the kernel lets go of its own early. */
static __always_inline void use_texts(struct sk_rec *r, const struct sk_ring_req *p, __u64 key)
{
    __u64 at;

    if (p->lies == TEXT_NONE)
        return;
    at = p->lies == TEXT_SHORT ? (__u64)bpf_map_lookup_elem(&sk_ring_text, &key)
                               : (__u64)bpf_map_lookup_elem(&sk_ring_long, &key);
    set_arg(r, (__u32)p->text[0] - 1, at);
    set_arg(r, (__u32)p->text[1] - 1, at ? at + p->text_len : 0);
}

/* Arguments by call; `req` 0: it is not known. */
static __always_inline void ring_load(struct sk_rec *r, const struct sk_ring_req *p,
                                      struct io_kiocb *req, struct task_struct *task, __s64 ret)
{
    r->ret = ret;
    r->nr = p->x.sys_nr;
    r->compat = p->x.flags & SK_TASK_COMPAT;
    r->paths = r->relative = 0;
    r->file = 0;
    r->file_known = 1;
    r->type = p->type;
    r->task = (__u64)task;
    for (int i = 0; i < 6; i++)
        r->arg[i] = p->arg[i];
    if (p->opcode == RING_CONNECT || p->opcode == RING_BIND) {
        r->arg[1] = p->addr_len ? (__u64)p->addr : 0;
        r->arg[2] = p->addr_len;
    } else if (p->flags & RING_MEMORY) {
        r->arg[4] = p->addr_len ? (__u64)p->addr : 0;
        /* Kernel threads clean up after tasks that are gone: memory is then another's, or nobody's. */
        if ((__u32)(bpf_get_current_pid_tgid() >> 32) != p->x.pid)
            r->arg[1] = 0;
    }
    r->ring_file = p->flags & RING_GIVEN ? ring_given(p, req, task) : 0;
    if (ret >= 0 && p->flags & RING_MAKES)
        ring_made(r, p, task);
}

static __always_inline void ring_extensions(struct sk_rec *r, const struct sk_ring_req *p,
                                            const struct sk_row *row)
{
    struct task_struct *task = (struct task_struct *)r->task;
    __u64 file = row->res.fd.kind == SRCK_RET ? r->file : r->ring_file;

    put_struct(r, &p->x, sizeof(p->x), false);
    if (row->res.fd.kind)
        put_x_fd(task, file, fd_value(r, row->res.fd.kind, row->res.fd.n), SK_ROLE_FD,
                 p->opcode == RING_ACCEPT);
    if (row->res.dir.kind && r->relative & 1)
        put_x_dir(fd_value(r, row->res.dir.kind, row->res.dir.n), SK_ROLE_OLD, r->task);
    if (row->res.dir2.kind && r->relative & 2)
        put_x_dir(fd_value(r, row->res.dir2.kind, row->res.dir2.n), SK_ROLE_NEW, r->task);
}

/* Inline where one frame more would be one too many: eight are allowed. */
static __always_inline void ring_tell_here(struct sk_ring_req *p, __u64 key,
                                           struct task_struct *task, bool file_known, __s64 ret)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec *r = rec_get();
    const struct sk_row *row;

    if (!r || !cfg || (cfg->drop_failed && is_error(ret)))
        return;
    ring_load(r, p, file_known ? (struct io_kiocb *)key : 0, task, ret);
    use_texts(r, p, key);
    r->ring = 1;
    begin(r, p->type, p->klass, p->tid);
    row = &rows[p->type & (SK_BPF_EVENTS - 1)];
    for (__u32 i = 0; i < SK_ROW_PARAMS; i++) {
        const struct sk_param_row *q = &row->param[i & 31];

        if (i >= row->nparams)
            break;
        put_ring_param(q->width, q->src.kind, q->src.n);
    }
    ring_extensions(r, p, row);
    submit();
    r->ring = 0;
}

static __noinline int ring_tell(struct sk_ring_req *p, __u64 key, struct task_struct *task,
                                bool file_known, __s64 ret)
{
    ring_tell_here(p, key, task, file_known, ret);
    return 0;
}
