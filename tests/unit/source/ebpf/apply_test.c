/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/apply.h"

#include <errno.h>
#include <unistd.h>

#include "tests/unit/test.h"

static void a_scope_that_names_nothing_is_refused(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_apply ap = {.cgroup_fd = -1};
    struct sk_capture cap = {.scope = SK_SCOPE_CGROUP};
    struct sk_rings rs = {0};
    struct sk_bpf b = {0};

    (void)state;
    assert_int_equal(sk_apply_capture(&ap, &b, &rs, &cap, dg), -EINVAL);
    cap.scope = SK_SCOPE_PID;
    assert_int_equal(sk_apply_capture(&ap, &b, &rs, &cap, dg), -ESRCH);
    assert_false(ap.done);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR),
                        "the scope names no cgroup: give a directory\n"
                        "no process '0': the scope needs the number of one that runs\n");
    sk_apply_done(&ap);
}

static void without_its_maps_nothing_is_applied(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_apply ap = {.cgroup_fd = -1};
    struct sk_capture cap = {.scope = SK_SCOPE_PID, .scope_pid = (uint32_t)getpid()};
    struct sk_rings rs = {0};
    struct sk_bpf b = {0};

    (void)state;
    assert_true(sk_apply_capture(&ap, &b, &rs, &cap, dg) < 0);
    cap.scope = SK_SCOPE_HOST;
    assert_true(sk_apply_capture(&ap, &b, &rs, &cap, dg) < 0);
    assert_int_equal(sk_diag_count(dg, SK_DIAG_ERROR), 2);
    assert_false(ap.done);
    sk_apply_done(&ap);
}

static void the_configuration_says_who_we_are_and_what_is_wanted(void **state)
{
    struct sk_capture cap = {.scope = SK_SCOPE_HOST, .snap_bytes = 200};
    struct sk_rings rs = {.cpus_per_ring = 2, .slots = 4, .bulk = 3};
    struct sk_bpf_config cfg;

    (void)state;
    sk_event_set_add(&cap.events, 307);
    sk_apply_config(&cap, &rs, "/no/such/proc", &cfg);
    assert_int_equal(cfg.ready, 1);
    assert_int_equal(cfg.scope, SK_SCOPE_HOST);
    assert_int_equal(cfg.self_pid, getpid());
    assert_int_equal(cfg.snap_bytes, 200);
    assert_int_equal(cfg.cpus_per_ring, 2);
    assert_int_equal(cfg.bulk_rings, 3);
    assert_int_equal(cfg.host_pidns, 0);
    for (unsigned i = 0; i < SK_BPF_EVENTS; i++)
        assert_int_equal(cfg.wanted[i / 64] >> (i % 64) & 1, i == 307 || i == 341);
    assert_int_equal(cfg.tell_enter, 0); /* its bit is the kernel side's own need */
    cap.snap_bytes = 0;
    sk_apply_config(&cap, &rs, "/proc", &cfg);
    assert_int_equal(cfg.snap_bytes, SK_SNAP_BYTES);
    assert_int_equal(cfg.self_pid, getpid());
}

static void in_a_container_our_number_is_that_of_the_host(void **state)
{
    struct sk_capture cap = {0};
    struct sk_rings rs = {0};
    struct sk_bpf_config cfg;
    char dir[] = "/tmp/sk-apply-XXXXXX", link[64], proc[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(link, sizeof(link), "%s/self", dir);
    assert_int_equal(symlink("4242", link), 0);
    sk_apply_config(&cap, &rs, dir, &cfg);
    assert_int_equal(cfg.self_pid, 4242);
    unlink(link);
    rmdir(dir);

    setenv("HOST_ROOT", "/host", 1);
    sk_apply_proc(proc, sizeof(proc));
    assert_string_equal(proc, "/host/proc");
    unsetenv("HOST_ROOT");
    sk_apply_proc(proc, sizeof(proc));
    assert_string_equal(proc, "/proc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scope_that_names_nothing_is_refused),
        cmocka_unit_test(without_its_maps_nothing_is_applied),
        cmocka_unit_test(the_configuration_says_who_we_are_and_what_is_wanted),
        cmocka_unit_test(in_a_container_our_number_is_that_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
