/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* send.h - from the first counter of a record to its ring. */
#pragma once
#include "blame.h"
#include "share.h"

static __always_inline bool wanted(const struct sk_bpf_config *cfg, __u32 type)
{
    return cfg->wanted[(type >> 6) & (SK_BPF_EVENTS / 64 - 1)] >> (type & 63) & 1;
}

#define CLASS(id, name, lane, doc) SK_CLASS_##id,
enum sk_class {
#include "classes.def"
    SK_CLASS_N
};

#define CLASS(id, name, lane, doc) SK_LANE_##lane,
static const __u8 class_lane[SK_CLASS_MAX] = {
#include "classes.def"
};

static __always_inline void begin(struct sk_rec *r, __u16 type, __u8 klass, __u64 tid)
{
    struct sk_driver_stats *st = stats_get();
    struct sk_event_count *count = event_count(type);

    r->used = r->nparams = r->open = 0;
    r->failed = 0;
    r->type = type;
    r->klass = klass;
    r->ts = bpf_ktime_get_boot_ns();
    r->tid = tid;
    if (st)
        st->seen++;
    if (count)
        count->begun++;
}

/* A record that could not even begin, told by nothing but this number. */
static __always_inline void count_bug(__u32 klass)
{
    struct sk_driver_stats *st = stats_get();

    if (st)
        st->drops[klass & (SK_CLASS_MAX - 1)][SK_DROP_BUG]++;
}

/* By class and reason, and by class and cgroup of who did what is lost. */
__noinline int count_drop(__u32 klass, __u32 why)
{
    struct sk_driver_stats *st = stats_get();
    struct sk_rec *r = rec_get();
    struct sk_event_count *count = r ? event_count(r->type) : 0;

    if (count)
        count->dropped++;
    klass &= SK_CLASS_MAX - 1;
    if (why >= SK_DROP_N)
        return 0;
    if (st)
        st->drops[klass][why]++;
    blame(klass, why);
    return 0;
}

/* Wakes the reader with an empty record.  Where that has no room, the next record shall try. */
static __always_inline void ring_bell(void *ring, volatile __u32 *asleep)
{
    void *bell;

    *asleep = 0;
    bell = bpf_ringbuf_reserve(ring, 8, 0);
    if (bell)
        bpf_ringbuf_discard(bell, BPF_RB_FORCE_WAKEUP);
    else
        *asleep = 1;
}

/* Into a ring.  The reader is woken when it says that it sleeps; it may fall asleep between the
 * test and the commit, so the flag is read again after it, and an empty record does the waking.  So
 * it does after a drop: the flag is down, and the records behind it would wake nobody. */
static __always_inline long send(void *ring, const void *data, __u64 size)
{
    __u32 zero = 0;
    volatile __u32 *asleep = bpf_map_lookup_elem(&sk_wake, &zero);
    long failed;

    if (!asleep)
        return bpf_ringbuf_output(ring, (void *)data, size, BPF_RB_FORCE_WAKEUP);
    if (*asleep) {
        *asleep = 0;
        failed = bpf_ringbuf_output(ring, (void *)data, size, BPF_RB_FORCE_WAKEUP);
        if (failed)
            ring_bell(ring, asleep);
        return failed;
    }
    failed = bpf_ringbuf_output(ring, (void *)data, size, BPF_RB_NO_WAKEUP);
    if (*asleep)
        ring_bell(ring, asleep);
    return failed;
}

/* Header and lengths in front of the data, the CPU behind it, and off it goes. */
__noinline int submit(void)
{
    struct sk_rec *r = rec_get();
    struct sk_bpf_config *cfg = config_get();
    struct sk_rec_hdr h = {};
    __u64 n, head, start, total, used;
    __u16 cpu = bpf_get_smp_processor_id();
    struct sk_event_count *count;
    struct sk_driver_stats *st;
    void *ring;
    long failed;
    __u8 klass;

    if (!r || !cfg)
        return 0;
    klass = r->klass & (SK_CLASS_MAX - 1);
    n = r->nparams;
    used = r->used;
    SK_OPAQUE(n);
    SK_OPAQUE(used);
    if (n > SK_REC_MAX_PARAMS || used > SK_DATA_MAX) {
        count_drop(klass, SK_DROP_BUG);
        return 0;
    }
    head = SK_REC_HDR_BYTES + 2 * n;
    start = SK_HEAD_MAX - head;
    SK_OPAQUE(start);
    if (start > 2 * SK_REC_MAX_PARAMS) {
        count_drop(klass, SK_DROP_BUG);
        return 0;
    }
    h.ts_ns = r->ts;
    h.tid = r->tid;
    h.len = head + used;
    h.type = r->type;
    h.nparams = n;
    __builtin_memcpy(&r->buf[start], &h, SK_REC_HDR_BYTES);
    /* The lengths end where the data begins: copied backwards, so that every offset is a constant. */
    for (__u32 i = 0; i < SK_REC_MAX_PARAMS; i++) {
        if (i >= n)
            break;
        __u64 at = start + SK_REC_HDR_BYTES + 2 * i;

        SK_OPAQUE(at);
        if (at > SK_HEAD_MAX)
            break;
        __builtin_memcpy(&r->buf[at], &r->len[i & 63], 2);
    }
    __builtin_memcpy(&r->buf[SK_HEAD_MAX + used], &cpu, 2);
    total = head + used + 2;
    SK_OPAQUE(total);
    if (total > SK_HEAD_MAX + SK_DATA_MAX + 2)
        return 0;
    if (class_lane[klass] == SK_LANE_CRITICAL) {
        if (!may_send(&sk_critical, cfg->bulk_rings, klass, total)) {
            count_drop(klass, SK_DROP_OVER_SHARE);
            return 0;
        }
        failed = send(&sk_critical, &r->buf[start], total);
    } else {
        __u32 key = cfg->cpus_per_ring ? cpu / cfg->cpus_per_ring : 0;

        ring = bpf_map_lookup_elem(&sk_bulk, &key);
        if (!ring) {
            count_drop(klass, SK_DROP_BUG);
            return 0;
        }
        if (!may_send(ring, cfg->bulk_rings ? key % cfg->bulk_rings : 0, klass, total)) {
            count_drop(klass, SK_DROP_OVER_SHARE);
            return 0;
        }
        failed = send(ring, &r->buf[start], total);
    }
    if (failed) {
        count_drop(klass, SK_DROP_RING_FULL);
        return 0;
    }
    st = stats_get();
    if (st)
        st->sent++;
    count = event_count(r->type);
    if (count)
        count->sent++;
    return 0;
}
