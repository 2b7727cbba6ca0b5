/* SPDX-License-Identifier: Apache-2.0 */
/* prefilter.h - what rules ask of an event, handed to the kernel side (abi/prefilter.h). */
#pragma once
#include "abi/prefilter.h"
#include "source/ebpf/load.h"

/* Replaces the prefilter; NULL: nothing is filtered.  Programs that run see one of the two, never half of
 * each.  Where the program that asks it is refused, or still to come, nothing is filtered and that is no error.
 * The first call makes the maps and has to come before privileges are given up. */
SK_MUST int sk_apply_prefilter(struct sk_bpf *b, const struct sk_pf *pf, struct sk_diag *dg);
