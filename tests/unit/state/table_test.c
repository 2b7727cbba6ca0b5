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

static void over_the_cap_nothing_is_added_and_it_is_counted(void **state)
{
    struct feed f;
    struct sk_state_limits limits = {.threads = 2};
    struct sk_state_stats stats;
    struct sk_task_info ti = {.pid = 9, .tid = 9};

    (void)state;
    feed_init(&f, &limits, NULL);
    spawn(&f, 2, 1, "/a");
    spawn(&f, 3, 2, "/b");
    feed_touch(&f, 4);
    assert_null(f.th);
    assert_int_equal(sk_state_add(f.st, &ti), -ENOSPC);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.threads, 2);
    assert_true(stats.evicted >= 2);
    feed_done(&f);
}

static void over_the_memory_cap_events_go_on_without_strings(void **state)
{
    struct feed f;
    struct sk_state_limits limits = {.bytes = 4096};
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, &limits, NULL);
    for (uint32_t pid = 2; pid < 60; pid++)
        spawn(&f, pid, 1, "/usr/bin/something");
    assert_non_null(f.th);
    assert_string_equal(f.th->comm, "something");
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.threads, 58);
    assert_true(stats.evicted > 0);
    feed_done(&f);
}

static void orphans_go_to_the_reaper_that_the_event_names(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    spawn(&f, 1, 0, "/init");
    spawn(&f, 5, 1, "/reaper");
    spawn(&f, 6, 5, "/parent");
    spawn(&f, 7, 6, "/child");
    feed_exit(&f, 6, 5);
    feed_touch(&f, 7);
    assert_int_equal(f.th->proc->ppid, 5);
    assert_int_equal(f.th->proc->parent->pid, 5);
    feed_done(&f);
}

static void orphans_go_to_the_nearest_ancestor_that_reaps(void **state)
{
    struct feed f;

    (void)state;
    feed_init(&f, NULL, NULL);
    spawn(&f, 1, 0, "/init");
    spawn(&f, 5, 1, "/reaper");
    sk_state_proc(f.st, 5)->reaper = true;
    spawn(&f, 6, 5, "/middle");
    spawn(&f, 7, 6, "/parent");
    spawn(&f, 8, 7, "/child");
    feed_exit(&f, 7, 0);
    feed_touch(&f, 8);
    assert_int_equal(f.th->proc->parent->pid, 5);
    feed_done(&f);
}

static void a_dead_parent_stays_known_when_no_reaper_is(void **state)
{
    const struct sk_state_ops live = {.live = true};
    struct feed f;
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, NULL, &live);
    spawn(&f, 6, 2, "/usr/sbin/parent");
    spawn(&f, 7, 6, "/child");
    feed_exit(&f, 6, 0);
    feed_touch(&f, 7);
    assert_true(f.th->proc->parent->dead);
    assert_string_equal(f.th->proc->parent->comm, "parent");
    assert_null(sk_state_proc(f.st, 6));
    feed_exit(&f, 7, 0);
    feed_touch(&f, 8);
    sk_state_get_stats(f.st, &stats);
    assert_int_equal(stats.procs, 1);
    feed_done(&f);
}

static void a_chain_that_renews_itself_does_not_grow(void **state)
{
    struct feed f;
    struct sk_state_stats stats;

    (void)state;
    feed_init(&f, NULL, NULL);
    spawn(&f, 100, 2, "/first");
    for (uint32_t pid = 101; pid < 1000; pid++) {
        spawn(&f, pid, pid - 1, "/next");
        feed_exit(&f, pid - 1, 0);
    }
    sk_state_get_stats(f.st, &stats);
    assert_true(stats.procs < 30);
    assert_true(stats.images < 100);
    feed_done(&f);
}

static void a_reaper_below_its_child_makes_no_loop(void **state)
{
    struct feed f;
    unsigned depth = 0;

    (void)state;
    feed_init(&f, NULL, NULL);
    spawn(&f, 5, 2, "/a");
    spawn(&f, 6, 5, "/b");
    spawn(&f, 7, 6, "/c");
    feed_exit(&f, 5, 7);
    feed_touch(&f, 7);
    for (const struct sk_proc *p = f.th->proc; p; p = p->parent)
        assert_true(++depth < 5);
    feed_done(&f);
}

static void a_thread_id_of_another_process_is_taken_from_it(void **state)
{
    struct feed f;
    struct sk_task_info other = {.pid = 7, .tid = 5}, early = {.pid = 5, .tid = 8};

    (void)state;
    feed_init(&f, NULL, NULL);
    assert_int_equal(sk_state_add(f.st, &other), 0);
    assert_int_equal(sk_state_add(f.st, &early), 0);
    feed_exec(&f, 5, 1, "/bin/sh", "");
    feed_send(&f, FEED_EXECVE, 8);
    assert_int_equal(f.th->tid, 5);
    assert_int_equal(f.th->proc->pid, 5);
    assert_null(sk_state_proc(f.st, 7));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_cap_nothing_is_added_and_it_is_counted),
        cmocka_unit_test(over_the_memory_cap_events_go_on_without_strings),
        cmocka_unit_test(orphans_go_to_the_reaper_that_the_event_names),
        cmocka_unit_test(orphans_go_to_the_nearest_ancestor_that_reaps),
        cmocka_unit_test(a_dead_parent_stays_known_when_no_reaper_is),
        cmocka_unit_test(a_chain_that_renews_itself_does_not_grow),
        cmocka_unit_test(a_reaper_below_its_child_makes_no_loop),
        cmocka_unit_test(a_thread_id_of_another_process_is_taken_from_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
