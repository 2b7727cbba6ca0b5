/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* ringargs.h - the arguments of a request of io_uring, as those of the system call that it stands for.
 *
 * When a request is told to us the kernel has prepared it: file names and, since 6.10, addresses are its
 * own copies, which no other thread can change any more. */
#pragma once
#include "ringnet.h"

#define O_LARGEFILE_KERNEL 0100000 /* added by the kernel, whatever the machine calls it */

struct io_open___ring {
    int dfd;
    __u32 file_slot;
    struct filename *filename;
    struct open_how how;
} RING_TYPE;
struct io_unlink___ring {
    int dfd, flags;
    struct filename *filename;
} RING_TYPE;
struct io_mkdir___ring {
    int dfd;
    umode_t mode;
    struct filename *filename;
} RING_TYPE;
struct io_link___ring { /* symlinkat too */
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
} RING_TYPE;
struct io_rename___ring {
    int old_dfd, new_dfd, flags;
    struct filename *oldpath, *newpath;
} RING_TYPE;
struct io_close___ring {
    int fd;
    __u32 file_slot;
} RING_TYPE;
struct io_rw___ring {
    __u64 addr;
    __u32 len;
} RING_TYPE;
struct io_splice___ring {
    __u64 len;
    int splice_fd_in;
    unsigned int flags;
} RING_TYPE;
struct io_uring_cmd___ring {
    __u32 cmd_op;
} RING_TYPE;
static __always_inline __u64 text_of(struct filename *name)
{
    return (__u64)BPF_CORE_READ(name, name);
}

static __always_inline void args_open(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_open___ring *o = (void *)req;

    p->arg[0] = BPF_CORE_READ(o, dfd);
    p->arg[1] = text_of(BPF_CORE_READ(o, filename));
    p->arg[2] = BPF_CORE_READ(o, how.flags) & ~(__u64)O_LARGEFILE_KERNEL;
    p->arg[3] = BPF_CORE_READ(o, how.mode);
    p->arg[4] = BPF_CORE_READ(o, how.resolve);
    p->slot = BPF_CORE_READ(o, file_slot);
    p->text[0] = 2;
    p->flags |= RING_MAKES;
}

static __always_inline void args_unlink(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_unlink___ring *u = (void *)req;

    p->arg[0] = BPF_CORE_READ(u, dfd);
    p->arg[1] = text_of(BPF_CORE_READ(u, filename));
    p->arg[2] = BPF_CORE_READ(u, flags);
    p->text[0] = 2;
}

static __always_inline void args_mkdir(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_mkdir___ring *m = (void *)req;

    p->arg[0] = BPF_CORE_READ(m, dfd);
    p->arg[1] = text_of(BPF_CORE_READ(m, filename));
    p->arg[2] = BPF_CORE_READ(m, mode);
    p->text[0] = 2;
}

/* linkat(), symlinkat() */
static __always_inline void args_link(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_link___ring *l = (void *)req;
    __u64 to = text_of(BPF_CORE_READ(l, oldpath)), at = text_of(BPF_CORE_READ(l, newpath));

    if (p->opcode == RING_SYMLINKAT) {
        p->arg[0] = to;
        p->arg[1] = BPF_CORE_READ(l, new_dfd);
        p->arg[2] = at;
        p->text[0] = 1;
        p->text[1] = 3;
        return;
    }
    p->arg[0] = BPF_CORE_READ(l, old_dfd);
    p->arg[1] = to;
    p->arg[2] = BPF_CORE_READ(l, new_dfd);
    p->arg[3] = at;
    p->arg[4] = BPF_CORE_READ(l, flags);
    p->text[0] = 2;
    p->text[1] = 4;
}

static __always_inline void args_rename(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_rename___ring *n = (void *)req;

    p->arg[0] = BPF_CORE_READ(n, old_dfd);
    p->arg[1] = text_of(BPF_CORE_READ(n, oldpath));
    p->arg[2] = BPF_CORE_READ(n, new_dfd);
    p->arg[3] = text_of(BPF_CORE_READ(n, newpath));
    p->arg[4] = BPF_CORE_READ(n, flags);
    p->text[0] = 2;
    p->text[1] = 4;
}

/* read(), write() and their vectors.  READ and WRITE at an offset are told without it. */
static __always_inline void args_rw(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_rw___ring *w = (void *)req;

    p->arg[1] = BPF_CORE_READ(w, addr);
    p->arg[2] = BPF_CORE_READ(w, len);
    p->flags |= RING_MEMORY;
    if (p->opcode == RING_READ_MULTISHOT)
        p->flags |= RING_MANY;
}

static __always_inline void args_close(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_close___ring *c = (void *)req;
    __u32 slot = BPF_CORE_READ(c, file_slot);

    p->arg[0] = slot ? SK_RING_FD | (slot - 1) : BPF_CORE_READ(c, fd);
}

#define SPLICE_FD_IN_FIXED (1u << 31)

static __always_inline void args_splice(struct sk_ring_req *p, struct io_kiocb *req)
{
    struct io_splice___ring *s = (void *)req;
    __u32 flags = BPF_CORE_READ(s, flags);

    p->arg[2] = p->arg[0];
    p->arg[0] = BPF_CORE_READ(s, splice_fd_in);
    p->arg[4] = BPF_CORE_READ(s, len);
    p->arg[5] = flags & ~SPLICE_FD_IN_FIXED;
    p->flags &= ~(RING_GIVEN | RING_FIXED);
    if (flags & SPLICE_FD_IN_FIXED)
        p->arg[0] |= SK_RING_FD;
}
