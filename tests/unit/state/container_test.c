/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/feed.h"

#define HEX64 "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define SHORT "0f1e2d3c4b5a"

static void has_id(const char *cgroup, const char *want)
{
    struct sk_str id = sk_container_id(sk_str(cgroup));

    if (!sk_str_eqz(id, want))
        fail_msg("%s: '%.*s' is not '%s'", cgroup, (int)id.n, id.p, want);
}

static void groups_of_the_host_have_no_id(void **state)
{
    (void)state;
    has_id("", "");
    has_id("/", "");
    has_id("/init.scope", "");
    has_id("relative", "");
    has_id("/user.slice/user-0.slice/session-1.scope", "");
    has_id("/system.slice/ssh.service", "");
    has_id("/system.slice/dbus.socket", "");
    has_id("/a.slice/.service", "");
    has_id("/a/", "");
    has_id("//b", "");
    has_id("/user.slice/x/libpod-" HEX64 "ab", "");
    has_id("/user.slice/x/libpod-" HEX64 HEX64, "");
    has_id("/a/b/libpod-conmon-" HEX64 ".scope", "");
    has_id("/a/b/crio-conmon-" HEX64 ".scope", "");
    has_id("/a/b/docker-0F1E2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0", "");
}

static void every_runtime_is_known_by_its_names(void **state)
{
    (void)state;
    has_id("/docker/" HEX64, SHORT);
    has_id("/system.slice/docker-" HEX64 ".scope", SHORT);
    has_id("/machine.slice/libpod-" HEX64 ".scope", SHORT);
    has_id("/machine.slice/libpod-" HEX64 ".scope/container", SHORT);
    has_id("/libpod_parent/libpod-" HEX64, SHORT);
    has_id("/a/b/libpod-payload-" HEX64, SHORT);
    has_id("/kubepods/burstable/pod8a4e7f2b-1111-2222-3333-444455556666/" HEX64, SHORT);
    has_id("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" HEX64 ".scope", SHORT);
    has_id("/kubepods.slice/kubepods-pod1.slice/crio-" HEX64 ".scope", SHORT);
    has_id("/kubepods-pod1.slice:cri-containerd:" HEX64, SHORT);
    has_id("/lxc/web/init.scope", "web");
    has_id("/lxc.payload.a-long-name-of-lxc", "a-long-name-of-lxc");
}

static void the_inner_container_counts(void **state)
{
    (void)state;
    has_id("/docker/" HEX64 "/docker/"
           "aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff",
           "aaaaaaaaaaaa");
    has_id("/docker/" HEX64 "/system.slice/x.service", SHORT);
}

static void containerd_names_are_any_name_below_a_namespace(void **state)
{
    (void)state;
    has_id("/default/web", "web");
    has_id("/k8s.io/a-name-that-is-long", "a-name-that-");
    has_id("/default/web/deeper", "");
}

static void a_process_gets_the_id_of_its_cgroups_and_children_share_it(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "memory=/docker/" HEX64);
    feed_send(&f, FEED_EXECVE, 10);
    assert_true(sk_str_eqz(f.th->proc->container_id, SHORT));
    feed_clone(&f, 0, 11, 11, 10, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 11);
    assert_true(sk_str_eqz(f.th->proc->container_id, SHORT));
    feed_done(&f);
}

static void a_certain_name_wins_over_a_guessed_one(void **state)
{
    static const char cgroups[] = "cpu=/a/b\0memory=/docker/" HEX64;
    struct feed f;
    struct sk_task_info ti = {.pid = 5, .tid = 5, .cgroups = {cgroups, sizeof(cgroups)}};

    (void)state;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    assert_true(sk_str_eqz(sk_state_proc(f.st, 5)->container_id, SHORT));
    feed_done(&f);
}

static void a_process_that_moves_gets_the_id_of_the_group_it_enters(void **state)
{
    struct feed f;
    struct sk_x_task in = {.pid = 10, .cgroup_id = 1111, .start_ns = 3},
                     host = {.pid = 20, .cgroup_id = 1, .start_ns = 4};

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "=/docker/" HEX64);
    feed_task(&f, FEED_EXECVE, &in);
    feed_send(&f, FEED_EXECVE, 10);
    feed_exec(&f, 20, 1, "/bin/sh", "=/");
    feed_task(&f, FEED_EXECVE, &host);
    feed_send(&f, FEED_EXECVE, 20);
    assert_int_equal(f.th->proc->container_id.n, 0);
    host.cgroup_id = 1111;
    feed_result(&f, 275, -1);
    feed_task(&f, 275, &host);
    feed_send(&f, 275, 20);
    assert_true(sk_str_eqz(f.th->proc->container_id, SHORT));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_of_the_host_have_no_id),
        cmocka_unit_test(every_runtime_is_known_by_its_names),
        cmocka_unit_test(the_inner_container_counts),
        cmocka_unit_test(containerd_names_are_any_name_below_a_namespace),
        cmocka_unit_test(a_process_gets_the_id_of_its_cgroups_and_children_share_it),
        cmocka_unit_test(a_certain_name_wins_over_a_guessed_one),
        cmocka_unit_test(a_process_that_moves_gets_the_id_of_the_group_it_enters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
