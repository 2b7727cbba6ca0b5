/* SPDX-License-Identifier: Apache-2.0 */
#include "field/path.h"

#include "tests/unit/field/calls.h"

static void a_path_whose_base_nobody_knows_has_no_absolute_text(void **state)
{
    struct world *w = *state;
    struct sk_str base;

    CALL(w, 1, "unlinkat", N(0), N(7), T("x"), N(0));
    assert_false(sk_path_base(&w->cx, 2, &base));
    assert_null(sk_path_text(&w->cx, 2).p);
    assert_null(sk_path_dir(&w->ev, 2));
    CALL(w, 1, "unlink", N(0), T("x"));
    assert_null(sk_path_text(&w->cx, 1).p);
    CALL(w, 1, "unlink", N(0), T(""));
    assert_null(sk_path_text(&w->cx, 1).p);
}

static void the_working_directory_is_the_base_of_last_resort(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(50, 1, "bash");

    ti.cwd = SK_STR("/home/u");
    world_add(w, &ti);
    CALL(w, 50, "unlink", N(0), T("../x"));
    assert_true(sk_str_eqz(sk_path_text(&w->cx, 1), "/home/x"));
    CALL(w, 50, "unlinkat", N(0), N(-100), T("x"), N(0));
    assert_true(sk_str_eqz(sk_path_text(&w->cx, 2), "/home/u/x"));
    CALL(w, 50, "unlinkat", N(0), N(7), T("x"), N(0));
    assert_null(sk_path_text(&w->cx, 2).p);
}

static void what_the_kernel_said_wins(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(50, 1, "bash");

    ti.cwd = SK_STR("/home/u");
    world_add(w, &ti);
    CALL_IN(w, 50, "/real", "unlink", N(0), T("x"));
    assert_true(sk_str_eqz(sk_path_text(&w->cx, 1), "/real/x"));
}

static void two_paths_have_two_bases(void **state)
{
    struct world *w = *state;
    const struct arg args[] = {N(0), N(3), T("a"), N(4), T("b"), N(0)};
    struct sk_x_dir x = {.tag = SK_X_DIR, .role = SK_ROLE_OLD};
    uint16_t code = call_begin(w, "renameat2", SK_ARRAY_LEN(args), args);

    world_ext(w, code, &x, sizeof(x), "/old");
    x.role = SK_ROLE_NEW;
    world_ext(w, code, &x, sizeof(x), "/new");
    world_send(w, code, 1);
    assert_true(sk_str_eqz(sk_path_text(&w->cx, 2), "/old/a"));
    assert_true(sk_str_eqz(sk_path_text(&w->cx, 4), "/new/b"));
    /* The descriptors of the directories lead to the same rows. */
    assert_true(sk_str_eqz(sk_path_dir(&w->ev, 1)->path, "/old"));
    assert_true(sk_str_eqz(sk_path_dir(&w->ev, 3)->path, "/new"));
}

static void a_second_base_that_is_missing_is_not_the_first(void **state)
{
    struct world *w = *state;
    const struct arg args[] = {N(0), N(3), T("a"), N(4), T("b"), N(0)};
    struct sk_x_dir x = {.tag = SK_X_DIR, .role = SK_ROLE_OLD};
    uint16_t code = call_begin(w, "renameat2", SK_ARRAY_LEN(args), args);

    world_ext(w, code, &x, sizeof(x), "/old");
    world_send(w, code, 1);
    assert_null(sk_path_text(&w->cx, 4).p);
}

static void a_lone_base_counts_whatever_its_role(void **state)
{
    struct world *w = *state;
    const struct arg args[] = {N(0), T("target"), N(3), T("link")};
    struct sk_x_dir x = {.tag = SK_X_DIR, .role = SK_ROLE_NEW};
    uint16_t code = call_begin(w, "symlinkat", SK_ARRAY_LEN(args), args);

    world_ext(w, code, &x, sizeof(x), "/dir/");
    world_send(w, code, 1);
    assert_true(sk_str_eqz(sk_path_text(&w->cx, 3), "/dir/link"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_path_whose_base_nobody_knows_has_no_absolute_text),
        WORLD_TEST(the_working_directory_is_the_base_of_last_resort),
        WORLD_TEST(what_the_kernel_said_wins),
        WORLD_TEST(two_paths_have_two_bases),
        WORLD_TEST(a_second_base_that_is_missing_is_not_the_first),
        WORLD_TEST(a_lone_base_counts_whatever_its_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
