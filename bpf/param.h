/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* param.h - one parameter: its value from the source column of its row, written by its width. */
#pragma once
#include "value.h"

/* Sources that are not one integer. Returns false when `kind` is none of them. */
static __always_inline bool put_special(struct sk_rec *r, __u32 kind, __u32 n)
{
    switch (kind) {
    case SRCK_NONE:
        put_empty();
        return true;
    case SRCK_TUPLE:
        put_tuple(n == 7 ? r->ret : (__s64)(__s32)arg_of(r, n), r->task, n == 7);
        return true;
    case SRCK_SOCKADDR:
        put_sockaddr(arg_of(r, n), arg_of(r, n + 1));
        return true;
    case SRCK_DATA:
        put_user_bytes(arg_of(r, n), data_limit(r, arg_of(r, n + 1)));
        return true;
    case SRCK_DATAARG: { /* the module image: its length is an argument, not the result */
        struct sk_bpf_config *cfg = config_get();
        __u64 max = cfg ? cfg->snap_bytes : SK_SNAP_BYTES, len = arg_of(r, 1);

        put_user_bytes(arg_of(r, 0), len < max ? len : max);
        return true;
    }
    case SRCK_IOV:
        put_iov(arg_of(r, n), arg_of(r, n + 1), data_limit(r, ~0ull));
        return true;
    case SRCK_MSG:
        put_iov(msg_word(arg_of(r, n), 2), msg_word(arg_of(r, n), 3), data_limit(r, ~0ull));
        return true;
    case SRCK_DYNINT: {
        __u8 v[9] = {};
        __u64 a = arg_of(r, n);

        __builtin_memcpy(v + 1, &a, 8);
        put_struct(r, v, 9, false);
        return true;
    }
    case SRCK_PRCTLSTR:
        if (arg_of(r, 0) == 15)
            put_user_str(arg_of(r, 1));
        else
            put_empty();
        return true;
    case SRCK_FDPATH: {
        struct sk_tmp *t = tmp_get();
        struct file *file = (struct file *)file_of((struct task_struct *)r->task, r->ret);

        if (!t || !file) {
            put_empty();
            return true;
        }
        walk_of((__u64)BPF_CORE_READ(file, f_path.dentry), (__u64)BPF_CORE_READ(file, f_path.mnt),
                (struct task_struct *)r->task);
        end_path(0, 0);
        return true;
    }
    }
    return false;
}

/* Was the path just written a relative one?  Remembers it for the extension SK_X_DIR. */
static __always_inline void note_path(struct sk_rec *r, __u32 before)
{
    __u64 at = before;

    SK_OPAQUE(at);
    if (at > SK_DATA_MAX)
        return;
    r->paths++;
    if (r->used == before || r->buf[SK_HEAD_MAX + at] != '/')
        r->relative |= r->paths;
}

static __always_inline void put_param_inline(struct sk_rec *r, __u32 width, __u32 kind, __u32 n)
{
    __u32 before = r->used;
    __u64 v;

    if (put_special(r, kind, n))
        return;
    v = int_value(r, kind, n);
    if (width == W_STR) {
        put_user_str(v);
    } else if (width == W_PATH) {
        put_user_str(v);
        note_path(r, before);
    } else if (width == W_BYTES) {
        put_empty();
    } else {
        if (width & SIGNED32)
            v = (__s64)(__s32)v;
        put_int(v, width & 15);
    }
}

/* The interpreter's step: verified once. */
__noinline int put_param(__u32 width, __u32 kind, __u32 n)
{
    struct sk_rec *r = rec_get();

    if (r)
        put_param_inline(r, width, kind, n);
    return 0;
}
