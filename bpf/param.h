/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* param.h - one parameter: its value from the source column of its row, written by its width. */
#pragma once
#include "blob.h"

/* Bytes of the less frequent calls. */
__noinline int put_rare(__u32 kind, __u32 n)
{
    struct sk_rec *r = rec_get();
    __u32 a = n & 7;
    __u64 op;

    if (!r)
        return 0;
    op = arg_of(r, 0);
    switch (kind) {
    case SRCK_FDPATH:
        return put_fd_path();
    case SRCK_DATAARG: /* its length is an argument, not the result */
        return put_user_bytes(arg_of(r, a), snap(arg_of(r, a + 1)));
    case SRCK_CONTROL:
        put_control(r, arg_of(r, a));
        return 0;
    case SRCK_PTRACEADDR:
        return put_dyn(PTRACE_UINT64, r->ret < 0 ? 0 : arg_of(r, 2), 8);
    case SRCK_PTRACEDATA:
        put_ptrace_data(r);
        return 0;
    case SRCK_SETOPT:
        return put_sockopt(arg_of(r, 3), arg_of(r, 4));
    case SRCK_GETOPT:
        return put_sockopt(r->ret < 0 ? 0 : arg_of(r, 3), user_u32(arg_of(r, 4)));
    case SRCK_KEYCTL:
        return put_keyctl(n);
    case SRCK_FSBYTES:
    case SRCK_FSTEXT:
        put_fsconfig(r, kind == SRCK_FSTEXT);
        return 0;
    case SRCK_POLLFDS:
        return put_poll(arg_of(r, 0), arg_of(r, 1));
    case SRCK_PRCTLTEXT:
        return op == PR_SET_NAME_ || op == PR_GET_NAME_ ? put_user_str(arg_of(r, 1)) : put_empty();
    case SRCK_GETCWD:
        return r->ret > 0 ? put_user_str(op) : put_empty();
    case SRCK_QUOTAPATH: /* where the path of the quota file is an argument */
        return (__u32)op >> 8 == Q_QUOTAON_ ? put_user_str(arg_of(r, 3)) : put_empty();
    default:
        return put_empty();
    }
}

/* Socket addresses and bytes that were moved.  Returns false when `kind` is none of them. */
static __always_inline bool put_bytes(struct sk_rec *r, __u32 kind, __u32 n)
{
    switch (kind) {
    case SRCK_NONE:
        put_empty();
        return true;
    case SRCK_TUPLE: /* 0 from here, 1 to here, 2 to the new socket */
        if (r->ret < 0)
            put_empty();
        else
            put_tuple(n == 2 ? result_file(r) : given_file(r), n != 0);
        return true;
    case SRCK_NEWTUPLE: /* of a connection that did not fail */
        if (r->ret == 0 || r->ret == -EINPROGRESS_)
            put_tuple(given_file(r), 0);
        else
            put_empty();
        return true;
    case SRCK_SOCKADDR:
        put_sockaddr(arg_of(r, n), arg_of(r, n + 1));
        return true;
    case SRCK_DATA:
        put_user_bytes(arg_of(r, n), snap_in(r));
        return true;
    case SRCK_DATAOUT:
        put_user_bytes(arg_of(r, n), snap_out(r, arg_of(r, n + 1)));
        return true;
    case SRCK_IOV:
        put_iov(arg_of(r, n), arg_of(r, n + 1), snap_in(r));
        return true;
    case SRCK_IOVOUT:
        put_iov(arg_of(r, n), arg_of(r, n + 1), snap_out(r, ~0ull));
        return true;
    case SRCK_MSG:
        put_msg(r, arg_of(r, n), snap_in(r));
        return true;
    case SRCK_MSGOUT:
        put_msg(r, arg_of(r, n), snap_out(r, ~0ull));
        return true;
    default:
        return false;
    }
}

/* Was the path just written a relative one?  Remembers it for the extension SK_X_DIR. */
static __always_inline void note_path(struct sk_rec *r, __u32 before)
{
    __u64 at = before;

    SK_OPAQUE(at);
    if (at > SK_DATA_MAX)
        return;
    r->paths++;
    if (r->used == before || r->buf[SK_HEAD_MAX + at] != '/')
        r->relative |= r->paths;
}

static __always_inline void put_param_inline(struct sk_rec *r, __u32 width, __u32 kind, __u32 n)
{
    __u32 before = r->used;
    __u64 v;

    if (put_bytes(r, kind, n))
        return;
    if ((width & W_KIND) >= W_STR && kind != SRCK_ARG) {
        put_rare(kind, n);
        return;
    }
    v = int_value(r, kind, n);
    if (width == W_STR) {
        put_user_str(v);
    } else if (width == W_PATH) {
        put_user_str(v);
        note_path(r, before);
    } else if (width == W_BYTES) {
        put_empty();
    } else {
        if (width & SIGNED32 && kind != SRCK_RET)
            v = (__s64)(__s32)v;
        put_int(v, width & 15);
    }
}

/* The interpreter's step: verified once. */
__noinline int put_param(__u32 width, __u32 kind, __u32 n)
{
    struct sk_rec *r = rec_get();

    if (r)
        put_param_inline(r, width, kind, n);
    return 0;
}
