/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - sums the driver's counters over the CPUs; see stats.h. */
#include "source/ebpf/stats.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

/* The kernel hands out each CPU's value at a multiple of eight bytes. */
static_assert(sizeof(struct sk_driver_stats) % 8 == 0, "values of a per-CPU map lie side by side");

void sk_stats_sum(const struct sk_driver_stats *per_cpu, size_t n, struct sk_source_stats *out)
{
    for (size_t cpu = 0; cpu < n; cpu++) {
        const struct sk_driver_stats *s = &per_cpu[cpu];

        out->seen += s->seen;
        out->sent += s->sent;
        out->faults += s->faults;
        for (size_t c = 0; c < SK_CLASS_MAX; c++)
            for (size_t d = 0; d < SK_DROP_N; d++)
                out->drops[c][d] += s->drops[c][d];
    }
}

size_t sk_stats_split(const struct sk_driver_stats *per_cpu, size_t n, struct sk_cpu_stats *out,
                      size_t max)
{
    n = SK_MIN(n, max);
    for (size_t cpu = 0; cpu < n; cpu++) {
        const struct sk_driver_stats *s = &per_cpu[cpu];

        out[cpu] = (struct sk_cpu_stats){.cpu = (uint32_t)cpu, .seen = s->seen};
        for (size_t c = 0; c < SK_CLASS_MAX; c++)
            for (size_t d = 0; d < SK_DROP_N; d++)
                out[cpu].drops += s->drops[c][d];
    }
    return n;
}

/* The caller frees; NULL: not possible, *out_err says why. */
static struct sk_driver_stats *read_all(int map_fd, size_t *out_n, int *out_err)
{
    int cpus = libbpf_num_possible_cpus();
    uint32_t key = 0;

    *out_err = cpus ? cpus : -EINVAL;
    if (cpus <= 0)
        return NULL;
    sk_auto(mem) struct sk_driver_stats *v = calloc((size_t)cpus, sizeof(*v));
    *out_err = v ? 0 : -ENOMEM;
    if (v && bpf_map_lookup_elem(map_fd, &key, v))
        *out_err = -errno;
    if (*out_err)
        return NULL;
    *out_n = (size_t)cpus;
    return SK_TAKE(v);
}

size_t sk_stats_by_cpu(int map_fd, struct sk_cpu_stats *out, size_t max)
{
    size_t n;
    int err;
    sk_auto(mem) struct sk_driver_stats *v = read_all(map_fd, &n, &err);

    return v ? sk_stats_split(v, n, out, max) : 0;
}

int sk_stats_read(int map_fd, struct sk_source_stats *out)
{
    size_t n;
    int err;
    sk_auto(mem) struct sk_driver_stats *v = read_all(map_fd, &n, &err);

    if (!v)
        return err;
    sk_stats_sum(v, n, out);
    return 0;
}

void sk_stats_event(const struct sk_event_count *per_cpu, size_t n, struct sk_event_stats *out)
{
    for (size_t cpu = 0; cpu < n; cpu++) {
        out->seen += per_cpu[cpu].filtered + per_cpu[cpu].begun;
        out->filtered += per_cpu[cpu].filtered;
        out->sent += per_cpu[cpu].sent;
        out->dropped += per_cpu[cpu].dropped;
    }
}

size_t sk_stats_by_event(int map_fd, struct sk_event_stats *out, size_t max)
{
    int cpus = libbpf_num_possible_cpus();
    size_t n = 0;

    if (cpus <= 0)
        return 0;
    sk_auto(mem) struct sk_event_count *v = calloc((size_t)cpus, sizeof(*v));
    for (uint32_t code = 0; v && n < max && code < SK_EVENT_N; code++) {
        struct sk_event_stats s = {.code = (uint16_t)code};

        if (bpf_map_lookup_elem(map_fd, &code, v))
            return n;
        sk_stats_event(v, (size_t)cpus, &s);
        if (s.seen)
            out[n++] = s;
    }
    return n;
}
