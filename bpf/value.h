/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* value.h - one parameter: its value from the source column of its row, written by its width. */
#pragma once
#include "rows.h"

/* Translations of tbl/kernel_flags.def, one function a table. */
#define KBIT(table, kernel, wire) KBIT_##table(kernel, wire)
#define BIT_(kernel, wire) | ((v) & (kernel) ? (wire) : 0u)
#define SKIP_(kernel, wire)

#define KBIT_clone    BIT_
#define KBIT_open     SKIP_
#define KBIT_at       SKIP_
#define KBIT_execveat SKIP_
#define KBIT_module   SKIP_
#define KBIT_pidfd    SKIP_
static __always_inline __u32 clone_bits(__u64 v)
{
    return 0
#include "kernel_flags.def"
        ;
}
#undef KBIT_clone
#undef KBIT_open
#define KBIT_clone SKIP_
#define KBIT_open  BIT_
#define KBIT(table, kernel, wire) KBIT_##table(kernel, wire)
static __always_inline __u32 open_bits(__u64 v)
{
    return 0
#include "kernel_flags.def"
        ;
}
#undef KBIT_open
#undef KBIT_at
#define KBIT_open SKIP_
#define KBIT_at   BIT_
#define KBIT(table, kernel, wire) KBIT_##table(kernel, wire)
static __always_inline __u32 at_bits(__u64 v)
{
    return 0
#include "kernel_flags.def"
        ;
}
#undef KBIT_at
#undef KBIT_module
#define KBIT_at     SKIP_
#define KBIT_module BIT_
#define KBIT(table, kernel, wire) KBIT_##table(kernel, wire)
static __always_inline __u32 module_bits(__u64 v)
{
    return 0
#include "kernel_flags.def"
        ;
}
#undef KBIT_module
#undef KBIT_pidfd
#define KBIT_module SKIP_
#define KBIT_pidfd  BIT_
#define KBIT(table, kernel, wire) KBIT_##table(kernel, wire)
static __always_inline __u32 pidfd_bits(__u64 v)
{
    return 0
#include "kernel_flags.def"
        ;
}

#define KENUM(table, kernel, wire) KENUM_##table(kernel, wire)
#define CASE_(kernel, wire)                                                                      \
    case kernel:                                                                                 \
        return wire;
#define KENUM_ptrace CASE_
#define KENUM_fcntl  SKIP_
static __always_inline __u32 ptrace_request(__u64 v)
{
    switch (v) {
#include "kernel_flags.def"
    }
    return 0;
}
#undef KENUM_ptrace
#undef KENUM_fcntl
#define KENUM_ptrace SKIP_
#define KENUM_fcntl  CASE_
#define KENUM(table, kernel, wire) KENUM_##table(kernel, wire)
static __always_inline __u32 fcntl_command(__u64 v)
{
    switch (v) {
#include "kernel_flags.def"
    }
    return 0;
}

#define FMODE_CREATED_ 0x100000
#define W_O_F_CREATED   0x4000
#define W_FD_UPPER      0x8000
#define W_FD_LOWER      0x10000

/* Kernel's open flags, and what the kernel did (created, overlay layer), as wire flags. */
static __always_inline __u32 open_flags(struct sk_rec *r, __u64 v)
{
    __u32 out = open_bits(v);
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

/* SOCKTUPLE of an open socket, from the kernel's own structures. */
__noinline int put_tuple(__s64 fd, __u64 task_ptr, __u32 server)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct socket *sock = socket_of(file_of((struct task_struct *)task_ptr, fd));
    struct sock *sk = sock ? BPF_CORE_READ(sock, sk) : 0;
    struct sk_x_sock x = {.server = server};
    __u8 out[37] = {};

    if (!r || !t)
        return 0;
    if (!sk) {
        end_param(r, 0);
        return 0;
    }
    no_path(t);
    x.sk_type = BPF_CORE_READ(sock, type);
    fill_sock(&x, sk, t);
    if (x.family == 1) {
        struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
        __u64 a = (__u64)sk, b = (__u64)peer;

        out[0] = 1;
        __builtin_memcpy(out + 1, server ? (void *)&b : (void *)&a, 8);
        __builtin_memcpy(out + 9, server ? (void *)&a : (void *)&b, 8);
        put_struct(r, out, 17, true);
        if (!r->failed)
            end_path(17, 0);
        return 0;
    }
    if (x.type == SK_FD_IPV4_SOCK || x.type == SK_FD_IPV4_SERVSOCK) {
        out[0] = 2;
        __builtin_memcpy(out + 1, server ? x.raddr : x.laddr, 4);
        __builtin_memcpy(out + 5, server ? &x.rport : &x.lport, 2);
        __builtin_memcpy(out + 7, server ? x.laddr : x.raddr, 4);
        __builtin_memcpy(out + 11, server ? &x.lport : &x.rport, 2);
        put_struct(r, out, 13, false);
    } else if (x.type == SK_FD_IPV6_SOCK || x.type == SK_FD_IPV6_SERVSOCK) {
        out[0] = 10;
        __builtin_memcpy(out + 1, server ? x.raddr : x.laddr, 16);
        __builtin_memcpy(out + 17, server ? &x.rport : &x.lport, 2);
        __builtin_memcpy(out + 19, server ? x.laddr : x.raddr, 16);
        __builtin_memcpy(out + 35, server ? &x.lport : &x.rport, 2);
        put_struct(r, out, 37, false);
    } else {
        end_param(r, 0);
    }
    return 0;
}

/* SOCKADDR from user memory: family, address, port in host order. */
__noinline int put_sockaddr(__u64 ptr, __u64 len)
{
    struct sk_rec *r = rec_get();
    __u8 in[112] = {}, out[112] = {};
    __u16 family, port;

    if (!r)
        return 0;
    if (len > 110)
        len = 110;
    if (len < 2 || !ptr || bpf_probe_read_user(in, len, (void *)ptr)) {
        end_param(r, 0);
        return 0;
    }
    __builtin_memcpy(&family, in, 2);
    out[0] = family;
    if (family == 2) {
        __builtin_memcpy(&port, in + 2, 2);
        port = bpf_ntohs_(port);
        __builtin_memcpy(out + 1, in + 4, 4);
        __builtin_memcpy(out + 5, &port, 2);
        put_struct(r, out, 7, false);
    } else if (family == 10) {
        __builtin_memcpy(&port, in + 2, 2);
        port = bpf_ntohs_(port);
        __builtin_memcpy(out + 1, in + 8, 16);
        __builtin_memcpy(out + 17, &port, 2);
        put_struct(r, out, 19, false);
    } else if (family == 1) {
        __u64 at = room(r, 112);

        if (!at) {
            end_param(r, 0);
            return 0;
        }
        if (!in[2])
            in[2] = '@';
        r->buf[at] = 1;
        long n = bpf_probe_read_kernel_str(&r->buf[at + 1], 109, in + 2);

        end_param(r, n > 0 ? n + 1 : 0);
    } else {
        end_param(r, 0);
    }
    return 0;
}

/* First bytes of what an iovec array describes: from its first element that has any. */
__noinline int put_iov(__u64 iov, __u64 count, __u64 max)
{
    struct sk_rec *r = rec_get();
    __u64 w[2] = {};

    if (!r)
        return 0;
    for (int i = 0; i < 4; i++) {
        if (i >= count || !iov)
            break;
        if (bpf_probe_read_user(w, 16, (void *)(iov + i * 16)))
            break;
        if (w[1])
            break;
    }
    put_user_bytes(w[0], w[1] < max ? w[1] : max);
    return 0;
}

/* Bytes that an iovec array describes (of its first 32 elements). */
__noinline __u64 iov_bytes(__u64 iov, __u64 count)
{
    __u64 sum = 0, w[2] = {};

    for (int i = 0; i < 32; i++) {
        if (i >= count || !iov || bpf_probe_read_user(w, 16, (void *)(iov + i * 16)))
            break;
        sum += w[1];
    }
    return sum;
}

/* msghdr: name, namelen, iov, iovlen in 64-bit words 0..3. */
static __always_inline __u64 msg_word(__u64 msg, __u32 i)
{
    __u64 v = 0;

    if (msg && bpf_probe_read_user(&v, 8, (void *)(msg + i * 8)))
        count_fault();
    return v;
}

static __always_inline __u64 data_limit(struct sk_rec *r, __u64 size)
{
    struct sk_bpf_config *cfg = config_get();
    __u64 max = cfg ? cfg->snap_bytes : SK_SNAP_BYTES;

    if (r->ret < 0)
        return 0;
    if ((__u64)r->ret < size)
        size = r->ret;
    return size < max ? size : max;
}

/* Argument i: constant or variable index, always inside. */
static __always_inline __u64 arg_of(struct sk_rec *r, __u32 i)
{
    return i < 6 ? r->arg[i] : 0;
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
    case SRCK_CLONEBITS:
        return clone_bits(arg_of(r, n));
    case SRCK_ATBITS:
        return at_bits(arg_of(r, n));
    case SRCK_MODULEBITS:
        return module_bits(arg_of(r, n));
    case SRCK_PIDFDBITS:
        return pidfd_bits(arg_of(r, n));
    case SRCK_PTRACEREQ:
        return ptrace_request(arg_of(r, n));
    case SRCK_FCNTLCMD:
        return fcntl_command(arg_of(r, n));
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

/* Sources that are not one integer. Returns false when `kind` is none of them. */
static __always_inline bool put_special(struct sk_rec *r, __u32 kind, __u32 n)
{
    switch (kind) {
    case SRCK_NONE:
        put_empty();
        return true;
    case SRCK_TUPLE:
        put_tuple(n == 7 ? r->ret : (__s64)(__s32)arg_of(r, n), r->task, n == 7);
        return true;
    case SRCK_SOCKADDR:
        put_sockaddr(arg_of(r, n), arg_of(r, n + 1));
        return true;
    case SRCK_DATA:
        put_user_bytes(arg_of(r, n), data_limit(r, arg_of(r, n + 1)));
        return true;
    case SRCK_DATAARG: { /* the module image: its length is an argument, not the result */
        struct sk_bpf_config *cfg = config_get();
        __u64 max = cfg ? cfg->snap_bytes : SK_SNAP_BYTES, len = arg_of(r, 1);

        put_user_bytes(arg_of(r, 0), len < max ? len : max);
        return true;
    }
    case SRCK_IOV:
        put_iov(arg_of(r, n), arg_of(r, n + 1), data_limit(r, ~0ull));
        return true;
    case SRCK_MSG:
        put_iov(msg_word(arg_of(r, n), 2), msg_word(arg_of(r, n), 3), data_limit(r, ~0ull));
        return true;
    case SRCK_DYNINT: {
        __u8 v[9] = {};
        __u64 a = arg_of(r, n);

        __builtin_memcpy(v + 1, &a, 8);
        put_struct(r, v, 9, false);
        return true;
    }
    case SRCK_PRCTLSTR:
        if (arg_of(r, 0) == 15)
            put_user_str(arg_of(r, 1));
        else
            put_empty();
        return true;
    case SRCK_FDPATH: {
        struct sk_tmp *t = tmp_get();
        struct file *file = (struct file *)file_of((struct task_struct *)r->task, r->ret);

        if (!t || !file) {
            put_empty();
            return true;
        }
        walk_of((__u64)BPF_CORE_READ(file, f_path.dentry), (__u64)BPF_CORE_READ(file, f_path.mnt),
                (struct task_struct *)r->task);
        end_path(0, 0);
        return true;
    }
    }
    return false;
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

    if (put_special(r, kind, n))
        return;
    v = int_value(r, kind, n);
    if (width == W_STR) {
        put_user_str(v);
    } else if (width == W_PATH) {
        put_user_str(v);
        note_path(r, before);
    } else if (width == W_BYTES) {
        put_empty();
    } else {
        if (width & SIGNED32)
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
