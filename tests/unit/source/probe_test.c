/* SPDX-License-Identifier: Apache-2.0 */
#include "source/probe.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

static void without_privileges_it_says_so_and_asks_nothing(void **state)
{
    int status = 1;
    pid_t pid;

    (void)state;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct sk_buf out = SK_BUF(1 << 16);
        int err = 0;

        if (geteuid() == 0 && setuid(65534))
            _exit(2);
        err = sk_probe(&out);
        _exit(err == -EPERM && strstr(out.p, "as root") && !strstr(out.p, "driver") ? 0 : 3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void each_line_has_an_answer_and_every_no_a_reason(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(1 << 16);
    unsigned lines = 0;

    (void)state;
    if (sk_probe(&out) == -EPERM)
        skip();
    for (char *line = out.p, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        lines++;
        if (line[0] == ' ')
            continue; /* a degraded program of the driver */
        assert_true(strlen(line) > 27);
        if (strncmp(line + 27, "ok", 2) != 0)
            assert_true(strncmp(line + 27, "no: ", 4) == 0 && line[31]);
    }
    assert_true(lines >= 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_privileges_it_says_so_and_asks_nothing),
        cmocka_unit_test(each_line_has_an_answer_and_every_no_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
