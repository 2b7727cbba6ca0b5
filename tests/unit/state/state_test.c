/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/feed.h"

#include <errno.h>

static void spawn(struct feed *f, uint32_t pid, uint32_t ptid, const char *path)
{
    feed_clone(f, 0, pid, pid, ptid, 0, "sh");
    feed_send(f, FEED_CLONE, pid);
    feed_exec(f, pid, ptid, path, "");
    feed_send(f, FEED_EXECVE, pid);
}

static void a_scan_over_the_cap_is_refused(void **state)
{
    struct feed f;
    struct sk_state_limits limits = {.threads = 1};
    struct sk_task_info a = {.pid = 5, .tid = 5}, b = {.pid = 6, .tid = 6};

    (void)state;
    feed_init(&f, &limits, NULL);
    assert_int_equal(sk_state_add(f.st, &a), 0);
    assert_int_equal(sk_state_add(f.st, &b), -ENOSPC);
    assert_null(sk_state_proc(f.st, 6));
    assert_int_equal(sk_state_add(f.st, &a), 0);
    feed_done(&f);
}

static void a_scan_that_finds_another_process_replaces_it(void **state)
{
    struct feed f;
    struct sk_task_info ti = {.pid = 5, .tid = 5, .start_ns = 10000000, .exepath = SK_STR("/a")};
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    ti.start_ns = 20000000;
    ti.exepath = SK_STR("/b");
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    assert_true(sk_str_eqz(sk_state_proc(f.st, 5)->image->exepath, "/b"));
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.repaired, 1);
    assert_int_equal(stats.threads, 1);
    assert_int_equal(stats.procs, 1);
    feed_done(&f);
}

static void a_sweep_removes_what_a_scan_did_not_find_when_its_events_are_done(void **state)
{
    struct feed f;
    struct sk_task_info ti = {.pid = 5, .tid = 5, .comm = SK_STR("kept")};

    (void)state;
    feed_init(&f, NULL, NULL);
    spawn(&f, 5, 2, "/kept");
    spawn(&f, 6, 2, "/gone");
    sk_state_mark(f.st);
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    sk_state_sweep(f.st);
    feed_touch(&f, 6);
    assert_true(sk_str_eqz(f.th->proc->image->exepath, "/gone"));
    f.ts_ns = sk_now_ns() + 1000000;
    feed_touch(&f, 5);
    assert_non_null(sk_state_proc(f.st, 5));
    assert_null(sk_state_proc(f.st, 6));
    feed_done(&f);
}

static void a_scan_adopts_children_that_were_read_before_their_parent(void **state)
{
    struct feed f;
    struct sk_task_info child = {.pid = 7, .tid = 7, .ppid = 6}, parent = {.pid = 6, .tid = 6};

    (void)state;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &child), 0);
    assert_int_equal(sk_state_add(f.st, &parent), 0);
    sk_state_link(f.st);
    assert_ptr_equal(sk_state_proc(f.st, 7)->parent, sk_state_proc(f.st, 6));
    feed_done(&f);
}

static void a_scan_keeps_an_image_that_says_the_same(void **state)
{
    struct feed f;
    struct sk_image *im;
    struct sk_task_info ti = {.pid = 5,
                              .tid = 5,
                              .exe = SK_STR("/kept"),
                              .exepath = SK_STR("/kept"),
                              .args = {"-x\0y", 5}};

    (void)state;
    feed_init(&f, NULL, NULL);
    spawn(&f, 5, 2, "/kept");
    im = f.th->proc->image;
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    assert_ptr_equal(sk_state_proc(f.st, 5)->image, im);
    ti.exepath = SK_STR("/other");
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    assert_true(sk_str_eqz(sk_state_proc(f.st, 5)->image->exepath, "/other"));
    feed_done(&f);
}

static void an_executable_without_a_name_left_keeps_the_last_one(void **state)
{
    struct sk_task_info ti = {.pid = 5, .tid = 5, .exepath = SK_STR("/bin/x (deleted)")};
    const struct sk_image *im;
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &ti), 0);
    im = sk_state_proc(f.st, 5)->image;
    assert_true(sk_str_eqz(im->exepath, "/bin/x"));
    assert_true(im->exe_deleted);
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scan_over_the_cap_is_refused),
        cmocka_unit_test(a_scan_that_finds_another_process_replaces_it),
        cmocka_unit_test(a_sweep_removes_what_a_scan_did_not_find_when_its_events_are_done),
        cmocka_unit_test(a_scan_adopts_children_that_were_read_before_their_parent),
        cmocka_unit_test(a_scan_keeps_an_image_that_says_the_same),
        cmocka_unit_test(an_executable_without_a_name_left_keeps_the_last_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
