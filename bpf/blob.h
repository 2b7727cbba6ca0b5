/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* blob.h - sources of the less frequent calls that are bytes: parameters of many kinds (DYN: the number
 * of the kind, then the value), lists, texts. */
#pragma once
#include "rare.h"

#define SK_POLL_FDS 16 /* descriptors of a list */

/* Appends a DYN parameter whose value is an integer of `bytes`. */
__noinline int put_dyn(__u32 index, __u64 v, __u32 bytes)
{
    struct sk_rec *r = rec_get();
    __u8 out[9] = {index};

    if (!r)
        return 0;
    __builtin_memcpy(out + 1, &v, 8);
    put_struct(r, out, 1 + (bytes & 15), false);
    return 0;
}

/* Starts one whose value follows. */
static __always_inline void open_dyn(struct sk_rec *r, __u8 index)
{
    put_struct(r, &index, 1, true);
}

enum { PTRACE_UINT64, PTRACE_SIGTYPE };

/* data of ptrace(): what PEEK* read, the signal that the tracee goes on with, or the argument. */
static __always_inline void put_ptrace_data(struct sk_rec *r)
{
    __u64 data = arg_of(r, 3);

    if (r->ret < 0) {
        put_dyn(PTRACE_UINT64, 0, 8);
        return;
    }
    switch (arg_of(r, 0)) {
    case 1: /* PEEKTEXT, PEEKDATA, PEEKUSR: the system call stores through the pointer */
    case 2:
    case 3:
        put_dyn(PTRACE_UINT64, user_word(r, data, 0), 8);
        return;
    case 7:  /* CONT */
    case 9:  /* SINGLESTEP */
    case 17: /* DETACH */
    case 24: /* SYSCALL */
    case 31: /* SYSEMU */
    case 32: /* SYSEMU_SINGLESTEP */
        put_dyn(PTRACE_SIGTYPE, data, 1);
        return;
    default:
        put_dyn(PTRACE_UINT64, data, 8);
    }
}

enum { SOCKOPT_BYTES, SOCKOPT_ERRNO, SOCKOPT_UINT32, SOCKOPT_UINT64, SOCKOPT_TIME };

/* The value of an option: by what it is where we know, else its bytes. */
__noinline int put_sockopt(__u64 value, __u64 len)
{
    struct sk_rec *r = rec_get();
    __u32 first;

    if (!r)
        return 0;
    first = r->used;
    if (!value) {
        put_empty();
        return 0;
    }
    switch (arg_of(r, 1) == 1 ? arg_of(r, 2) : ~0ull) {
    case 4: /* SO_ERROR */
        return put_dyn(SOCKOPT_ERRNO, -(__s64)(__s32)user_u32(value), 8);
    case 20: /* SO_RCVTIMEO, SO_SNDTIMEO: seconds and microseconds */
    case 21:
    case 66:
    case 67:
        return put_dyn(SOCKOPT_TIME,
                       user_word(r, value, 0) * SK_NS_PER_S + user_word(r, value, 1) * 1000, 8);
    case 57: /* SO_COOKIE */
        return put_dyn(SOCKOPT_UINT64, user_u64(value), 8);
    default:
        if (len == 4 && arg_of(r, 1) == 1)
            return put_dyn(SOCKOPT_UINT32, user_u32(value), 4);
        open_dyn(r, SOCKOPT_BYTES);
        add_user_bytes(value, snap(len));
        close_param(r, first);
        return 0;
    }
}

enum { KEYCTL_INT64, KEYCTL_CHARBUF };

/* Is argument n of this keyctl() operation a string? */
static __always_inline bool is_keyctl_text(__u64 op, __u32 n)
{
    return (op == 1 && n == 1) ||              /* JOIN_SESSION_KEYRING */
           (op == 10 && (n == 2 || n == 3)) || /* SEARCH */
           (op == 29 && (n == 2 || n == 3));   /* RESTRICT_KEYRING */
}

__noinline int put_keyctl(__u32 n)
{
    struct sk_rec *r = rec_get();
    __u64 at;
    __u32 first;
    long got;

    if (!r)
        return 0;
    if (!is_keyctl_text(arg_of(r, 0), n) || !arg_of(r, n))
        return put_dyn(KEYCTL_INT64, arg_of(r, n), 8);
    first = r->used;
    open_dyn(r, KEYCTL_CHARBUF);
    at = room(r, SK_PATH_MAX);
    got = at ? bpf_probe_read_user_str(&r->buf[at], SK_PATH_MAX, (void *)arg_of(r, n)) : -1;
    if (got > 0) {
        r->used += got;
    } else {
        count_fault();
        r->used = first;
    }
    close_param(r, first);
    return 0;
}

/* value of fsconfig(): bytes (`text` 0) or text, by the command. */
static __always_inline void put_fsconfig(struct sk_rec *r, bool text)
{
    __u64 cmd = arg_of(r, 1);

    if (text && (cmd == 1 || cmd == 3 || cmd == 4)) /* SET_STRING, SET_PATH, SET_PATH_EMPTY */
        put_user_str(arg_of(r, 3));
    else if (!text && cmd == 2) /* SET_BINARY */
        put_user_bytes(arg_of(r, 3), snap(arg_of(r, 4)));
    else
        put_empty();
}

/* FDLIST: how many, then descriptor and what came back for each. */
__noinline int put_poll(__u64 fds, __u64 count)
{
    struct sk_rec *r = rec_get();
    __u16 n = count < SK_POLL_FDS ? count : SK_POLL_FDS;
    __u32 first;

    if (!r)
        return 0;
    first = r->used;
    put_struct(r, &n, 2, true);
    for (__u32 i = 0; i < SK_POLL_FDS; i++) {
        struct pollfd p = {};
        __u8 out[10];
        __u16 flags;
        __s64 fd;

        if (i >= n)
            break;
        if (bpf_probe_read_user(&p, sizeof(p), (void *)(fds + i * sizeof(p))))
            count_fault();
        fd = p.fd;
        flags = translate(KF_poll, (__u16)p.revents);
        __builtin_memcpy(out, &fd, 8);
        __builtin_memcpy(out + 8, &flags, 2);
        put_struct(r, out, 10, true);
    }
    close_param(r, first);
    return 0;
}

/* Ancillary data that a message brought. */
static __always_inline void put_control(struct sk_rec *r, __u64 msg)
{
    if (r->ret < 0)
        put_empty();
    else
        put_user_bytes(user_word(r, msg, MSG_CONTROL), user_word(r, msg, MSG_CONTROLLEN));
}

__noinline int put_fd_path(void)
{
    struct sk_rec *r = rec_get();
    struct sk_tmp *t = tmp_get();
    struct file *file;

    if (!r || !t)
        return 0;
    file = (struct file *)result_file(r);
    if (!file) {
        put_empty();
        return 0;
    }
    no_path(t);
    walk_of((__u64)BPF_CORE_READ(file, f_path.dentry), (__u64)BPF_CORE_READ(file, f_path.mnt),
            (struct task_struct *)r->task);
    end_path(0, 0);
    return 0;
}
