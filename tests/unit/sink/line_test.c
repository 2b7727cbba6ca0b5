/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/line.h"

#include <sys/resource.h>

#include "tests/unit/sink/util.h"

static void a_full_disk_refuses_the_line(void **state)
{
    struct sk_line l = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC)};

    (void)state;
    assert_int_equal(sk_line_write(&l, SK_STR("x")), -ENOSPC);
    sk_line_done(&l, "t");
    close(l.fd);
    assert_string_equal(log_text, "");
}

static void collected_lines_that_cannot_be_written_are_said_at_the_end(void **state)
{
    struct sk_line l = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC), .buffered = true};

    (void)state;
    assert_int_equal(sk_line_write(&l, SK_STR("x")), 0);
    assert_int_equal(sk_line_flush(&l), -ENOSPC);
    sk_line_done(&l, "t");
    close(l.fd);
    assert_string_equal(log_text,
                        "3 t: No space left on device: collected alerts are lost (at most 1)\n");
}

static void a_target_that_refuses_is_not_collected_for_without_end(void **state)
{
    struct sk_line l = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC), .buffered = true};
    char text[1000];
    int err = 0;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 2000 && !err; i++)
        err = sk_line_write(&l, (struct sk_str){text, sizeof(text)});
    assert_int_equal(err, -ENOSPC);
    sk_line_done(&l, "t");
    close(l.fd);
}

static void a_line_that_was_cut_is_not_continued_by_the_next(void **state)
{
    const char *path = temp_path();
    struct sk_line l = {.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    struct rlimit was, small;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small = was;
    small.rlim_cur = 8;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(sk_line_write(&l, SK_STR("one")), 0);
    assert_int_equal(sk_line_write(&l, SK_STR("twotwotwo")), -EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_int_equal(sk_line_write(&l, SK_STR("three")), 0);
    assert_string_equal(content(path), "one\ntwot\nthree\n");
    sk_line_done(&l, "t");
    close(l.fd);
    unlink(path);
}

static void buffered_lines_wait_for_the_flush(void **state)
{
    const char *path = temp_path();
    struct sk_line l = {.fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), .buffered = true};

    (void)state;
    assert_int_equal(sk_line_write(&l, SK_STR("one")), 0);
    assert_string_equal(content(path), "");
    assert_int_equal(sk_line_flush(&l), 0);
    assert_string_equal(content(path), "one\n");
    assert_int_equal(sk_line_write(&l, SK_STR("two")), 0);
    sk_line_done(&l, "t");
    assert_string_equal(content(path), "one\ntwo\n");
    close(l.fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_full_disk_refuses_the_line),
        T(collected_lines_that_cannot_be_written_are_said_at_the_end),
        T(a_target_that_refuses_is_not_collected_for_without_end),
        T(a_line_that_was_cut_is_not_continued_by_the_next),
        T(buffered_lines_wait_for_the_flush),
    };

    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
