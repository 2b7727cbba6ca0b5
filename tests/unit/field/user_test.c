/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/field/world.h"

static char root[] = "/tmp/sk_users_XXXXXX";

static void put(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/etc/%s", root, name);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int make_root(void **state)
{
    char path[128];

    (void)state;
    if (!mkdtemp(root))
        return -1;
    snprintf(path, sizeof(path), "%s/etc", root);
    if (mkdir(path, 0700))
        return -1;
    put("passwd", "alice:x:1000:1000:A:/home/alice:/bin/zsh\nempty:x:1001:1:::\n");
    put("group", "staff:x:50:alice\n");
    return 0;
}

static int drop_root(void **state)
{
    static const char *const names[] = {"/etc/passwd", "/etc/group", "/etc", ""};
    char path[128];

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s%s", root, names[i]);
        if (remove(path))
            return -1;
    }
    return 0;
}

static int setup(void **state)
{
    struct sk_state_ops ops = {.host_root = root, .live = true};
    struct world *w;

    world_setup(state);
    w = *state;
    sk_state_free(w->st);
    return sk_state_new(NULL, &ops, &w->st);
}

static void as(struct world *w, uint32_t uid, uint32_t gid, uint32_t loginuid)
{
    struct sk_task_info ti = world_task(5, 0, "x");

    ti.uid = uid;
    ti.gid = gid;
    ti.loginuid = loginuid;
    world_add(w, &ti);
    world_event(w, 5);
}

static void without_a_process_everything_is_absent(void **state)
{
    static const char *const names[] = {"user.uid",      "user.name",      "user.homedir",
                                        "user.loginuid", "user.loginname", "group.gid",
                                        "group.name"};
    struct world *w = *state;

    world_event(w, 99);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        assert_field(w, names[i], "(absent)");
}

static void ids_without_names_are_not_available(void **state)
{
    struct world *w = *state;

    as(w, 4242, 4343, UINT32_MAX);
    assert_field(w, "user.uid", "4242");
    assert_field(w, "user.name", "<NA>");
    assert_field(w, "user.shell", "<NA>");
    assert_field(w, "user.loginuid", "-1");
    assert_field(w, "user.loginname", "<NA>");
    assert_field(w, "group.gid", "4343");
    assert_field(w, "group.name", "<NA>");
}

static void names_come_from_the_files_below_the_root(void **state)
{
    struct world *w = *state;

    as(w, 1000, 50, 1000);
    assert_field(w, "user.name", "alice");
    assert_field(w, "user.homedir", "/home/alice");
    assert_field(w, "user.shell", "/bin/zsh");
    assert_field(w, "user.loginuid", "1000");
    assert_field(w, "user.loginname", "alice");
    assert_field(w, "group.name", "staff");
    as(w, 1001, 50, 0);
    assert_field(w, "user.homedir", "<NA>");
    assert_field(w, "user.shell", "<NA>");
}

static void id_0_is_root_even_without_files(void **state)
{
    struct world *w = *state;

    as(w, 0, 0, 0);
    assert_field(w, "user.name", "root");
    assert_field(w, "user.homedir", "/root");
    assert_field(w, "user.loginname", "root");
    assert_field(w, "group.name", "root");
}

static void the_driver_tells_the_ids_of_an_unknown_process(void **state)
{
    struct world *w = *state;
    struct sk_x_task x = {.tag = SK_X_TASK, .pid = 77, .uid = 8, .gid = 9};

    world_begin(w);
    world_ext(w, EV_CLOSE, &x, sizeof(x), NULL);
    world_send(w, EV_CLOSE, 77);
    assert_field(w, "user.uid", "8");
    assert_field(w, "user.name", "<NA>");
    assert_field(w, "group.gid", "9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_process_everything_is_absent, setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(ids_without_names_are_not_available, setup, world_teardown),
        cmocka_unit_test_setup_teardown(names_come_from_the_files_below_the_root, setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(id_0_is_root_even_without_files, setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_driver_tells_the_ids_of_an_unknown_process, setup,
                                        world_teardown),
    };

    return cmocka_run_group_tests(tests, make_root, drop_root);
}
