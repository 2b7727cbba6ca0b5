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

static void execve_fills_the_image_and_the_process(void **state)
{
    struct feed f;
    const struct sk_image *im;
    const struct sk_proc *p;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh (deleted)", "cpu=/\0");
    feed_send(&f, FEED_EXECVE, 10);
    p = f.th->proc;
    im = p->image;
    assert_true(sk_str_eqz(im->exepath, "/bin/sh"));
    assert_true(sk_str_eqz(im->filename, "requested"));
    assert_true(sk_str_eqz(im->comm, "sh (deleted)"));
    assert_true(sk_str_eq(im->args, (struct sk_str){"-x\0y", 5}));
    assert_true(sk_str_eq(im->env, (struct sk_str){"HOME=/root\0A=b", 15}));
    assert_int_equal(im->exec_ns, f.ts_ns);
    assert_true(im->exe_writable);
    assert_false(im->exe_upper);
    assert_int_equal(im->exe_ino, 77);
    assert_int_equal(im->exe_ctime_ns, 88);
    assert_int_equal(im->exe_mtime_ns, 99);
    assert_int_equal(p->tty, 34816);
    assert_int_equal(p->vpgid, 7);
    assert_int_equal(p->pgid, 8);
    assert_int_equal(p->loginuid, 1001);
    assert_int_equal(p->vm_rss_kb, 200);
    assert_int_equal(p->ppid, 1);
    assert_int_equal(f.th->uid, 500);
    assert_int_equal(f.th->gid, 501);
    assert_int_equal(f.th->cap_effective, 3);
    assert_true(sk_str_eqz(p->cwd, "/work/"));
    feed_done(&f);
}

static void a_short_old_execve_keeps_what_it_does_not_tell(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_life(&f, 0, "/bin/ls", 10, 10, 1, "ls", "");
    feed_send(&f, FEED_EXECVE, 10);
    assert_int_equal(f.th->proc->loginuid, 1001);
    assert_int_equal(f.th->uid, 500);
    assert_string_equal(f.th->comm, "ls");
    assert_int_equal(f.th->proc->image->exepath.n, 0);
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

static void threads_belong_to_the_process_and_end_alone(void **state)
{
    struct feed f;
    struct sk_proc *p;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    p = f.th->proc;
    feed_clone(&f, 0, 12, 10, 10, CL_THREAD, "/bin/sh");
    feed_send(&f, FEED_CLONE, 12);
    assert_ptr_equal(f.th->proc, p);
    assert_int_equal(p->nthreads, 2);
    feed_exit(&f, 10, 0);
    feed_touch(&f, 12);
    assert_null(p->leader);
    assert_int_equal(p->nthreads, 1);
    assert_string_equal(p->comm, "sh");
    assert_ptr_equal(sk_state_proc(f.st, 10), p);
    feed_exit(&f, 12, 0);
    feed_touch(&f, 99);
    assert_null(sk_state_proc(f.st, 10));
    feed_done(&f);
}

static void execve_ends_the_other_threads_and_takes_the_leaders_id(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_clone(&f, 0, 12, 10, 10, CL_THREAD, "/bin/sh");
    feed_send(&f, FEED_CLONE, 12);
    feed_exec(&f, 10, 1, "/bin/ls", "");
    feed_send(&f, FEED_EXECVE, 12);
    assert_int_equal(f.th->tid, 10);
    assert_int_equal(f.th->proc->nthreads, 1);
    assert_null(sk_state_thread(f.st, 12));
    feed_done(&f);
}

static void a_process_that_ends_is_there_until_the_next_event(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_exit(&f, 10, 0);
    assert_non_null(f.th);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/bin/sh"));
    assert_non_null(sk_state_thread(f.st, 10));
    feed_touch(&f, 99);
    assert_null(sk_state_thread(f.st, 10));
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
        cmocka_unit_test(execve_fills_the_image_and_the_process),
        cmocka_unit_test(a_short_old_execve_keeps_what_it_does_not_tell),
        cmocka_unit_test(a_child_shares_the_image_until_it_executes),
        cmocka_unit_test(arguments_written_over_are_seen_in_the_child_only),
        cmocka_unit_test(the_caller_makes_the_child_when_it_comes_first),
        cmocka_unit_test(the_caller_leaves_alone_a_child_that_told_itself),
        cmocka_unit_test(the_caller_does_not_bring_back_a_child_that_ended),
        cmocka_unit_test(the_caller_makes_no_child_of_another_parent_or_namespace),
        cmocka_unit_test(threads_belong_to_the_process_and_end_alone),
        cmocka_unit_test(execve_ends_the_other_threads_and_takes_the_leaders_id),
        cmocka_unit_test(a_process_that_ends_is_there_until_the_next_event),
        cmocka_unit_test(reused_ids_replace_who_had_them),
        cmocka_unit_test(ids_that_contradict_each_other_do_no_harm),
        cmocka_unit_test(the_driver_tells_identity_parent_and_namespaces),
        cmocka_unit_test(a_record_in_the_callers_context_still_makes_the_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
