/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* peer.h - the other end of a socket that is not connected, as the call names it; and the extension that
 * tells both ends. */
#pragma once
#include "sock.h"

/* The other end of a socket that has none of its own, as the call names it. */
static __always_inline void name_remote(struct sk_rec *r, struct sk_x_sock *x, __u64 ptr)
{
    __u8 in[28] = {};
    __u16 family, port;

    if (!ptr || x->rport || (x->sk_type == SK_SOCK_RAW && x->state == TCP_ESTABLISHED_) ||
        read_given(r, in, 16, ptr))
        return;
    __builtin_memcpy(&family, in, 2);
    __builtin_memcpy(&port, in + 2, 2);
    if (family == AF_INET_ && x->family == AF_INET_) {
        __builtin_memcpy(x->raddr, in + 4, 4);
    } else if (family == AF_INET6_ && x->family == AF_INET6_) {
        if (read_given(r, in, 28, ptr))
            return;
        __builtin_memcpy(x->raddr, in + 8, 16);
        if (is_v4_mapped(x->raddr))
            as_v4(x);
    } else {
        return;
    }
    x->rport = bpf_ntohs_(port);
}

/* The path of a unix socket that has no peer, as the call names it. */
static __always_inline void name_remote_unix(struct sk_rec *r, struct sk_tmp *t, __u64 ptr)
{
    __u64 at = SK_TMP_PATH - 110;
    __u16 family = 0;

    if (!ptr || t->w[0] != SK_TMP_PATH - 1 || read_given(r, &family, 2, ptr) || family != AF_UNIX_)
        return;
    t->path[at + 1] = 0;
    read_given(r, &t->path[at], 1, ptr + 2);
    if ((r->ring ? bpf_probe_read_kernel_str(&t->path[at + 1], 108, (void *)(ptr + 3))
                 : bpf_probe_read_user_str(&t->path[at + 1], 108, (void *)(ptr + 3))) < 0)
        return;
    if (!t->path[at])
        t->path[at] = '@';
    t->w[0] = at;
}

/* Everything that is known of a socket: the kernel's ends first, then what the call says. */
static __always_inline void describe_sock(struct sk_rec *r, struct sk_x_sock *x, struct sock *sk,
                                          struct sk_tmp *t)
{
    __u64 peer = peer_of(r);

    fill_sock(x, sk, t);
    if (x->family == AF_UNIX_)
        name_remote_unix(r, t, peer);
    else
        name_remote(r, x, peer);
}

/* Extension SK_X_SOCK of a socket's file. */
__noinline int put_x_sock(__u64 file_ptr, __s64 fd, __u32 role, __u32 server)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct socket *sock = socket_of(file_ptr);
    struct sk_x_sock x = {.tag = SK_X_SOCK, .role = role, .fd = fd, .server = server};
    struct sock *sk;

    if (!r || !t || !sock)
        return 0;
    no_path(t);
    x.sk_type = BPF_CORE_READ(sock, type);
    x.ino = BPF_CORE_READ((struct file *)file_ptr, f_inode, i_ino);
    sk = BPF_CORE_READ(sock, sk);
    if (sk)
        describe_sock(r, &x, sk, t);
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}
