/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringskip.h - requests whose success the ring does not announce (IOSQE_CQE_SKIP_SUCCESS).
 *
 * No tracepoint tells that they are done, but the request itself does: it has let go of its file name, or
 * lies among the ring's done or free ones.  So each submitter has a list of them, which is looked through when
 * another request is announced, when io_uring_enter() returns, when the submitter has done work for a ring
 * (a thread that polls: after each round, since 6.9) and when it ends.  What is not known to be done by then is told as a guess. */
#pragma once
#include "ringkeep.h"

#define SK_RING_SKIPPERS 256
#define SK_RING_SKIPPED  64
#define SK_RING_FREE     32 /* free requests that are looked at: the latest come first */

#define RING_NEED_CLEANUP (1u << 13) /* of io_kiocb.flags: it still has its file name */
#define NR_IO_URING_ENTER 426

struct ring_skipped {
    __u32 n, left;
    __u64 key[SK_RING_SKIPPED];
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_RING_SKIPPERS);
    __type(key, __u32); /* thread that submits */
    __type(value, struct ring_skipped);
} sk_ring_skip SEC(".maps");

static const struct ring_skipped none_skipped;

/* Has anybody ever made such a request?  A map of its own, so that the question costs one load. */
volatile __u32 sk_ring_skips SEC(".data.skips");

struct io_submit_state___ring {
    struct io_wq_work_node free_list;
    struct io_wq_work_list compl_reqs;
} RING_TYPE;
struct io_ring_ctx___state {
    struct io_submit_state___ring submit_state;
} RING_TYPE;
struct io_sq_data___ring {
    __u64 work_time;
} RING_TYPE;

static __always_inline struct io_kiocb *ring_listed(struct io_wq_work_node *node)
{
    return (void *)((char *)node - bpf_core_field_offset(struct io_kiocb, comp_list));
}

static __always_inline bool ring_lists(struct io_wq_work_node *node, struct io_kiocb *req)
{
    for (int i = 0; i < SK_RING_FREE && node; i++) {
        if (ring_listed(node) == req)
            return true;
        node = BPF_CORE_READ(node, next);
    }
    return false;
}

/* Among those that are done and not announced yet, or among the free ones? */
static __always_inline bool ring_is_done(struct io_kiocb *req)
{
    struct io_ring_ctx___state *ctx = (void *)BPF_CORE_READ(req, ctx);

    return ring_lists(BPF_CORE_READ(ctx, submit_state.compl_reqs.first), req) ||
           ring_lists(BPF_CORE_READ(ctx, submit_state.free_list.next), req);
}

/* Those that hold something until they have run: file names, attributes. */
static __always_inline bool cleans_up(const struct sk_ring_req *p)
{
    return p->text[0] || (p->opcode >= RING_FSETXATTR && p->opcode <= RING_GETXATTR);
}

/* How a list is looked through: for the last time; by another than its owner, who alone changes it. */
enum { SETTLE_LAST = 1, SETTLE_OTHER = 2 };

/* Tells one request if it is done, or if it is the last chance.  false: it is not done. */
static __always_inline bool ring_settle_one(__u64 key, __u32 last)
{
    struct sk_ring_req *p = bpf_map_lookup_elem(&sk_ring_req, &key);
    struct io_kiocb *req = (struct io_kiocb *)key;
    bool same, done;

    if (!p || !(p->flags & RING_SKIPPED))
        return true;
    same = p->ctx == (__u64)BPF_CORE_READ(req, ctx) &&
           p->user_data == BPF_CORE_READ(req, cqe.user_data);
    done = cleans_up(p) ? !(BPF_CORE_READ(req, flags) & RING_NEED_CLEANUP) : ring_is_done(req);
    if (same && !done && !last)
        return false;
    if (__sync_lock_test_and_set(&p->claimed, 1))
        return true;
    if (!same || !done)
        p->x.flags |= SK_TASK_EARLY;
    ring_tell_here(p, key, current_task(), same && done,
                   same && done ? BPF_CORE_READ(req, cqe.res) : 0);
    forget(p, key);
    return true;
}

/* The i-th of a list; what is not done moves to its front.  1: that was the last.  Global, because the loop
 * over it would be walked with all that it does. */
__noinline int ring_settle_next(__u32 tid, __u32 i, __u32 how)
{
    struct ring_skipped *s = bpf_map_lookup_elem(&sk_ring_skip, &tid);
    __u64 key;

    if (!s || i >= s->n)
        return 1;
    key = s->key[i & (SK_RING_SKIPPED - 1)];
    if (!ring_settle_one(key, how & SETTLE_LAST) && !(how & SETTLE_OTHER))
        s->key[s->left++ & (SK_RING_SKIPPED - 1)] = key;
    return 0;
}

static __always_inline void ring_settle(__u32 tid, __u32 how)
{
    struct ring_skipped *s;

    if (!sk_ring_skips)
        return;
    s = bpf_map_lookup_elem(&sk_ring_skip, &tid);
    if (!s)
        return;
    if (!(how & SETTLE_OTHER))
        s->left = 0;
    for (__u32 i = 0; i < SK_RING_SKIPPED; i++)
        if (ring_settle_next(tid, i, how))
            break;
    if (how & SETTLE_OTHER)
        return;
    s->n = s->left;
    if (!s->n)
        bpf_map_delete_elem(&sk_ring_skip, &tid);
}

/* io_uring_enter() passes the first test of sys_exit from now on. */
static __always_inline void hear_of_enter(void)
{
    __u32 word = NR_IO_URING_ENTER >> 6;
    __u64 bit = 1ull << (NR_IO_URING_ENTER & 63);

    if (!(sk_calls.native[word] & bit))
        __sync_fetch_and_or(&sk_calls.native[word], bit);
    if (!(sk_calls.any[word] & bit))
        __sync_fetch_and_or(&sk_calls.any[word], bit);
}

/* The submitter's list is full: tells those on it that are done. */
static __always_inline void ring_make_room(void)
{
    __u32 tid = bpf_get_current_pid_tgid();
    struct ring_skipped *s = bpf_map_lookup_elem(&sk_ring_skip, &tid);

    if (s && s->n >= SK_RING_SKIPPED)
        ring_settle(tid, 0);
}

/* Puts the request on the list of its submitter.  false: it has to be told now. */
static __always_inline bool ring_skip(struct sk_ring_req *p, __u64 key)
{
    __u32 tid = bpf_get_current_pid_tgid();
    struct ring_skipped *s;

    if (!bpf_core_field_exists(((struct io_sq_data___ring *)0)->work_time)) /* 6.9 */
        return false;
    s = bpf_map_lookup_elem(&sk_ring_skip, &tid);
    if (!s) {
        bpf_map_update_elem(&sk_ring_skip, &tid, &none_skipped, BPF_NOEXIST);
        s = bpf_map_lookup_elem(&sk_ring_skip, &tid);
    }
    if (!s || s->n >= SK_RING_SKIPPED)
        return false;
    p->flags |= RING_SKIPPED;
    if (!keep(p, key))
        return false;
    s->key[s->n++ & (SK_RING_SKIPPED - 1)] = key;
    sk_ring_skips = 1;
    hear_of_enter();
    return true;
}

/* A request that was done unheard is used again: what it was before can be told now. */
static __always_inline void ring_reused(struct io_kiocb *req)
{
    __u64 key = (__u64)req;
    struct sk_ring_req *p = bpf_map_lookup_elem(&sk_ring_req, &key);

    if (!p)
        return;
    if (p->ctx == (__u64)BPF_CORE_READ(req, ctx))
        ring_tell(p, key, current_task(), false, BPF_CORE_READ(req, cqe.res));
    forget(p, key);
}
