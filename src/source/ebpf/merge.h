/* SPDX-License-Identifier: Apache-2.0 */
/* merge.h - many rings read as one stream, oldest record first.
 *
 * What happened because of something else must not be delivered before it, whichever rings and CPUs
 * the two came from.  So the rings are read in rounds.  A round first notes how far every ring has
 * been written, then looks a second time: whatever is below the first position can only follow from
 * records below the second ones, and those take part in the comparison.  When the oldest record
 * stands behind the first position of its ring, a new round begins before it is delivered.
 *
 * A record that is still being written (BUSY) is waited for, but not for ever: its writer may be a
 * virtual CPU that is not running. */
#pragma once
#include "record.h"
#include "source/ebpf/ring.h"

/* A record, and the number of the CPU behind it. */
#define SK_MERGE_SAMPLE_MAX (SK_REC_MAX_BYTES + 64)

struct sk_merge {
    struct sk_ring *ring;
    uint64_t *ts_ns; /* of every ring's head; UINT64_MAX: none */
    uint32_t n;
    bool round;            /* a round is open */
    uint64_t bad;          /* samples with impossible lengths */
    uint64_t late;         /* rings that were left out because their head stayed BUSY */
    uint64_t hold_ns;      /* how long a BUSY head may stop the stream */
    struct sk_ring *taken; /* the ring whose head was given last; NULL: it was stepped over */
    uint8_t wrapped[SK_MERGE_SAMPLE_MAX]; /* a sample that does not stand in one piece */
};

/* Takes the rings over; they are unmapped by sk_merge_done. -ENOMEM. */
SK_MUST int sk_merge_init(struct sk_merge *m, struct sk_ring *ring, uint32_t n);
void sk_merge_done(struct sk_merge *m);

/* The oldest record, where the kernel wrote it: borrowed until the next call, which gives its bytes
 * back.  NULL: nothing waits, or a record is being written and must be waited for. */
SK_MUST const uint8_t *sk_merge_next(struct sk_merge *m, uint32_t *out_len);
