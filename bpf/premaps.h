/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* premaps.h - the prefilter's maps, and what it remembers while it looks at one call. */
#pragma once
#include "direct.h"

#include "bpf.h"
#include "prefilter_eval.h"

/* What the prefilter knows of the call that is looked at. */
struct sk_pf_now {
    __u64 value, known; /* of the word whose facts were just found */
    __u64 unknown;
    __u64 fact_known; /* of one number */
    __u64 node;       /* key of the beginning that a walk has reached; 0: of no interest any more */
    __u64 file;       /* behind the event's descriptor */
    __u64 file_known, sock_known;
    __u64 n, bytes;            /* components of a path, their names with a '/' each */
    __u64 dentry[SK_PF_DEPTH]; /* the last component first */
    struct sk_x_sock sock;
    __u8 name[SK_PF_NAME_MAX + 8];
};

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, SK_BPF_EVENTS);
    __uint(key_size, 4);
    __uint(value_size, 4);
} sk_check SEC(".maps");

/* The loader writes it through a mapping: no allocation of its size. */
struct sk_pf_map {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __uint(key_size, 4);
    __uint(value_size, sizeof(struct sk_pf));
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, __u32);
    __array(values, struct sk_pf_map);
} sk_prefilter SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, SK_BPF_SCOPE_PIDS);
    __type(key, __u32);
    __type(value, struct sk_pf_exe);
} sk_pf_exe SEC(".maps");

/* NULL: there is no prefilter. */
static __always_inline struct sk_pf *pf_get(void)
{
    __u32 zero = 0;
    void *map = bpf_map_lookup_elem(&sk_prefilter, &zero);

    return map ? bpf_map_lookup_elem(map, &zero) : 0;
}
