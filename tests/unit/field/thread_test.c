/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

static void without_a_thread_only_its_id_is_known(void **state)
{
    struct world *w = *state;

    world_event(w, 99);
    assert_field(w, "thread.tid", "99");
    assert_field(w, "thread.vtid", "(absent)");
    assert_field(w, "thread.ismain", "(absent)");
    assert_field(w, "thread.nametid", "(absent)");
    assert_field(w, "thread.cap_effective", "(absent)");
    assert_field(w, "thread.cap_full", "(absent)");
    assert_field(w, "thread.cgroups", "(absent)");
    assert_field(w, "thread.cgroup.cpu", "(absent)");
}

static void threads_have_ids_of_their_own(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "main");

    world_add(w, &ti);
    ti.tid = 6;
    ti.vtid = 2;
    ti.comm = SK_STR("worker");
    world_add(w, &ti);
    world_event(w, 6);
    assert_field(w, "thread.tid", "6");
    assert_field(w, "thread.vtid", "2");
    assert_field(w, "thread.ismain", "false");
    assert_field(w, "thread.nametid", "worker6");
    world_event(w, 5);
    assert_field(w, "thread.ismain", "true");
    assert_field(w, "thread.nametid", "main5");
}

static void capabilities_print_by_name(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.cap_effective = 1ull << 0 | 1ull << 21 | 1ull << 40 | 1ull << 63;
    ti.cap_permitted = 1ull << 39;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "thread.cap_effective", "CAP_CHOWN CAP_SYS_ADMIN CAP_CHECKPOINT_RESTORE");
    assert_field(w, "thread.cap_permitted", "CAP_BPF");
    assert_field(w, "thread.cap_inheritable", "");
    assert_field(w, "thread.cap_full", "false");
}

static void the_full_set_is_what_process_1_may_have(void **state)
{
    const uint64_t all38 = (1ull << 38) - 1, all41 = (1ull << 41) - 1;
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.cap_effective = all38;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "thread.cap_full", "false"); /* process 1 unknown: 41 are known */

    ti = world_task(1, 0, "init");
    ti.cap_permitted = all38;
    world_add(w, &ti);
    assert_field(w, "thread.cap_full", "true");
    ti.cap_permitted = all41;
    world_add(w, &ti);
    assert_field(w, "thread.cap_full", "false");
    ti.cap_permitted = 1; /* cut down itself */
    world_add(w, &ti);
    assert_field(w, "thread.cap_full", "false");
}

static void control_groups_are_listed_and_looked_up(void **state)
{
    static const char groups[] = "cpu=/a\0cpuset=/\0memory=/b/c";
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.cgroups = (struct sk_str){groups, sizeof(groups)};
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "thread.cgroups", "cpu=/a cpuset=/ memory=/b/c");
    assert_field(w, "thread.cgroup.cpu", "/a");
    assert_field(w, "thread.cgroup.memory", "/b/c");
    assert_field(w, "thread.cgroup.pids", "(absent)");
}

static void control_groups_have_the_names_that_proc_has_for_them(void **state)
{
    static const char groups[] = "io=/a\0mem_cgroup=/b\0noise\0perf=/c\0cpu_cgroup=/d";
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.cgroups = (struct sk_str){groups, sizeof(groups)};
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "thread.cgroups", "blkio=/a memory=/b perf_event=/c cpu=/d");
    assert_field(w, "thread.cgroup.blkio", "/a");
    assert_field(w, "thread.cgroup.io", "(absent)");
}

static void an_id_of_more_than_32_bits_is_none(void **state)
{
    struct world *w = *state;

    world_event(w, 5);
    w->ev.tid = 1ull << 32;
    assert_field(w, "thread.tid", "(absent)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(without_a_thread_only_its_id_is_known),
        WORLD_TEST(threads_have_ids_of_their_own),
        WORLD_TEST(capabilities_print_by_name),
        WORLD_TEST(the_full_set_is_what_process_1_may_have),
        WORLD_TEST(control_groups_are_listed_and_looked_up),
        WORLD_TEST(control_groups_have_the_names_that_proc_has_for_them),
        WORLD_TEST(an_id_of_more_than_32_bits_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
