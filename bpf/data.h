/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* data.h - bytes that a call read or wrote: buffers, iovec arrays, messages. */
#pragma once
#include "addr.h"

#define SK_IOV_DATA 8  /* elements whose bytes are taken */
#define SK_IOV_SIZE 64 /* elements whose sizes are added up */

/* At most as many bytes as the configuration asks for. */
static __always_inline __u64 snap(__u64 n)
{
    struct sk_bpf_config *cfg = config_get();
    __u64 max = cfg ? cfg->snap_bytes : SK_SNAP_BYTES;

    return n < max ? n : max;
}

/* Of a buffer that the call filled: as much as it did. */
static __always_inline __u64 snap_in(struct sk_rec *r)
{
    return r->ret > 0 ? snap(r->ret) : 0;
}

/* Of a buffer that the caller filled: what was taken, or, when nothing was, what was offered. */
static __always_inline __u64 snap_out(struct sk_rec *r, __u64 size)
{
    return snap(r->ret > 0 ? (__u64)r->ret : size);
}

/* The first bytes of what an iovec array describes, `max` at most. */
__noinline int put_iov(__u64 iov, __u64 count, __u64 max)
{
    struct sk_rec *r = rec_get();
    __u32 first;

    if (!r)
        return 0;
    first = r->used;
    for (__u32 i = 0; i < SK_IOV_DATA; i++) {
        __u64 n;

        if (i >= count || !iov || r->used - first >= max)
            break;
        n = user_word(r, iov, 2 * i + 1);
        if (n > max - (r->used - first))
            n = max - (r->used - first);
        if (n && !add_user_bytes(user_word(r, iov, 2 * i), n))
            break;
    }
    close_param(r, first);
    return 0;
}

/* Bytes that an iovec array describes. */
__noinline __u64 iov_bytes(__u64 iov, __u64 count)
{
    struct sk_rec *r = rec_get();
    __u64 sum = 0;

    for (__u32 i = 0; i < SK_IOV_SIZE; i++) {
        if (!r || i >= count || !iov)
            break;
        sum += user_word(r, iov, 2 * i + 1);
    }
    return sum;
}

static __always_inline __u64 msg_size(struct sk_rec *r, __u64 msg)
{
    return iov_bytes(user_word(r, msg, MSG_IOV), user_word(r, msg, MSG_IOVLEN));
}

static __always_inline void put_msg(struct sk_rec *r, __u64 msg, __u64 max)
{
    put_iov(user_word(r, msg, MSG_IOV), user_word(r, msg, MSG_IOVLEN), max);
}
