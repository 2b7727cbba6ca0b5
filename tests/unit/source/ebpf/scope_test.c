/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/ebpf/features.h"
#include "tests/unit/test.h"

/* A /proc of our own: 10 has the children 11 and 12 (by its thread 13), 11 has 14; 20 is a
 * stranger. */
static char proc[64];

static void put(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", proc, name);
    for (char *p = path + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        mkdir(path, 0700);
        *p = '/';
    }
    sk_auto(file) FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
}

static int begin(void **state)
{
    (void)state;
    snprintf(proc, sizeof(proc), "/tmp/sk-scope-XXXXXX");
    assert_non_null(mkdtemp(proc));
    put("10/stat", "10 (a) b) c) S 1 10 10");
    put("11/stat", "11 (x) S 10 10 10");
    put("12/stat", "12 (x) S 10 10 10");
    put("14/stat", "14 (x) S 11 10 10");
    put("20/stat", "20 (x) S 1 10 10");
    put("10/status", "Name:\ta\nTgid:\t10\n");
    put("13/status", "Name:\ta\nTgid:\t10\n");
    return 0;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
    (void)st;
    (void)type;
    (void)f;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(proc, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void with_lists(void)
{
    put("10/task/10/children", "11 ");
    put("10/task/13/children", "12 ");
    put("11/task/11/children", "14");
    put("12/task/12/children", "");
    put("14/task/14/children", "");
    put("20/task/20/children", "");
}

struct got {
    uint32_t pid[8];
    unsigned n, stop_at;
};

static int on_pid(void *self, uint32_t pid)
{
    struct got *g = self;

    g->pid[g->n++] = pid;
    return g->n == g->stop_at ? -ECANCELED : 0;
}

static void assert_tree(const struct got *g)
{
    uint32_t sum = 0;

    assert_int_equal(g->n, 4);
    assert_int_equal(g->pid[0], 10);
    for (unsigned i = 0; i < g->n; i++)
        sum += g->pid[i];
    assert_int_equal(sum, 10 + 11 + 12 + 14);
}

static void a_process_that_is_not_there_is_said_so(void **state)
{
    struct got g = {0};
    uint32_t pid = 7;

    (void)state;
    assert_int_equal(sk_scope_walk(proc, 99, on_pid, &g), -ESRCH);
    assert_int_equal(g.n, 0);
    assert_int_equal(sk_scope_leader(proc, 99, &pid), -ESRCH);
    assert_int_equal(pid, 7);
    assert_int_equal(sk_scope_host_ns(proc, "pid"), 0);
}

static void the_walk_ends_where_the_callee_says(void **state)
{
    struct got g = {.stop_at = 2};

    (void)state;
    with_lists();
    assert_int_equal(sk_scope_walk(proc, 10, on_pid, &g), -ECANCELED);
    assert_int_equal(g.n, 2);
}

static void descendants_come_from_the_lists_of_children(void **state)
{
    struct got g = {0};

    (void)state;
    with_lists();
    assert_int_equal(sk_scope_walk(proc, 10, on_pid, &g), 0);
    assert_tree(&g);
}

static void descendants_come_from_their_parents_where_there_are_no_lists(void **state)
{
    struct got g = {0};

    (void)state;
    assert_int_equal(sk_scope_walk(proc, 10, on_pid, &g), 0);
    assert_tree(&g);
}

static void a_thread_leads_to_its_process(void **state)
{
    uint32_t pid = 0;

    (void)state;
    assert_int_equal(sk_scope_leader(proc, 13, &pid), 0);
    assert_int_equal(pid, 10);
}

static void a_directory_that_is_no_cgroup_is_named_with_the_place_of_cgroups(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char v2[256], want[800];
    int fd = -7;

    (void)state;
    if (sk_mount_find("/proc/self/mounts", "cgroup2", v2, sizeof(v2))) {
        assert_int_equal(sk_scope_open_cgroup(proc, dg, &fd), -ENOENT);
        return;
    }
    assert_int_equal(sk_scope_open_cgroup("/no/such", dg, &fd), -ENOENT);
    assert_int_equal(sk_scope_open_cgroup(proc, dg, &fd), -EINVAL);
    assert_int_equal(fd, -7);
    snprintf(want, sizeof(want),
             "no cgroup '/no/such' (No such file or directory): give a directory below '%s'\n"
             "'%s' is not a cgroup: give a directory below '%s'\n",
             v2, proc, v2);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR), want);
}

static void a_cgroup_of_version_1_is_told_apart(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    char v1[256], v2[256];
    int fd;

    (void)state;
    if (sk_mount_find("/proc/self/mounts", "cgroup", v1, sizeof(v1)) ||
        sk_mount_find("/proc/self/mounts", "cgroup2", v2, sizeof(v2)))
        skip();
    assert_int_equal(sk_scope_open_cgroup(v1, dg, &fd), -EINVAL);
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), "version 1"));
    assert_non_null(strstr(sk_diag_text(dg, SK_DIAG_ERROR), v2));
}

static void a_cgroup_of_version_2_is_opened(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    sk_auto(fd) int fd = -1;
    char v2[256];

    (void)state;
    if (sk_mount_find("/proc/self/mounts", "cgroup2", v2, sizeof(v2)))
        skip();
    assert_int_equal(sk_scope_open_cgroup(v2, dg, &fd), 0);
    assert_true(fd >= 0);
}

static void a_cgroup_is_called_by_the_number_of_its_directory(void **state)
{
    sk_auto(fd) int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    (void)state;
    assert_int_equal(stat("/", &st), 0);
    assert_int_equal(sk_scope_id(fd), st.st_ino);
    assert_int_equal(sk_scope_id(-1), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_process_that_is_not_there_is_said_so),
        T(the_walk_ends_where_the_callee_says),
        T(descendants_come_from_the_lists_of_children),
        T(descendants_come_from_their_parents_where_there_are_no_lists),
        T(a_thread_leads_to_its_process),
        T(a_directory_that_is_no_cgroup_is_named_with_the_place_of_cgroups),
        T(a_cgroup_of_version_1_is_told_apart),
        T(a_cgroup_of_version_2_is_opened),
        T(a_cgroup_is_called_by_the_number_of_its_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
