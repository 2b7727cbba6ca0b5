/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* translate.h - the kernel's constants as the wire numbers them: tbl/kernel_flags.def as code. */
#pragma once
#include "task.h"

enum sk_kf {
#define KFLAGS(t) KF_##t,
#define KENUM(t)  KF_##t,
#define K(kernel, wire)
#define KV(kernel, wire)
#define KFLAGS_END(t)
#define KENUM_END(t, other)
#include "kernel_flags.def"
    KF_N
};
_Static_assert(KF_N <= 32, "a table's number has five bits in a source");

/* With a constant table only its rows are left. */
static __always_inline __u64 translate_inline(__u32 table, __u64 v)
{
    __u64 out = 0;

#define KFLAGS(t)       if (table == KF_##t) {
#define K(kernel, wire) out |= v & (kernel) ? (wire) : 0;
#define KFLAGS_END(t) \
    return out;       \
    }
#define KENUM(t)         \
    if (table == KF_##t) \
        switch (v) {
#define KV(kernel, wire) \
    case kernel:         \
        return wire;
#define KENUM_END(t, other) \
    default:                \
        return other;       \
        }
#include "kernel_flags.def"
    return v;
}

__noinline __u64 translate(__u32 table, __u64 v)
{
    return translate_inline(table, v);
}
