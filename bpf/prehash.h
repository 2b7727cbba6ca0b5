/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* prehash.h - texts of the kernel as the prefilter stores them: hashed, eight bytes at a time. */
#pragma once
#include "exit.h"

#define PF_SHORT_NAME 32 /* longer names are rare, and hashed behind a call */

/* The bytes of `w` that belong to a text of `len` bytes of which it is the last word. */
static __always_inline __u64 pf_last_word(__u64 w, __u64 len)
{
    return w & ~0ull >> ((0 - len * 8) & 63);
}

/* The i-th word of a short text into its hash. */
static __always_inline __u64 pf_mix_word(__u64 h, __u64 text, __u64 len, __u32 i)
{
    __u64 w;

    if (len <= 8 * i)
        return h;
    w = kernel_word(text + 8 * i);
    return sk_pf_mix(h, len < 8 * i + 8 ? pf_last_word(w, len) : w);
}

__noinline __u64 pf_hash_long(__u64 text, __u64 len, __u64 h)
{
    struct sk_tmp *t = tmp_get();
    __u64 n = len;

    SK_OPAQUE(n);
    if (!t || n > SK_PF_NAME_MAX)
        return 0;
    bpf_probe_read_kernel(t->pf.name, n, (const void *)text);
    for (__u32 i = 0; i < SK_PF_NAME_MAX / 8; i++) {
        __u64 w;

        if (8 * i >= len)
            break;
        __builtin_memcpy(&w, &t->pf.name[8 * i], 8);
        h = sk_pf_mix(h, 8 * i + 8 > len ? pf_last_word(w, len) : w);
    }
    return sk_pf_hash_end(h, len);
}

/* Hash of `len` bytes of kernel memory, SK_PF_NAME_MAX at most. */
static __always_inline __u64 pf_hash(const struct sk_pf *pf, __u64 text, __u64 len)
{
    __u64 h = pf->seed;

    if (!SK_DIRECT || len > PF_SHORT_NAME)
        return pf_hash_long(text, len, h);
    h = pf_mix_word(h, text, len, 0);
    h = pf_mix_word(h, text, len, 1);
    h = pf_mix_word(h, text, len, 2);
    h = pf_mix_word(h, text, len, 3);
    return sk_pf_hash_end(h, len);
}

#define DOTS 0x2e2e2e2e2e2e2e2eull

/* Offset of the last '.' of a text of len (1..SK_PF_NAME_MAX) bytes, -1: it has none. */
__noinline int pf_last_dot(__u64 text, __u64 len)
{
    struct sk_tmp *t = tmp_get();
    __u64 hits = 0;
    int base = 0;

    if (!t || !len)
        return -1;
    SK_OPAQUE(len); /* in one test with the other, clang would compare len - 1 */
    if (len > SK_PF_NAME_MAX)
        return -1;
    bpf_probe_read_kernel(t->pf.name, len, (const void *)text);
    for (__u32 i = 0; i < SK_PF_NAME_MAX / 8; i++) {
        __u64 w, z;

        if (8 * i >= len)
            break;
        __builtin_memcpy(&w, &t->pf.name[8 * i], 8);
        if (8 * i + 8 > len)
            w = pf_last_word(w, len);
        w ^= DOTS;
        z = ~(((w & LOW7) + LOW7) | w | LOW7); /* the top bit of each byte that was a dot */
        if (z) {
            hits = z;
            base = 8 * i;
        }
    }
    for (int b = 7; b >= 0; b--)
        if (hits >> (8 * b + 7) & 1)
            return base + b;
    return -1;
}
