/* SPDX-License-Identifier: Apache-2.0 */
#include "rule/pmatch.h"

#include <errno.h>

#include "tests/unit/test.h"

static struct sk_arena *mem;

static int setup(void **state)
{
    (void)state;
    mem = sk_arena_new(1u << 22);
    return mem == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_freep(&mem);
    return 0;
}

static struct sk_pmatch *tree(const char *const *paths)
{
    struct sk_pmatch *pm = sk_pmatch_new(mem);

    for (; *paths; paths++)
        assert_int_equal(sk_pmatch_add(pm, sk_str(*paths)), 0);
    return pm;
}
#define TREE(...) tree((const char *const[]){__VA_ARGS__, NULL})

static bool has(const struct sk_pmatch *pm, const char *path)
{
    return sk_pmatch_has(pm, sk_str(path));
}

static void adding_without_memory_says_so(void **state)
{
    sk_auto(arena) struct sk_arena *small = sk_arena_new(256);
    struct sk_pmatch *pm = sk_pmatch_new(small);

    (void)state;
    assert_int_equal(sk_pmatch_add(pm, SK_STR("/a/b/c/d/e/f/g/h/i/j/k")), -ENOMEM);
}

static void a_prefix_ends_at_a_component(void **state)
{
    struct sk_pmatch *pm = TREE("/var/run", "/etc/");

    (void)state;
    assert_true(has(pm, "/var/run"));
    assert_true(has(pm, "/var/run/docker.sock"));
    assert_true(has(pm, "//var//run/x"));
    assert_true(has(pm, "etc/passwd"));
    assert_false(has(pm, "/var/running"));
    assert_false(has(pm, "/var"));
    assert_false(has(pm, ""));
}

static void a_shorter_path_covers_longer_ones_in_any_order(void **state)
{
    struct sk_pmatch *a = TREE("/usr", "/usr/lib"), *b = TREE("/usr/lib", "/usr");

    (void)state;
    assert_true(has(a, "/usr/bin"));
    assert_true(has(b, "/usr/bin"));
}

static void the_root_covers_everything(void **state)
{
    struct sk_pmatch *pm = TREE("/");

    (void)state;
    assert_true(has(pm, "/a"));
    assert_true(has(pm, "relative"));
    assert_true(has(pm, ""));
}

static void globs_stand_for_one_component(void **state)
{
    struct sk_pmatch *pm = TREE("/home/*/.ssh", "/opt/v[0-9]/bin");

    (void)state;
    assert_true(has(pm, "/home/me/.ssh/id"));
    assert_false(has(pm, "/home/me/x/.ssh"));
    assert_true(has(pm, "/opt/v3/bin"));
    assert_false(has(pm, "/opt/vx/bin"));
}

static void every_alternative_is_tried(void **state)
{
    struct sk_pmatch *pm = TREE("/a/x", "/*/y", "/?/z");

    (void)state;
    assert_true(has(pm, "/a/x"));
    assert_true(has(pm, "/a/y"));
    assert_true(has(pm, "/a/z"));
    assert_false(has(pm, "/a/w"));
}

static void a_component_longer_than_a_path_matches_no_glob(void **state)
{
    struct sk_pmatch *pm = TREE("/*");
    char *path = malloc(10001);

    (void)state;
    memset(path, 'x', 10000);
    path[0] = '/';
    path[10000] = '\0';
    assert_false(has(pm, path));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adding_without_memory_says_so),
        cmocka_unit_test(a_prefix_ends_at_a_component),
        cmocka_unit_test(a_shorter_path_covers_longer_ones_in_any_order),
        cmocka_unit_test(the_root_covers_everything),
        cmocka_unit_test(globs_stand_for_one_component),
        cmocka_unit_test(every_alternative_is_tried),
        cmocka_unit_test(a_component_longer_than_a_path_matches_no_glob),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
