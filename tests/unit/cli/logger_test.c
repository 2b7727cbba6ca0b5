/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/logger.h"

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* The test stands in for the C library: nothing reaches the machine's log. */
static char sent[256];

void syslog(int priority, const char *format, ...)
{
    va_list ap;
    int n = snprintf(sent, sizeof(sent), "%d:", priority);

    va_start(ap, format);
    vsnprintf(sent + n, sizeof(sent) - (size_t)n, format, ap);
    va_end(ap);
}

/* What one message writes on standard error; valid until the next call. */
static const char *written(struct sk_logger *l, enum sk_level level, const char *text)
{
    static char got[4096];
    int fd[2], keep = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    dup2(fd[1], STDERR_FILENO);
    sent[0] = '\0';
    sk_logger_write(l, level, text);
    dup2(keep, STDERR_FILENO);
    close(keep);
    close(fd[1]);
    n = read(fd[0], got, sizeof(got) - 1);
    close(fd[0]);
    got[n > 0 ? n : 0] = '\0';
    return got;
}

static void less_important_levels_are_dropped(void **state)
{
    struct sk_logger l = {.to_stderr = true, .to_syslog = true, .level = SK_WARNING};

    (void)state;
    assert_string_equal(written(&l, SK_NOTICE, "x"), "");
    assert_string_equal(sent, "");
}

static void a_line_has_time_text_and_one_newline(void **state)
{
    struct sk_logger l = {.to_stderr = true, .level = SK_DEBUG};
    const char *got = written(&l, SK_DEBUG, "two\nlines\n\n");
    struct tm tm;

    (void)state;
    got = strptime(got, "%a %b %d %H:%M:%S %Y", &tm);
    assert_non_null(got);
    assert_string_equal(got, ": two\nlines\n");
    assert_string_equal(sent, "");
}

static void iso_times_are_utc(void **state)
{
    struct sk_logger l = {.to_stderr = true, .iso = true, .level = SK_DEBUG};
    const char *got = written(&l, SK_DEBUG, "x");
    struct tm tm;

    (void)state;
    got = strptime(got, "%Y-%m-%dT%H:%M:%S", &tm);
    assert_non_null(got);
    assert_string_equal(got, "+0000: x\n");
}

static void syslog_gets_the_level_and_no_newline(void **state)
{
    struct sk_logger l = {.to_syslog = true, .level = SK_DEBUG};

    (void)state;
    assert_string_equal(written(&l, SK_ERROR, "100%s\n"), "");
    assert_string_equal(sent, "3:100%s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_important_levels_are_dropped),
        cmocka_unit_test(a_line_has_time_text_and_one_newline),
        cmocka_unit_test(iso_times_are_utc),
        cmocka_unit_test(syslog_gets_the_level_and_no_newline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
