/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringput.h - one parameter of a request of io_uring.  The rows of tbl/uring.def need few kinds of sources:
 * with put_param(), which knows all, each program that tells requests would cost the verifier three times
 * as much. */
#pragma once
#include "ringcall.h"

static __always_inline __u64 ring_value(struct sk_rec *r, __u32 kind, __u32 n)
{
    __u64 v;

    if (common_value(r, kind, n, &v))
        return v;
    switch (kind) {
    case SRCK_HOWFLAGS: /* struct open_how came as three arguments */
        return open_flags(r, arg_of(r, 2));
    case SRCK_HOWMODE:
        return open_mode(arg_of(r, 2), arg_of(r, 3));
    case SRCK_HOWRESOLVE:
        return translate(KF_openat2_resolve, arg_of(r, 4));
    case SRCK_FDFLAGS:
        return fd_flags(arg_of(r, n));
    case SRCK_QUEUE:
        return queue_value(r, n);
    case SRCK_SCID:
        return sc_id(r);
    case SRCK_NATIVEID:
        return r->nr;
    case SRCK_MOVED:
        return r->ret > 0 ? r->ret : 0;
    case SRCK_IOVSIZE:
        return iov_bytes(arg_of(r, n), arg_of(r, n + 1));
    case SRCK_MSGSIZE:
        return msg_size(r, arg_of(r, n));
    default:
        return 0;
    }
}

__noinline int put_ring_param(__u32 width, __u32 kind, __u32 n)
{
    struct sk_rec *r = rec_get();
    __u32 before;
    __u64 v;

    if (!r || put_bytes(r, kind, n))
        return 0;
    before = r->used;
    if (kind == SRCK_CONTROL) {
        put_control(r, arg_of(r, n));
    } else if (width == W_STR || width == W_PATH) {
        put_kernel_str(arg_of(r, n));
        if (width == W_PATH)
            note_path(r, before);
    } else {
        v = ring_value(r, kind, n);
        if (width & SIGNED32 && kind != SRCK_RET)
            v = (__s64)(__s32)v;
        put_int(v, width & 15);
    }
    return 0;
}
