/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/state/feed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/saker-users-XXXXXX";

static void put(const char *path, const char *text)
{
    char full[512];
    FILE *f;

    snprintf(full, sizeof(full), "%s/%s", dir, path);
    f = fopen(full, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make_dir(const char *path)
{
    char full[512];

    snprintf(full, sizeof(full), "%s/%s", dir, path);
    assert_int_equal(mkdir(full, 0700), 0);
}

static int make_tree(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    make_dir("etc");
    make_dir("proc");
    make_dir("proc/10");
    make_dir("proc/10/root");
    make_dir("proc/10/root/etc");
    return 0;
}

static int drop_tree(void **state)
{
    static const char *const path[] = {
        "etc/passwd",
        "etc/group",
        "etc/secret",
        "etc",
        "proc/10/root/etc/passwd",
        "proc/10/root/etc/group",
        "proc/10/root/etc",
        "proc/10/root",
        "proc/10",
        "proc",
        "",
    };

    (void)state;
    for (size_t i = 0; i < SK_ARRAY_LEN(path); i++) {
        char full[512];

        snprintf(full, sizeof(full), "%s/%s", dir, path[i]);
        (void)remove(full);
    }
    return 0;
}

static void live(struct feed *f)
{
    struct sk_state_ops ops = {.live = true, .host_root = dir};

    feed_init(f, NULL, &ops);
}

static void a_replay_reads_no_files(void **state)
{
    struct feed f;
    struct sk_state_ops ops = {.live = false, .host_root = dir};

    (void)state;
    put("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    feed_init(&f, NULL, &ops);
    assert_null(sk_state_user(f.st, NULL, 0));
    feed_done(&f);
}

static void broken_rows_and_missing_files_give_no_names(void **state)
{
    struct feed f;

    (void)state;
    put("etc/passwd", "\n:::\nnobody\na:x:-1:0\nb:x:4294967295:0::/:/\nc:x:9:z\n#d:x:7:7:\n"
                      "ok:x:5:6::/home/ok:/bin/sh");
    live(&f);
    assert_null(sk_state_user(f.st, NULL, 0));
    assert_null(sk_state_user(f.st, NULL, 9));
    assert_null(sk_state_user(f.st, NULL, 7));
    assert_null(sk_state_user(f.st, NULL, UINT32_MAX));
    assert_true(sk_str_eqz(sk_state_user(f.st, NULL, 5)->name, "ok"));
    assert_true(sk_str_eqz(sk_state_user(f.st, NULL, 5)->shell, "/bin/sh"));
    assert_null(sk_state_group(f.st, NULL, 0));
    feed_done(&f);
}

static void of_equal_ids_the_first_row_counts(void **state)
{
    struct feed f;

    (void)state;
    put("etc/passwd", "zed:x:7:0::/a:/b\nalias:x:7:0::/c:/d\nroot:x:0:0:r:/root:/bin/sh\n");
    put("etc/group", "wheel:x:10:a,b\n");
    live(&f);
    assert_true(sk_str_eqz(sk_state_user(f.st, NULL, 7)->name, "zed"));
    assert_true(sk_str_eqz(sk_state_user(f.st, NULL, 0)->home, "/root"));
    assert_true(sk_str_eqz(sk_state_group(f.st, NULL, 10)->name, "wheel"));
    feed_done(&f);
}

static void a_container_has_its_own_names_and_cannot_reach_those_of_the_host(void **state)
{
    struct feed f;
    char link[512];

    (void)state;
    put("etc/passwd", "host:x:0:0::/:/\n");
    put("etc/secret", "stolen:x:1:\n");
    put("proc/10/root/etc/passwd", "inside:x:0:0::/:/\n");
    snprintf(link, sizeof(link), "%s/proc/10/root/etc/group", dir);
    assert_int_equal(symlink("../../../../etc/secret", link), 0);
    live(&f);
    feed_exec(&f, 10, 1, "/bin/sh",
              "=/docker/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0");
    feed_send(&f, FEED_EXECVE, 10);
    assert_true(sk_str_eqz(sk_state_user(f.st, f.th->proc, 0)->name, "inside"));
    assert_true(sk_str_eqz(sk_state_user(f.st, NULL, 0)->name, "host"));
    assert_null(sk_state_group(f.st, f.th->proc, 1));
    feed_done(&f);
}

static void a_fifo_in_place_of_the_file_does_not_block(void **state)
{
    struct feed f;
    char path[512];

    (void)state;
    snprintf(path, sizeof(path), "%s/etc/passwd", dir);
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    live(&f);
    assert_null(sk_state_user(f.st, NULL, 0));
    feed_done(&f);
    assert_int_equal(remove(path), 0);
}

static void a_changed_file_is_read_again_but_not_within_one_event(void **state)
{
    struct feed f;
    const struct sk_user *u;

    (void)state;
    put("etc/passwd", "old:x:0:0::/:/\n");
    live(&f);
    u = sk_state_user(f.st, NULL, 0);
    assert_true(sk_str_eqz(u->name, "old"));
    put("etc/passwd", "newer:x:0:0::/:/\n");
    usleep(1050000);
    assert_ptr_equal(sk_state_user(f.st, NULL, 0), u);
    feed_touch(&f, 10);
    assert_true(sk_str_eqz(sk_state_user(f.st, NULL, 0)->name, "newer"));
    feed_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_reads_no_files),
        cmocka_unit_test(broken_rows_and_missing_files_give_no_names),
        cmocka_unit_test(of_equal_ids_the_first_row_counts),
        cmocka_unit_test(a_container_has_its_own_names_and_cannot_reach_those_of_the_host),
        cmocka_unit_test(a_fifo_in_place_of_the_file_does_not_block),
        cmocka_unit_test(a_changed_file_is_read_again_but_not_within_one_event),
    };

    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
