/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* regs.h - the registers of a system call: its number, whether it is a 32-bit one, its arguments. */
#pragma once
#include "exe.h"

/* The first look at every system call of the machine must be cheap: BTF-typed programs read through the
 * pointers that the verifier knows, without a helper. */
#ifdef SK_RAW_TP
#define SK_REG(regs, member) BPF_CORE_READ(regs, member)
#else
#define SK_REG(regs, member) ((regs)->member)
#endif

#if defined(__TARGET_ARCH_x86)
#define TS_COMPAT_ 2
static __always_inline bool is_compat(struct task_struct *task)
{
    return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT_;
}

#define TASK_COMPAT(task) ((task)->thread_info.status & TS_COMPAT_)

#define LOAD_REGS(r, regs, compat, GET)         \
    do {                                        \
        if (compat) {                           \
            (r)->arg[0] = (__u32)GET(regs, bx); \
            (r)->arg[1] = (__u32)GET(regs, cx); \
            (r)->arg[2] = (__u32)GET(regs, dx); \
            (r)->arg[3] = (__u32)GET(regs, si); \
            (r)->arg[4] = (__u32)GET(regs, di); \
            (r)->arg[5] = (__u32)GET(regs, bp); \
        } else {                                \
            (r)->arg[0] = GET(regs, di);        \
            (r)->arg[1] = GET(regs, si);        \
            (r)->arg[2] = GET(regs, dx);        \
            (r)->arg[3] = GET(regs, r10);       \
            (r)->arg[4] = GET(regs, r8);        \
            (r)->arg[5] = GET(regs, r9);        \
        }                                       \
    } while (0)

static __always_inline __s32 syscall_nr(struct pt_regs *regs)
{
    return SK_REG(regs, orig_ax);
}
#else
#define TIF_32BIT_ 22
static __always_inline bool is_compat(struct task_struct *task)
{
    return BPF_CORE_READ(task, thread_info.flags) >> TIF_32BIT_ & 1;
}

#define TASK_COMPAT(task) ((task)->thread_info.flags >> TIF_32BIT_ & 1)

#define LOAD_REGS(r, regs, compat, GET)   \
    do {                                  \
        (void)(compat);                   \
        (r)->arg[0] = GET(regs, orig_x0); \
        (r)->arg[1] = GET(regs, regs[1]); \
        (r)->arg[2] = GET(regs, regs[2]); \
        (r)->arg[3] = GET(regs, regs[3]); \
        (r)->arg[4] = GET(regs, regs[4]); \
        (r)->arg[5] = GET(regs, regs[5]); \
    } while (0)

static __always_inline __s32 syscall_nr(struct pt_regs *regs)
{
    return SK_REG(regs, syscallno);
}
#endif

/* Arguments, from the registers that the program was called with. */
static __always_inline void load_args(struct sk_rec *r, struct pt_regs *regs, bool compat)
{
    LOAD_REGS(r, regs, compat, SK_REG);
}

/* The same of registers that are no argument of the program. */
static __always_inline void load_saved_args(struct sk_rec *r, struct pt_regs *regs, bool compat)
{
    LOAD_REGS(r, regs, compat, BPF_CORE_READ);
}

static __always_inline __s32 saved_nr(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return BPF_CORE_READ(regs, orig_ax);
#else
    return BPF_CORE_READ(regs, syscallno);
#endif
}

#if defined(__TARGET_ARCH_x86)
#define X32_BIT_ 0x40000000 /* calls with short pointers: up to 511 they are the native ones */

/* socketcall(): the one call of 32-bit programs for everything about sockets. */
#define NR_SOCKETCALL_ SK_BPF_IA32_ONLY(102)
static const struct {
    __u16 nr; /* native */
    __u16 args;
} socketcalls[32] = {
    [1] = {41, 3},   /* socket */
    [2] = {49, 3},   /* bind */
    [3] = {42, 3},   /* connect */
    [4] = {50, 2},   /* listen */
    [5] = {43, 3},   /* accept */
    [6] = {51, 3},   /* getsockname */
    [7] = {52, 3},   /* getpeername */
    [8] = {53, 4},   /* socketpair */
    [9] = {44, 4},   /* send: sendto without an address */
    [10] = {45, 4},  /* recv */
    [11] = {44, 6},  /* sendto */
    [12] = {45, 6},  /* recvfrom */
    [13] = {48, 2},  /* shutdown */
    [14] = {54, 5},  /* setsockopt */
    [15] = {55, 5},  /* getsockopt */
    [16] = {46, 3},  /* sendmsg */
    [17] = {47, 3},  /* recvmsg */
    [18] = {288, 4}, /* accept4 */
    [19] = {299, 5}, /* recvmmsg */
    [20] = {307, 4}, /* sendmmsg */
};

/* Its number as a native call. */
static __always_inline __s32 socketcall_nr(struct pt_regs *regs)
{
    __u32 nr = socketcalls[SK_REG(regs, bx) & 31].nr;

    return nr ? (__s32)nr : NR_SOCKETCALL_;
}

/* Its arguments: an array in user memory. */
static __always_inline void load_socketcall(struct sk_rec *r)
{
    __u32 n = socketcalls[r->arg[0] & 31].args * 4, a[6] = {};

    if (n > sizeof(a) || bpf_probe_read_user(a, n, (void *)r->arg[1]))
        count_fault();
    for (int i = 0; i < 6; i++)
        r->arg[i] = a[i];
}
#else
#define NR_SOCKETCALL_ (-2)

static __always_inline __s32 socketcall_nr(struct pt_regs *regs)
{
    return NR_SOCKETCALL_;
}

static __always_inline void load_socketcall(struct sk_rec *r)
{
}
#endif

/* Errors of a 32-bit call are negative, addresses are not. */
static __always_inline __s64 compat_ret(__s64 ret)
{
    return (__s32)ret >= -4095 && (__s32)ret < 0 ? (__s64)(__s32)ret : (__s64)(__u32)ret;
}

/* Native number of a call, or -1: 32-bit calls of x86_64 are looked up in their own table. */
static __always_inline __s32 native_nr(__s32 nr, bool compat)
{
    __u32 key = nr;
    __u16 *native;

#if defined(__TARGET_ARCH_x86)
    if (!compat)
        nr &= ~X32_BIT_;
#endif
    if (nr < 0 || nr >= SK_BPF_SYSCALLS)
        return -1;
    if (!compat)
        return nr;
    native = bpf_map_lookup_elem(&sk_syscalls32, &key);
    return native ? (__s32)*native - 1 : -1;
}
