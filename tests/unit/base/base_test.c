/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/test.h"

static void numbers_reject_blanks_signs_and_overflow(void **state)
{
    uint64_t u = 7;
    int64_t i = 7;

    (void)state;
    assert_int_equal(sk_parse_u64("18446744073709551615", 20, &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(sk_parse_u64("18446744073709551616", 20, &u), -ERANGE);
    assert_int_equal(sk_parse_u64("", 0, &u), -EINVAL);
    assert_int_equal(sk_parse_u64(" 1", 2, &u), -EINVAL);
    assert_int_equal(sk_parse_u64("-1", 2, &u), -EINVAL);
    assert_int_equal(sk_parse_i64("-9223372036854775808", 20, &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(sk_parse_i64("9223372036854775808", 19, &i), -ERANGE);
    assert_int_equal(sk_parse_i64("+5", 2, &i), 0);
    assert_int_equal(i, 5);
}

static void a_file_over_the_limit_is_refused(void **state)
{
    char path[] = "/tmp/sk-base-XXXXXX";
    sk_auto(fd) int fd = mkstemp(path);
    sk_auto(mem) char *text = NULL;
    size_t n = 0;

    (void)state;
    assert_int_equal(dprintf(fd, "%01000d", 5), 1000);
    assert_int_equal(sk_read_file(path, 999, &text, &n), -EFBIG);
    assert_null(text);
    assert_int_equal(sk_read_file(path, 1000, &text, &n), 0);
    assert_int_equal(n, 1000);
    assert_int_equal(text[1000], 0);
    remove(path);
    assert_int_equal(sk_read_file("/no/such", 10, &text, &n), -ENOENT);
}

static bool torn(const char *path, const char *content)
{
    sk_auto(fd) int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    return sk_ends_torn(fd, path);
}

static void a_file_without_a_newline_at_its_end_is_torn(void **state)
{
    char path[] = "/tmp/saker-base-XXXXXX";
    int fd = mkstemp(path), full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_false(torn(path, ""));
    assert_false(torn(path, "one\n"));
    assert_true(torn(path, "one\n{\"half"));
    assert_true(sk_ends_torn(fd, path));
    assert_false(sk_ends_torn(fd, "/no/such")); /* it cannot be known */
    assert_false(sk_ends_torn(fd, "/proc/self/exe"));
    assert_false(sk_ends_torn(full, "/dev/full"));
    assert_false(sk_ends_torn(-1, path));
    close(full);
    close(fd);
    remove(path);
}

static void levels_have_names_in_both_directions(void **state)
{
    enum sk_level l;

    (void)state;
    assert_int_equal(sk_level_parse("inFO", &l), 0);
    assert_int_equal(l, SK_INFO);
    assert_string_equal(sk_level_name(l), "Informational");
    assert_int_equal(sk_level_parse("loud", &l), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_reject_blanks_signs_and_overflow),
        cmocka_unit_test(a_file_over_the_limit_is_refused),
        cmocka_unit_test(a_file_without_a_newline_at_its_end_is_torn),
        cmocka_unit_test(levels_have_names_in_both_directions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
