/* SPDX-License-Identifier: Apache-2.0 */
#include "state/state.h"

#include "tests/unit/test.h"

#define BIG 262144

static struct sk_arena *arena;

static void joins(const char *base, const char *path, const char *want)
{
    struct sk_str got = sk_path_join(arena, sk_str(base), sk_str(path));

    assert_string_equal(got.p, want);
    assert_int_equal(got.n, strlen(want));
}

static void a_result_of_path_max_bytes_becomes_the_marker(void **state)
{
    char *longest = calloc(1, SK_PATH_MAX + 1);

    (void)state;
    memset(longest, 'a', SK_PATH_MAX - 2);
    assert_int_equal(sk_path_join(arena, SK_STR("/"), sk_str(longest)).n, SK_PATH_MAX - 1);
    longest[SK_PATH_MAX - 2] = 'a';
    joins("/", longest, "/DIR_TOO_LONG/FILENAME_TOO_LONG");
    longest[SK_PATH_MAX - 1] = 'a';
    joins("/", longest, "/DIR_TOO_LONG/FILENAME_TOO_LONG");
    free(longest);
}

static void nothing_joined_to_nothing_is_nothing(void **state)
{
    (void)state;
    joins("", "", "");
    joins("", ".", "");
    joins("", "././.", "");
    joins("", "..", "");
    joins("", "../..", "");
}

static void an_absolute_path_ignores_the_base(void **state)
{
    (void)state;
    joins("/home/", "/etc/passwd", "/etc/passwd");
    joins("", "///etc//passwd/", "/etc/passwd");
    joins("/x/", "/", "/");
}

static void dots_are_resolved_by_text_and_stop_at_the_root(void **state)
{
    (void)state;
    joins("/a/b/", "../c", "/a/c");
    joins("/a/", "../../../c", "/c");
    joins("/", "..", "/");
    joins("/", "/../../c/..", "/");
    joins("/a/", "./x/./../y/.", "/a/y");
    joins("/a/", ".../..x", "/a/.../..x");
}

static void the_base_keeps_its_dots_and_is_joined_as_it_is(void **state)
{
    (void)state;
    joins("../", "x", "../x");
    joins("./a", "b/c", "./ab/c");
    joins("a", "../", "a..");
    joins("//", "../x", "/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_of_path_max_bytes_becomes_the_marker),
        cmocka_unit_test(nothing_joined_to_nothing_is_nothing),
        cmocka_unit_test(an_absolute_path_ignores_the_base),
        cmocka_unit_test(dots_are_resolved_by_text_and_stop_at_the_root),
        cmocka_unit_test(the_base_keeps_its_dots_and_is_joined_as_it_is),
    };
    int failed;

    arena = sk_arena_new(BIG);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    sk_arena_free(arena);
    return failed;
}
