/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/ebpf.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char path[64];

static const char *status_with(const char *caps)
{
    snprintf(path, sizeof(path), "/tmp/sk-ebpf-XXXXXX");
    sk_auto(fd) int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(dprintf(fd, "CapEff:\t%s\n", caps) > 0);
    return path;
}

static void without_privileges_it_says_which_are_needed(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    assert_int_equal(sk_ebpf_check(status_with("0000000000000000"), "/", dg), -EPERM);
    unlink(path);
    assert_string_equal(
        sk_diag_text(dg, SK_DIAG_ERROR),
        "no permission to load eBPF programs: run Saker as root, or give it CAP_BPF "
        "and CAP_PERFMON\n");
}

static void without_types_of_the_kernel_it_says_what_to_do(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    assert_int_equal(sk_ebpf_check(status_with("ffffffffffffffff"), "/no/btf", dg), -ENOENT);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "'/no/btf'"));
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "CONFIG_DEBUG_INFO_BTF=y"));
    assert_int_equal(sk_ebpf_check(path, "/", dg), 0);
    unlink(path);
}

#define GETPPID_LIKE_X 275 /* setsid: a result alone */

/* A record of 36 bytes with one parameter, and room behind it. */
static void make_sample(uint8_t sample[64], uint32_t len)
{
    const struct sk_rec_hdr h = {.ts_ns = 1000, .len = len, .type = GETPPID_LIKE_X, .nparams = 1};
    const uint16_t bytes = 8;

    memset(sample, 0, 64);
    memcpy(sample, &h, sizeof(h));
    memcpy(sample + sizeof(h), &bytes, sizeof(bytes));
}

static void a_sample_that_cannot_hold_its_record_is_refused(void **state)
{
    uint8_t sample[64];
    struct sk_event ev;

    (void)state;
    make_sample(sample, 36);
    assert_false(sk_ebpf_sample(sample, 25, 0, &ev));
    assert_false(sk_ebpf_sample(sample, 35, 0, &ev));
    make_sample(sample, 25);
    assert_false(sk_ebpf_sample(sample, 40, 0, &ev));
    make_sample(sample, 35);
    assert_false(sk_ebpf_sample(sample, 40, 0, &ev));
}

static void a_record_gets_the_wall_clock_and_its_cpu(void **state)
{
    uint8_t sample[64];
    struct sk_event ev;

    (void)state;
    make_sample(sample, 36);
    assert_true(sk_ebpf_sample(sample, 37, 5, &ev));
    assert_int_equal(ev.cpu, 0);
    sample[36] = 3;
    assert_true(sk_ebpf_sample(sample, 38, 5, &ev));
    assert_int_equal(ev.cpu, 3);
    assert_int_equal(ev.ts_ns, 1005);
}

static void before_it_is_open_it_has_nothing_to_tell(void **state)
{
    sk_auto(mem) void *self = calloc(1, sk_source_ebpf.size);
    struct sk_source_stats st = {.seen = 7};

    (void)state;
    assert_non_null(self);
    sk_source_ebpf.stats(self, &st);
    assert_int_equal(st.seen, 0);
    assert_int_equal(sk_source_ebpf.refill(self, NULL), 0);
    sk_source_ebpf.close(self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_privileges_it_says_which_are_needed),
        cmocka_unit_test(without_types_of_the_kernel_it_says_what_to_do),
        cmocka_unit_test(a_sample_that_cannot_hold_its_record_is_refused),
        cmocka_unit_test(a_record_gets_the_wall_clock_and_its_cpu),
        cmocka_unit_test(before_it_is_open_it_has_nothing_to_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
