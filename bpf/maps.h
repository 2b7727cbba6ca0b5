/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* maps.h - the maps named in abi/bpf.h, and the two per-CPU scratch values that records grow in.
 *
 * Scratch: tracepoint programs run with preemption off and never nest on one CPU (none of ours fires
 * inside another), so one value per CPU is enough.  A per-CPU value above 32 KB is refused by the
 * kernel ("PCPU_MIN_UNIT_SIZE"), hence two. */
#pragma once
#include "direct.h"

#include "premaps.h"

#define SK_DATA_MAX  24000 /* bytes of parameters in one record */
#define SK_HEAD_MAX  (SK_REC_HDR_BYTES + 2 * SK_REC_MAX_PARAMS)
#define SK_REC_SPACE (SK_HEAD_MAX + SK_DATA_MAX + SK_HEAD_MAX + 8)
#define SK_TMP_PATH  4096
#define SK_NAME_MAX  256

/* The record being built. Parameters begin at buf[SK_HEAD_MAX]; lengths are kept apart, because how many
 * there are is known only at the end; then header and lengths are written right in front of the data. */
struct sk_rec {
    __u32 used; /* bytes of data */
    __u32 nparams;
    __u32 open; /* 1: the last parameter still grows */
    __u16 type;
    __u8 klass;
    __u8 failed; /* data did not fit */
    __u64 ts, tid;
    __s64 ret;
    __u64 arg[6];
    __u32 nr; /* native system call number, 0xffff none */
    __u32 compat;
    __u32 paths;    /* path arguments so far */
    __u32 relative; /* bit 0: the first is relative, bit 1: the second */
    __u64 file;     /* behind the descriptor that the call returned */
    __u32 file_known;
    __u32
        ring; /* 1: a request of io_uring: texts and addresses are the kernel's copies (uring.h) */
    __u64 ring_file; /* behind the descriptor that such a request was given */
    __u64 task;      /* struct task_struct of the one that the record is about */
    __u16 len[64];   /* SK_REC_MAX_PARAMS used */
    __u8 buf[SK_REC_SPACE];
};

struct sk_tmp {
    __u8 path[SK_TMP_PATH + SK_NAME_MAX];
    __u64 w[8];
    struct sk_x_sock sock; /* of a tuple: too much for the stack of a deep call */
    struct sk_pf_now pf;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sk_rec);
} sk_rec_map SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sk_tmp);
} sk_tmp_map SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sk_bpf_config);
} sk_config SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
    __uint(max_entries, 1);
    __uint(key_size, 4);
    __uint(value_size, 4);
} sk_scope_cg SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_BPF_SCOPE_PIDS);
    __type(key, __u32);
    __type(value, __u8);
} sk_scope_pid SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, __u64);
    __type(value, __u8);
} sk_cg_kind SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1024);
    __type(key, __u64);
    __type(value, struct sk_drop_cgroup);
} sk_drop_cg SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 22);
} sk_critical SEC(".maps");

struct sk_ring {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 23);
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, SK_BPF_BULK_MAX);
    __type(key, __u32);
    __array(values, struct sk_ring);
} sk_bulk SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct sk_driver_stats);
} sk_stats SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SK_BPF_EVENTS);
    __type(key, __u32);
    __type(value, struct sk_event_count);
} sk_event_hits SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SK_BPF_SYSCALLS);
    __type(key, __u32);
    __type(value, struct sk_bpf_syscall);
} sk_syscalls SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SK_BPF_SYSCALLS);
    __type(key, __u32);
    __type(value, __u16);
} sk_syscalls32 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, SK_BPF_EVENTS);
    __uint(key_size, 4);
    __uint(value_size, 4);
} sk_fill SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} sk_wake SEC(".maps");

/* A section of its own is a map of its own, and its address is a constant: no lookup.  Not `const`, and
 * volatile for the compiler: the loader writes it. */
volatile struct sk_bpf_calls sk_calls SEC(".data.calls");

static __always_inline struct sk_rec *rec_get(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&sk_rec_map, &zero);
}

static __always_inline struct sk_tmp *tmp_get(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&sk_tmp_map, &zero);
}

static __always_inline struct sk_bpf_config *config_get(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&sk_config, &zero);
}

static __always_inline struct sk_driver_stats *stats_get(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&sk_stats, &zero);
}

static __always_inline struct sk_event_count *event_count(__u32 type)
{
    return bpf_map_lookup_elem(&sk_event_hits, &type);
}
