/* SPDX-License-Identifier: Apache-2.0 */
/* stats.c - the summary at the end, and sizes that the configuration gives in steps. */
#include <ctype.h>
#include <unistd.h>

#include "engine/engine.h"

static void add_rule(void *out, const struct sk_rule_count *r)
{
    if (sk_count_matches(r))
        sk_buf_printf(out, "   %s: %llu\n", r->name, (unsigned long long)sk_count_matches(r));
}

void sk_engine_summary(const struct sk_engine_stats *st, struct sk_buf *out)
{
    uint64_t others = st->rules ? sk_counts_others(st->rules) : 0;

    sk_buf_printf(out, "Events detected: %llu\nRule counts by severity:\n",
                  (unsigned long long)st->alerts);
    for (unsigned p = 0; p < SK_LEVEL_N; p++) {
        if (!st->by_priority[p])
            continue;
        sk_buf_addz(out, "   ");
        for (const char *c = p == SK_INFO ? "INFO" : sk_level_name((enum sk_level)p); *c; c++)
            sk_buf_addc(out, (char)toupper((unsigned char)*c));
        sk_buf_printf(out, ": %llu\n", (unsigned long long)st->by_priority[p]);
    }
    sk_buf_addz(out, "Triggered rules by rule name:\n");
    if (st->rules)
        sk_counts_each(st->rules, add_rule, out);
    if (others)
        sk_buf_printf(out, "   (rules that are not loaded any more): %llu\n",
                      (unsigned long long)others);
}

static uint32_t to_power_of_two(uint32_t mib)
{
    uint32_t p = 1;

    while (p < mib)
        p *= 2;
    return p;
}

static bool has_rings(const struct sk_conf *conf)
{
    return strcmp(conf->engine_kind, "nodriver") != 0 && strcmp(conf->engine_kind, "replay") != 0;
}

void sk_engine_rings(const struct sk_conf *conf, struct sk_source_options *out)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t mib = 1u << (conf->buf_size_preset - 1);

    out->libs_least = conf->libs_least;
    out->ring_bytes = mib << 20;
    out->critical_ring_bytes = to_power_of_two(conf->critical_ring_mib) << 20;
    out->cpus_per_ring = conf->cpus_for_each_buffer;
    out->attach = !strcmp(conf->attach, "sys_exit") ? SK_ATTACH_SYS_EXIT
                  : !strcmp(conf->attach, "fexit")  ? SK_ATTACH_FEXIT
                                                    : SK_ATTACH_AUTO;
    if (!has_rings(conf))
        return;
    if (online > 0 && conf->cpus_for_each_buffer > (unsigned long)online) {
        out->cpus_per_ring = (uint32_t)online;
        sk_log(
            SK_WARNING,
            "you required a buffer every '%u' CPUs but there are only '%ld' online CPUs. Saker changed the config "
            "to: one buffer every '%ld' CPUs",
            conf->cpus_for_each_buffer, online, online);
    }
    sk_log(SK_INFO, "The chosen syscall buffer dimension is: %u bytes (%u MBs)", out->ring_bytes,
           mib);
}
