/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* data.h - bytes that a call read or wrote: buffers, iovec arrays, messages. */
#pragma once
#include "addr.h"

/* First bytes of what an iovec array describes: from its first element that has any. */
__noinline int put_iov(__u64 iov, __u64 count, __u64 max)
{
    struct sk_rec *r = rec_get();
    __u64 w[2] = {};

    if (!r)
        return 0;
    for (int i = 0; i < 4; i++) {
        if (i >= count || !iov)
            break;
        if (bpf_probe_read_user(w, 16, (void *)(iov + i * 16)))
            break;
        if (w[1])
            break;
    }
    put_user_bytes(w[0], w[1] < max ? w[1] : max);
    return 0;
}

/* Bytes that an iovec array describes (of its first 32 elements). */
__noinline __u64 iov_bytes(__u64 iov, __u64 count)
{
    __u64 sum = 0, w[2] = {};

    for (int i = 0; i < 32; i++) {
        if (i >= count || !iov || bpf_probe_read_user(w, 16, (void *)(iov + i * 16)))
            break;
        sum += w[1];
    }
    return sum;
}

/* msghdr: name, namelen, iov, iovlen in 64-bit words 0..3. */
static __always_inline __u64 msg_word(__u64 msg, __u32 i)
{
    __u64 v = 0;

    if (msg && bpf_probe_read_user(&v, 8, (void *)(msg + i * 8)))
        count_fault();
    return v;
}

static __always_inline __u64 data_limit(struct sk_rec *r, __u64 size)
{
    struct sk_bpf_config *cfg = config_get();
    __u64 max = cfg ? cfg->snap_bytes : SK_SNAP_BYTES;

    if (r->ret < 0)
        return 0;
    if ((__u64)r->ret < size)
        size = r->ret;
    return size < max ? size : max;
}

/* Argument i: constant or variable index, always inside. */
static __always_inline __u64 arg_of(struct sk_rec *r, __u32 i)
{
    return i < 6 ? r->arg[i] : 0;
}
