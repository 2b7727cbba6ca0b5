/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/rotate.h"

#include "tests/unit/sink/util.h"

static char path[64];

static int file_of(const char *name, const char *text)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static const char *old(int i)
{
    static char name[80];

    snprintf(name, sizeof(name), "%s.%d", path, i);
    return name;
}

static void a_path_that_is_not_there_is_an_error(void **state)
{
    struct sk_rotate r = {.keep = 3};

    (void)state;
    assert_int_equal(sk_rotate_shift(&r, "/no/such/file"), -ENOENT);
}

static void nothing_is_due_without_a_limit_or_for_what_is_no_file(void **state)
{
    struct sk_rotate r = {.keep = 3};
    int fd = file_of(path, "0123456789"), p[2];

    (void)state;
    assert_false(sk_rotate_due(&r, fd, SIZE_MAX / 2));
    r.max_bytes = 1;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    assert_false(sk_rotate_due(&r, p[1], 100));
    assert_false(sk_rotate_due(&r, -1, 100));
    close(p[0]);
    close(p[1]);
    close(fd);
}

static void a_length_is_reached_with_the_next_line(void **state)
{
    struct sk_rotate r = {.max_bytes = 12};
    int fd = file_of(path, "0123456789");

    (void)state;
    assert_false(sk_rotate_due(&r, fd, 2));
    assert_true(sk_rotate_due(&r, fd, 3));
    close(fd);
    fd = file_of(path, "");
    assert_false(sk_rotate_due(&r, fd, 100)); /* a new file would be no better */
    close(fd);
}

static void an_age_is_reached_in_time(void **state)
{
    struct sk_rotate r = {.max_age_s = 1};
    int fd;

    (void)state;
    unlink(path);
    fd = file_of(path, "x");
    assert_false(sk_rotate_due(&r, fd, 1));
    usleep(1100000);
    assert_true(sk_rotate_due(&r, fd, 1));
    close(fd);
}

static void files_move_up_and_the_oldest_goes(void **state)
{
    struct sk_rotate r = {.keep = 2};

    (void)state;
    for (int i = 0; i < 4; i++) {
        const char text[] = {(char)('a' + i), '\0'};

        close(file_of(path, text));
        assert_int_equal(sk_rotate_shift(&r, path), 0);
        assert_int_equal(access(path, F_OK), -1);
    }
    assert_string_equal(content(old(1)), "d");
    assert_string_equal(content(old(2)), "c");
    assert_int_equal(access(old(3), F_OK), -1);
    unlink(old(1));
    unlink(old(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_path_that_is_not_there_is_an_error),
        T(nothing_is_due_without_a_limit_or_for_what_is_no_file),
        T(a_length_is_reached_with_the_next_line),
        T(an_age_is_reached_in_time),
        T(files_move_up_and_the_oldest_goes),
    };
    int failed;

    snprintf(path, sizeof(path), "%s", temp_path());
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
