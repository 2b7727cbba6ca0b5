/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/filewatch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/test.h"

struct fix {
    char dir[64];
    struct sk_filewatch *w;
};

static int fix_new(void **state)
{
    struct fix *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    snprintf(f->dir, sizeof(f->dir), "/tmp/saker-filewatch-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(sk_filewatch_new(&f->w), 0);
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static int fix_free(void **state)
{
    struct fix *f = *state;

    sk_filewatch_free(f->w);
    assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(f);
    return 0;
}

/* Below the test's directory; good for the next seven calls. */
static const char *in(struct fix *f, const char *name)
{
    static char path[8][128];
    static unsigned turn;
    char *p = path[turn++ % SK_ARRAY_LEN(path)];

    snprintf(p, sizeof(path[0]), "%s/%s", f->dir, name);
    return p;
}

static void put(struct fix *f, const char *name)
{
    int fd = open(in(f, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static void link_to(struct fix *f, const char *target, const char *name)
{
    assert_int_equal(symlink(target, in(f, name)), 0);
}

static void make_dir(struct fix *f, const char *name)
{
    assert_int_equal(mkdir(in(f, name), 0700), 0);
}

static void move(struct fix *f, const char *from, const char *to)
{
    assert_int_equal(rename(in(f, from), in(f, to)), 0);
}

static void watch(struct fix *f, const char *name, bool yaml)
{
    assert_int_equal(sk_filewatch_begin(f->w), 0);
    assert_int_equal(sk_filewatch_add(f->w, in(f, name), yaml), 0);
    sk_filewatch_end(f->w);
}

static bool changed(struct fix *f)
{
    struct pollfd p = {.fd = sk_filewatch_fd(f->w), .events = POLLIN};

    return poll(&p, 1, 0) == 1 && sk_filewatch_read(f->w);
}

static void a_file_that_is_written_has_changed_and_its_neighbour_does_not_matter(void **state)
{
    struct fix *f = *state;

    put(f, "a");
    watch(f, "a", false);
    put(f, "b");
    assert_int_equal(unlink(in(f, "b")), 0);
    assert_false(changed(f));
    put(f, "a");
    assert_true(changed(f));
    assert_false(changed(f));
}

static void a_file_that_is_replaced_removed_and_put_back_has_changed(void **state)
{
    struct fix *f = *state;

    put(f, "a");
    watch(f, "a", false);
    put(f, "a.tmp");
    assert_false(changed(f));
    move(f, "a.tmp", "a");
    assert_true(changed(f));
    watch(f, "a", false);
    assert_int_equal(unlink(in(f, "a")), 0);
    assert_true(changed(f));
    watch(f, "a", false);
    put(f, "a");
    assert_true(changed(f));
}

static void another_name_of_the_file_writes_it_too(void **state)
{
    struct fix *f = *state;

    make_dir(f, "other");
    put(f, "a");
    assert_int_equal(link(in(f, "a"), in(f, "other/b")), 0);
    watch(f, "a", false);
    put(f, "other/b");
    assert_true(changed(f));
}

static void a_way_that_is_not_there_yet_is_waited_for_step_by_step(void **state)
{
    struct fix *f = *state;

    watch(f, "x/y/a.yaml", true);
    make_dir(f, "z");
    assert_false(changed(f));
    make_dir(f, "x");
    assert_true(changed(f));
    watch(f, "x/y/a.yaml", true);
    make_dir(f, "x/y");
    assert_true(changed(f));
    watch(f, "x/y/a.yaml", true);
    put(f, "x/y/a.yaml");
    assert_true(changed(f));
    watch(f, "x/y/a.yaml", true);
    move(f, "x", "old"); /* a directory of the way leaves */
    assert_true(changed(f));
}

static void a_link_that_is_turned_changes_what_is_behind_it(void **state)
{
    struct fix *f = *state;

    /* As Kubernetes mounts a ConfigMap. */
    make_dir(f, "..1");
    put(f, "..1/r.yaml");
    link_to(f, "..1", "..data");
    link_to(f, "..data/r.yaml", "r.yaml");
    for (int whole = 0; whole < 2; whole++) {
        watch(f, whole ? "" : "r.yaml", true);
        make_dir(f, "..2");
        put(f, "..2/r.yaml");
        link_to(f, "..2", "..tmp");
        assert_false(changed(f));
        move(f, "..tmp", "..data");
        assert_true(changed(f));
        watch(f, whole ? "" : "r.yaml", true);
        put(f, "..2/r.yaml");
        assert_true(changed(f));
        assert_int_equal(unlink(in(f, "..2/r.yaml")), 0);
        assert_int_equal(rmdir(in(f, "..2")), 0);
        assert_true(changed(f));
        link_to(f, "..1", "..tmp");
        move(f, "..tmp", "..data");
    }
}

static void in_a_directory_the_names_decide(void **state)
{
    struct fix *f = *state;

    make_dir(f, "d");
    put(f, "d/a.yaml");
    watch(f, "d", true);
    put(f, "d/.a.yaml.swp");
    put(f, "d/4913");
    assert_false(changed(f));
    put(f, "d/b.yml");
    assert_true(changed(f));
    watch(f, "d", true);
    put(f, "d/a.yaml");
    assert_true(changed(f));
    watch(f, "d", true);
    assert_int_equal(unlink(in(f, "d/b.yml")), 0);
    assert_true(changed(f));
    watch(f, "d", false);
    put(f, "d/.hidden");
    assert_false(changed(f));
    put(f, "d/any");
    assert_true(changed(f));
}

static void links_in_a_circle_end_the_way(void **state)
{
    struct fix *f = *state;

    link_to(f, "two", "one");
    link_to(f, "one", "two");
    watch(f, "one", false);
    assert_false(changed(f));
    assert_int_equal(unlink(in(f, "one")), 0);
    assert_true(changed(f));
}

static void ways_may_be_relative_and_have_dots(void **state)
{
    struct fix *f = *state;
    char before[256];

    assert_non_null(getcwd(before, sizeof(before)));
    make_dir(f, "d");
    put(f, "a");
    assert_int_equal(chdir(f->dir), 0);
    assert_int_equal(sk_filewatch_begin(f->w), 0);
    assert_int_equal(sk_filewatch_add(f->w, "./d/.././a", false), 0);
    sk_filewatch_end(f->w);
    put(f, "a");
    assert_true(changed(f));
    assert_int_equal(chdir(before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fix_new, fix_free)
        T(a_file_that_is_written_has_changed_and_its_neighbour_does_not_matter),
        T(a_file_that_is_replaced_removed_and_put_back_has_changed),
        T(another_name_of_the_file_writes_it_too),
        T(a_way_that_is_not_there_yet_is_waited_for_step_by_step),
        T(a_link_that_is_turned_changes_what_is_behind_it),
        T(in_a_directory_the_names_decide),
        T(links_in_a_circle_end_the_way),
        T(ways_may_be_relative_and_have_dots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
