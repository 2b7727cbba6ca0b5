/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* mmsg.h - sendmmsg and recvmmsg: an event for each message that was moved. */
#pragma once
#include "fill.h"

#define SK_MMSG_MAX 16 /* messages of one call that are told */

/* Message i of the vector in the record of the call, `moved` messages of which were sent or received. */
__noinline int put_mmsg(__u64 vector, __u32 i, __s64 moved)
{
    struct sk_rec *r = rec_get();
    __u64 msg;
    bool in;

    if (!r)
        return 0;
    if (i)
        begin(r, r->type, SK_CLASS_IO, r->tid);
    in = r->type == SK_EV_SOCKET_RECVMMSG_X;
    msg = mmsg_at(r, vector, i);
    r->arg[1] = msg; /* where peer_of() looks */
    r->ret = moved < 0 ? moved : (__s64)mmsg_bytes(r, msg);
    put_int(r->ret, 8);
    put_int((__s32)r->arg[0], 8);
    put_int(r->ret < 0 ? 0 : in ? (__u64)r->ret : msg_size(r, msg), 4);
    put_msg(r, msg, in ? snap_in(r) : snap_out(r, ~0ull));
    if (r->ret < 0)
        put_empty();
    else
        put_tuple(given_file(r), in);
    if (in)
        put_control(r, msg);
    fill_end(r, &rows[r->type & (SK_BPF_EVENTS - 1)], 0);
    return 0;
}

static __always_inline void fill_mmsg(struct sk_rec *r)
{
    __u64 vector = r->arg[1];
    __s64 moved = r->ret;

    for (__u32 i = 0; i < SK_MMSG_MAX; i++) {
        if (i && i >= moved)
            break;
        put_mmsg(vector, i, moved);
    }
}

SK_HOOK(sys_exit)
int fill_51_55_mmsg(__u64 *ctx)
{
    struct sk_rec *r = fill_begin();

    if (r)
        fill_mmsg(r);
    return 0;
}
