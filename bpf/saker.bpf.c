/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* saker.bpf.c - the driver's programs: the hook of system call exits and its fillers, the hooks of the
 * life of processes, and those of io_uring.
 *
 * Compiled twice (README.md): SK_RAW_TP makes the programs raw tracepoints for kernels or policies that
 * refuse BTF-typed ones.  All reads go through bpf_probe_read_kernel() in both, so nothing else differs. */
#include "account.h"
#include "uring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
