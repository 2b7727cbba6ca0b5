/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

static int live_setup(void **state)
{
    const struct sk_state_ops ops = {.live = true};
    struct world *w;
    int err = world_setup(state);

    w = *state;
    sk_state_free(w->st);
    w->st = NULL;
    return err ? err : sk_state_new(NULL, &ops, &w->st);
}

static void add_process(struct world *w, int64_t fdlimit)
{
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.fdlimit = fdlimit;
    world_add(w, &ti);
}

static void open_file(struct world *w, int64_t num, const char *name)
{
    struct sk_fd_info fi = {.num = num, .type = SK_FD_FILE, .name = sk_str(name)};

    assert_int_equal(sk_state_add_fd(w->st, 5, &fi), 0);
}

static void without_a_process_nothing_is_known(void **state)
{
    struct world *w = *state;

    world_event(w, 5);
    assert_field(w, "proc.fdopencount", "(absent)");
    assert_field(w, "proc.fdusage", "(absent)");
    assert_field(w, "proc.stdin.type", "(absent)");
}

static void a_running_system_has_no_table(void **state)
{
    struct world *w = *state;

    add_process(w, 1024);
    world_event(w, 5);
    assert_field(w, "proc.fdopencount", "(absent)");
    assert_field(w, "proc.fdusage", "(absent)");
    assert_field(w, "proc.stdout.name", "(absent)");
}

static void a_capture_knows_how_many_are_open(void **state)
{
    struct world *w = *state;

    add_process(w, 8);
    world_event(w, 5);
    assert_field(w, "proc.fdopencount", "0");
    assert_field(w, "proc.fdusage", "0.0");
    open_file(w, 3, "/a");
    open_file(w, 4, "/b");
    assert_field(w, "proc.fdopencount", "2");
    assert_field(w, "proc.fdusage", "25.0");
    for (int num = 5; num < 20; num++)
        open_file(w, num, "/c");
    assert_field(w, "proc.fdusage", "100.0");
}

static void without_a_limit_nothing_is_used_of_it(void **state)
{
    struct world *w = *state;

    add_process(w, -1);
    open_file(w, 0, "/a");
    world_event(w, 5);
    assert_field(w, "proc.fdusage", "0.0");
}

static void the_first_three_have_fields_of_their_own(void **state)
{
    struct world *w = *state;
    struct sk_fd_info sock = {.num = 2,
                              .type = SK_FD_IPV4_SOCK,
                              .l4proto = SK_L4_TCP,
                              .sip = {1, 2, 3, 4},
                              .dip = {5, 6, 7, 8},
                              .sport = 1,
                              .dport = 2,
                              .name = SK_STR("")};
    struct sk_fd_info odd = {.num = 1, .type = SK_FD_UNSUPPORTED, .name = SK_STR("x")};

    add_process(w, 1024);
    open_file(w, 0, "/dev/null");
    assert_int_equal(sk_state_add_fd(w->st, 5, &odd), 0);
    assert_int_equal(sk_state_add_fd(w->st, 5, &sock), 0);
    world_event(w, 5);
    assert_field(w, "proc.stdin.type", "file");
    assert_field(w, "proc.stdin.name", "/dev/null");
    assert_field(w, "proc.stdout.type", "<NA>");
    assert_field(w, "proc.stdout.name", "x");
    assert_field(w, "proc.stderr.type", "ipv4");
    assert_field(w, "proc.stderr.name", "1.2.3.4:1->5.6.7.8:2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(without_a_process_nothing_is_known),
        cmocka_unit_test_setup_teardown(a_running_system_has_no_table, live_setup, world_teardown),
        WORLD_TEST(a_capture_knows_how_many_are_open),
        WORLD_TEST(without_a_limit_nothing_is_used_of_it),
        WORLD_TEST(the_first_three_have_fields_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
