/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* direct.h - BPF_CORE_READ() and READ_KERNEL() by plain loads.
 *
 * bpf_probe_read_kernel() costs a call and the switching off of page faults: 10 ns, and several times that
 * where the processor needs safe returns.  Since 6.2 any address may be called a structure of the kernel
 * (bpf_rdonly_cast(), which is no instruction in the end), and a load through such a pointer that faults gives
 * 0, as the helper does.  Numbers are read as what some structure begins with, whatever lies there: what is
 * loaded as a pointer would keep its type, and nobody could count with it.  Older kernels get the helper; the
 * branch that they do not know is dead before they look at it. */
#pragma once
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

extern void *bpf_rdonly_cast(const void *obj__ign, __u32 btf_id__k) __ksym __weak;

/* Came with 6.2, too; the types of aarch64 here are older. */
enum bpf_func_id___62 { BPF_FUNC_cgrp_storage_delete___62 = 211 };
#define SK_DIRECT \
    bpf_core_enum_value_exists(enum bpf_func_id___62, BPF_FUNC_cgrp_storage_delete___62)

#define SK_FIRST __attribute__((preserve_access_index))
struct timespec64___first {
    __s64 tv_sec;
} SK_FIRST;
struct upid___first {
    int nr;
} SK_FIRST;
struct sockaddr___first {
    unsigned short sa_family;
} SK_FIRST;
struct ethhdr___first {
    unsigned char h_dest[6];
} SK_FIRST;

#define SK_AS(type, p) ((type *)bpf_rdonly_cast((const void *)(p), bpf_core_type_id_kernel(type)))

/* `n` bytes; constant. */
static __always_inline void load_kernel(void *to, __u32 n, const void *at)
{
    if (SK_DIRECT && n == 8) {
        __u64 v = SK_AS(struct timespec64___first, at)->tv_sec;

        __builtin_memcpy(to, &v, 8);
    } else if (SK_DIRECT && n == 4) {
        __u32 v = SK_AS(struct upid___first, at)->nr;

        __builtin_memcpy(to, &v, 4);
    } else if (SK_DIRECT && n == 2) {
        __u16 v = SK_AS(struct sockaddr___first, at)->sa_family;

        __builtin_memcpy(to, &v, 2);
    } else if (SK_DIRECT && n == 1) {
        __u8 v = SK_AS(struct ethhdr___first, at)->h_dest[0];

        __builtin_memcpy(to, &v, 1);
    } else {
        bpf_probe_read_kernel(to, n, at);
    }
}

static __always_inline __u64 kernel_word(__u64 at)
{
    __u64 v = 0;

    load_kernel(&v, sizeof(v), (const void *)at);
    return v;
}

#define LOW7   0x7f7f7f7f7f7f7f7full
#define BYTES1 0x0101010101010101ull

/* Clears what stands behind the first NUL; *len grows by what stands before it. */
static __always_inline __u64 text_word(__u64 w, __u64 *len)
{
    __u64 z = ~(((w & LOW7) + LOW7) | w | LOW7); /* the top bit of each byte that is 0 */
    __u64 mask = ((z & -z) >> 7) - 1;

    *len += (mask & BYTES1) * BYTES1 >> 56;
    return w & mask;
}

#define READ_KERNEL(dst, src) load_kernel(&(dst), sizeof(dst), (const void *)(src))

#define SK_CORE_LOAD(dst, n, src) \
    load_kernel(dst, n, (const void *)__builtin_preserve_access_index(src))
#undef BPF_CORE_READ
#define BPF_CORE_READ(src, a, ...)                                           \
    ({                                                                       \
        __auto_type s_ = (src);                                              \
        ___type(s_, a, ##__VA_ARGS__) r_;                                    \
        ___core_read(SK_CORE_LOAD, SK_CORE_LOAD, &r_, s_, a, ##__VA_ARGS__); \
        r_;                                                                  \
    })
