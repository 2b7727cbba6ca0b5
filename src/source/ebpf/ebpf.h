/* SPDX-License-Identifier: Apache-2.0 */
/* ebpf.h - the live source: system calls of this machine, by eBPF.
 *
 * One thread calls it. Ring memory is shared with the kernel; records are decoded where they stand, given
 * the wall clock's time, and handed on. */
#pragma once
#include "source/source.h"

extern const struct sk_source_ops sk_source_ebpf;

/* Kernel and privileges suffice?  Otherwise the error says what is missing and what to do about it.
 * status_path: /proc/self/status; btf_path: SK_BTF_PATH. */
SK_MUST int sk_ebpf_check(const char *status_path, const char *btf_path, struct sk_diag *dg);

/* One sample of `len` bytes, decoded: a record, behind it the number of its CPU.  false: it cannot hold
 * one, or it is damaged. */
SK_MUST bool sk_ebpf_sample(const uint8_t *sample, uint32_t len, uint64_t offset_ns,
                            struct sk_event *out);
