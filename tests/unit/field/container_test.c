/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/world.h"

#define ID64 "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"

static void add(struct world *w, uint32_t pid, const char *cgroups, uint32_t ns)
{
    struct sk_task_info ti = world_task(pid, 0, "x");

    ti.cgroups = (struct sk_str){cgroups, strlen(cgroups) + 1};
    ti.ns_pid = ns;
    ti.ns_net = 7;
    world_add(w, &ti);
}

static void without_a_process_everything_is_absent(void **state)
{
    struct world *w = *state;

    world_event(w, 99);
    assert_field(w, "container.id", "(absent)");
    assert_field(w, "container.full_id", "(absent)");
    assert_field(w, "container.name", "(absent)");
    assert_field(w, "container.host_pid", "(absent)");
    assert_field(w, "proc.is_container_healthcheck", "(absent)");
}

static void what_only_the_engine_knows_is_absent(void **state)
{
    struct world *w = *state;

    add(w, 5, "memory=/docker/" ID64, 1);
    world_event(w, 5);
    assert_field(w, "container.name", "(absent)");
    assert_field(w, "container.image.repository", "(absent)");
    assert_field(w, "container.mount[0]", "(absent)");
    assert_field(w, "k8s.ns.name", "(absent)");
}

static void processes_of_the_host_say_so(void **state)
{
    struct world *w = *state;

    add(w, 5, "memory=/user.slice", 1);
    world_event(w, 5);
    assert_field(w, "container.id", "host");
    assert_field(w, "container.name", "host");
    assert_field(w, "container.type", "host");
    assert_field(w, "container.full_id", "(absent)");
    assert_field(w, "container.host_pid", "(absent)");
    assert_field(w, "proc.is_container_healthcheck", "false");
}

static void the_id_comes_from_the_control_group(void **state)
{
    struct world *w = *state;

    add(w, 5, "memory=/docker/" ID64, 1);
    world_event(w, 5);
    assert_field(w, "container.id", "3ad7b26ded6d");
    assert_field(w, "container.full_id", ID64);
}

static void namespaces_of_the_host_are_recognised(void **state)
{
    struct world *w = *state;

    add(w, 1, "memory=/", 4);
    add(w, 5, "memory=/docker/" ID64, 9);
    world_event(w, 5);
    assert_field(w, "container.host_pid", "false");
    assert_field(w, "container.host_network", "true");
    assert_field(w, "container.host_ipc", "(absent)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(without_a_process_everything_is_absent),
        WORLD_TEST(what_only_the_engine_knows_is_absent),
        WORLD_TEST(processes_of_the_host_say_so),
        WORLD_TEST(the_id_comes_from_the_control_group),
        WORLD_TEST(namespaces_of_the_host_are_recognised),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
