/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringend.h - requests of io_uring that end without io_uring_complete. */
#pragma once
#include "uring.h"

#define SK_RING_COMPLETED 64

/* No room in the ring: the entry goes elsewhere, and this comes instead of io_uring_complete.  It does not
 * say whose entry it is: that of the first among those being completed which it fits. */
SK_HOOK(io_uring_cqe_overflow)
int sk_ring_overflow(__u64 *ctx)
{
    struct io_ring_ctx___state *ring = (void *)ctx[0];
    struct sk_bpf_config *cfg = config_get();
    struct io_wq_work_node *node;
    struct sk_ring_req *p = 0;
    __s32 res = ctx[2];
    __u64 key = 0;

    if (!cfg || !cfg->ready)
        return 0;
    node = BPF_CORE_READ(ring, submit_state.compl_reqs.first);
    for (int i = 0; i < SK_RING_COMPLETED && node; i++) {
        struct io_kiocb *req = ring_listed(node);

        key = (__u64)req;
        p = bpf_map_lookup_elem(&sk_ring_req, &key);
        if (p && p->user_data == ctx[1] && BPF_CORE_READ(req, cqe.res) == res)
            break;
        p = 0;
        node = BPF_CORE_READ(node, next);
    }
    if (!p)
        return 0;
    ring_tell(p, key, ring_task((struct io_kiocb *)key), true, res);
    forget(p, key);
    return 0;
}

static __always_inline int ring_worked(void)
{
    struct sk_bpf_config *cfg = config_get();

    if (cfg && cfg->ready)
        ring_settle((__u32)bpf_get_current_pid_tgid(), 0);
    return 0;
}

SK_HOOK(io_uring_task_work_run)
int sk_ring_worked(__u64 *ctx)
{
    return ring_worked();
}

SK_HOOK(io_uring_local_work_run)
int sk_ring_worked_local(__u64 *ctx)
{
    return ring_worked();
}

SK_HOOK(sched_process_exit)
int sk_ring_exit(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();

    if (cfg && cfg->ready)
        ring_settle((__u32)bpf_get_current_pid_tgid(), SETTLE_LAST);
    return 0;
}

/* The call that submits: first what was done unheard, which needs the record; then the call itself, where
 * somebody wants it, by the interpreter (that of code 0). */
SK_HOOK(sys_exit)
int fill_341_io_uring_enter(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec *r = rec_get();
    struct sk_ring_req *kept;
    __u32 zero = 0;

    kept = bpf_map_lookup_elem(&sk_ring_new, &zero);
    if (!cfg || !r || !kept)
        return 0;
    for (int i = 0; i < 6; i++)
        kept->arg[i] = r->arg[i];
    kept->ctx = r->task;
    kept->user_data = r->ret;
    kept->tid = r->nr;
    kept->slot = r->compat;
    if (bpf_core_type_exists(struct io_cmd_data)) /* 6.0 */
        ring_worked();
    if (!cfg->tell_enter)
        return 0;
    for (int i = 0; i < 6; i++)
        r->arg[i] = kept->arg[i];
    r->task = kept->ctx;
    r->ret = kept->user_data;
    r->nr = kept->tid;
    r->compat = kept->slot;
    r->type = SK_EV_SYSCALL_IO_URING_ENTER_X;
    r->paths = r->relative = 0;
    r->file = r->file_known = 0;
    bpf_tail_call(ctx, &sk_fill, 0);
    return 0;
}
