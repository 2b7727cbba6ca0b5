/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/feed.h"

#define CL_PARENT 0x100
#define CL_NEWPID 0x40
#define CL_THREAD 0x2000

static void failed_calls_change_nothing(void **state)
{
    struct feed f;
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, -11, 10, 10, 1, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 10);
    feed_life(&f, -2, "/bin/nothing", 10, 10, 1, "nothing", "");
    feed_send(&f, FEED_EXECVE, 10);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/bin/sh"));
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.threads, 1);
    feed_done(&f);
}

static void a_child_shares_the_image_until_it_executes(void **state)
{
    struct feed f;
    struct sk_proc *parent;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    parent = f.th->proc;
    feed_clone(&f, 0, 11, 11, 10, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 11);
    assert_ptr_equal(f.th->proc->image, parent->image);
    assert_ptr_equal(f.th->proc->parent, parent);
    assert_int_equal(f.th->proc->clone_ns, f.ts_ns);
    assert_int_equal(f.th->proc->loginuid, 1001);
    assert_int_equal(f.th->uid, 1000);
    assert_int_equal(f.th->cap_permitted, 2);
    assert_true(sk_str_eqz(f.th->proc->cwd, "/work/"));
    assert_int_equal(parent->nchildren, 1);
    feed_exec(&f, 11, 10, "/usr/bin/id", "");
    feed_send(&f, FEED_EXECVE, 11);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/usr/bin/id"));
    assert_ptr_equal(f.th->proc->image->parent, parent->image);
    feed_done(&f);
}

static void arguments_written_over_are_seen_in_the_child_only(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 0, 11, 11, 10, 0, "renamed");
    feed_send(&f, FEED_CLONE, 11);
    assert_true(sk_str_eqz(f.th->proc->image->exe, "renamed"));
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/bin/sh"));
    assert_true(sk_str_eqz(sk_state_proc(f.st, 10)->image->exe, "/bin/sh"));
    feed_done(&f);
}

static void the_caller_makes_the_child_when_it_comes_first(void **state)
{
    struct feed f;
    struct sk_thread *made;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 11, 10, 10, 1, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 10);
    assert_int_equal(f.th->tid, 10);
    made = sk_state_thread(f.st, 11);
    assert_non_null(made);
    assert_false(made->inverted);
    feed_clone(&f, 0, 11, 11, 10, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 11);
    assert_ptr_equal(f.th, made);
    feed_done(&f);
}

static void the_caller_leaves_alone_a_child_that_told_itself(void **state)
{
    struct feed f;
    struct sk_thread *child;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 0, 11, 11, 10, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 11);
    child = f.th;
    assert_true(child->inverted);
    feed_exec(&f, 11, 10, "/usr/bin/id", "");
    feed_send(&f, FEED_EXECVE, 11);
    feed_clone(&f, 11, 10, 10, 1, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 10);
    assert_ptr_equal(sk_state_thread(f.st, 11), child);
    assert_true(sk_str_eqz(child->proc->image->exepath, "/usr/bin/id"));
    feed_done(&f);
}

static void the_caller_does_not_bring_back_a_child_that_ended(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 0, 11, 11, 10, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 11);
    feed_exit(&f, 11, 0);
    feed_clone(&f, 11, 10, 10, 1, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 10);
    assert_null(sk_state_thread(f.st, 11));
    feed_done(&f);
}

static void the_caller_makes_no_child_of_another_parent_or_namespace(void **state)
{
    static const uint32_t flags[] = {CL_PARENT, CL_NEWPID, 0x8000000, 0x20000000};
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    for (size_t i = 0; i < SK_ARRAY_LEN(flags); i++) {
        feed_clone(&f, 11, 10, 10, 1, flags[i], "/bin/sh");
        feed_send(&f, FEED_CLONE, 10);
        assert_null(sk_state_thread(f.st, 11));
    }
    feed_clone(&f, 11, 10, 10, 1, 0, "/bin/sh");
    feed_send(&f, 227, 10);
    assert_null(sk_state_thread(f.st, 11));
    feed_done(&f);
}

static void reused_ids_replace_who_had_them(void **state)
{
    struct feed f;
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_exec(&f, 11, 10, "/bin/old", "");
    feed_send(&f, FEED_EXECVE, 11);
    feed_clone(&f, 0, 11, 11, 10, 0, "/bin/sh");
    feed_send(&f, FEED_CLONE, 11);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/bin/sh"));
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.repaired, 1);
    assert_int_equal(stats.threads, 2);
    feed_done(&f);
}

static void ids_that_contradict_each_other_do_no_harm(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_clone(&f, 0, 5, 5, 5, 0, "x");
    feed_send(&f, FEED_CLONE, 5);
    feed_clone(&f, 0, 5, 5, 5, 0, "x");
    feed_send(&f, FEED_CLONE, 5);
    feed_clone(&f, 0, 6, 5, 6, CL_THREAD, "x");
    feed_send(&f, FEED_CLONE, 6);
    feed_clone(&f, 0, 6, 6, 6, 0, "x");
    feed_send(&f, FEED_CLONE, 6);
    feed_clone(&f, 5, 6, 6, 6, 0, "x");
    feed_send(&f, FEED_CLONE, 6);
    feed_clone(&f, 0, 0, 0, 0, 0, "x");
    feed_send(&f, FEED_CLONE, 0);
    assert_null(f.th);
    assert_null(sk_state_proc(f.st, 5)->parent);
    feed_done(&f);
}

static void the_driver_tells_identity_parent_and_namespaces(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 11,
                             .ppid = 10,
                             .start_ns = 123,
                             .cgroup_id = 9,
                             .vpid = 1,
                             .vtid = 1,
                             .uid = 3,
                             .gid = 4,
                             .comm = "sh"};
    struct sk_x_exec exec = {.tag = SK_X_EXEC, .sid = 10, .ns_net = 44, .ns_cgroup = 55};
    const struct sk_proc *p;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 0, 11, 11, 99, CL_PARENT, "/bin/sh");
    feed_task(&f, FEED_CLONE, &task);
    sk_event_write_param(&f.w, &exec, sizeof(exec));
    feed_send(&f, FEED_CLONE, 11);
    p = f.th->proc;
    assert_int_equal(p->start_ns, 123);
    assert_int_equal(p->parent->pid, 10);
    assert_int_equal(p->sid, 10);
    assert_int_equal(p->ns_net, 44);
    assert_int_equal(p->ns_cgroup, 55);
    feed_done(&f);
}

static void a_record_in_the_callers_context_still_makes_the_child(void **state)
{
    struct feed f;
    struct sk_x_task task = {.pid = 10, .ppid = 1, .start_ns = 5, .vpid = 10, .vtid = 10};

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 0, 11, 11, 1, CL_PARENT, "/bin/sh");
    feed_task(&f, FEED_CLONE, &task);
    feed_send(&f, FEED_CLONE, 11);
    assert_int_equal(f.th->tid, 11);
    assert_int_equal(f.th->proc->pid, 11);
    assert_int_equal(f.th->proc->start_ns, 0);
    assert_ptr_equal(f.th->proc->image, sk_state_proc(f.st, 10)->image);
    assert_int_equal(f.th->proc->ppid, 1);
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_calls_change_nothing),
        cmocka_unit_test(a_child_shares_the_image_until_it_executes),
        cmocka_unit_test(arguments_written_over_are_seen_in_the_child_only),
        cmocka_unit_test(the_caller_makes_the_child_when_it_comes_first),
        cmocka_unit_test(the_caller_leaves_alone_a_child_that_told_itself),
        cmocka_unit_test(the_caller_does_not_bring_back_a_child_that_ended),
        cmocka_unit_test(the_caller_makes_no_child_of_another_parent_or_namespace),
        cmocka_unit_test(reused_ids_replace_who_had_them),
        cmocka_unit_test(ids_that_contradict_each_other_do_no_harm),
        cmocka_unit_test(the_driver_tells_identity_parent_and_namespaces),
        cmocka_unit_test(a_record_in_the_callers_context_still_makes_the_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
