/* SPDX-License-Identifier: Apache-2.0 */
/* The process that is looked at is this test itself, in a directory with links in it. */
#include "field/resolve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/field/calls.h"

static char dir[64];

static void make_file(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static int live_setup(void **state)
{
    const struct sk_state_ops ops = {.live = true};
    struct sk_task_info ti;
    struct world *w;

    world_setup(state);
    w = *state;
    sk_state_free(w->st);
    assert_int_equal(sk_state_new(NULL, &ops, &w->st), 0);
    snprintf(dir, sizeof(dir), "/tmp/saker-resolve-XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(mkdir("real", 0700), 0);
    assert_int_equal(mkdir("real/sub", 0700), 0);
    make_file("real/file");
    assert_int_equal(symlink("real", "rel"), 0);
    assert_int_equal(symlink("../real/file", "real/filelink"), 0);
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    ti = world_task((uint32_t)getpid(), 1, "me");
    ti.cwd = sk_str(dir);
    ti.root = SK_STR("/");
    world_add(w, &ti);
    return 0;
}

static int live_teardown(void **state)
{
    static const char *const names[] = {"rel", "real/filelink", "dangling", "loop",
                                        "abs", "real/file",     "real/sub", "real"};

    assert_int_equal(chdir(dir), 0);
    for (size_t i = 0; i < SK_ARRAY_LEN(names); i++)
        if (remove(names[i]) < 0)
            assert_int_equal(errno, ENOENT);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(dir), 0);
    return world_teardown(state);
}

#define LIVE_TEST(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)

/* The path below the directory, "(none)" when it was not resolved, else the whole result. */
static const char *resolve(struct world *w, const char *path, bool follow)
{
    struct sk_str s;

    CALL(w, (uint32_t)getpid(), "close", N(0), N(3));
    s = sk_path_resolve(&w->cx, sk_str(dir), sk_str(path), follow);
    if (!s.p)
        return "(none)";
    assert_int_equal(s.p[s.n], '\0');
    return strncmp(s.p, dir, strlen(dir)) == 0 ? s.p + strlen(dir) : s.p;
}

static void what_cannot_be_looked_up_is_left_to_the_text(void **state)
{
    struct world *w = *state;

    assert_string_equal(resolve(w, "", true), "(none)");
    assert_string_equal(resolve(w, "no/such/dir", true), "(none)");
    assert_string_equal(resolve(w, "real/file/x/y", true), "(none)");
    assert_string_equal(resolve(w, "loop", true), "(none)");
    assert_string_equal(resolve(w, "loop/x", true), "(none)");
    CALL(w, (uint32_t)getpid(), "close", N(0), N(3));
    assert_null(sk_path_resolve(&w->cx, SK_STR(""), SK_STR("x"), true).p);
    assert_null(sk_path_resolve(&w->cx, SK_STR("rel"), SK_STR("x"), true).p);
}

static void a_process_that_is_gone_cannot_be_asked(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task(4194305, 1, "gone"); /* beyond the largest pid */

    ti.root = SK_STR("/");
    world_add(w, &ti);
    CALL(w, 4194305, "close", N(0), N(3));
    assert_null(sk_path_resolve(&w->cx, SK_STR("/"), SK_STR("etc"), true).p);
}

static void a_process_that_is_gone_is_replaced_by_its_parent(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task((uint32_t)getpid(), 1, "me");
    struct sk_str s;

    ti.root = SK_STR("/");
    ti.ns_mnt = 7;
    world_add(w, &ti);
    ti = world_task(4194305, (uint32_t)getpid(), "gone");
    ti.root = SK_STR("/");
    ti.ns_mnt = 7;
    world_add(w, &ti);
    CALL(w, 4194305, "close", N(0), N(3));
    s = sk_path_resolve(&w->cx, sk_str(dir), SK_STR("rel/file"), true);
    assert_non_null(s.p);
    assert_string_equal(s.p + strlen(dir), "/real/file");
}

static void the_own_root_below_proc_is_the_root_even_when_its_process_is_gone(void **state)
{
    struct world *w = *state;
    struct sk_task_info ti = world_task((uint32_t)getpid(), 1, "me");
    char path[128];
    struct sk_str s;

    ti.root = SK_STR("/");
    ti.ns_mnt = 7;
    world_add(w, &ti);
    ti = world_task(4194305, (uint32_t)getpid(), "gone");
    ti.root = SK_STR("/");
    ti.ns_mnt = 7;
    world_add(w, &ti);
    CALL(w, 4194305, "close", N(0), N(3));
    snprintf(path, sizeof(path), "//proc/self/root/proc//4194305/root%s/rel/file", dir);
    s = sk_path_resolve(&w->cx, SK_STR("/"), sk_str(path), true);
    assert_non_null(s.p);
    assert_string_equal(s.p + strlen(dir), "/real/file");
    assert_null(sk_path_resolve(&w->cx, SK_STR("/"), SK_STR("/proc/self/rooted/x"), true).p);
}

static void links_of_parent_directories_are_followed(void **state)
{
    struct world *w = *state;

    assert_string_equal(resolve(w, "rel/file", false), "/real/file");
    assert_string_equal(resolve(w, "./rel//./file", false), "/real/file");
    assert_string_equal(resolve(w, "rel/new", false), "/real/new");
}

static void the_last_link_is_followed_when_the_call_does(void **state)
{
    struct world *w = *state;

    assert_string_equal(resolve(w, "rel", false), "/rel");
    assert_string_equal(resolve(w, "rel/", false), "/rel");
    assert_string_equal(resolve(w, "rel", true), "/real");
    assert_string_equal(resolve(w, "real/filelink", true), "/real/file");
    assert_string_equal(resolve(w, "dangling", true), "/nowhere");
    assert_string_equal(resolve(w, "dangling", false), "/dangling");
}

static void dots_go_up_from_where_the_link_led(void **state)
{
    struct world *w = *state;
    char abs[128];

    snprintf(abs, sizeof(abs), "%s/real/sub", dir);
    assert_int_equal(symlink(abs, "abs"), 0);
    assert_string_equal(resolve(w, "abs/../file", false), "/real/file"); /* not /file */
    assert_string_equal(resolve(w, "rel/..", false), "");
    assert_string_equal(resolve(w, "/..", true), "/");
    assert_string_equal(resolve(w, "/../../", true), "/");
}

static void proc_self_is_the_process_that_asked(void **state)
{
    struct world *w = *state;
    char want[64];

    snprintf(want, sizeof(want), "/proc/%d/status", getpid());
    assert_string_equal(resolve(w, "/proc/self/status", true), want);
    assert_string_equal(resolve(w, "/proc/self/cwd/rel/file", true), "/real/file");
    assert_string_equal(resolve(w, "/proc/self/root/proc/self/status", true), want);
}

static void fields_look_up_what_the_text_hides(void **state)
{
    struct world *w = *state;
    char want[128];
    uint32_t me = (uint32_t)getpid();

    CALL(w, me, "chmod", N(0), T("rel/filelink"), N(0));
    snprintf(want, sizeof(want), "%s/rel/filelink", dir);
    assert_field(w, "fs.path.name", want);
    snprintf(want, sizeof(want), "%s/real/file", dir);
    assert_field(w, "fs.path.resolved", want);
    CALL(w, me, "lchown", N(0), T("rel/filelink"), N(0), N(0));
    snprintf(want, sizeof(want), "%s/real/filelink", dir);
    assert_field(w, "fs.path.resolved", want);
    /* The new link is in `real`: its text begins there. */
    CALL(w, me, "symlink", N(0), T("filelink"), T("rel/newlink"));
    snprintf(want, sizeof(want), "%s/real/newlink", dir);
    assert_field(w, "fs.path.source_resolved", want);
    snprintf(want, sizeof(want), "%s/real/file", dir);
    assert_field(w, "fs.path.target_resolved", want);
    CALL(w, me, "linkat", N(0), N(-100), T("real/filelink"), N(-100), T("x"), N(0x400));
    assert_field(w, "fs.path.target_resolved", want);
    CALL(w, me, "linkat", N(0), N(-100), T("real/filelink"), N(-100), T("x"), N(0));
    snprintf(want, sizeof(want), "%s/real/filelink", dir);
    assert_field(w, "fs.path.target_resolved", want);
}

static void descriptors_do_not_leak(void **state)
{
    struct world *w = *state;
    int before = dup(0), after;

    close(before);
    resolve(w, "rel/file", true);
    resolve(w, "loop", true);
    resolve(w, "abs/../../x", true);
    resolve(w, "no/such", true);
    after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(what_cannot_be_looked_up_is_left_to_the_text),
        LIVE_TEST(a_process_that_is_gone_cannot_be_asked),
        LIVE_TEST(a_process_that_is_gone_is_replaced_by_its_parent),
        LIVE_TEST(the_own_root_below_proc_is_the_root_even_when_its_process_is_gone),
        LIVE_TEST(links_of_parent_directories_are_followed),
        LIVE_TEST(the_last_link_is_followed_when_the_call_does),
        LIVE_TEST(dots_go_up_from_where_the_link_led),
        LIVE_TEST(proc_self_is_the_process_that_asked),
        LIVE_TEST(fields_look_up_what_the_text_hides),
        LIVE_TEST(descriptors_do_not_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
