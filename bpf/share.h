/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* share.h - one container does not blind the others: the rule of abi/fair.h, asked before a ring is written. */
#pragma once
#include "rec.h"

#include "fair.h"

/* Filled by the loader; the last entry is the critical ring's. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sk_fair);
} sk_fair SEC(".maps");

/* account.h: whose share the current task uses. */
__noinline __u64 current_account(void);

/* Rarely called: when much waits in the ring. */
__noinline int within_share(__u32 ring, __u32 klass, __u64 bytes, __u64 cons, __u64 prod)
{
    struct sk_fair *f = bpf_map_lookup_elem(&sk_fair, &ring);

    return f ? sk_fair_admit(f, current_account(), klass, bytes, cons, prod) : 1;
}

/* `number`: of the entry in sk_fair. */
static __always_inline bool may_send(void *ring, __u32 number, __u32 klass, __u64 bytes)
{
    struct sk_fair *f = bpf_map_lookup_elem(&sk_fair, &number);

    if (!f || bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) <= f->calm)
        return true;
    return within_share(number, klass, bytes, bpf_ringbuf_query(ring, BPF_RB_CONS_POS),
                        bpf_ringbuf_query(ring, BPF_RB_PROD_POS));
}
