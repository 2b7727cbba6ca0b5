/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c - oldest record of all rings; see merge.h for the order that it keeps. */
#include "source/ebpf/merge.h"

#include <errno.h>

#define SK_MERGE_SPINS 2000
/* Longer than a short time slice: only a writer that does not run takes so long. */
#define SK_MERGE_HOLD_NS (20ull * 1000 * 1000)

#define SK_NO_HEAD UINT64_MAX

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

int sk_merge_init(struct sk_merge *m, struct sk_ring *ring, uint32_t n)
{
    *m = (struct sk_merge){.ring = ring, .n = n, .hold_ns = SK_MERGE_HOLD_NS};
    m->ts_ns = calloc(n, sizeof(*m->ts_ns));
    return m->ts_ns ? 0 : -ENOMEM;
}

void sk_merge_done(struct sk_merge *m)
{
    for (uint32_t i = 0; i < m->n; i++)
        sk_ring_unmap(&m->ring[i]);
    free(m->ring);
    free(m->ts_ns);
    *m = (struct sk_merge){0};
}

/* Is the record at the head of this ring still worth waiting for? */
static bool hold(struct sk_merge *m, struct sk_ring *r)
{
    uint64_t now = sk_boottime_ns();

    if (r->busy_pos != r->pos || !r->busy_since_ns) {
        r->busy_pos = r->pos;
        r->busy_since_ns = now;
    }
    if (now - r->busy_since_ns < m->hold_ns)
        return true;
    m->late++;
    return false;
}

/* Finds the head of one ring.  false: it is BUSY and must be waited for. */
static bool find_head(struct sk_merge *m, uint32_t i)
{
    struct sk_ring *r = &m->ring[i];

    m->ts_ns[i] = SK_NO_HEAD;
    for (unsigned spins = 0;;) {
        switch (sk_ring_peek(r)) {
        case SK_RING_EMPTY:
            return true;
        case SK_RING_BROKEN:
            m->bad++;
            return true;
        case SK_RING_BUSY:
            if (++spins > SK_MERGE_SPINS)
                return !hold(m, r);
            pause_cpu();
            break;
        case SK_RING_SAMPLE:
            if (r->len >= SK_REC_HDR_BYTES && r->len <= SK_MERGE_SAMPLE_MAX) {
                m->ts_ns[i] = SK_MIN(sk_ring_first_u64(r), SK_NO_HEAD - 1);
                return true;
            }
            m->bad++;
            sk_ring_next(r);
            break;
        }
    }
}

/* Begins a round. false: some head is BUSY. */
static bool look(struct sk_merge *m)
{
    bool settled = true;

    for (uint32_t i = 0; i < m->n; i++)
        sk_ring_release(&m->ring[i]);
    /* The kernel wakes us when it commits at the position that we released.  Without the barrier it
     * could miss the release while we miss its commit. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < m->n; i++)
        m->ring[i].settled = sk_ring_produced(&m->ring[i]);
    for (uint32_t i = 0; i < m->n; i++) {
        m->ring[i].seen = sk_ring_produced(&m->ring[i]);
        if (!find_head(m, i))
            settled = false;
    }
    return settled;
}

static uint32_t oldest(const struct sk_merge *m)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < m->n; i++)
        if (m->ts_ns[i] < m->ts_ns[best])
            best = i;
    return best;
}

/* The ring whose head comes next, all that it can follow from being known; NULL: none now. */
static struct sk_ring *choose(struct sk_merge *m)
{
    uint32_t best = oldest(m);

    /* Only a record that came between the two looks of a round asks for another round; one that is
     * older than all before it can do so again, but not from every ring. */
    for (uint32_t tries = 0; tries <= m->n; tries++) {
        if (m->round && m->ts_ns[best] != SK_NO_HEAD && m->ring[best].pos < m->ring[best].settled)
            break;
        m->round = look(m);
        best = oldest(m);
        if (m->ts_ns[best] == SK_NO_HEAD)
            m->round = false;
        if (!m->round)
            return NULL;
    }
    return &m->ring[best];
}

/* Steps over the record that was given last. */
static void step(struct sk_merge *m)
{
    struct sk_ring *r = SK_TAKE(m->taken);

    sk_ring_next(r);
    /* Its next record may be BUSY: then the round cannot go on without it. */
    if (!find_head(m, (uint32_t)(r - m->ring)))
        m->round = false;
}

const uint8_t *sk_merge_next(struct sk_merge *m, uint32_t *out_len)
{
    const uint8_t *sample;
    struct sk_ring *r;

    if (m->taken)
        step(m);
    r = choose(m);
    if (!r)
        return NULL;
    m->taken = r;
    *out_len = r->len;
    sample = sk_ring_sample(r);
    if (sample)
        return sample;
    sk_ring_copy(r, m->wrapped);
    return m->wrapped;
}
