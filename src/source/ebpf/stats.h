/* SPDX-License-Identifier: Apache-2.0 */
/* stats.h - the driver's counters, one value per CPU, as one sum. */
#pragma once
#include "bpf.h"
#include "source/source.h"

/* Adds `n` values to the totals of `out`. */
void sk_stats_sum(const struct sk_driver_stats *per_cpu, size_t n, struct sk_source_stats *out);
/* The values of one CPU each: at most max; how many. */
size_t sk_stats_split(const struct sk_driver_stats *per_cpu, size_t n, struct sk_cpu_stats *out,
                      size_t max);
/* The same from the map that sk_stats_read() reads; 0: not possible. */
size_t sk_stats_by_cpu(int map_fd, struct sk_cpu_stats *out, size_t max);
/* Reads a PERCPU_ARRAY of one struct sk_driver_stats. -errno; out is then unchanged. */
SK_MUST int sk_stats_read(int map_fd, struct sk_source_stats *out);
/* One code's values of `n` CPUs, added up. */
void sk_stats_event(const struct sk_event_count *per_cpu, size_t n, struct sk_event_stats *out);
/* As sk_source_ops.by_event, from sk_event_hits. */
size_t sk_stats_by_event(int map_fd, struct sk_event_stats *out, size_t max);
