/* SPDX-License-Identifier: Apache-2.0 */
#include "grpc/library.h"

#include <grpc/support/log.h>

#include "tests/unit/test.h"

static char text[4096];
static unsigned lines;

static void keep(void *self, enum sk_level level, const char *line)
{
    (void)self;
    assert_int_equal(level, SK_ERROR);
    lines++;
    snprintf(text, sizeof(text), "%s", line);
}

static void errors_reach_the_log_and_the_last_one_is_kept(void **state)
{
    char last[100];

    (void)state;
    sk_grpc_library_begin(keep);
    gpr_log(GPR_ERROR, "no %s", "way");
    assert_string_equal(text, "grpc: no way");
    gpr_log(GPR_INFO, "by the way");
    assert_int_equal(lines, 1);
    sk_grpc_library_error(last, sizeof(last));
    assert_string_equal(last, "no way");
    sk_grpc_library_begin(NULL);
    sk_grpc_library_error(last, sizeof(last));
    assert_string_equal(last, "");
}

static void strangers_cannot_fill_the_log(void **state)
{
    (void)state;
    lines = 0;
    for (int i = 0; i < 1000; i++)
        gpr_log(GPR_ERROR, "handshake %d", i);
    assert_true(lines > 0 && lines <= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_reach_the_log_and_the_last_one_is_kept),
        cmocka_unit_test(strangers_cannot_fill_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
