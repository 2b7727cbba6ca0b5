/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* rec.h - parameters into the record.
 *
 * The writers are global functions: the verifier checks each once, whoever calls it, which keeps the
 * cost of eighty events near that of one.  They take numbers only and look the record up themselves,
 * because before 5.12 a global function may not have a pointer to memory as argument ("arg#0 type in
 * ... is not supported yet"). */
#pragma once
#include "maps.h"

/* Keeps the compiler from proving a bound with one register and using another ("R2 unbounded memory
 * access"): what was checked is what is used. */
#define SK_OPAQUE(x) asm volatile("" : "+r"(x))

static __always_inline void count_fault(void)
{
    struct sk_driver_stats *st = stats_get();

    if (st)
        st->faults++;
}

/* Closes the parameter of n bytes that begins at r->used. */
static __always_inline void end_param(struct sk_rec *r, __u32 n)
{
    r->len[r->nparams & 63] = n;
    r->nparams++;
    r->used += n;
}

/* Room for `want` more bytes? Returns the offset in buf, or 0. */
static __always_inline __u64 room(struct sk_rec *r, __u32 want)
{
    __u64 used = r->used;

    SK_OPAQUE(used);
    if (used > SK_DATA_MAX - want) {
        r->failed = 1;
        return 0;
    }
    return used + SK_HEAD_MAX;
}

__noinline int put_empty(void)
{
    struct sk_rec *r = rec_get();

    if (r)
        end_param(r, 0);
    return 0;
}

/* Little-endian integer of 1, 2, 4 or 8 bytes. */
__noinline int put_int(__u64 v, __u32 bytes)
{
    struct sk_rec *r = rec_get();
    __u64 at;

    if (!r)
        return 0;
    at = room(r, 8);
    if (!at) {
        end_param(r, 0);
        return 0;
    }
    __builtin_memcpy(&r->buf[at], &v, 8);
    end_param(r, bytes & 15);
    return 0;
}

__noinline int put_kernel_str(__u64 ptr)
{
    struct sk_rec *r = rec_get();
    __u64 at;
    long n = 0;

    if (!r)
        return 0;
    at = room(r, SK_PATH_MAX);
    if (at && ptr) {
        n = bpf_probe_read_kernel_str(&r->buf[at], SK_PATH_MAX, (void *)ptr);
        if (n < 0) {
            count_fault();
            n = 0;
        }
    }
    end_param(r, n);
    return 0;
}

/* A NUL-terminated string of user memory, at most 4096 bytes with its NUL. */
__noinline int put_user_str(__u64 ptr)
{
    struct sk_rec *r = rec_get();
    __u64 at;
    long n = 0;

    if (!r)
        return 0;
    at = room(r, SK_PATH_MAX);
    if (at && ptr) {
        n = bpf_probe_read_user_str(&r->buf[at], SK_PATH_MAX, (void *)ptr);
        if (n < 0) {
            count_fault();
            n = 0;
        }
    }
    end_param(r, n);
    return 0;
}

/* Appends n bytes of user memory, at most 4096, to the open parameter. Returns how many: all or none. */
__noinline __u64 add_user_bytes(__u64 ptr, __u64 n)
{
    struct sk_rec *r = rec_get();
    __u64 at;

    if (!r || !ptr || !n)
        return 0;
    if (n > SK_ARGS_MAX)
        n = SK_ARGS_MAX;
    at = room(r, SK_ARGS_MAX);
    if (!at)
        return 0;
    if (bpf_probe_read_user(&r->buf[at], n, (void *)ptr)) {
        count_fault();
        return 0;
    }
    r->used += n;
    return n;
}

/* Ends the open parameter, which began at `first`. */
static __always_inline void close_param(struct sk_rec *r, __u32 first)
{
    r->len[r->nparams & 63] = r->used - first;
    r->nparams++;
}

/* n bytes of user memory, at most 4096. */
__noinline int put_user_bytes(__u64 ptr, __u64 n)
{
    struct sk_rec *r = rec_get();
    __u32 first;

    if (!r)
        return 0;
    first = r->used;
    add_user_bytes(ptr, n);
    close_param(r, first);
    return 0;
}

/* Appends n (<= 512) bytes of kernel memory (a structure on the caller's stack) as a parameter, or, with
 * `more`, as the first part of one that end_path() completes. */
static __always_inline void put_struct(struct sk_rec *r, const void *p, __u32 n, bool more)
{
    __u64 at = room(r, 512);

    if (!at) {
        end_param(r, 0);
        return;
    }
    bpf_probe_read_kernel(&r->buf[at], n, p);
    if (more)
        r->used += n;
    else
        end_param(r, n);
}
