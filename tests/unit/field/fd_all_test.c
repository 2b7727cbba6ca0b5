/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

static void setup(struct world *w)
{
    struct sk_task_info ti = world_task(10, 1, "sh");
    struct sk_fd_info in = {.num = 0, .type = SK_FD_FILE, .name = SK_STR("/dev/null")};
    struct sk_fd_info out = {.num = 1, .type = SK_FD_FIFO};
    struct sk_fd_info odd = {.num = 9, .type = SK_FD_UNSUPPORTED};

    ti.fdlimit = 12;
    world_add(w, &ti);
    world_add_fd(w, 10, &in);
    world_add_fd(w, 10, &out);
    world_add_fd(w, 10, &odd);
}

static void live_events_do_not_know_other_descriptors(void **state)
{
    struct world *w = *state;

    setup(w);
    world_event(w, 10);
    assert_string_equal(world_text(w, "proc.fdopencount"), "(absent)");
    assert_string_equal(world_text(w, "proc.stdin.type"), "(absent)");
    assert_string_equal(world_text(w, "fd.types"), "(absent)");
    assert_string_equal(world_text(w, "fdlist.names"), "(absent)");
}

static void the_standard_ones_have_type_and_name(void **state)
{
    struct world *w = *state;

    setup(w);
    world_begin(w);
    world_replay(w, EV_CLOSE, 10);
    assert_string_equal(world_text(w, "proc.stdin.type"), "file");
    assert_string_equal(world_text(w, "proc.stdin.name"), "/dev/null");
    assert_string_equal(world_text(w, "proc.stdout.type"), "pipe");
    assert_string_equal(world_text(w, "proc.stdout.name"), "");
    assert_string_equal(world_text(w, "proc.stderr.type"), "(absent)");
}

static void descriptors_are_counted_and_their_types_told_once(void **state)
{
    struct world *w = *state;
    const char *types;

    setup(w);
    world_begin(w);
    world_replay(w, EV_CLOSE, 10);
    assert_string_equal(world_text(w, "proc.fdopencount"), "3");
    assert_string_equal(world_text(w, "proc.fdusage"), "25.0");
    types = world_text(w, "fd.types");
    assert_non_null(strstr(types, "file"));
    assert_non_null(strstr(types, "pipe"));
    assert_non_null(strstr(types, "<NA>"));
    assert_string_equal(world_text(w, "fd.types[1]"), "pipe");
    assert_string_equal(world_text(w, "fd.types[5]"), "(absent)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(live_events_do_not_know_other_descriptors),
        WORLD_TEST(the_standard_ones_have_type_and_name),
        WORLD_TEST(descriptors_are_counted_and_their_types_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
