/* SPDX-License-Identifier: Apache-2.0 */
/* ring_fuzz.c - two rings with arbitrary bytes: whatever stands in them, nothing outside of them is
 * read, and nothing is given back to the kernel that it has not written.
 *
 * The kernel keeps positions at multiples of eight; the first two bytes of the input place them. */
#include <stdint.h>

#include "event/event.h"
#include "source/ebpf/ebpf.h"
#include "source/ebpf/merge.h"

#define BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fake {
    uint64_t consumer, producer;
    uint8_t *data; /* on the heap: a read behind it is seen */
};

static void fill(struct fake *f, uint64_t at, const uint8_t *data, size_t size)
{
    f->consumer = at;
    f->producer = at + (size & ~7ull);
    f->data = calloc(1, BYTES);
    for (size_t i = 0; f->data && i < size; i++)
        f->data[(at + i) & (BYTES - 1)] = data[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *sample;
    struct sk_ring *ring;
    struct sk_merge m;
    struct fake f[2];
    uint32_t len;

    if (size < 2 || size - 2 > 2 * BYTES)
        return 0;
    size_t half = (size - 2) / 2;
    ring = calloc(2, sizeof(*ring));
    for (size_t i = 0; i < 2; i++) {
        fill(&f[i], data[i] * 8ull, data + 2 + i * half, half);
        if (!f[i].data || !ring)
            abort();
        sk_ring_over(&f[i].consumer, &f[i].producer, f[i].data, BYTES, &ring[i]);
    }
    if (sk_merge_init(&m, ring, 2))
        abort();
    m.hold_ns = 0;
    while ((sample = sk_merge_next(&m, &len))) {
        struct sk_event ev;

        if (sk_ebpf_sample(sample, len, 1, &ev) && ev.raw_len > len)
            abort();
    }
    for (size_t i = 0; i < 2; i++) {
        if (f[i].consumer > f[i].producer)
            abort();
        free(f[i].data);
    }
    sk_merge_done(&m);
    return 0;
}
