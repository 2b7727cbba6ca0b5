/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* sock.h - sockets: both ends as the kernel has them, and the extension that tells them. */
#pragma once
#include "files.h"

#define bpf_htonl_(x) __builtin_bswap32(x)
#define bpf_ntohs_(x) __builtin_bswap16(x)
static __always_inline bool is_v4_mapped(const __u8 *a)
{
    __u64 hi = 0;
    __u32 mid = 0;

    __builtin_memcpy(&hi, a, 8);
    __builtin_memcpy(&mid, a + 8, 4);
    return !hi && mid == bpf_htonl_(0x0000ffff);
}

static __always_inline __u8 l4_of(__u16 type, __u16 proto)
{
    if (type == 1)
        return SK_L4_TCP;
    if (type == 2)
        return proto == 1 || proto == 58 ? SK_L4_ICMP : SK_L4_UDP;
    if (type == 3)
        return SK_L4_RAW;
    return SK_L4_UNKNOWN;
}

/* Name of a bound unix socket into tmp: abstract names begin with NUL, shown as '@'. */
static __always_inline void unix_path(struct sk_tmp *t, struct sock *sk, bool server)
{
    struct unix_sock *u = (struct unix_sock *)sk;
    struct unix_address *addr = BPF_CORE_READ(u, addr);
    struct sock *peer = BPF_CORE_READ(u, peer);
    __u64 at = SK_TMP_PATH - 110;
    __s32 len;
    char *path;

    if (peer && !server) {
        struct unix_address *other = BPF_CORE_READ((struct unix_sock *)peer, addr);

        if (other)
            addr = other;
    }
    if (!addr)
        return;
    len = BPF_CORE_READ(addr, len) - 2;
    if (len <= 0 || len > 108)
        return;
    path = (char *)addr + bpf_core_field_offset(struct unix_address, name) + 2;
    __builtin_memset(&t->path[SK_TMP_PATH - 110], 0, 110);
    bpf_probe_read_kernel(&t->path[at], len & 127, path);
    if (!t->path[at])
        t->path[at] = '@';
    t->path[SK_TMP_PATH - 1] = 0;
    t->w[0] = at;
    /* The text ends at its first NUL: readers take it from there. */
}

/* Fills x from a struct sock; unix names go to tmp. */
static __always_inline void fill_sock(struct sk_x_sock *x, struct sock *sk, struct sk_tmp *t)
{
    x->family = BPF_CORE_READ(sk, __sk_common.skc_family);
    x->state = BPF_CORE_READ(sk, __sk_common.skc_state);
    x->server = x->server || x->state == 10;
    if (x->family == 2) {
        __u32 l = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
        __u32 r = BPF_CORE_READ(sk, __sk_common.skc_daddr);

        __builtin_memcpy(x->laddr, &l, 4);
        __builtin_memcpy(x->raddr, &r, 4);
        x->type = SK_FD_IPV4_SOCK;
    } else if (x->family == 10) {
        struct in6_addr l = BPF_CORE_READ(sk, __sk_common.skc_v6_rcv_saddr);
        struct in6_addr r = BPF_CORE_READ(sk, __sk_common.skc_v6_daddr);

        __builtin_memcpy(x->laddr, &l, 16);
        __builtin_memcpy(x->raddr, &r, 16);
        x->type = SK_FD_IPV6_SOCK;
        if (is_v4_mapped(x->raddr)) { /* an IPv4 connection on an IPv6 socket */
            __builtin_memcpy(x->laddr, x->laddr + 12, 4);
            __builtin_memcpy(x->raddr, x->raddr + 12, 4);
            x->type = SK_FD_IPV4_SOCK;
        }
    } else if (x->family == 1) {
        x->type = SK_FD_UNIX;
        unix_path(t, sk, x->server);
        return;
    } else if (x->family == 16) {
        x->type = SK_FD_NETLINK;
        return;
    } else {
        x->type = SK_FD_UNSUPPORTED;
        return;
    }
    x->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
    x->rport = bpf_ntohs_(BPF_CORE_READ(sk, __sk_common.skc_dport));
    x->l4proto = l4_of(x->sk_type, BPF_CORE_READ(sk, sk_protocol));
    if (x->state == 10)
        x->type = x->type == SK_FD_IPV4_SOCK ? SK_FD_IPV4_SERVSOCK : SK_FD_IPV6_SERVSOCK;
}

static __always_inline struct socket *socket_of(__u64 file)
{
    struct file *f = (struct file *)file;

    if (!file || BPF_CORE_READ(f, f_inode, i_sb, s_magic) != SOCKFS_MAGIC_)
        return 0;
    return (struct socket *)BPF_CORE_READ(f, private_data);
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
        fill_sock(&x, sk, t);
    put_struct(r, &x, sizeof(x), true);
    if (!r->failed)
        end_path(sizeof(x), 0);
    return 0;
}
