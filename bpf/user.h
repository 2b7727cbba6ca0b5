/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* user.h - numbers that lie in user memory: behind a pointer that the call was given. */
#pragma once
#include "mm.h"

#define SK_NS_PER_S 1000000000ull

/* struct open_how: three numbers of 64 bits, in 32-bit calls too. */
static __always_inline __u64 open_how(struct sk_rec *r, __u32 n, __u32 member)
{
    __u64 how = arg_of(r, n);

    return how ? user_u64(how + 8 * member) : 0;
}

/* Current (0) or highest (1) limit of the struct rlimit that argument n points to; none: -1, as of a call
 * that failed to fill it. */
static __always_inline __u64 rlimit_of(struct sk_rec *r, __u32 n, __u32 which)
{
    bool filled = r->type == SK_EV_SYSCALL_GETRLIMIT_X || n == 3; /* the old limit of prlimit() */
    __u64 v, ptr = arg_of(r, n);

    if (!ptr || (filled && r->ret < 0))
        return (__u64)-1;
    /* prlimit64() has 64-bit limits in 32-bit calls too. */
    if (!r->compat || r->type == SK_EV_SYSCALL_PRLIMIT_X)
        return user_u64(ptr + 8 * which);
    v = user_u32(ptr + 4 * which);
    return v == (__u32)-1 ? (__u64)-1 : v;
}

/* Operation i of semop(): three numbers of 16 bits: number, operation, flags. */
static __always_inline __u64 sembuf(struct sk_rec *r, __u32 i, __u32 member)
{
    __u64 v = 0, ops = arg_of(r, 1);

    if (i >= arg_of(r, 2) || !ops)
        return 0;
    if (bpf_probe_read_user(&v, 2, (void *)(ops + 6 * i + 2 * member)))
        count_fault();
    return member == 2 ? translate(KF_semop, v) : v;
}

/* Kernel address of the socket behind the i-th number at a pointer: pairs have no other name. */
static __always_inline __u64 sock_address(struct sk_rec *r, __u32 arg, __u32 i)
{
    __s32 fd = user_u32(arg_of(r, arg) + 4 * i);
    struct socket *sock = r->ret < 0 ? 0 : socket_of(file_of((struct task_struct *)r->task, fd));

    return sock ? (__u64)BPF_CORE_READ(sock, sk) : 0;
}

static __always_inline __u64 pipe_ino(struct sk_rec *r)
{
    struct file *file;

    if (r->ret < 0)
        return 0;
    file = (struct file *)file_of((struct task_struct *)r->task, (__s32)user_u32(arg_of(r, 0)));
    return file ? BPF_CORE_READ(file, f_inode, i_ino) : 0;
}

/* Second argument of prctl() where it is a number: not a name; GET_CHILD_SUBREAPER writes one. */
static __always_inline __u64 prctl_int(struct sk_rec *r)
{
    if (arg_of(r, 0) == PR_SET_NAME_ || arg_of(r, 0) == PR_GET_NAME_)
        return 0;
    if (arg_of(r, 0) == PR_GET_CHILD_SUBREAPER_)
        return (__s64)(__s32)user_u32(arg_of(r, 1));
    return arg_of(r, 1);
}

__noinline __u64 user_value(__u32 kind, __u32 n)
{
    struct sk_rec *r = rec_get();
    __u32 a = n & 7, b = n >> 3;

    if (!r)
        return 0;
    switch (kind) {
    case SRCK_MOVED:
        return r->ret > 0 ? r->ret : 0;
    case SRCK_NEWFD:
        if (r->ret < 0)
            return -1;
        return user_u32(arg_of(r, n & 7) + 4 * (n >> 3));
    case SRCK_USER32:
        return arg_of(r, a) ? user_u32(arg_of(r, a) + 4 * b) : 0;
    case SRCK_USER64:
        return user_u64(arg_of(r, a));
    case SRCK_HOWFLAGS:
        return open_flags(r, open_how(r, a, 0));
    case SRCK_HOWMODE:
        return open_mode(open_how(r, a, 0), open_how(r, a, 1));
    case SRCK_HOWRESOLVE:
        return translate(KF_openat2_resolve, open_how(r, a, 2));
    case SRCK_URINGFLAGS:
        return translate(KF_io_uring_setup, arg_of(r, a) ? user_u32(arg_of(r, a) + 8) : 0);
    case SRCK_TIMESPEC:
        return user_word(r, arg_of(r, a), 0) * SK_NS_PER_S + user_word(r, arg_of(r, a), 1);
    case SRCK_RLIMIT:
        return rlimit_of(r, a, b);
    case SRCK_SEMBUF:
        return sembuf(r, a, b);
    case SRCK_SKADDR:
        return sock_address(r, a, b);
    case SRCK_PIPEINO:
        return pipe_ino(r);
    case SRCK_IOVSIZE:
        return iov_bytes(arg_of(r, a), arg_of(r, a + 1));
    case SRCK_MSGSIZE:
        return msg_size(r, arg_of(r, a));
    case SRCK_PRCTLINT:
        return prctl_int(r);
    default:
        return 0;
    }
}
