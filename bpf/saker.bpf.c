/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* saker.bpf.c - the driver's programs: the hook of system call exits and its fillers, the hooks of the
 * life of processes, and those of io_uring.
 *
 * Compiled twice (README.md): SK_RAW_TP makes the programs raw tracepoints for kernels or policies that
 * refuse BTF-typed ones. */
#include "account.h"
#include "check.h"
#include "ringend.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
