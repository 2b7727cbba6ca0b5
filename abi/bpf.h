/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* bpf.h - what the eBPF objects and their loader agree on: names of maps and programs, configuration.
 *
 * Maps (name: type, key -> value)
 *   sk_config    ARRAY          0 -> struct sk_bpf_config; all zero at load, so nothing is in scope
 *                               until the loader writes it (scope SK_SCOPE_NONE is 4: the first
 *                               instruction of every program returns while `ready` is 0)
 *   sk_scope_cg  CGROUP_ARRAY   0 -> descriptor of the scope's cgroup
 *   sk_scope_pid HASH           thread group id -> u8: processes in a pid scope, kept by fork and exit
 *   sk_cg_kind   LRU_HASH       cgroup id -> u8: 1 host, 2 container (memo of the name test)
 *   sk_critical  RINGBUF        records of critical classes
 *   sk_bulk      ARRAY_OF_MAPS  ring number -> RINGBUF: records of bulk classes
 *   sk_fair      ARRAY          bulk ring, and behind them critical -> struct sk_fair (fair.h)
 *   sk_account   LRU_HASH       cgroup id -> cgroup id: whose share of the rings it uses (memo)
 *   sk_stats     PERCPU_ARRAY   0 -> struct sk_driver_stats
 *   sk_drop_cg   LRU_HASH       cgroup id (v2) -> struct sk_drop_cgroup: who lost records; grows, and is
 *                               never emptied
 *   sk_asked     ARRAY          0 -> u64: when the reader last began to look at sk_drop_cg
 *   sk_event_hits PERCPU_ARRAY  event code -> struct sk_event_count
 *   sk_syscalls  ARRAY          native system call number -> struct sk_bpf_syscall (loader: from rows)
 *   sk_syscalls32 ARRAY         ia32 number -> u16: native number + 1 (x86_64 only; 0: not traced).
 *                               Calls that only 32-bit x86 has (umount, mmap2, socketcall...) get the
 *                               number SK_BPF_IA32_ONLY(ia32 number), which no native call has
 *   sk_ring_calls ARRAY         opcode of io_uring -> u16: native system call number + 1 (tbl/uring.def;
 *                               0: not told)
 *   sk_ring_req, sk_ring_text, sk_ring_long, sk_ring_user, sk_ring_skip
 *                               HASH: requests of io_uring between submission and completion (ringreq.h)
 *   sk_wake      ARRAY, mmapable  0 -> u32: 1: the reader sleeps, the next record must wake it (and sets
 *                               0); 0: it comes by itself
 *   .data.calls  ARRAY          0 -> struct sk_bpf_calls: the first test of every system call
 *   .data.moving ARRAY          0 -> u32: 1: calls are told by two programs, sys_exit's asks sk_told
 *   sk_told      LRU_HASH       process and thread -> u32: number of the call that the program at the end of
 *                               its function has told
 *   sk_fill      PROG_ARRAY     event code -> program that fills the record; the loader fills it
 *   sk_check     PROG_ARRAY     event code -> program that asks the prefilter first; empty where none does
 *   sk_prefilter ARRAY_OF_MAPS  0 -> ARRAY, mmapable: 0 -> struct sk_pf (prefilter.h); empty: no prefilter
 *   sk_pf_exe    HASH           thread group id -> struct sk_pf_exe
 *
 * A sample in a ring is one record (struct sk_rec_hdr.len bytes); a u16 with the number of the CPU may
 * follow it.
 *
 * Programs
 *   sk_sys_exit, sk_sched_exec, sk_sched_fork, sk_sched_exit     attached to their tracepoints
 *   sk_ring_submit, sk_ring_submit_old   io_uring_submit_req (io_uring_submit_sqe before 6.4): one of them
 *   sk_ring_complete, sk_ring_overflow, sk_ring_worked, sk_ring_worked_local, sk_ring_exit
 *   check_event                 asks the prefilter; then the filler, or nothing
 *   sk_call_exit                (tp_btf object) not attached itself: the pattern of the programs at the ends of
 *                               the functions of calls; fillers are then loaded once more, for it
 *   fill_any                    the interpreter of the rows: default for every event code
 *   fill_<CODE>_<name>          straight-line program of one event code; the loader parses CODE
 *
 * The same source is compiled twice: programs of type tp_btf, and raw_tp where BTF-typed ones are
 * refused. */
#pragma once
#include "record.h"

#define SK_BPF_SYSCALLS      1024
#define SK_BPF_EVENTS        512
#define SK_BPF_RING_CALLS    64
#define SK_BPF_BULK_MAX      256
#define SK_BPF_SCOPE_PIDS    65536
#define SK_BPF_IA32_ONLY(nr) (SK_BPF_SYSCALLS - 1 - (nr))

/* A ring has descriptors of its own. They, and those that nobody knows yet, get numbers that no process
 * has (fs.nr_open ends below): this and the slot, or the last of them. */
#define SK_RING_FD         0x40000000
#define SK_RING_FD_UNKNOWN 0x7fffffff

struct sk_bpf_config {
    sk_u32 ready;                  /* 0: every program returns at once */
    sk_u32 scope;                  /* enum sk_scope_mode */
    sk_u32 self_pid;               /* thread group of Saker: never traced */
    sk_u32 snap_bytes;             /* of an I/O buffer */
    sk_u32 cpus_per_ring;          /* bulk ring of a CPU: cpu / cpus_per_ring; 0: ring 0 */
    sk_u32 bulk_rings;             /* that exist: ring numbers behind them begin anew */
    sk_u32 host_pidns, host_mntns; /* inode numbers of pid 1's namespaces */
    sk_u32 drop_failed;            /* calls that failed are left out */
    sk_u32 tell_enter;   /* io_uring_enter() itself is wanted; its bit is set for rings anyway */
    sk_u64 scope_cgroup; /* id of the scope's cgroup; 0: none */
    sk_u64 wanted[SK_BPF_EVENTS / 64]; /* bit of every event code that is to be sent */
};

struct sk_event_count {
    sk_u64 filtered; /* in scope, wanted, and dropped by the prefilter */
    sk_u64 begun;    /* filled */
    sk_u64 sent, dropped;
};

/* Times are of CLOCK_BOOTTIME. */
struct sk_drop_cgroup {
    /* Tells an entry from one of the same cgroup that had to go; 0: not yet complete. */
    sk_u64 born_ns;
    sk_u64 first_ns, last_ns;              /* since the reader looked last */
    sk_u32 drops[SK_CLASS_MAX][SK_DROP_N]; /* modulo 2^32 */
};

struct sk_bpf_syscall {
    sk_u16 exit_event; /* event code; 0: not traced; 1: GENERIC */
    sk_u16 ppm_sc;
    sk_u16 klass; /* row of tbl/classes.def; of GENERIC calls that of tbl/syscall_classes.def */
};

/* Bits of the numbers that calls come with: what is in `any` may be wanted, as a native call or as a 32-bit
 * one; `native` tells for the former.  All zero until a capture is applied. */
struct sk_bpf_calls {
    sk_u64 any[SK_BPF_SYSCALLS / 64];
    sk_u64 native[SK_BPF_SYSCALLS / 64];
};

#ifndef __BPF__
static_assert((SK_DROP_N & (SK_DROP_N - 1)) == 0, "blame.h masks");
static_assert(sizeof(struct sk_bpf_config) == 48 + SK_BPF_EVENTS / 8, "no holes");
#endif
