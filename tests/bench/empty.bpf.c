/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* empty.bpf.c - the floor: a program on sys_exit that does nothing, for nobody. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_exit")
int bench_empty(void *ctx)
{
    (void)ctx;
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
