/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* msg.h - structures of user memory that describe messages: iovec, msghdr, and where they name the
 * other end.  In 32-bit calls every word of them is half as long. */
#pragma once
#include "events.h"
#include "path.h"

#define EINPROGRESS_            115
#define PR_SET_NAME_            15
#define PR_GET_NAME_            16
#define PR_GET_CHILD_SUBREAPER_ 37
#define Q_QUOTAON_              0x800002

/* Argument i: constant or variable index, always inside. */
static __always_inline __u64 arg_of(struct sk_rec *r, __u32 i)
{
    return i < 6 ? r->arg[i] : 0;
}

/* A 32-bit number in user memory, 0 when it cannot be read. */
static __always_inline __u64 user_u32(__u64 ptr)
{
    __u32 v = 0;

    if (ptr && bpf_probe_read_user(&v, 4, (void *)ptr))
        count_fault();
    return v;
}

static __always_inline __u64 user_u64(__u64 ptr)
{
    __u64 v = 0;

    if (ptr && bpf_probe_read_user(&v, 8, (void *)ptr))
        count_fault();
    return v;
}

/* The i-th word of a structure of words. */
static __always_inline __u64 user_word(struct sk_rec *r, __u64 ptr, __u32 i)
{
    if (!ptr)
        return 0;
    return r->compat ? user_u32(ptr + 4 * i) : user_u64(ptr + 8 * i);
}

/* Words of struct msghdr.  The flags behind them end it. */
enum { MSG_NAME, MSG_NAMELEN, MSG_IOV, MSG_IOVLEN, MSG_CONTROL, MSG_CONTROLLEN };
#define SK_MSGHDR_WORDS 7
/* struct mmsghdr: a msghdr, then how many bytes of it were sent or received. */
#define SK_MMSGHDR_WORDS 8

static __always_inline __u64 mmsg_at(struct sk_rec *r, __u64 vec, __u32 i)
{
    return vec + (__u64)i * SK_MMSGHDR_WORDS * (r->compat ? 4 : 8);
}

static __always_inline __u64 mmsg_bytes(struct sk_rec *r, __u64 msg)
{
    return user_u32(msg + SK_MSGHDR_WORDS * (r->compat ? 4 : 8));
}

/* n bytes of an address that the call was given: in the caller's memory, or in the kernel's copy. */
static __always_inline long read_given(struct sk_rec *r, void *to, __u32 n, __u64 ptr)
{
    return r->ring ? bpf_probe_read_kernel(to, n, (void *)ptr)
                   : bpf_probe_read_user(to, n, (void *)ptr);
}

/* Where a call names the other end: a struct sockaddr in user memory; 0: it does not. */
static __always_inline __u64 peer_of(struct sk_rec *r)
{
    switch (r->type) {
    case SK_EV_SOCKET_CONNECT_X:
        return r->arg[1];
    case SK_EV_SOCKET_SENDTO_X:
        return r->arg[4];
    case SK_EV_SOCKET_RECVFROM_X:
        return r->ret >= 0 ? r->arg[4] : 0;
    case SK_EV_SOCKET_SENDMSG_X:
    case SK_EV_SOCKET_SENDMMSG_X:
        return r->ring ? r->arg[4] : user_word(r, r->arg[1], MSG_NAME);
    case SK_EV_SOCKET_RECVMSG_X:
    case SK_EV_SOCKET_RECVMMSG_X:
        return r->ret >= 0 && !r->ring ? user_word(r, r->arg[1], MSG_NAME) : 0;
    default:
        return 0;
    }
}
