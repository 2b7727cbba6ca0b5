/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* addr.h - addresses of sockets as parameters: SOCKTUPLE and SOCKADDR. */
#pragma once
#include "rows.h"

/* SOCKTUPLE of an open socket: from whom the bytes go, then to whom; `inbound`: to us. */
__noinline int put_tuple(__u64 file, __u32 inbound)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct socket *sock = socket_of(file);
    struct sock *sk = sock ? BPF_CORE_READ(sock, sk) : 0;
    struct sk_x_sock *x;
    __u8 out[37] = {};

    if (!r || !t)
        return 0;
    if (!sk) {
        end_param(r, 0);
        return 0;
    }
    no_path(t);
    x = &t->sock;
    __builtin_memset(x, 0, sizeof(*x));
    x->sk_type = BPF_CORE_READ(sock, type);
    describe_sock(r, x, sk, t);
    if (x->family == AF_UNIX_) {
        struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
        __u64 a = (__u64)sk, b = (__u64)peer;

        out[0] = 1;
        __builtin_memcpy(out + 1, inbound ? (void *)&b : (void *)&a, 8);
        __builtin_memcpy(out + 9, inbound ? (void *)&a : (void *)&b, 8);
        put_struct(r, out, 17, true);
        if (!r->failed)
            end_path(17, 0);
        return 0;
    }
    if (x->type == SK_FD_IPV4_SOCK || x->type == SK_FD_IPV4_SERVSOCK) {
        out[0] = 2;
        __builtin_memcpy(out + 1, inbound ? x->raddr : x->laddr, 4);
        __builtin_memcpy(out + 5, inbound ? &x->rport : &x->lport, 2);
        __builtin_memcpy(out + 7, inbound ? x->laddr : x->raddr, 4);
        __builtin_memcpy(out + 11, inbound ? &x->lport : &x->rport, 2);
        put_struct(r, out, 13, false);
    } else if (x->type == SK_FD_IPV6_SOCK || x->type == SK_FD_IPV6_SERVSOCK) {
        out[0] = 10;
        __builtin_memcpy(out + 1, inbound ? x->raddr : x->laddr, 16);
        __builtin_memcpy(out + 17, inbound ? &x->rport : &x->lport, 2);
        __builtin_memcpy(out + 19, inbound ? x->laddr : x->raddr, 16);
        __builtin_memcpy(out + 35, inbound ? &x->lport : &x->rport, 2);
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
    __u8 in[112] = {}, out[19] = {};
    __u16 family, port;

    if (!r)
        return 0;
    if (len > 110)
        len = 110;
    if (len < 2 || !ptr || read_given(r, in, len, ptr)) {
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
