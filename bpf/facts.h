/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* facts.h - the facts that the prefilter asks for (abi/prefilter.h), of a system call that has ended.  Each
 * function leaves what it found in tmp->pf: value and known of a word, or one number. */
#pragma once
#include "prewalk.h"

/* struct file of the event's descriptor, 0: not open, or the row resolves none. */
static __always_inline __u64 pf_file(struct sk_rec *r, struct sk_tmp *t)
{
    const struct sk_row *row = &rows[r->type & (SK_BPF_EVENTS - 1)];

    if (!t->pf.file_known) {
        t->pf.file_known = 1;
        t->pf.file = row->res.fd.kind == SRCK_RET ? result_file(r)
                     : row->res.fd.kind == SRCK_ARG
                         ? file_of((struct task_struct *)r->task, (__s32)arg_of(r, row->res.fd.n))
                         : 0;
    }
    return t->pf.file;
}

static __always_inline __u64 magic_of(__u64 file)
{
    return BPF_CORE_READ((struct file *)file, f_inode, i_sb, s_magic);
}

/* Both ends of the event's socket into tmp->pf.sock.  0: it is none. */
__noinline int pf_sock(void)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct socket *sock;
    struct sock *sk;
    __u64 file;

    if (!r || !t)
        return 0;
    file = pf_file(r, t);
    if (!file || magic_of(file) != SOCKFS_MAGIC_)
        return 0;
    if (t->pf.sock_known)
        return 1;
    t->pf.sock_known = 1;
    __builtin_memset(&t->pf.sock, 0, sizeof(t->pf.sock));
    sock = (struct socket *)(__u64)BPF_CORE_READ((struct file *)file, private_data);
    sk = sock ? (struct sock *)(__u64)BPF_CORE_READ((struct socket *)sock, sk) : 0;
    if (!sk)
        return 1;
    no_path(t);
    t->pf.sock.sk_type = BPF_CORE_READ((struct socket *)sock, type);
    describe_sock(r, &t->pf.sock, sk, t);
    return 1;
}

static __always_inline bool is_zero(const __u8 *addr, bool v4)
{
    __u64 a = 0, b = 0;

    __builtin_memcpy(&a, addr, 8);
    __builtin_memcpy(&b, addr + 8, 8);
    return !(v4 ? (__u32)a : a | b);
}

/* An internet socket with a peer? */
static __always_inline bool has_peer(const struct sk_x_sock *x)
{
    return (x->family == AF_INET_ || x->family == AF_INET6_) &&
           !is_zero(x->raddr, x->family == AF_INET_);
}

static __always_inline __u64 fd_type(struct sk_rec *r, struct sk_tmp *t)
{
    __u64 file = pf_file(r, t);
    __u64 inode, type, magic;

    if (!file)
        return SK_FD_UNKNOWN;
    magic = magic_of(file);
    if (magic == SOCKFS_MAGIC_ && pf_sock()) {
        type = t->pf.sock.type;
        return type == SK_FD_IPV4_SERVSOCK   ? SK_FD_IPV4_SOCK
               : type == SK_FD_IPV6_SERVSOCK ? SK_FD_IPV6_SOCK
                                             : type;
    }
    inode = (__u64)BPF_CORE_READ((struct file *)file, f_inode);
    return type_of(BPF_CORE_READ((struct file *)file, f_path.dentry), magic,
                   BPF_CORE_READ((struct inode *)inode, i_mode));
}

/* As the record would hold it. */
static __always_inline __u64 param_value(struct sk_rec *r, struct sk_tmp *t, __u32 i)
{
    const struct sk_row *row = &rows[r->type & (SK_BPF_EVENTS - 1)];
    const struct sk_param_row *p = &row->param[i & 31];
    __u32 bits = 64 - 8 * (p->width & 15);
    __u64 v;

    if ((p->width & W_KIND) >= W_STR) {
        t->pf.fact_known = 0;
        return 0;
    }
    v = int_value(r, p->src.kind, p->src.n);
    if (p->width & SIGNED32 && p->src.kind != SRCK_RET)
        v = (__s64)(__s32)v;
    v <<= bits & 63;
    return p->width & SHORT_SIGNED ? (__u64)((__s64)v >> (bits & 63)) : v >> (bits & 63);
}

static __always_inline __u64 port_of(struct sk_tmp *t, bool remote)
{
    if (!pf_sock() || !has_peer(&t->pf.sock)) {
        t->pf.fact_known = 0;
        return 0;
    }
    return remote ? t->pf.sock.rport : t->pf.sock.lport;
}

/* One number; tmp->pf.fact_known says whether it is one. */
__noinline __u64 pf_fact(__u32 fact, __u32 n)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    const struct sk_row *row;
    __u64 cred;
    __s64 fd;

    if (!r || !t)
        return 0;
    row = &rows[r->type & (SK_BPF_EVENTS - 1)];
    t->pf.fact_known = 1;
    switch (fact) {
    case SK_PF_F_RET:
        return r->ret;
    case SK_PF_F_PARAM:
        return param_value(r, t, n);
    case SK_PF_F_EUID:
        cred = (__u64)BPF_CORE_READ((struct task_struct *)r->task, cred);
        return BPF_CORE_READ((struct cred *)cred, euid.val);
    case SK_PF_F_EGID:
        cred = (__u64)BPF_CORE_READ((struct task_struct *)r->task, cred);
        return BPF_CORE_READ((struct cred *)cred, egid.val);
    default:
        break;
    }
    if (row->res.fd.kind != SRCK_RET && row->res.fd.kind != SRCK_ARG) {
        t->pf.fact_known = 0;
        return 0;
    }
    switch (fact) {
    case SK_PF_F_FDTYPE:
        return fd_type(r, t);
    case SK_PF_F_FDNUM:
        fd = row->res.fd.kind == SRCK_RET ? r->ret : (__s64)(__s32)arg_of(r, row->res.fd.n);
        return fd < 0 ? -1 : fd;
    case SK_PF_F_L4PROTO:
        t->pf.fact_known = pf_file(r, t) != 0;
        return pf_sock() ? t->pf.sock.l4proto : 0;
    case SK_PF_F_LPORT:
        return port_of(t, false);
    case SK_PF_F_RPORT:
        return port_of(t, true);
    default: /* CONTAINER: what userspace calls one is not decided here */
        t->pf.fact_known = 0;
        return 0;
    }
}
