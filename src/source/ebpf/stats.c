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

int sk_stats_read(int map_fd, struct sk_source_stats *out)
{
    int cpus = libbpf_num_possible_cpus();
    uint32_t key = 0;

    if (cpus <= 0)
        return cpus ? cpus : -EINVAL;
    sk_auto(mem) struct sk_driver_stats *v = calloc((size_t)cpus, sizeof(*v));
    if (!v)
        return -ENOMEM;
    if (bpf_map_lookup_elem(map_fd, &key, v))
        return -errno;
    sk_stats_sum(v, (size_t)cpus, out);
    return 0;
}
