/* SPDX-License-Identifier: Apache-2.0 */
/* fake_ring.h - the kernel's side of a ring buffer, in memory of the test. */
#pragma once
#include <linux/bpf.h>

#include "source/ebpf/ring.h"

#define FAKE_BYTES 4096

struct fake_ring {
    uint64_t consumer, producer;
    _Alignas(8) uint8_t data[FAKE_BYTES];
};

/* Reserves as the kernel does: the position moves, the sample is BUSY. Returns the header's place.
 */
static inline uint64_t fake_reserve(struct fake_ring *f, uint32_t len)
{
    uint64_t at = f->producer;
    uint32_t word = len | BPF_RINGBUF_BUSY_BIT;

    memcpy(f->data + (at & (FAKE_BYTES - 1)), &word, sizeof(word));
    f->producer += (len + BPF_RINGBUF_HDR_SZ + 7u) & ~7u;
    return at;
}

static inline void fake_commit(struct fake_ring *f, uint64_t at, const void *p, uint32_t len,
                               uint32_t bits)
{
    uint32_t word = len | bits;

    for (uint32_t i = 0; i < len; i++)
        f->data[(at + BPF_RINGBUF_HDR_SZ + i) & (FAKE_BYTES - 1)] = ((const uint8_t *)p)[i];
    memcpy(f->data + (at & (FAKE_BYTES - 1)), &word, sizeof(word));
}

static inline void fake_put(struct fake_ring *f, const void *p, uint32_t len)
{
    fake_commit(f, fake_reserve(f, len), p, len, 0);
}

static inline void fake_open(struct fake_ring *f, struct sk_ring *r)
{
    sk_ring_over(&f->consumer, &f->producer, f->data, FAKE_BYTES, r);
}
