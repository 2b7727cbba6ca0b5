/* SPDX-License-Identifier: Apache-2.0 */
#include "source/procfs_task.h"

#include "tests/unit/source/fake_proc.h"

static int read_one(uint32_t pid, struct sk_state *st)
{
    return sk_procfs_read_pid(root, pid, false, st);
}

static void missing_foreign_and_kernel_processes_are_refused(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(read_one(999, st), -ESRCH);
    assert_int_equal(sk_procfs_read_pid("/no/such/proc", 10, false, st), -ESRCH);
    assert_int_equal(read_one(30, st), -ESRCH);
    assert_null(sk_state_proc(st, 30));
}

static void files_that_lie_give_no_process(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    putz("50/status", "Tgid:\t51\n");
    putz("50/cmdline", "x");
    assert_int_equal(read_one(50, st), -ESRCH);
    putz("50/status", "Tgid:\nPPid:\tabc\n");
    assert_int_equal(read_one(50, st), -ESRCH);
    putz("50/status", "Tgid:\t50");
    putz("50/stat", "50 (x) R");
    assert_int_equal(read_one(50, st), 0);
    assert_int_equal(sk_state_proc(st, 50)->sid, -1);
    assert_int_equal(sk_state_proc(st, 50)->leader->uid, UINT32_MAX);
    putz("50/status", "");
    putz("50/cmdline", "");
}

static void everything_that_proc_tells_is_kept(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();
    const struct sk_proc *p;
    const struct sk_thread *th;

    (void)state;
    assert_int_equal(read_one(10, st), 0);
    p = sk_state_proc(st, 10);
    th = p->leader;
    assert_string_equal(th->comm, "a) b");
    assert_int_equal(th->uid, 2);
    assert_int_equal(th->gid, 6);
    assert_int_equal(th->vtid, 7);
    assert_int_equal(th->cap_effective, 0xa80425fb);
    assert_int_equal(th->cap_inheritable, 1);
    assert_int_equal(p->vpid, 7);
    assert_int_equal(p->vpgid, 9);
    assert_int_equal(p->ppid, 1);
    assert_int_equal(p->pgid, 11);
    assert_int_equal(p->sid, 12);
    assert_int_equal(p->tty, 34816);
    assert_int_equal(th->pgft_min, 21);
    assert_int_equal(th->pgft_maj, 23);
    assert_int_equal(p->start_ns, 5000000000);
    assert_true(p->clone_ns > p->start_ns);
    assert_int_equal(p->loginuid, 1000);
    assert_int_equal(p->fdlimit, 1024);
    assert_int_equal(p->vm_size_kb, 100);
    assert_int_equal(p->vm_rss_kb, 50);
    assert_int_equal(p->vm_swap_kb, 25);
    assert_true(sk_str_eqz(p->cwd, "/var/tmp/"));
    assert_true(sk_str_eqz(p->image->exepath, "/bin/true"));
    assert_true(sk_str_eqz(p->image->exe, "/bin/sh"));
    assert_true(sk_str_eq(p->image->args, (struct sk_str){"-c\0true", 8}));
    assert_true(sk_str_eq(p->image->env, (struct sk_str){"A=1\0B=2", 8}));
    assert_true(sk_str_eq(
        p->cgroups, SK_STR("cpu=/v1\0cpuacct=/v1\0cpuset=/v2\0io=/v2\0memory=/v2\0unified=/v2\0")));
    assert_int_equal(p->container_id.n, 0);
}

static void names_of_cgroups_tell_the_container(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(read_one(20, st), 0);
    assert_true(sk_str_eqz(sk_state_proc(st, 20)->container_id, "0f1e2d3c4b5a"));
}

static void directories_are_ids_only_when_they_are_numbers(void **state)
{
    uint32_t id = 0;

    (void)state;
    assert_false(sk_procfs_number("", &id));
    assert_false(sk_procfs_number("0", &id));
    assert_false(sk_procfs_number("self", &id));
    assert_false(sk_procfs_number("12x", &id));
    assert_false(sk_procfs_number("4294967296", &id));
    assert_true(sk_procfs_number("4294967295", &id));
    assert_int_equal(id, UINT32_MAX);
}

static void the_host_is_refused_when_only_containers_are_wanted(void **state)
{
    sk_auto(state) struct sk_state *st = empty_state();

    (void)state;
    assert_int_equal(sk_procfs_read_pid(root, 10, true, st), -EPERM);
    assert_int_equal(sk_procfs_read_pid(root, 20, true, st), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_foreign_and_kernel_processes_are_refused),
        cmocka_unit_test(files_that_lie_give_no_process),
        cmocka_unit_test(everything_that_proc_tells_is_kept),
        cmocka_unit_test(names_of_cgroups_tell_the_container),
        cmocka_unit_test(directories_are_ids_only_when_they_are_numbers),
        cmocka_unit_test(the_host_is_refused_when_only_containers_are_wanted),
    };

    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
