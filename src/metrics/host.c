/* SPDX-License-Identifier: Apache-2.0 */
/* host.c - small files of /proc, read by the name that stands at the beginning of a line. */
#include "metrics/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#define FILE_MAX_BYTES (1u << 20)
#define COLUMNS        7 /* user nice system idle iowait irq softirq */
#define IDLE           3
#define ADDRESSES_MAX  4096

/* The file of a directory, or NULL; the caller frees. */
static char *read_in(const char *dir, const char *name)
{
    sk_auto(mem) char *path = NULL;
    char *text = NULL;
    size_t n;

    if (asprintf(&path, "%s%s", dir, name) < 0) {
        path = NULL;
        return NULL;
    }
    return sk_read_file(path, FILE_MAX_BYTES, &text, &n) ? NULL : text;
}

/* The number at p; *end: behind it. 0: there is none. */
static uint64_t number_at(const char *p, const char **end)
{
    uint64_t n = 0;

    while (*p == ' ' || *p == '\t')
        p++;
    for (; isdigit((unsigned char)*p); p++) {
        const uint64_t digit = (uint64_t)(*p - '0');

        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
    }
    *end = p;
    return n;
}

/* The number behind `name`, which begins a line. */
static uint64_t value_of(const char *text, const char *name)
{
    const char *end;

    while (text) {
        if (!strncmp(text, name, strlen(name)))
            return number_at(text + strlen(name), &end);
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return 0;
}

static double tenths(double v)
{
    return v < 0 ? 0 : (double)(uint64_t)(v * 10 + 0.5) / 10;
}

static double host_cpu(const char *stat)
{
    uint64_t sum = 0, idle = 0;
    const char *p = stat + 4;

    if (strncmp(stat, "cpu ", 4) != 0)
        return 0;
    for (int i = 0; i < COLUMNS; i++) {
        const uint64_t n = number_at(p, &p);

        sum += n;
        idle += i == IDLE ? n : 0;
    }
    return sum ? 100 - (double)idle * 100 / (double)sum : 0;
}

static void add_memory(const struct sk_host_options *opt, struct sk_metrics *out)
{
    sk_auto(mem) char *status = read_in(opt->self, "/status");
    sk_auto(mem) char *rollup = read_in(opt->self, "/smaps_rollup");
    sk_auto(mem) char *info = read_in(opt->root, "/proc/meminfo");
    const uint64_t total = value_of(info, "MemTotal:"), unused = value_of(info, "MemFree:") +
                                                                 value_of(info, "Buffers:") +
                                                                 value_of(info, "Cached:");

    sk_metric_u64(out, SK_METRIC_RSS, value_of(status, "VmRSS:"));
    sk_metric_u64(out, SK_METRIC_VSZ, value_of(status, "VmSize:"));
    sk_metric_u64(out, SK_METRIC_PSS, value_of(rollup, "Pss:"));
    sk_metric_u64(out, SK_METRIC_HOST_MEMORY, total > unused ? total - unused : 0);
}

static void add_container(const struct sk_host_options *opt, struct sk_metrics *out)
{
    const bool fit = opt->memory_file && *opt->memory_file && !strstr(opt->memory_file, "..");
    const char *const path[] = {fit ? opt->memory_file
                                    : "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                                fit ? opt->memory_file : "/sys/fs/cgroup/memory.current"};
    sk_auto(mem) char *text = NULL;
    const char *end;
    size_t n;

    for (size_t i = 0; i < SK_ARRAY_LEN(path) && !text; i++) {
        if (sk_read_file(path[i], FILE_MAX_BYTES, &text, &n))
            text = NULL;
    }
    sk_metric_u64(out, SK_METRIC_CONTAINER_MEMORY, text ? number_at(text, &end) : 0);
}

void sk_host_resources(const struct sk_host_options *opt, struct sk_metrics *out)
{
    sk_auto(mem) char *stat = read_in(opt->root, "/proc/stat");
    sk_auto(mem) char *files = read_in(opt->root, "/proc/sys/fs/file-nr");
    const double cpu_s = (double)sk_cputime_ns() / 1e9;
    const char *end;

    sk_metric_double(out, SK_METRIC_CPU_PERC,
                     opt->uptime_s > 0 ? tenths(100 * cpu_s / opt->uptime_s) : 0);
    add_memory(opt, out);
    add_container(opt, out);
    sk_metric_double(out, SK_METRIC_HOST_CPU_PERC, stat ? tenths(host_cpu(stat)) : 0);
    sk_metric_u64(out, SK_METRIC_HOST_PROCS, value_of(stat, "procs_running "));
    sk_metric_u64(out, SK_METRIC_HOST_FDS, files ? number_at(files, &end) : 0);
}

/* IPv6 as Falco prints it: eight groups, none left out. */
static void add_address(const struct sockaddr *a, struct sk_buf *out)
{
    char text[INET_ADDRSTRLEN];

    if (out->n)
        sk_buf_addc(out, ',');
    if (a->sa_family == AF_INET) {
        if (inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, text, sizeof(text)))
            sk_buf_addz(out, text);
        return;
    }
    const uint8_t *b = ((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr;
    for (int i = 0; i < 16; i += 2)
        sk_buf_printf(out, "%s%x", i ? ":" : "", b[i] << 8 | b[i + 1]);
}

static bool first_of(const struct ifaddrs *all, const struct ifaddrs *one, int family)
{
    for (; all != one; all = all->ifa_next) {
        if (all->ifa_addr && all->ifa_addr->sa_family == family &&
            !strcmp(all->ifa_name, one->ifa_name))
            return false;
    }
    return true;
}

static void add_family(const struct ifaddrs *all, int family, enum sk_metric_id id,
                       struct sk_metrics *out)
{
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        sk_auto(buf) struct sk_buf list = SK_BUF(ADDRESSES_MAX);

        if (!i->ifa_addr || i->ifa_addr->sa_family != family || !strcmp(i->ifa_name, "lo") ||
            !first_of(all, i, family))
            continue;
        for (const struct ifaddrs *j = i; j; j = j->ifa_next) {
            if (j->ifa_addr && j->ifa_addr->sa_family == family &&
                !strcmp(j->ifa_name, i->ifa_name))
                add_address(j->ifa_addr, &list);
        }
        sk_metric_part(out, sk_metric_text(out, id, sk_buf_str(&list).p), i->ifa_name);
    }
}

void sk_host_addresses(struct sk_metrics *out)
{
    struct ifaddrs *all;

    if (getifaddrs(&all))
        return;
    add_family(all, AF_INET, SK_METRIC_ADDRESSES_V4, out);
    add_family(all, AF_INET6, SK_METRIC_ADDRESSES_V6, out);
    freeifaddrs(all);
}
