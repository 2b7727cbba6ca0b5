/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "tests/unit/sink/util.h"

/* A file sink of its own size; the caller closes it. */
static void *opened(const char *path, bool keep_alive, bool unbuffered, struct sk_diag *dg,
                    int *err)
{
    struct sk_conf conf = {.file_name = path, .file_keep_alive = keep_alive};
    struct sk_sink_options opt = {.conf = &conf, .unbuffered = unbuffered};
    void *self = calloc(1, sk_sink_file.size);

    assert_non_null(self);
    *err = sk_sink_file.open(self, &opt, dg);
    return self;
}

static void closed(void *self)
{
    sk_sink_file.close(self);
    free(self);
}

static void a_path_that_cannot_be_opened_is_named(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    int err;
    void *self = opened("/no/such/dir/f", false, true, dg, &err);

    (void)state;
    assert_int_equal(err, -ENOENT);
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR),
                        "failed to open output file /no/such/dir/f: No such file or directory\n");
    closed(self);
}

static void a_full_disk_is_an_error_of_each_alert_and_nothing_worse(void **state)
{
    int err;
    void *self = opened("/dev/full", true, true, NULL, &err);

    (void)state;
    assert_int_equal(err, 0);
    assert_int_equal(put(&sk_sink_file, self, "a"), -ENOSPC);
    assert_int_equal(put(&sk_sink_file, self, "b"), -ENOSPC);
    closed(self);
}

static void reopening_what_has_gone_keeps_the_old_file(void **state)
{
    char dir[] = "/tmp/saker-sink-XXXXXX", path[80], sub[64], moved[64];
    int err;
    void *self;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/d/f", dir);
    snprintf(sub, sizeof(sub), "%s/d", dir);
    snprintf(moved, sizeof(moved), "%s/e", dir);
    assert_int_equal(mkdir(sub, 0700), 0);
    self = opened(path, true, true, NULL, &err);
    assert_int_equal(err, 0);
    assert_int_equal(rename(sub, moved), 0);
    assert_int_equal(sk_sink_file.reopen(self), -ENOENT);
    assert_int_equal(put(&sk_sink_file, self, "still"), 0);
    closed(self);
    snprintf(path, sizeof(path), "%s/f", moved);
    assert_string_equal(content(path), "still\n");
    unlink(path);
    rmdir(moved);
    rmdir(dir);
}

static void alerts_are_appended_line_by_line(void **state)
{
    const char *path = temp_path();
    int err;

    (void)state;
    for (int round = 0; round < 2; round++) {
        void *self = opened(path, round, true, NULL, &err);

        assert_int_equal(err, 0);
        assert_int_equal(put(&sk_sink_file, self, "one"), 0);
        assert_int_equal(put(&sk_sink_file, self, "two"), 0);
        closed(self);
    }
    assert_string_equal(content(path), "one\ntwo\none\ntwo\n");
    unlink(path);
}

static void half_a_line_of_who_died_does_not_take_the_next_with_it(void **state)
{
    char path[64];
    int err;

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    for (int round = 0; round < 3; round++) {
        FILE *f = fopen(path, "we");
        void *self;

        fputs(round == 2 ? "whole\n" : "half", f);
        fclose(f);
        self = opened(path, round == 0, true, NULL, &err);
        assert_int_equal(err, 0);
        if (round == 2) { /* and when a file is there again at SIGUSR1 */
            closed(self);
            self = opened(path, true, true, NULL, &err);
            f = fopen(path, "we");
            fputs("half", f);
            fclose(f);
            assert_int_equal(sk_sink_file.reopen(self), 0);
        }
        assert_int_equal(put(&sk_sink_file, self, "one"), 0);
        assert_int_equal(put(&sk_sink_file, self, "two"), 0);
        closed(self);
        assert_string_equal(content(path), "half\none\ntwo\n");
        unlink(path);
    }
}

static void the_file_is_for_its_owner_alone(void **state)
{
    const char *path = temp_path();
    struct stat st;
    int err;

    (void)state;
    closed(opened(path, true, true, NULL, &err));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0);
    unlink(path);
}

static void rotation_goes_on_in_the_new_file_after_reopen(void **state)
{
    char path[64], old[80];
    int err;
    void *self;

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    snprintf(old, sizeof(old), "%s.1", path);
    self = opened(path, true, false, NULL, &err);
    assert_int_equal(put(&sk_sink_file, self, "one"), 0);
    assert_int_equal(rename(path, old), 0);
    assert_int_equal(put(&sk_sink_file, self, "two"), 0);
    assert_int_equal(sk_sink_file.reopen(self), 0);
    assert_int_equal(put(&sk_sink_file, self, "three"), 0);
    closed(self);
    assert_string_equal(content(old), "one\ntwo\n");
    assert_string_equal(content(path), "three\n");
    unlink(path);
    unlink(old);
}

static void without_keep_alive_a_moved_file_needs_no_signal(void **state)
{
    char path[64];
    int err;
    void *self;

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    self = opened(path, false, false, NULL, &err);
    assert_int_equal(put(&sk_sink_file, self, "one"), 0);
    unlink(path);
    assert_int_equal(put(&sk_sink_file, self, "two"), 0);
    closed(self);
    assert_string_equal(content(path), "two\n");
    unlink(path);
}

static void a_directory_that_vanishes_is_an_error_until_it_is_back(void **state)
{
    char dir[] = "/tmp/saker-sink-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/f", dir);
    for (int keep_alive = 0; keep_alive < 2; keep_alive++) {
        int err;
        void *self = opened(path, keep_alive, true, NULL, &err);

        assert_int_equal(err, 0);
        assert_int_equal(put(&sk_sink_file, self, "one"), 0);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(dir), 0);
        assert_int_equal(put(&sk_sink_file, self, "two"), -ENOENT);
        assert_int_equal(mkdir(dir, 0700), 0);
        assert_int_equal(put(&sk_sink_file, self, "two"), 0);
        closed(self);
        assert_string_equal(content(path), "two\n");
    }
    unlink(path);
    rmdir(dir);
}

static void a_file_that_is_long_enough_is_put_aside(void **state)
{
    char path[64], option[100], old[80];
    char line[300000];
    void *self;

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    snprintf(path, sizeof(path), "%s", temp_path());
    snprintf(option, sizeof(option), "file_output.filename=%s", path);
    for (int keep_alive = 0; keep_alive < 2; keep_alive++) {
        struct stat st;

        self = opened_with(
            &sk_sink_file,
            CONF(option, "file_output.max_size_mb=1", "file_output.keep=2",
                 keep_alive ? "file_output.keep_alive=true" : "file_output.keep_alive=false"),
            false, NULL);
        for (int i = 0; i < 14; i++)
            assert_int_equal(put(&sk_sink_file, self, line), 0);
        closed_with(&sk_sink_file, self);
        for (int i = 0; i < 4; i++) {
            snprintf(old, sizeof(old), i ? "%s.%d" : "%s", path, i);
            assert_int_equal(stat(old, &st), i < 3 ? 0 : -1);
            assert_int_equal(i < 3 ? st.st_size : 900000, i ? 900000 : 600000);
            unlink(old);
        }
    }
    assert_string_equal(log_text, "");
}

static void a_file_that_cannot_be_put_aside_goes_on(void **state)
{
    char path[64], option[100], old[80];
    struct stat st;
    char line[600000];
    void *self;

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    snprintf(path, sizeof(path), "%s", temp_path());
    snprintf(option, sizeof(option), "file_output.filename=%s", path);
    snprintf(old, sizeof(old), "%s.1", path);
    assert_int_equal(mkdir(old, 0700), 0);
    self =
        opened_with(&sk_sink_file, CONF(option, "file_output.max_size_mb=1", "file_output.keep=1"),
                    false, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(put(&sk_sink_file, self, line), 0);
    closed_with(&sk_sink_file, self);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 1800000);
    assert_non_null(strstr(log_text, "file: cannot rotate '"));
    assert_null(strstr(strchr(log_text, '\n') + 1, "cannot rotate"));
    unlink(path);
    rmdir(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_path_that_cannot_be_opened_is_named),
        T(a_full_disk_is_an_error_of_each_alert_and_nothing_worse),
        T(reopening_what_has_gone_keeps_the_old_file),
        T(alerts_are_appended_line_by_line),
        T(half_a_line_of_who_died_does_not_take_the_next_with_it),
        T(the_file_is_for_its_owner_alone),
        T(rotation_goes_on_in_the_new_file_after_reopen),
        T(a_directory_that_vanishes_is_an_error_until_it_is_back),
        T(a_file_that_is_long_enough_is_put_aside),
        T(a_file_that_cannot_be_put_aside_goes_on),
        T(without_keep_alive_a_moved_file_needs_no_signal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
