/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/feed.h"

#define CL_THREAD 0x2000

/* A state with process 10, a shell. */
static void shell(struct feed *f)
{
    feed_init(f, NULL, NULL);
    feed_exec(f, 10, 1, "/bin/sh", "");
    feed_send(f, FEED_EXECVE, 10);
}

/* Its thread 12. */
static void thread(struct feed *f)
{
    feed_clone(f, 0, 12, 10, 10, CL_THREAD, "/bin/sh");
    feed_send(f, FEED_CLONE, 12);
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
    assert_int_equal(p->ppid, 0); /* nobody has seen pid 1 */
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
    shell(&f);
    feed_life(&f, 0, "/bin/ls", 10, 10, 1, "ls", "");
    feed_send(&f, FEED_EXECVE, 10);
    assert_int_equal(f.th->proc->loginuid, 1001);
    assert_int_equal(f.th->uid, 500);
    assert_string_equal(f.th->comm, "ls");
    assert_string_equal(f.th->proc->image->exepath.p, "/bin/sh");
    assert_int_equal(f.th->proc->pgid, -1);
    feed_done(&f);
}

static void threads_belong_to_the_process_and_end_alone(void **state)
{
    struct feed f;
    struct sk_proc *p;

    (void)state;
    shell(&f);
    p = f.th->proc;
    thread(&f);
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
    shell(&f);
    thread(&f);
    feed_exec(&f, 10, 1, "/bin/ls", "");
    feed_send(&f, FEED_EXECVE, 12);
    assert_int_equal(f.th->tid, 10);
    assert_int_equal(f.th->proc->nthreads, 1);
    assert_null(sk_state_thread(f.st, 12));
    feed_done(&f);
}

static void a_leader_that_is_back_has_its_number(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    thread(&f);
    feed_exit(&f, 10, 0);
    feed_exec(&f, 10, 1, "/bin/ls", "");
    feed_send(&f, FEED_EXECVE, 10);
    assert_int_equal(f.th->tid, 10);
    assert_int_equal(f.th->vtid, 10);
    feed_done(&f);
}

static void an_empty_path_of_the_kernel_is_taken_as_it_is(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    feed_exec(&f, 10, 1, "", "");
    feed_send(&f, FEED_EXECVE, 10);
    assert_string_equal(f.th->proc->image->exepath.p, "");
    feed_done(&f);
}

static void the_event_of_a_plugin_makes_no_thread(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    feed_begin(&f);
    feed_send(&f, FEED_PLUGIN, 10);
    assert_null(f.th);
    feed_exec(&f, 10, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 10);
    feed_begin(&f);
    feed_send(&f, FEED_PLUGIN, 10);
    assert_ptr_equal(f.th, sk_state_thread(f.st, 10));
    feed_done(&f);
}

static void a_process_that_ends_is_there_until_the_next_event(void **state)
{
    struct feed f;

    (void)state;
    shell(&f);
    feed_exit(&f, 10, 0);
    assert_non_null(f.th);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/bin/sh"));
    assert_non_null(sk_state_thread(f.st, 10));
    feed_touch(&f, 99);
    assert_null(sk_state_thread(f.st, 10));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(execve_fills_the_image_and_the_process),
        cmocka_unit_test(a_short_old_execve_keeps_what_it_does_not_tell),
        cmocka_unit_test(threads_belong_to_the_process_and_end_alone),
        cmocka_unit_test(execve_ends_the_other_threads_and_takes_the_leaders_id),
        cmocka_unit_test(a_leader_that_is_back_has_its_number),
        cmocka_unit_test(an_empty_path_of_the_kernel_is_taken_as_it_is),
        cmocka_unit_test(the_event_of_a_plugin_makes_no_thread),
        cmocka_unit_test(a_process_that_ends_is_there_until_the_next_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
