/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/sink/util.h"

/* Runs `what` with standard output in a file and returns what it wrote. */
static const char *captured(const char *path, bool unbuffered, int expected)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), keep;
    struct sk_sink_options opt = {.unbuffered = unbuffered};
    void *self = calloc(1, sk_sink_stdout.size);
    int err;

    assert_true(fd >= 0);
    fflush(stdout);
    keep = dup(1);
    dup2(fd, 1);
    err = sk_sink_stdout.open(self, &opt, NULL);
    if (!err)
        err = put(&sk_sink_stdout, self, "one");
    if (!err)
        err = put(&sk_sink_stdout, self, "two");
    sk_sink_stdout.close(self);
    dup2(keep, 1);
    close(keep);
    close(fd);
    free(self);
    assert_int_equal(err, expected);
    return content(path);
}

static void a_full_target_refuses(void **state)
{
    (void)state;
    captured("/dev/full", true, -ENOSPC);
}

static void alerts_are_lines_buffered_or_not(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof(path), "%s", temp_path());
    assert_string_equal(captured(path, true, 0), "one\ntwo\n");
    unlink(path);
    assert_string_equal(captured(path, false, 0), "one\ntwo\n");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(a_full_target_refuses),
                                       T(alerts_are_lines_buffered_or_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
