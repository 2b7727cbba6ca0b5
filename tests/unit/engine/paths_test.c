/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/util.h"

static char dir[64], sub[96];

static int dir_new(void **state)
{
    static const char *const names[] = {"b.yaml", "a.yml", "README", "c.yaml.bak"};

    snprintf(dir, sizeof(dir), "/tmp/saker-paths-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(sub, sizeof(sub), "%s/sub.yaml", dir);
    assert_int_equal(mkdir(sub, 0700), 0);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        char path[128];
        FILE *o;

        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        o = fopen(path, "w");
        assert_non_null(o);
        fclose(o);
    }
    return fix_new(state);
}

static int dir_free(void **state)
{
    static const char *const names[] = {"b.yaml", "a.yml", "README", "c.yaml.bak"};

    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(sub);
    rmdir(dir);
    return fix_free(state);
}

static void what_r_names_must_exist_but_what_a_file_names_need_not(void **state)
{
    struct fix *f = *state;
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1 << 20);
    const char *entry[] = {"/no/such.yaml"};
    struct sk_paths p;

    assert_int_equal(sk_rules_paths(entry, 1, true, mem, &p, f->dg), -ENOENT);
    assert_string_equal(sk_diag_text(f->dg, SK_DIAG_ERROR),
                        "Could not open file /no/such.yaml for reading\n");
    assert_int_equal(sk_rules_paths(entry, 1, false, mem, &p, f->dg), 0);
    assert_int_equal(p.n, 0);
    assert_false(p.any);
}

static void a_directory_is_its_yaml_files_in_order(void **state)
{
    struct fix *f = *state;
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1 << 20);
    const char *entry[] = {dir};
    struct sk_paths p;

    assert_int_equal(sk_rules_paths(entry, 1, false, mem, &p, f->dg), 0);
    assert_int_equal(p.n, 2);
    assert_string_equal(p.path[0] + strlen(dir), "/a.yml");
    assert_string_equal(p.path[1] + strlen(dir), "/b.yaml");
}

static void an_empty_directory_is_there_all_the_same(void **state)
{
    struct fix *f = *state;
    sk_auto(arena) struct sk_arena *mem = sk_arena_new(1 << 20);
    const char *entry[] = {sub};
    struct sk_paths p;

    assert_int_equal(sk_rules_paths(entry, 1, false, mem, &p, f->dg), 0);
    assert_int_equal(p.n, 0);
    assert_true(p.any);
}

#define D(name) cmocka_unit_test_setup_teardown(name, dir_new, dir_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(what_r_names_must_exist_but_what_a_file_names_need_not),
        D(a_directory_is_its_yaml_files_in_order),
        D(an_empty_directory_is_there_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
