/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/features.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/test.h"

static char path[64];

static const char *file_with(const char *text)
{
    snprintf(path, sizeof(path), "/tmp/sk-features-XXXXXX");
    sk_auto(fd) int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return path;
}

static void no_status_file_means_no_capabilities(void **state)
{
    (void)state;
    assert_true(sk_caps_effective("/no/such/status") == 0);
    assert_true(sk_caps_effective(file_with("Name:\tx\n")) == 0);
    unlink(path);
}

static void capabilities_are_those_in_effect(void **state)
{
    (void)state;
    assert_true(sk_caps_effective(file_with("CapPrm:\tffff\nCapEff:\t000000c000000000\n")) ==
                0xc000000000);
    unlink(path);
}

static void bpf_and_perfmon_or_admin_suffice(void **state)
{
    (void)state;
    assert_false(sk_caps_suffice(0));
    assert_false(sk_caps_suffice(1ull << 39));
    assert_false(sk_caps_suffice(1ull << 38));
    assert_true(sk_caps_suffice(3ull << 38));
    assert_true(sk_caps_suffice(1ull << 21));
}

static void a_mount_is_found_by_its_type(void **state)
{
    char out[64] = "", tiny[4];

    (void)state;
    assert_int_equal(sk_mount_find("/no/such/table", "cgroup2", out, sizeof(out)), -ENOENT);
    file_with("cgroup /a cgroup rw,cpu 0 0\nnone /b\\040c cgroup2 rw 0 0\n");
    assert_int_equal(sk_mount_find(path, "tmpfs", out, sizeof(out)), -ENOENT);
    assert_int_equal(sk_mount_find(path, "cgroup2", tiny, sizeof(tiny)), -ENOENT);
    assert_int_equal(sk_mount_find(path, "cgroup2", out, sizeof(out)), 0);
    assert_string_equal(out, "/b c");
    unlink(path);
}

static void only_the_first_line_is_read(void **state)
{
    char out[8];

    (void)state;
    assert_int_equal(sk_read_line("/no/such", out, sizeof(out)), -ENOENT);
    assert_int_equal(sk_read_line(file_with(""), out, sizeof(out)), -ENODATA);
    unlink(path);
    assert_int_equal(sk_read_line(file_with("one\ntwo\n"), out, sizeof(out)), 0);
    assert_string_equal(out, "one");
    unlink(path);
}

static void the_choice_stands_in_brackets(void **state)
{
    char out[16];

    (void)state;
    assert_false(sk_bracketed("none integrity", out, sizeof(out)));
    assert_false(sk_bracketed("none [integrity", out, sizeof(out)));
    assert_false(sk_bracketed("[a much longer word than fits]", out, sizeof(out)));
    assert_true(sk_bracketed("none [integrity] confidentiality", out, sizeof(out)));
    assert_string_equal(out, "integrity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_status_file_means_no_capabilities),
        cmocka_unit_test(capabilities_are_those_in_effect),
        cmocka_unit_test(bpf_and_perfmon_or_admin_suffice),
        cmocka_unit_test(a_mount_is_found_by_its_type),
        cmocka_unit_test(only_the_first_line_is_read),
        cmocka_unit_test(the_choice_stands_in_brackets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
