/* SPDX-License-Identifier: Apache-2.0 */
/* The last test reads this program and its own child, nothing else that runs. */
#include "source/procfs.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/source/fake_proc.h"

static int scan(struct sk_state *st, struct sk_capture scope)
{
    return sk_procfs_scan(root, &scope, st);
}

static void a_host_scope_reads_all_and_links_them(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_HOST}), 3);
    assert_ptr_equal(sk_state_proc(st, 40)->parent, sk_state_proc(st, 20));
    assert_ptr_equal(sk_state_proc(st, 20)->parent, sk_state_proc(st, 10));
}

static void a_container_scope_leaves_out_the_host(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_CONTAINERS}), 1);
    assert_non_null(sk_state_proc(st, 20));
}

static void a_cgroup_scope_reads_what_is_listed_below_it(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s/group", root);
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_CGROUP, .scope_cgroup = path}),
                     2);
    assert_null(sk_state_proc(st, 20));
    assert_non_null(sk_state_proc(st, 40));
    assert_int_equal(
        scan(st, (struct sk_capture){.scope = SK_SCOPE_CGROUP, .scope_cgroup = "/no/such"}), 0);
}

static void a_pid_scope_reads_the_process_and_its_descendants(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_PID, .scope_pid = 20}), 2);
    assert_null(sk_state_proc(st, 10));
    assert_non_null(sk_state_proc(st, 40));
    assert_int_equal(scan(st, (struct sk_capture){.scope = SK_SCOPE_NONE}), 0);
}

static void a_real_child_is_read_with_its_name_and_parent(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();
    struct sk_capture scope = {.scope = SK_SCOPE_PID, .scope_pid = (uint32_t)getpid()};
    const struct sk_proc *p;
    int ready[2];
    char c = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_NAME, "sk-child");
        (void)!write(ready[1], &c, 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_true(sk_procfs_scan("/proc", &scope, st) >= 1);
    assert_int_equal(sk_procfs_read("/proc", (uint32_t)pid, st), 0);
    p = sk_state_proc(st, (uint32_t)pid);
    assert_string_equal(p->comm, "sk-child");
    assert_int_equal(p->parent->pid, getpid());
    assert_int_equal(p->leader->uid, geteuid());
    assert_true(p->ns_mnt != 0 && p->image->exe_ino != 0);
    assert_true(p->start_ns != 0 && p->clone_ns < sk_now_ns());
    assert_true(sk_now_ns() - p->clone_ns < 60000000000ull);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_scope_reads_all_and_links_them),
        cmocka_unit_test(a_container_scope_leaves_out_the_host),
        cmocka_unit_test(a_cgroup_scope_reads_what_is_listed_below_it),
        cmocka_unit_test(a_pid_scope_reads_the_process_and_its_descendants),
        cmocka_unit_test(a_real_child_is_read_with_its_name_and_parent),
    };

    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
