/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h - the reading end of one BPF ring buffer, over its mapped pages.
 *
 * The kernel writes a header of eight bytes (length with a BUSY and a DISCARD bit) in front of
 * every sample and moves the producer position when it reserves, not when it commits: a sample
 * below that position may still be BUSY.  Samples that wrap are copied out in two pieces, so the data
 * pages are mapped once and not twice: the mapping counts as memory of Saker.
 *
 * One thread reads a ring. */
#pragma once
#include "base/base.h"

struct sk_ring {
    const uint64_t *producer; /* written by the kernel */
    uint64_t *consumer;       /* written by us, read by the kernel */
    const uint8_t *data;
    uint64_t bytes;    /* of data; a power of two */
    uint64_t pos;      /* of the next header to read */
    uint64_t released; /* what the kernel was told */
    uint64_t settled;  /* producer position at the first look of a round (merge.c) */
    uint64_t seen;     /* at the second look: headers below it may be read */
    uint64_t busy_pos, busy_since_ns;
    uint32_t len; /* of the sample at pos, after SK_RING_SAMPLE */
    void *map[2]; /* NULL: not ours */
    size_t map_bytes[2];
};

enum sk_ring_head {
    SK_RING_EMPTY,
    SK_RING_BUSY,   /* a sample is being written */
    SK_RING_SAMPLE, /* ring->len bytes */
    SK_RING_BROKEN, /* a length that cannot be: everything that was seen is given up */
};

/* Smallest power of two of pages that holds `bytes`; 0 when that is more than 1 GiB. */
uint32_t sk_ring_round(uint64_t bytes);

/* Maps the ring behind a descriptor of a RINGBUF map. -errno. */
SK_MUST int sk_ring_map(int map_fd, uint32_t bytes, struct sk_ring *out);
/* The same over memory of the caller: positions and data as the kernel keeps them. */
void sk_ring_over(uint64_t *consumer, const uint64_t *producer, const void *data, uint32_t bytes,
                  struct sk_ring *out);
void sk_ring_unmap(struct sk_ring *r);

/* The producer's position, read so that everything before it is visible. */
uint64_t sk_ring_produced(const struct sk_ring *r);
/* What stands at pos; steps over discarded samples. */
enum sk_ring_head sk_ring_peek(struct sk_ring *r);
/* First eight bytes of the sample at pos (they never wrap). len must be at least 8. */
uint64_t sk_ring_first_u64(const struct sk_ring *r);
/* The sample at pos where it stands, until it is stepped over; NULL: it wraps. */
const uint8_t *sk_ring_sample(const struct sk_ring *r);
/* Copies the sample at pos; `to` holds ring->len bytes. */
void sk_ring_copy(const struct sk_ring *r, void *to);
/* Steps over the sample at pos; tells the kernel at once when much of the ring is behind us. */
void sk_ring_next(struct sk_ring *r);
/* Tells the kernel that everything before pos may be written again. */
void sk_ring_release(struct sk_ring *r);
