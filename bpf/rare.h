/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* rare.h - numbers of the less frequent calls. */
#pragma once
#include "mm.h"
#include "user.h"

#define SETVAL_ 16 /* of semctl() */

/* MS_MGC_VAL in the upper half was asked for by kernels before 2.4. */
static __always_inline __u64 mount_flags(__u64 f)
{
    return (f & 0xffff0000) == 0xc0ed0000 ? f & 0xffff : f;
}

/* An offset in a file: 32-bit calls pass it in two arguments. */
static __always_inline __u64 file_pos(struct sk_rec *r, __u32 n)
{
    return r->compat ? (__u32)arg_of(r, n) | arg_of(r, n + 1) << 32 : arg_of(r, n);
}

/* Command and type share an argument of quotactl(): 0 command, 1 type, 2 format when it is turned on. */
static __always_inline __u64 quota_value(struct sk_rec *r, __u32 what)
{
    __u64 cmd = (__u32)arg_of(r, 0) >> 8, type = arg_of(r, 0) & 0xff, format = arg_of(r, 2);

    if (what == 0)
        return translate(KF_quotactl, cmd);
    if (what == 1)
        return type == 0 ? 1 : type == 1 ? 2 : 0;
    if (cmd != Q_QUOTAON_)
        return 1; /* not used */
    return format == 1 ? 2 : format == 2 ? 4 : format == 4 ? 8 : 1;
}

static __always_inline __u64 sc_id(struct sk_rec *r)
{
    __u32 key = r->nr;
    struct sk_bpf_syscall *s = bpf_map_lookup_elem(&sk_syscalls, &key);

    return s ? s->ppm_sc : 0;
}

__noinline __u64 rare_int(__u32 kind, __u32 n)
{
    struct sk_rec *r = rec_get();

    if (!r)
        return 0;
    switch (kind) {
    case SRCK_FDFLAGS:
        return fd_flags(arg_of(r, n));
    case SRCK_LAYERBITS:
        return layer_bits(r);
    case SRCK_POS:
        return file_pos(r, n);
    case SRCK_HIGHLOW:
        return arg_of(r, n) << 32 | (__u32)arg_of(r, n + 1);
    case SRCK_MOUNTFLAGS:
        return mount_flags(arg_of(r, n));
    case SRCK_ZERO:
        return 0;
    case SRCK_SEMVAL:
        return arg_of(r, 2) == SETVAL_ ? arg_of(r, 3) : 0;
    case SRCK_MODE:
        return arg_of(r, n) & 07777;
    case SRCK_CAP:
        return cap_word((struct task_struct *)r->task, n);
    case SRCK_QUEUE:
        return queue_value(r, n);
    case SRCK_KB:
        return memory_kb((struct task_struct *)r->task, n);
    case SRCK_OPTNAME: /* the wire knows options of SOL_SOCKET */
        return arg_of(r, 1) == 1 ? translate(KF_sockopt, arg_of(r, 2)) : 0;
    case SRCK_QUOTA:
        return quota_value(r, n);
    case SRCK_SCID:
        return sc_id(r);
    case SRCK_NATIVEID:
        return r->nr;
    default:
        return user_value(kind, n);
    }
}
