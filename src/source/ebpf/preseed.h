/* SPDX-License-Identifier: Apache-2.0 */
/* preseed.h - EXE bits of processes that were there before the prefilter. */
#pragma once
#include "abi/prefilter.h"
#include "source/ebpf/load.h"
#include "state/state.h"

/* Tells the kernel side of the executables that the state knows.  The state must have seen every exec that
 * happened before the prefilter was in place; later ones the kernel side knows better, and they win. */
void sk_prefilter_seed(const struct sk_bpf *b, const struct sk_state *st, const char *proc);

/* Bits of an absolute path; *known is 0 where it is none. */
void sk_prefilter_path(const struct sk_pf *pf, enum sk_pf_word word, struct sk_str path,
                       uint64_t *value, uint64_t *known);
