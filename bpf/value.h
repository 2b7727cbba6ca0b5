/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* value.h - sources that are numbers. */
#pragma once
#include "data.h"

#define FMODE_CREATED_ 0x100000
#define W_O_F_CREATED   0x4000
#define W_FD_UPPER      0x8000
#define W_FD_LOWER      0x10000

/* Kernel's open flags, and what the kernel did (created, overlay layer), as wire flags. */
static __always_inline __u32 open_flags(struct sk_rec *r, __u64 v)
{
    __u32 out = translate_inline(KF_open, v);
    __u64 file;

    switch (v & 3) {
    case 0:
        out |= 1;
        break;
    case 1:
        out |= 2;
        break;
    case 2:
        out |= 3;
        break;
    }
    if (r->ret >= 0) {
        file = file_of((struct task_struct *)r->task, r->ret);
        if (file) {
            __u32 layer = layer_of(BPF_CORE_READ((struct file *)file, f_inode));

            if (BPF_CORE_READ((struct file *)file, f_mode) & FMODE_CREATED_)
                out |= W_O_F_CREATED;
            if (layer & SK_FILE_UPPER)
                out |= W_FD_UPPER;
            if (layer & SK_FILE_LOWER)
                out |= W_FD_LOWER;
        }
    }
    return out;
}

static __always_inline __u64 user_u32(__u64 ptr)
{
    __u32 v = 0;

    if (bpf_probe_read_user(&v, 4, (void *)ptr))
        count_fault();
    return v;
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

static __always_inline __u64 queue_value(struct task_struct *task, __u64 fd, __u32 which)
{
    struct socket *sock = socket_of(file_of(task, (__s32)fd));
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
/* Integer sources. */
static __always_inline __u64 int_value(struct sk_rec *r, __u32 kind, __u32 n)
{
    struct task_struct *task = (struct task_struct *)r->task;
    __u64 file;

    switch (kind) {
    case SRCK_RET:
        return r->ret;
    case SRCK_ARG:
        return arg_of(r, n);
    case SRCK_OPENFLAGS:
        return open_flags(r, arg_of(r, n));
    case SRCK_OPENMODE: /* mode counts only where a file may be made; flags are the argument before */
        return arg_of(r, n - 1) & 0x400040 ? arg_of(r, n) & 07777 : 0;
    case SRCK_HOWFLAGS:
        return open_flags(r, msg_word(arg_of(r, n), 0));
    case SRCK_HOWMODE:
        return msg_word(arg_of(r, n), 1) & 07777;
    case SRCK_HOWRESOLVE:
        return msg_word(arg_of(r, n), 2);
    case SRCK_KF:
        return translate(n & 31, arg_of(r, n >> 5));
    case SRCK_FDDEV:
        file = file_of(task, r->ret);
        return file ? inode_dev(BPF_CORE_READ((struct file *)file, f_inode)) : 0;
    case SRCK_FDINO:
        file = file_of(task, r->ret);
        return file ? BPF_CORE_READ((struct file *)file, f_inode, i_ino) : 0;
    case SRCK_LAYERBITS:
        file = file_of(task, r->ret);
        if (!file)
            return 0;
        switch (layer_of(BPF_CORE_READ((struct file *)file, f_inode))) {
        case SK_FILE_UPPER:
            return 1;
        case SK_FILE_LOWER:
            return 2;
        }
        return 0;
    case SRCK_IOVSIZE:
        return iov_bytes(arg_of(r, n), arg_of(r, n + 1));
    case SRCK_MSGSIZE:
        return iov_bytes(msg_word(arg_of(r, n), 2), msg_word(arg_of(r, n), 3));
    case SRCK_PIPEFD:
        return user_u32(arg_of(r, 0) + 4 * n);
    case SRCK_SVFD:
        return user_u32(arg_of(r, 3) + 4 * n);
    case SRCK_PIPEINO:
        file = file_of(task, (__s32)user_u32(arg_of(r, 0)));
        return file ? BPF_CORE_READ((struct file *)file, f_inode, i_ino) : 0;
    case SRCK_CAP:
        return cap_word(task, n);
    case SRCK_PRCTLINT: /* PR_SET_NAME has a text; PR_GET_CHILD_SUBREAPER writes through a pointer */
        if (arg_of(r, 0) == 15)
            return 0;
        if (arg_of(r, 0) == 37)
            return (__s64)(__s32)user_u32(arg_of(r, 1));
        return arg_of(r, 1);
    case SRCK_QUEUE:
        return queue_value(task, arg_of(r, 0), n);
    case SRCK_URING: /* struct io_uring_params: word n */
        return user_u32(arg_of(r, 1) + 4 * n);
    case SRCK_NATIVEID:
        return r->nr;
    case SRCK_SCID: {
        __u32 key = r->nr;
        struct sk_bpf_syscall *s = bpf_map_lookup_elem(&sk_syscalls, &key);

        return s ? s->ppm_sc : 0;
    }
    }
    return 0;
}
