/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

#define SECOND 1000000000ull

static void without_a_process_everything_is_absent(void **state)
{
    static const char *const names[] = {
        "proc.duration",        "proc.ppid.duration", "proc.pid.ts",   "proc.ppid.ts",
        "proc.is_exe_writable", "proc.exe_deleted",   "proc.exe_ino",  "proc.pidns_init_start_ts",
        "proc.fdlimit",         "proc.vmsize",        "thread.vmsize", "proc.nthreads",
        "proc.nchilds",
    };
    struct world *w = *state;

    world_event(w, 99);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        assert_field(w, names[i], "(absent)");
}

static void unknown_times_and_inodes_are_absent(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.duration", "(absent)");
    assert_field(w, "proc.pid.ts", "(absent)");
    assert_field(w, "proc.exe_ino", "(absent)");
    assert_field(w, "proc.exe_ino.ctime", "(absent)");
    assert_field(w, "proc.exe_ino.ctime_duration_proc_start", "(absent)");
    assert_field(w, "proc.exe_ino.ctime_duration_pidns_start", "(absent)");
}

static void a_negative_duration_is_absent(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.clone_ns = WORLD_TS + 1;
    ti.exe_ctime_ns = WORLD_TS + 2;
    ti.pidns_init_start_ns = WORLD_TS + 3;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.duration", "(absent)");
    assert_field(w, "proc.exe_ino.ctime_duration_proc_start", "(absent)");
    assert_field(w, "proc.exe_ino.ctime_duration_pidns_start", "(absent)");
}

static void durations_end_at_the_event(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(4, 0, "parent");

    world_add(w, &ti);
    ti = world_task(5, 4, "x");
    ti.clone_ns = WORLD_TS - 3 * SECOND;
    ti.exe_ino = 12;
    ti.exe_ctime_ns = WORLD_TS - 5 * SECOND;
    ti.exe_mtime_ns = WORLD_TS - 6 * SECOND;
    ti.pidns_init_start_ns = WORLD_TS - 9 * SECOND;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.duration", "3000000000");
    assert_field(w, "proc.pid.ts", "1699999997000000000");
    assert_field(w, "proc.ppid.duration", "(absent)");
    assert_field(w, "proc.ppid.ts", "0");
    assert_field(w, "proc.exe_ino", "12");
    assert_field(w, "proc.exe_ino.ctime", "1699999995000000000");
    assert_field(w, "proc.exe_ino.mtime", "1699999994000000000");
    assert_field(w, "proc.exe_ino.ctime_duration_proc_start", "2000000000");
    assert_field(w, "proc.exe_ino.ctime_duration_pidns_start", "4000000000");
    assert_field(w, "proc.pidns_init_start_ts", "1699999991000000000");
}

static void the_executable_tells_where_it_came_from(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.exe_upper = true;
    ti.exe_memfd = true;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.is_exe_upper_layer", "true");
    assert_field(w, "proc.is_exe_lower_layer", "false");
    assert_field(w, "proc.is_exe_from_memfd", "true");
    assert_field(w, "proc.is_exe_writable", "false");
    assert_field(w, "proc.exe_deleted", "false");
    w->cx.proc->image->exe_deleted = true;
    assert_field(w, "proc.exe_deleted", "true");
}

static void memory_is_counted_at_the_first_thread(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.vm_size_kb = 10;
    ti.vm_rss_kb = 4;
    ti.vm_swap_kb = 1;
    ti.pgft_maj = 7;
    ti.pgft_min = 8;
    ti.fdlimit = 1024;
    world_add(w, &ti);
    ti.tid = 6;
    ti.pgft_min = 80;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.vmsize", "10");
    assert_field(w, "proc.vmrss", "4");
    assert_field(w, "proc.vmswap", "1");
    assert_field(w, "thread.pfmajor", "7");
    assert_field(w, "thread.pfminor", "8");
    assert_field(w, "thread.vmsize", "10");
    assert_field(w, "thread.vmsize.b", "10240");
    assert_field(w, "thread.vmrss", "4");
    assert_field(w, "thread.vmrss.b", "4096");
    assert_field(w, "proc.fdlimit", "1024");
    assert_field(w, "proc.nthreads", "2");
    assert_field(w, "proc.nchilds", "1");
    world_event(w, 6);
    assert_field(w, "thread.pfminor", "80");
    assert_field(w, "thread.vmsize", "0");
    assert_field(w, "proc.vmsize", "10");
}

static void a_thread_that_ends_is_no_more_counted(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    world_add(w, &ti);
    ti.tid = 6;
    world_add(w, &ti);
    world_begin(w);
    world_send(w, 186, 6); /* procexit */
    assert_field(w, "proc.nthreads", "1");
    assert_field(w, "proc.nchilds", "0");
    world_begin(w);
    world_send(w, 186, 5);
    assert_field(w, "proc.nthreads", "1");
    assert_field(w, "proc.nchilds", "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(without_a_process_everything_is_absent),
        WORLD_TEST(unknown_times_and_inodes_are_absent),
        WORLD_TEST(a_negative_duration_is_absent),
        WORLD_TEST(durations_end_at_the_event),
        WORLD_TEST(the_executable_tells_where_it_came_from),
        WORLD_TEST(memory_is_counted_at_the_first_thread),
        WORLD_TEST(a_thread_that_ends_is_no_more_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
