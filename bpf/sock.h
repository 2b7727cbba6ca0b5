/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* sock.h - sockets: both ends as the kernel has them. */
#pragma once
#include "files.h"

#define AF_UNIX_            1
#define AF_INET_            2
#define AF_INET6_           10
#define AF_NETLINK_         16
#define SK_SOCK_RAW         3
#define IPPROTO_ICMPV6_     58
#define TCP_ESTABLISHED_    1
#define TCP_LISTEN_         10
#define SOCK_BINDPORT_LOCK_ 8

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
    if (type == SK_SOCK_RAW)
        return SK_L4_RAW;
    switch (proto) {
    case IPPROTO_TCP:
        return SK_L4_TCP;
    case IPPROTO_UDP:
        return SK_L4_UDP;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6_:
        return SK_L4_ICMP;
    default:
        return SK_L4_UNKNOWN;
    }
}

/* Accepted from a listener?  connect() marks a port that it picks itself; a port that was bound is locked;
 * what has neither mark got its port from a listener. */
static __always_inline bool from_listener(struct sock *sk)
{
    struct inet_bind_bucket *tb = BPF_CORE_READ((struct inet_connection_sock *)sk, icsk_bind_hash);

    return tb && BPF_CORE_READ(tb, fastreuse) >= 0 &&
           !(BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & SOCK_BINDPORT_LOCK_);
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

/* IPv4 through an IPv6 socket: the ends are IPv4 addresses. */
static __always_inline void as_v4(struct sk_x_sock *x)
{
    __u32 l, r;

    __builtin_memcpy(&l, x->laddr + 12, 4);
    __builtin_memcpy(&r, x->raddr + 12, 4);
    __builtin_memset(x->laddr, 0, 16);
    __builtin_memset(x->raddr, 0, 16);
    __builtin_memcpy(x->laddr, &l, 4);
    __builtin_memcpy(x->raddr, &r, 4);
    x->family = AF_INET_;
    x->type = SK_FD_IPV4_SOCK;
}

/* Fills x from a struct sock; unix names go to tmp. */
static __always_inline void fill_sock(struct sk_x_sock *x, struct sock *sk, struct sk_tmp *t)
{
    x->family = BPF_CORE_READ(sk, __sk_common.skc_family);
    x->state = BPF_CORE_READ(sk, __sk_common.skc_state);
    x->l4proto = SK_L4_NA;
    if (x->state == TCP_LISTEN_)
        x->server = 1;
    if (x->family == AF_INET_) {
        __u32 l = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
        __u32 r = BPF_CORE_READ(sk, __sk_common.skc_daddr);

        __builtin_memcpy(x->laddr, &l, 4);
        __builtin_memcpy(x->raddr, &r, 4);
        x->type = SK_FD_IPV4_SOCK;
    } else if (x->family == AF_INET6_) {
        struct in6_addr l = BPF_CORE_READ(sk, __sk_common.skc_v6_rcv_saddr);
        struct in6_addr r = BPF_CORE_READ(sk, __sk_common.skc_v6_daddr);

        __builtin_memcpy(x->laddr, &l, 16);
        __builtin_memcpy(x->raddr, &r, 16);
        x->type = SK_FD_IPV6_SOCK;
        if (is_v4_mapped(x->raddr))
            as_v4(x);
    } else if (x->family == AF_UNIX_) {
        x->type = SK_FD_UNIX;
        unix_path(t, sk, x->server);
        return;
    } else if (x->family == AF_NETLINK_) {
        x->type = SK_FD_NETLINK;
        return;
    } else {
        x->type = SK_FD_UNSUPPORTED;
        return;
    }
    if (x->sk_type != SK_SOCK_RAW) /* whose "port" is the protocol */
        x->lport = BPF_CORE_READ(sk, __sk_common.skc_num);
    x->rport = bpf_ntohs_(BPF_CORE_READ(sk, __sk_common.skc_dport));
    x->l4proto = l4_of(x->sk_type, BPF_CORE_READ(sk, sk_protocol));
    if (x->l4proto == SK_L4_TCP && x->rport && from_listener(sk))
        x->server = 1;
    if (x->state == TCP_LISTEN_)
        x->type = x->type == SK_FD_IPV4_SOCK ? SK_FD_IPV4_SERVSOCK : SK_FD_IPV6_SERVSOCK;
}

static __always_inline struct socket *socket_of(__u64 file)
{
    struct file *f = (struct file *)file;

    if (!file || BPF_CORE_READ(f, f_inode, i_sb, s_magic) != SOCKFS_MAGIC_)
        return 0;
    return (struct socket *)BPF_CORE_READ(f, private_data);
}
