/* SPDX-License-Identifier: Apache-2.0 */
/* rings.h - how many rings there are, how large, and which CPU writes into which. */
#pragma once
#include "bpf.h"
#include "source/ebpf/ring.h"
#include "source/source.h"

struct sk_rings {
    uint32_t bulk_bytes, critical_bytes;
    uint32_t cpus_per_ring;      /* as the kernel side gets it; 0: every CPU into slot 0 */
    uint32_t slots;              /* of sk_bulk that are filled */
    uint32_t bulk;               /* rings behind them: slot % bulk */
    int fd[SK_BPF_BULK_MAX + 1]; /* bulk rings, then the critical one; -1: none */
};

/* Sizes and numbers for `possible` CPU numbers of which `present` exist; makes nothing.  Sizes that
 * cannot be are errors. */
SK_MUST int sk_rings_plan(const struct sk_source_options *opt, uint32_t possible, uint32_t present,
                          struct sk_diag *dg, struct sk_rings *out);
/* Makes the maps. Says how large a ring was refused and which key asks for less. */
SK_MUST int sk_rings_make(struct sk_rings *rs, struct sk_diag *dg);
static inline int sk_rings_critical_fd(const struct sk_rings *rs)
{
    return rs->fd[rs->bulk];
}
/* Maps all of them into memory; *out has rs->bulk + 1 entries, the caller's. */
SK_MUST int sk_rings_map(const struct sk_rings *rs, struct sk_diag *dg, struct sk_ring **out);
void sk_rings_close(struct sk_rings *rs);
