/* SPDX-License-Identifier: Apache-2.0 */
/* synth.h - the source of tests: records that the test writes itself, without a kernel.
 *
 * It keeps the promises of a live driver: nothing passes before apply(), only wanted events are
 * taken, a full buffer drops by class, everything is counted. One thread. */
#pragma once
#include "source/source.h"

extern const struct sk_source_ops sk_source_synth;

/* Offers one record (sk_event_write_end); timestamps are handed out as they are, in order of
 * pushing. `self` is the private state of an open synth source.  1: taken; 0: not wanted; -ENOBUFS:
 * dropped and counted; -EMSGSIZE: longer than SK_REC_MAX_BYTES, counted too. */
SK_MUST int sk_synth_push(void *self, const void *rec, size_t len);
/* After what was pushed, poll() says -ENODATA. */
void sk_synth_end(void *self);
