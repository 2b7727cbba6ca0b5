/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringcall.h - requests of io_uring by their opcode: which arguments. */
#pragma once
#include "ringargs.h"

static __always_inline void args_of_files(struct sk_ring_req *p, struct io_kiocb *req)
{
    switch (p->opcode) {
    case RING_OPENAT:
    case RING_OPENAT2:
        args_open(p, req);
        break;
    case RING_UNLINKAT:
        args_unlink(p, req);
        break;
    case RING_MKDIRAT:
        args_mkdir(p, req);
        break;
    case RING_SYMLINKAT:
    case RING_LINKAT:
        args_link(p, req);
        break;
    case RING_RENAMEAT:
        args_rename(p, req);
        break;
    case RING_CLOSE:
        args_close(p, req);
        break;
    case RING_SOCKET:
        args_socket(p, req);
        break;
    }
}

/* Of those that are given a descriptor. */
static __always_inline void args_of_given(struct sk_ring_req *p, struct io_kiocb *req)
{
    switch (p->opcode) {
    case RING_CONNECT:
        args_connect(p, req);
        break;
    case RING_ACCEPT:
        args_accept(p, req);
        break;
    case RING_BIND:
        args_bind(p, req);
        break;
    case RING_LISTEN:
        args_listen(p, req);
        break;
    case RING_SHUTDOWN:
        args_shutdown(p, req);
        break;
    case RING_SEND:
    case RING_SEND_ZC:
    case RING_SENDMSG:
    case RING_SENDMSG_ZC:
    case RING_RECV:
    case RING_RECVMSG:
        args_message(p, req);
        break;
    case RING_SPLICE:
        args_splice(p, req);
        break;
    case RING_URING_CMD: /* as ioctl() */
        p->arg[1] = BPF_CORE_READ((struct io_uring_cmd___ring *)req, cmd_op);
        break;
    case RING_READ:
    case RING_READ_FIXED:
    case RING_READV:
    case RING_READ_MULTISHOT:
    case RING_WRITE:
    case RING_WRITE_FIXED:
    case RING_WRITEV:
        args_rw(p, req);
        break;
    }
}

static __always_inline bool takes_descriptor(__u8 opcode)
{
    switch (opcode) {
    case RING_OPENAT:
    case RING_OPENAT2:
    case RING_UNLINKAT:
    case RING_MKDIRAT:
    case RING_SYMLINKAT:
    case RING_LINKAT:
    case RING_RENAMEAT:
    case RING_CLOSE:
    case RING_SOCKET:
    case RING_SETXATTR:
    case RING_GETXATTR:
        return false;
    default:
        return true;
    }
}
