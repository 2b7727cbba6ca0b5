/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* value.h - sources that are numbers. */
#pragma once
#include "data.h"

#define FMODE_CREATED_ 0x100000
#define W_O_F_CREATED  0x4000
#define W_FD_UPPER     0x8000
#define W_FD_LOWER     0x10000

#define O_MAKES_FILE 0x400040 /* O_CREAT, O_TMPFILE without O_DIRECTORY */
#define O_NONBLOCK_  0x800
#define O_CLOEXEC_   0x80000

static __always_inline struct inode *ret_inode(struct sk_rec *r)
{
    struct file *file = (struct file *)result_file(r);

    return file ? BPF_CORE_READ(file, f_inode) : 0;
}

/* Layer of a file that creat() made: upper 1, lower 2. */
static __always_inline __u64 layer_bits(struct sk_rec *r)
{
    struct inode *inode = ret_inode(r);
    __u32 layer = inode ? layer_of(inode) : 0;

    return layer & SK_FILE_UPPER ? 1 : layer & SK_FILE_LOWER ? 2 : 0;
}

/* Kernel's open flags, and what the kernel did (created, overlay layer), as wire flags. */
static __always_inline __u32 open_flags(struct sk_rec *r, __u64 v)
{
    __u32 out = translate_inline(KF_open, v), layer;
    struct file *file;

    out |= (v & 3) == 2 ? 3 : (v & 3) == 1 ? 2 : 1;
    if (r->ret < 0)
        return out;
    file = (struct file *)result_file(r);
    if (!file)
        return out;
    if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED_)
        out |= W_O_F_CREATED;
    layer = layer_of(BPF_CORE_READ(file, f_inode));
    if (layer)
        out |= layer & SK_FILE_UPPER ? W_FD_UPPER : W_FD_LOWER;
    return out;
}

/* Flags of calls that make a descriptor without opening a file. */
static __always_inline __u32 fd_flags(__u64 v)
{
    return (v & O_NONBLOCK_ ? 0x40 : 0) | (v & O_CLOEXEC_ ? 0x1000 : 0);
}

static __always_inline __u64 open_mode(__u64 flags, __u64 mode)
{
    return flags & O_MAKES_FILE ? mode & 07777 : 0;
}

static __always_inline __u64 cap_word(struct task_struct *task, __u32 which)
{
    const struct cred *cred = BPF_CORE_READ(task, cred);
    __u64 v = 0;

    /* kernel_cap_t was two u32 before 6.3 and is one u64 since: the same eight bytes. */
    if (which == 0)
        READ_KERNEL(v, (char *)cred + bpf_core_field_offset(struct cred, cap_inheritable));
    else if (which == 1)
        READ_KERNEL(v, (char *)cred + bpf_core_field_offset(struct cred, cap_permitted));
    else
        READ_KERNEL(v, (char *)cred + bpf_core_field_offset(struct cred, cap_effective));
    return v;
}

/* The queue of the listener that accept() took from. */
static __always_inline __u64 queue_value(struct sk_rec *r, __u32 which)
{
    struct socket *sock = socket_of(given_file(r));
    struct sock *sk = sock ? BPF_CORE_READ(sock, sk) : 0;
    __u32 len, max;

    if (!sk)
        return 0;
    len = BPF_CORE_READ(sk, sk_ack_backlog);
    max = BPF_CORE_READ(sk, sk_max_ack_backlog);
    if (which == 0)
        return max ? (__u64)len * 100 / max : 0;
    return which == 1 ? len : max;
}

/* Numbers of the frequent calls.  false: `kind` is none of them. */
static __always_inline bool common_value(struct sk_rec *r, __u32 kind, __u32 n, __u64 *out)
{
    struct inode *inode;

    switch (kind) {
    case SRCK_RET:
        *out = r->ret;
        return true;
    case SRCK_ARG:
        *out = arg_of(r, n);
        return true;
    case SRCK_KF:
        *out = translate(n & 31, arg_of(r, n >> 5));
        return true;
    case SRCK_OPENFLAGS:
        *out = open_flags(r, arg_of(r, n));
        return true;
    case SRCK_OPENMODE: /* flags are the argument before */
        *out = open_mode(arg_of(r, n - 1), arg_of(r, n));
        return true;
    case SRCK_FDDEV:
        inode = ret_inode(r);
        *out = inode ? dev_encode(inode_dev(inode)) : 0;
        return true;
    case SRCK_FDINO:
        inode = ret_inode(r);
        *out = inode ? BPF_CORE_READ(inode, i_ino) : 0;
        return true;
    default:
        return false;
    }
}

/* Tables beyond those of the hot events, behind one call each. */
__noinline __u64 rare_int(__u32 kind, __u32 n);

static __always_inline __u64 int_value(struct sk_rec *r, __u32 kind, __u32 n)
{
    __u64 v;

    return common_value(r, kind, n, &v) ? v : rare_int(kind, n);
}
