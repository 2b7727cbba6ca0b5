/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* prenet.h - which of the rules' networks the ends of a socket are in. */
#pragma once
#include "facts.h"

/* Marks of a hash, behind a call: its loop would be walked for each length of a prefix. */
__noinline __u64 pf_mark(__u32 space, __u64 hash)
{
    const struct sk_pf *pf = pf_get();

    return pf ? sk_pf_mark_find(pf, sk_pf_mark_key(pf, space, hash)) : 0;
}

/* Network-order masks. */
static __always_inline __u32 mask4(__u32 len)
{
    return len ? __builtin_bswap32(~0u << ((32 - len) & 31)) : 0;
}

static __always_inline __u64 mask8(__u32 len)
{
    return len >= 64 ? ~0ull : len ? __builtin_bswap64(~0ull << ((64 - len) & 63)) : 0;
}

/* Bits of the networks that an address of `bytes` (4, 16) is in. */
__noinline __u64 pf_networks(__u64 a, __u64 b, __u32 bytes)
{
    const struct sk_pf *pf = pf_get();
    __u64 bits = 0;

    if (!pf)
        return 0;
    for (__u32 i = 0; i < SK_PF_PLENS; i++) {
        __u32 len = bytes == 4 ? pf->plen4[i] : pf->plen6[i];
        __u32 space = (bytes == 4 ? SK_PF_S_NET4 : SK_PF_S_NET6) | len << 8;
        __u64 h;

        if (len == 0xff)
            break;
        h = sk_pf_mix(pf->seed, a & (bytes == 4 ? mask4(len) : mask8(len)));
        if (bytes != 4)
            h = sk_pf_mix(h, b & (len > 64 ? mask8(len - 64) : 0));
        bits |= pf_mark(space, sk_pf_hash_end(h, bytes));
    }
    return bits;
}

static __always_inline __u64 networks_of(const __u8 *addr, bool v4)
{
    __u64 a = 0, b = 0;

    __builtin_memcpy(&a, addr, 8);
    __builtin_memcpy(&b, addr + 8, 8);
    if (v4)
        a = (__u32)a;
    return pf_networks(a, b, v4 ? 4 : 16);
}

/* NET: of internet sockets with a peer. */
__noinline int pf_net(void)
{
    const struct sk_pf *pf = pf_get();
    struct sk_tmp *t = tmp_get();
    __u64 unknown = 0;
    bool v4;

    if (!pf || !t)
        return 0;
    t->pf.value = t->pf.known = 0;
    if (!pf_sock() || !has_peer(&t->pf.sock))
        return 0;
    v4 = t->pf.sock.family == AF_INET_;
    if (!v4 && (is_v4_mapped(t->pf.sock.laddr) || is_v4_mapped(t->pf.sock.raddr)))
        return 0;
    t->pf.value = networks_of(t->pf.sock.raddr, v4) & pf->net_end[SK_PF_REMOTE];
    if (is_zero(t->pf.sock.laddr, v4))
        unknown = pf->net_end[SK_PF_LOCAL];
    else
        t->pf.value |= networks_of(t->pf.sock.laddr, v4) & pf->net_end[SK_PF_LOCAL];
    t->pf.known = sk_pf_known(pf, SK_PF_NET, t->pf.value, unknown);
    return 0;
}
