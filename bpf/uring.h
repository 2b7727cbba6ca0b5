/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* uring.h - io_uring: what is submitted through a ring gives the event of the system call that it stands
 * for, with the submitter's identity and SK_TASK_IO_URING.
 *
 * Submission: in the task that called io_uring_enter(), or in the kernel's thread that polls the ring for
 * it; the request is prepared but has not run.  Completion: there, in a worker, or whenever the submitter
 * next looks; the result is known.  Between them the request is kept in a map.  A request whose
 * success is not announced: ringskip.h.  One for which the maps have no room is told at once, as if it had
 * succeeded, and marked SK_TASK_EARLY. */
#pragma once
#include "ringskip.h"
#include "ringwho.h"

#define RING_SKIP_SUCCESS (1u << 6) /* IOSQE_*: bits of io_kiocb.flags, too */
#define RING_FIXED_FILE   1u

/* Only what the kernel calls them matters: io_uring_complete got its entry as a structure in 6.13. */
typedef void (*btf_trace_io_uring_complete___entry)(void *, struct io_ring_ctx *, void *,
                                                    struct io_uring_cqe *);
/* Which call?  0: none that is wanted. */
static __always_inline struct sk_bpf_syscall *ring_call(struct sk_bpf_config *cfg, __u32 opcode,
                                                        __u32 *nr)
{
    __u16 *native = bpf_map_lookup_elem(&sk_ring_calls, &opcode);
    struct sk_bpf_syscall *s;

    if (!native || !*native)
        return 0;
    *nr = *native - 1;
    s = bpf_map_lookup_elem(&sk_syscalls, nr);
    return s && s->exit_event && wanted(cfg, s->exit_event) ? s : 0;
}

/* Puts a request together and keeps it.  1: there is no room, it has to be told now.  A function of its own
 * for its stack: telling others, which the program does before and after it, needs most of what there is. */
static __noinline int ring_take(struct io_kiocb *req, __u32 nr, __u32 type, __u32 klass)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_ring_req *p;
    __u32 zero = 0, flags;
    __u64 key = (__u64)req;

    p = bpf_map_lookup_elem(&sk_ring_new, &zero);
    if (!p || !cfg)
        return 0;
    __builtin_memset(p, 0, sizeof(*p));
    p->ctx = (__u64)BPF_CORE_READ(req, ctx);
    p->user_data = BPF_CORE_READ(req, cqe.user_data);
    p->opcode = BPF_CORE_READ(req, opcode);
    p->type = type;
    p->klass = klass;
    flags = BPF_CORE_READ(req, flags);
    ring_identity(p, req, cfg);
    p->x.sys_nr = nr;
    if (takes_descriptor(p->opcode)) {
        p->arg[0] = BPF_CORE_READ(req, cqe.fd);
        p->flags = RING_GIVEN;
        if (flags & RING_FIXED_FILE) {
            p->arg[0] |= SK_RING_FD;
            p->flags |= RING_FIXED;
        }
        args_of_given(p, req);
    } else {
        args_of_files(p, req);
    }
    return !(flags & RING_SKIP_SUCCESS ? ring_skip(p, key) : keep(p, key));
}

static __always_inline int ring_submit(struct io_kiocb *req)
{
    struct sk_bpf_config *cfg = config_get();
    struct sk_bpf_syscall *s;
    struct sk_ring_req *p;
    __u32 zero = 0, nr = 0;

    if (!cfg || !cfg->ready)
        return 0;
    s = ring_call(cfg, BPF_CORE_READ(req, opcode), &nr);
    if (!s || !in_scope(cfg, bpf_get_current_pid_tgid() >> 32))
        return 0;
    if (cfg->scope == SK_SCOPE_CONTAINERS && !task_in_container((__u64)current_task()))
        return 0;
    ring_reused(req);
    if (BPF_CORE_READ(req, flags) & RING_SKIP_SUCCESS)
        ring_make_room();
    if (!ring_take(req, nr, s->exit_event, s->klass))
        return 0;
    p = bpf_map_lookup_elem(&sk_ring_new, &zero);
    if (!p)
        return 0;
    p->lies = TEXT_NONE;
    p->x.flags |= SK_TASK_EARLY;
    ring_tell(p, (__u64)req, ring_task(req), false, 0);
    return 0;
}

/* Kernels have one of these two. */
SK_HOOK(io_uring_submit_req)
int sk_ring_submit(__u64 *ctx)
{
    return ring_submit((struct io_kiocb *)ctx[0]);
}

SK_HOOK(io_uring_submit_sqe)
int sk_ring_submit_old(__u64 *ctx)
{
    return ring_submit((struct io_kiocb *)ctx[0]);
}

/* A completion without its request: one of many.  Which request?  0: none of ours. */
static __always_inline __u64 ring_of_many(__u64 *ctx, __s64 *ret)
{
    struct ring_user user = {.ctx = ctx[0]};
    __u64 *key;

    if (bpf_core_type_matches(btf_trace_io_uring_complete___entry)) {
        struct io_uring_cqe *cqe = (void *)ctx[2];

        user.user_data = BPF_CORE_READ(cqe, user_data);
        *ret = BPF_CORE_READ(cqe, res);
    } else {
        user.user_data = ctx[2];
        *ret = (__s32)ctx[3];
    }
    key = bpf_map_lookup_elem(&sk_ring_user, &user);
    return key ? *key : 0;
}

/* What was done unheard is told before anybody can see this completion, which may be a worker's. */
static __always_inline void settle_before(struct io_kiocb *req)
{
    __u32 tid = BPF_CORE_READ(ring_task(req), pid);

    ring_settle(tid, tid == (__u32)bpf_get_current_pid_tgid() ? 0 : SETTLE_OTHER);
}

SK_HOOK(io_uring_complete)
int sk_ring_complete(__u64 *ctx)
{
    struct sk_bpf_config *cfg = config_get();
    __u64 key = ctx[1];
    struct io_kiocb *req;
    struct sk_ring_req *p;
    bool last = key;
    __s64 ret = 0;

    if (!cfg || !cfg->ready)
        return 0;
    if (last && sk_ring_skips)
        settle_before((struct io_kiocb *)key);
    if (!last)
        key = ring_of_many(ctx, &ret);
    p = bpf_map_lookup_elem(&sk_ring_req, &key);
    if (!p)
        return 0;
    req = (struct io_kiocb *)key;
    if (last)
        ret = BPF_CORE_READ(req, cqe.res);
    if (p->flags & RING_SKIPPED && __sync_lock_test_and_set(&p->claimed, 1))
        return 0;
    if (p->user_data == BPF_CORE_READ(req, cqe.user_data))
        ring_tell(p, key, ring_task(req), true, ret);
    if (last)
        forget(p, key);
    return 0;
}
