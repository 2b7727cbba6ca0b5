/* SPDX-License-Identifier: Apache-2.0 */
/* tables.h - the maps of system calls, from the rows of tbl/syscalls.def. */
#pragma once
#include "bpf.h"
#include "event/table.h"

struct sk_syscall_tables {
    struct sk_bpf_syscall native[SK_BPF_SYSCALLS];
    uint16_t ia32[SK_BPF_SYSCALLS];   /* native number + 1 */
    uint16_t ring[SK_BPF_RING_CALLS]; /* by opcode of io_uring: the same */
};

/* A call whose exit event no Saker driver makes stays 0: the kernel side leaves at once. */
void sk_syscall_tables_fill(struct sk_syscall_tables *out);
/* Its number on this machine, -1: it has none. */
int sk_syscall_nr(const struct sk_syscall_info *row);
/* Does the call of that number, native or 32-bit, make an event that is wanted?  Negative: no. */
bool sk_syscall_wanted(const struct sk_syscall_tables *t, const struct sk_event_set *wanted,
                       int nr);
bool sk_syscall_ia32_wanted(const struct sk_syscall_tables *t, const struct sk_event_set *wanted,
                            int nr);
/* Which of them may be wanted, by the numbers that they come with. */
void sk_syscall_bits(const struct sk_syscall_tables *t, const struct sk_event_set *wanted,
                     struct sk_bpf_calls *out);
/* Code number n, from 0, in a program's name "fill_<CODE>_..._<name>"; -1: it has no more. */
int sk_fill_code(const char *program, unsigned n);
