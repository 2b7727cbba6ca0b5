/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringnet.h - arguments of requests of io_uring about sockets.  Since 6.10 addresses are copied before we
 * are told; connect() of older kernels copies late, so there we read what the kernel will read. */
#pragma once
#include "ringreq.h"

struct io_connect___ring {
    void *addr;
    int addr_len;
} RING_TYPE;
struct io_accept___ring {
    int flags;
    __u32 file_slot;
} RING_TYPE;
struct io_socket___ring {
    int domain, type, protocol;
    __u32 file_slot;
} RING_TYPE;
struct io_bind___ring { /* 6.11 */
    int addr_len;
} RING_TYPE;
struct io_listen___ring { /* 6.11 */
    int backlog;
} RING_TYPE;
struct io_shutdown___ring {
    int how;
} RING_TYPE;
struct io_sr_msg___ring {
    void *buf;
    int len;
    unsigned int msg_flags;
} RING_TYPE;
struct iou_vec___ring {
    void *iovec;
} RING_TYPE;
struct io_async_msghdr___ring {
    struct iou_vec___ring vec; /* 6.14 */
    struct msghdr msg;
    struct __kernel_sockaddr_storage addr;
} RING_TYPE;
struct io_async_connect___ring { /* until 6.9 */
    int none;
} RING_TYPE;

static __always_inline void keep_addr(struct sk_ring_req *p, const void *from, __u32 len)
{
    if (!from || len < 2)
        return;
    p->addr_len = len < sizeof(p->addr) ? len : sizeof(p->addr);
    bpf_probe_read_kernel(p->addr, sizeof(p->addr), from);
}

/* The kernel's copy of an address, in the structure of a message. */
static __always_inline const void *addr_in_message(struct io_kiocb *req)
{
    const char *m = BPF_CORE_READ(req, async_data);

    return m ? m + bpf_core_field_offset(struct io_async_msghdr___ring, addr) : 0;
}

/* The same for connect() and bind(): since 6.17 it stands alone.  No type tells; but the message begins
 * with a pointer or nothing, an address that we know with the number of its family: 1, 2, 10. */
static __always_inline const void *addr_kept(struct io_kiocb *req)
{
    struct io_async_msghdr___ring *m = BPF_CORE_READ(req, async_data);
    __u64 begin = 0;

    if (m && bpf_core_field_exists(m->vec)) {
        READ_KERNEL(begin, m);
        if (begin & 7)
            return m;
    }
    return addr_in_message(req);
}

static __always_inline void args_connect(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_connect___ring *c = (void *)req;
    int len = BPF_CORE_READ(c, addr_len);

    p->arg[2] = len;
    if (!bpf_core_type_exists(struct io_async_connect___ring)) {
        keep_addr(p, addr_kept(req), len);
        return;
    }
    if (len < 2 || len > 128)
        return;
    if (bpf_probe_read_user(p->addr, len & 255, BPF_CORE_READ(c, addr)))
        count_fault();
    else
        p->addr_len = len;
}

static __always_inline void args_accept(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_accept___ring *a = (void *)req;

    p->arg[3] = BPF_CORE_READ(a, flags);
    p->slot = BPF_CORE_READ(a, file_slot);
    p->flags |= RING_MAKES | RING_MANY;
}

static __always_inline void args_socket(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_socket___ring *s = (void *)req;

    p->arg[0] = BPF_CORE_READ(s, domain);
    p->arg[1] = BPF_CORE_READ(s, type);
    p->arg[2] = BPF_CORE_READ(s, protocol);
    p->slot = BPF_CORE_READ(s, file_slot);
    p->flags |= RING_MAKES;
}

static __always_inline void args_bind(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_bind___ring *b = (void *)req;

    if (!bpf_core_type_exists(struct io_bind___ring))
        return;
    p->arg[2] = BPF_CORE_READ(b, addr_len);
    keep_addr(p, addr_kept(req), p->arg[2]);
}

static __always_inline void args_listen(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_listen___ring *l = (void *)req;

    if (bpf_core_type_exists(struct io_listen___ring))
        p->arg[1] = BPF_CORE_READ(l, backlog);
}

static __always_inline void args_shutdown(struct sk_ring_req *p, struct io_kiocb *req)
{
    p->arg[1] = BPF_CORE_READ((struct io_shutdown___ring *)req, how);
}

/* send*(), recv*(): a buffer or a msghdr of the submitter's. */
static __always_inline void args_message(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_sr_msg___ring *m = (void *)req;
    struct io_async_msghdr___ring *kept;

    p->arg[1] = (__u64)BPF_CORE_READ(m, buf);
    p->arg[2] = (__u32)BPF_CORE_READ(m, len);
    p->arg[3] = BPF_CORE_READ(m, msg_flags);
    p->flags |= RING_MEMORY;
    if (p->opcode == RING_RECV || p->opcode == RING_RECVMSG) {
        p->flags |= RING_MANY;
        return;
    }
    kept = (void *)BPF_CORE_READ(req, async_data);
    if (!bpf_core_type_exists(struct io_async_connect___ring) && kept &&
        BPF_CORE_READ(kept, msg.msg_name))
        keep_addr(p, addr_in_message(req), BPF_CORE_READ(kept, msg.msg_namelen));
}
