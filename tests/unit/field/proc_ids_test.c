/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

static void without_a_process_everything_is_absent(void **state)
{
    static const char *const names[] = {
        "proc.pid",       "proc.ppid",          "proc.vpid",   "proc.pvpid",
        "proc.sid",       "proc.sname",         "proc.vpgid",  "proc.pgid",
        "proc.pgid.name", "proc.is_sid_leader", "proc.ns.mnt", "proc.ns.host",
    };
    struct world *w = *state;

    world_event(w, 99);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        assert_field(w, names[i], "(absent)");
}

static void unknown_ids_are_absent_or_minus_one(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.vpid = -1;
    world_add(w, &ti);
    world_event(w, 5);
    assert_field(w, "proc.vpid", "(absent)");
    assert_field(w, "proc.pvpid", "(absent)");
    assert_field(w, "proc.ppid", "(absent)");
    assert_field(w, "proc.sid", "-1");
    assert_field(w, "proc.sname", "");
    assert_field(w, "proc.ns.net", "(absent)");
}

/* Who else has no id known is no leader of this one. */
static void an_unknown_session_has_no_leader(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(1, 0, "init");

    world_add(w, &ti);
    ti = world_task(5, 1, "x");
    world_add(w, &ti);
    sk_state_link(w->st);
    world_event(w, 5);
    assert_field(w, "proc.pname", "init");
    assert_field(w, "proc.sname", "");
    assert_field(w, "proc.pgid.exe", "");
    assert_field(w, "proc.vpgid.exepath", "");
}

static void of_a_process_that_only_an_event_told_of_the_pid_is_unknown(void **state)
{
    struct world *w = *state;
    struct sk_thread *th;

    world_event(w, 5);
    sk_state_apply(w->st, &w->ev, &th);
    world_event(w, 5);
    assert_field(w, "thread.tid", "5");
    assert_field(w, "proc.pid", "-1");
    assert_field(w, "proc.name", "<NA>");
    assert_field(w, "proc.aname[0]", "(absent)");
    assert_field(w, "proc.nthreads", "0");
    assert_field(w, "thread.ismain", "false");
}

static void the_driver_tells_the_ids_of_an_unknown_process(void **state)
{
    struct world *w = *state;
    struct sk_x_task x = {.tag = SK_X_TASK, .pid = 77, .ppid = 3};

    world_begin(w);
    world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
    world_send(w, EV_CLOSE, 78);
    assert_field(w, "proc.pid", "77");
    assert_field(w, "proc.ppid", "3");
}

/* leader(100) - child(101) - grandchild(102), all of session and group 100 */
static void session(struct world *w, uint32_t first)
{
    for (uint32_t pid = first; pid <= 102; pid++) {
        struct sk_task_info ti = world_task(pid, pid == first ? 1 : pid - 1, "");
        char name[] = "p100";

        name[3] = (char)('0' + pid - 100);
        ti.comm = sk_str(name);
        ti.exe = SK_STR("./exe");
        ti.sid = ti.pgid = ti.vpgid = 100;
        world_add(w, &ti);
    }
    world_event(w, 102);
}

static void leaders_are_found_by_their_id(void **state)
{
    struct world *w = *state;

    session(w, 100);
    assert_field(w, "proc.sid", "100");
    assert_field(w, "proc.sname", "p100");
    assert_field(w, "proc.sid.exe", "./exe");
    assert_field(w, "proc.sid.exepath", "/usr/bin/x");
    assert_field(w, "proc.pgid.name", "p100");
    assert_field(w, "proc.vpgid.name", "p100");
    assert_field(w, "proc.is_sid_leader", "false");
    world_event(w, 100);
    assert_field(w, "proc.is_sid_leader", "true");
    assert_field(w, "proc.is_pgid_leader", "true");
    assert_field(w, "proc.is_vpgid_leader", "true");
}

static void the_oldest_ancestor_stands_in_for_a_leader_that_is_gone(void **state)
{
    struct world *w = *state;

    session(w, 101);
    assert_field(w, "proc.sname", "p101");
    assert_field(w, "proc.pgid.name", "p101");
    world_event(w, 101);
    assert_field(w, "proc.sname", "");
}

static void a_group_of_a_pid_namespace_is_no_pid_of_the_host(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(7, 1, "host7");

    world_add(w, &ti);
    ti = world_task(500, 7, "inner");
    ti.vpid = 7;
    ti.vpgid = 7;
    world_add(w, &ti);
    world_event(w, 500);
    assert_field(w, "proc.vpgid.name", "inner");
    assert_field(w, "proc.is_vpgid_leader", "true");
}

static void namespaces_are_inodes_and_compared_with_those_of_process_1(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(1, 0, "init");

    ti.ns_mnt = 10;
    ti.ns_pid = 11;
    ti.ns_net = 12;
    world_add(w, &ti);
    ti = world_task(50, 1, "c");
    ti.ns_mnt = 20;
    ti.ns_pid = 11;
    ti.ns_net = 12;
    world_add(w, &ti);
    ti = world_task(51, 1, "d");
    ti.ns_mnt = 30;
    world_add(w, &ti);
    world_event(w, 50);
    assert_field(w, "proc.ns.mnt", "20");
    assert_field(w, "proc.ns.pid", "11");
    assert_field(w, "proc.ns.host", "pid|net");
    world_event(w, 51);
    assert_field(w, "proc.ns.host", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(without_a_process_everything_is_absent),
        WORLD_TEST(unknown_ids_are_absent_or_minus_one),
        WORLD_TEST(the_driver_tells_the_ids_of_an_unknown_process),
        WORLD_TEST(an_unknown_session_has_no_leader),
        WORLD_TEST(of_a_process_that_only_an_event_told_of_the_pid_is_unknown),
        WORLD_TEST(leaders_are_found_by_their_id),
        WORLD_TEST(the_oldest_ancestor_stands_in_for_a_leader_that_is_gone),
        WORLD_TEST(a_group_of_a_pid_namespace_is_no_pid_of_the_host),
        WORLD_TEST(namespaces_are_inodes_and_compared_with_those_of_process_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
