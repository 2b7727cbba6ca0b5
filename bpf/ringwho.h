/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringwho.h - who submitted a request of io_uring. */
#pragma once
#include "ringreq.h"

struct io_ring_ctx___sq {
    unsigned int flags;
} RING_TYPE;

#define RING_SQPOLL     2u /* IORING_SETUP_SQPOLL */
#define SK_RING_THREADS 64

/* The number in "iou-sqp-NUMBER", which the kernel calls the thread that polls for NUMBER. */
static __always_inline __u32 number_in_comm(struct task_struct *poller)
{
    char comm[SK_COMM_MAX] = {};
    __u32 n = 0;

    bpf_probe_read_kernel(comm, sizeof(comm), &poller->comm);
    for (int i = 8; i < SK_COMM_MAX; i++) {
        __u8 digit = comm[i] - '0';

        if (digit > 9)
            break;
        n = n * 10 + digit;
    }
    return n;
}

/* Who polls for whom: the thread that made the ring, if it still lives, else the leader of the process. */
static __always_inline struct task_struct *ring_owner(struct task_struct *poller)
{
    struct task_struct *leader = BPF_CORE_READ(poller, group_leader), *t = leader;
    struct signal_struct *sig = BPF_CORE_READ(poller, signal);
    __u32 pid = number_in_comm(poller);

    for (int i = 0; i < SK_RING_THREADS; i++) {
        struct list_head *next;

        if (BPF_CORE_READ(t, pid) == pid)
            return t;
        next = BPF_CORE_READ(t, thread_node.next);
        if ((char *)next == (char *)sig + bpf_core_field_offset(struct signal_struct, thread_head))
            next = BPF_CORE_READ(sig, thread_head.next);
        t = (struct task_struct *)((char *)next -
                                   bpf_core_field_offset(struct task_struct, thread_node));
        if (t == leader)
            break;
    }
    return leader;
}

static __always_inline void ring_identity(struct sk_ring_req *p, struct io_kiocb *req,
                                          struct sk_bpf_config *cfg)
{
    struct io_ring_ctx___sq *ctx = (void *)BPF_CORE_READ(req, ctx);
    struct task_struct *task = current_task();
    const struct cred *cred = BPF_CORE_READ(req, creds); /* of a personality */

    if (!cred)
        cred = BPF_CORE_READ(task, cred);
    if (BPF_CORE_READ(ctx, flags) & RING_SQPOLL)
        task = ring_owner(task);
    fill_x_task(&p->x, task, cred, cfg);
    p->x.flags |= SK_TASK_IO_URING;
    if (BPF_CORE_READ_BITFIELD_PROBED((struct io_ring_ctx *)ctx, compat))
        p->x.flags |= SK_TASK_COMPAT;
    p->tid = BPF_CORE_READ(task, pid);
}
