/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/field/calls.h"

static void calls_that_failed_and_other_calls_have_no_path(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "unlink", N(-1), T("/a"));
    assert_field(w, "fs.path.name", "(absent)");
    assert_field(w, "fs.path.nameraw", "(absent)");
    assert_field(w, "fs.path.source", "(absent)");
    CALL(w, 1, "close", N(0), N(3));
    assert_field(w, "fs.path.name", "(absent)");
    assert_field(w, "fs.path.resolved", "(absent)");
    CALL(w, 1, "openat", N(-1), N(-100), T("/a"), N(1), N(0));
    assert_field(w, "fs.path.name", "(absent)");
    CALL(w, 1, "rename", N(0), T("/a"), T("/b"));
    assert_field(w, "fs.path.name", "(absent)");
}

static void one_path_is_the_name(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "mkdir", N(0), T("/a//b/../c"), N(0755));
    assert_field(w, "fs.path.name", "/a/c");
    assert_field(w, "fs.path.nameraw", "/a//b/../c");
    CALL_IN(w, 1, "/d", "fchmodat", N(0), N(3), T("x"), N(0));
    assert_field(w, "fs.path.name", "/d/x");
    CALL(w, 1, "fchmodat", N(0), N(3), T("x"), N(0));
    assert_field(w, "fs.path.name", "<UNKNOWN>x");
    CALL(w, 1, "openat", N(-2), N(-100), T("/a"), N(1), N(0));
    assert_field(w, "fs.path.name", "/a");
    CALL(w, 1, "umount2", N(0), T("/mnt/"), N(0));
    assert_field(w, "fs.path.name", "/mnt");
}

static void a_descriptor_names_its_file(void **state)
{
    struct world *w = *state;

    CALL_FD(w, 1, 3, "/tmp/t", "fchmod", N(0), N(3), N(0));
    assert_field(w, "fs.path.name", "/tmp/t");
    assert_field(w, "fs.path.nameraw", "/tmp/t");
    assert_field(w, "fs.path.resolved", "/tmp/t");
    CALL(w, 1, "fchmod", N(0), N(3), N(0));
    assert_field(w, "fs.path.name", "(absent)");
    assert_field(w, "fs.path.resolved", "(absent)");
}

static void two_paths_are_source_and_target(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "rename", N(0), T("/a"), T("/b"));
    assert_field(w, "fs.path.source", "/a");
    assert_field(w, "fs.path.target", "/b");
    CALL(w, 1, "link", N(0), T("/old"), T("/new"));
    assert_field(w, "fs.path.source", "/new");
    assert_field(w, "fs.path.targetraw", "/old");
    CALL(w, 1, "symlink", N(0), T("/there"), T("/here"));
    assert_field(w, "fs.path.source", "/here");
    assert_field(w, "fs.path.target", "/there");
    CALL(w, 1, "mount", N(0), T("/dev/sda"), T("/mnt"), T("ext4"), N(0));
    assert_field(w, "fs.path.source", "/dev/sda");
    assert_field(w, "fs.path.target", "/mnt");
    CALL_IN(w, 1, "/d", "symlinkat", N(0), T("t"), N(3), T("l"));
    assert_field(w, "fs.path.source", "/d/l");
    assert_field(w, "fs.path.target", "<UNKNOWN>t");
}

static void bases_without_the_kernels_word_are_those_of_falco(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(50, 1, "bash");

    ti.cwd = SK_STR("/root/");
    world_add(w, &ti);
    CALL(w, 50, "linkat", N(0), N(2), T("tmp/o"), N(2), T("tmp/n"), N(0));
    assert_field(w, "fs.path.source", "/root/tmp/n");
    assert_field(w, "fs.path.target", "/root/tmp/o");
}

/* Not live: nothing can be looked up, the text remains. */
static void resolved_falls_back_to_the_text(void **state)
{
    struct world *w = *state;

    CALL(w, 1, "unlink", N(-13), T("/a/../b"));
    assert_field(w, "fs.path.resolved", "/b");
    CALL(w, 1, "unlink", N(0), T("b"));
    assert_field(w, "fs.path.resolved", "(absent)");
    CALL_IN(w, 1, "/d", "symlink", N(0), T("../x"), T("e/l"));
    assert_field(w, "fs.path.source_resolved", "/d/e/l");
    assert_field(w, "fs.path.target_resolved", "/d/x");
    CALL(w, 1, "mount", N(0), T("tmpfs"), T("/mnt"), T("tmpfs"), N(0));
    assert_field(w, "fs.path.source_resolved", "tmpfs");
}

static void an_opened_file_is_where_the_kernel_found_it(void **state)
{
    struct world *w = *state;

    CALL_FD(w, 1, 3, "/etc/shadow", "openat", N(3), N(-100), T("/tmp/innocent"), N(1), N(0));
    assert_field(w, "fs.path.name", "/tmp/innocent");
    assert_field(w, "fs.path.resolved", "/etc/shadow");
    CALL_FD(w, 1, 3, "/etc/new", "creat", N(3), T("/tmp/x"), N(0));
    assert_field(w, "fs.path.name", "(absent)");
    assert_field(w, "fs.path.resolved", "/etc/new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(calls_that_failed_and_other_calls_have_no_path),
        WORLD_TEST(one_path_is_the_name),
        WORLD_TEST(a_descriptor_names_its_file),
        WORLD_TEST(two_paths_are_source_and_target),
        WORLD_TEST(bases_without_the_kernels_word_are_those_of_falco),
        WORLD_TEST(resolved_falls_back_to_the_text),
        WORLD_TEST(an_opened_file_is_where_the_kernel_found_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
