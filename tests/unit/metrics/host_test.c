/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/metrics/util.h"

static void put(const char *dir, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s%s", dir, name);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static uint64_t value(const struct sk_metrics *m, enum sk_metric_id id)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->v[i]->id == id)
            return m->v[i]->dbl != 0 ? (uint64_t)(m->v[i]->dbl * 10) : m->v[i]->u64;
    }
    fail_msg("no value of row %d", (int)id);
    return 0;
}

static void what_cannot_be_read_is_0(void **state)
{
    const struct sk_host_options opt = {
        .root = "/no/such", .self = "/no/such", .memory_file = "/no"};
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_host_resources(&opt, &m);
    assert_int_equal(m.n, 9);
    for (size_t i = 0; i < m.n; i++)
        assert_true(m.v[i]->u64 == 0 && m.v[i]->dbl == 0);
    sk_metrics_done(&m);
}

static void numbers_are_those_of_the_files(void **state)
{
    char dir[] = "/tmp/saker-host-XXXXXX", path[256];
    struct sk_metrics m;

    (void)state;
    assert_non_null(mkdtemp(dir));
    for (const char *const *d = (const char *const[]){"/proc", "/proc/sys", "/proc/sys/fs", NULL};
         *d; d++) {
        snprintf(path, sizeof(path), "%s%s", dir, *d);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put(dir, "/proc/stat", "cpu  10 0 10 70 5 3 2 9 9 9\ncpu0 1 1 1 1\nprocs_running 4\n");
    put(dir, "/proc/meminfo",
        "MemTotal:  1000 kB\nMemFree: 300 kB\nBuffers: 50 kB\nCached:  150 kB\n");
    put(dir, "/proc/sys/fs/file-nr", "1234\t0\t99\n");
    put(dir, "/status", "Name:\tx\nVmSize:\t   77 kB\nVmRSS:\t 33 kB\n");
    put(dir, "/smaps_rollup", "55 ---p\nRss: 1 kB\nPss:  22 kB\n");
    put(dir, "/memory", "99999\n");
    snprintf(path, sizeof(path), "%s/memory", dir);
    const struct sk_host_options opt = {
        .root = dir, .self = dir, .memory_file = path, .uptime_s = 1e-9};
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_host_resources(&opt, &m);
    assert_int_equal(value(&m, SK_METRIC_RSS), 33);
    assert_int_equal(value(&m, SK_METRIC_VSZ), 77);
    assert_int_equal(value(&m, SK_METRIC_PSS), 22);
    assert_int_equal(value(&m, SK_METRIC_CONTAINER_MEMORY), 99999);
    assert_int_equal(value(&m, SK_METRIC_HOST_MEMORY), 500);
    assert_int_equal(value(&m, SK_METRIC_HOST_CPU_PERC), 300);
    assert_int_equal(value(&m, SK_METRIC_HOST_PROCS), 4);
    assert_int_equal(value(&m, SK_METRIC_HOST_FDS), 1234);
    assert_true(value(&m, SK_METRIC_CPU_PERC) > 0);
    sk_metrics_done(&m);
    for (const char *const *f =
             (const char *const[]){"/proc/stat", "/proc/meminfo", "/proc/sys/fs/file-nr", "/status",
                                   "/smaps_rollup", "/memory", NULL};
         *f; f++) {
        snprintf(path, sizeof(path), "%s%s", dir, *f);
        assert_int_equal(unlink(path), 0);
    }
    for (const char *const *d =
             (const char *const[]){"/proc/sys/fs", "/proc/sys", "/proc", "", NULL};
         *d; d++) {
        snprintf(path, sizeof(path), "%s%s", dir, *d);
        assert_int_equal(rmdir(path), 0);
    }
}

static void addresses_are_those_of_other_interfaces_than_lo(void **state)
{
    struct sk_metrics m;

    (void)state;
    assert_int_equal(sk_metrics_init(&m), 0);
    sk_host_addresses(&m);
    for (size_t i = 0; i < m.n; i++) {
        assert_string_not_equal(m.v[i]->part, "lo");
        assert_true(*m.v[i]->text);
        if (m.v[i]->id == SK_METRIC_ADDRESSES_V6)
            assert_null(strstr(m.v[i]->text, "::"));
    }
    assert_false(m.failed);
    sk_metrics_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_cannot_be_read_is_0),
        T(numbers_are_those_of_the_files),
        T(addresses_are_those_of_other_interfaces_than_lo),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
