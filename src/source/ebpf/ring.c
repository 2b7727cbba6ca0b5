/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c - reads a BPF ring buffer; see ring.h. */
#include "source/ebpf/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#define SK_RING_MAX_BYTES (1u << 30)

/* Header and sample together are a multiple of eight bytes. */
static uint64_t sample_span(uint32_t len)
{
    return ((uint64_t)len + BPF_RINGBUF_HDR_SZ + 7) & ~7ull;
}

uint32_t sk_ring_round(uint64_t bytes)
{
    uint64_t n = (uint64_t)sysconf(_SC_PAGESIZE);

    if (bytes > SK_RING_MAX_BYTES)
        return 0;
    while (n < bytes)
        n *= 2;
    return (uint32_t)n;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): *out will write through `consumer`. */
void sk_ring_over(uint64_t *consumer, const uint64_t *producer, const void *data, uint32_t bytes,
                  struct sk_ring *out)
{
    *out = (struct sk_ring){
        .producer = producer,
        .consumer = consumer,
        .data = data,
        .bytes = bytes,
        .pos = *consumer,
        .released = *consumer,
        .seen = *consumer,
    };
}

int sk_ring_map(int map_fd, uint32_t bytes, struct sk_ring *out)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *own, *theirs;

    own = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (own == MAP_FAILED)
        return -errno;
    theirs = mmap(NULL, page + bytes, PROT_READ, MAP_SHARED, map_fd, (off_t)page);
    if (theirs == MAP_FAILED) {
        int err = -errno;
        munmap(own, page);
        return err;
    }
    sk_ring_over(own, theirs, (uint8_t *)theirs + page, bytes, out);
    out->map[0] = own;
    out->map_bytes[0] = page;
    out->map[1] = theirs;
    out->map_bytes[1] = page + bytes;
    return 0;
}

void sk_ring_unmap(struct sk_ring *r)
{
    for (size_t i = 0; i < SK_ARRAY_LEN(r->map); i++) {
        if (r->map[i])
            munmap(r->map[i], r->map_bytes[i]);
        r->map[i] = NULL;
    }
}

uint64_t sk_ring_produced(const struct sk_ring *r)
{
    /* Pairs with the kernel's release store of the position after it wrote the header. */
    return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
}

enum sk_ring_head sk_ring_peek(struct sk_ring *r)
{
    while (r->pos < r->seen) {
        const uint8_t *at = r->data + (r->pos & (r->bytes - 1));
        /* Pairs with the exchange by which the kernel commits: the sample's bytes are visible. */
        uint32_t word = __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_ACQUIRE);
        uint32_t len = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

        if (word & BPF_RINGBUF_BUSY_BIT)
            return SK_RING_BUSY;
        if (sample_span(len) > r->seen - r->pos || sample_span(len) > r->bytes) {
            r->pos = r->seen;
            return SK_RING_BROKEN;
        }
        r->len = len;
        if (!(word & BPF_RINGBUF_DISCARD_BIT))
            return SK_RING_SAMPLE;
        r->pos += sample_span(len);
    }
    return SK_RING_EMPTY;
}

uint64_t sk_ring_first_u64(const struct sk_ring *r)
{
    uint64_t v;

    /* pos is a multiple of 8; only the header can be the last word of the ring. */
    memcpy(&v, r->data + ((r->pos + BPF_RINGBUF_HDR_SZ) & (r->bytes - 1)), sizeof(v));
    return v;
}

const uint8_t *sk_ring_sample(const struct sk_ring *r)
{
    uint64_t at = (r->pos + BPF_RINGBUF_HDR_SZ) & (r->bytes - 1);

    return r->len <= r->bytes - at ? r->data + at : NULL;
}

void sk_ring_copy(const struct sk_ring *r, void *to)
{
    uint64_t at = (r->pos + BPF_RINGBUF_HDR_SZ) & (r->bytes - 1);
    uint64_t first = SK_MIN((uint64_t)r->len, r->bytes - at);

    memcpy(to, r->data + at, first);
    memcpy((uint8_t *)to + first, r->data, r->len - first);
}

void sk_ring_next(struct sk_ring *r)
{
    r->pos += sample_span(r->len);
    /* Rarely, because every store makes the producers miss their cache; early enough that they do
     * not drop while this batch lasts. */
    if (r->pos - r->released >= r->bytes / 4)
        sk_ring_release(r);
}

void sk_ring_release(struct sk_ring *r)
{
    if (r->released == r->pos)
        return;
    r->released = r->pos;
    __atomic_store_n(r->consumer, r->pos, __ATOMIC_RELEASE);
}
