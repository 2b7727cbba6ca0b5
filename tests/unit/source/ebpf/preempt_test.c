/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ebpf/preempt.h"

#include "tests/unit/test.h"

#define DYNAMIC "#1 SMP PREEMPT_DYNAMIC Debian 6.1"

static bool never(const char *version, const char *debug, const char *cmdline, const char *config)
{
    const struct sk_preempt_texts t = {version, debug, cmdline, config};
    const char *why = NULL;
    bool is = sk_preempt_never(&t, &why);

    assert_true(is || strstr(why, "preemption"));
    return is;
}

static void a_kernel_of_one_kind(void **state)
{
    (void)state;
    assert_true(never("#1 SMP Debian 5.10", NULL, NULL, NULL));
    assert_false(never("#1 SMP PREEMPT Arch", "none (voluntary) full", NULL, NULL));
    assert_false(never("#1 SMP PREEMPT_RT Debian", NULL, NULL, NULL));
}

static void debugfs_tells_the_choice(void **state)
{
    (void)state;
    assert_true(never(DYNAMIC, "none (voluntary) full \n", "preempt=full", NULL));
    assert_true(never(DYNAMIC, "(none) voluntary full", NULL, NULL));
    assert_false(never(DYNAMIC, "none voluntary (full)", "preempt=none", NULL));
    assert_false(never(DYNAMIC, "full (lazy)", NULL, NULL));
}

static void else_the_command_line_or_the_configuration(void **state)
{
    static const char *const voluntary = "\nCONFIG_A=y\nCONFIG_PREEMPT_VOLUNTARY=y\n";
    static const char *const full = "\nCONFIG_A=y\nCONFIG_PREEMPT=y\n";

    (void)state;
    assert_true(never(DYNAMIC, NULL, "quiet preempt=none\n", full));
    assert_false(never(DYNAMIC, NULL, "preempt=full quiet", voluntary));
    assert_false(never(DYNAMIC, NULL, "preempt=none preempt=lazy", NULL));
    assert_true(never(DYNAMIC, NULL, "xpreempt=full", voluntary));
    assert_false(never(DYNAMIC, "garbage", "quiet", full));
    assert_false(never(DYNAMIC, NULL, NULL, "\nCONFIG_PREEMPT_LAZY=y\n"));
    assert_false(never(DYNAMIC, NULL, NULL, "\nnothing\n"));
    assert_false(never(DYNAMIC, NULL, NULL, NULL));
}

static void the_running_kernel_gives_an_answer(void **state)
{
    const char *why = NULL;

    (void)state;
    sk_preempt_never_here(&why);
    assert_non_null(why);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_of_one_kind),
        cmocka_unit_test(debugfs_tells_the_choice),
        cmocka_unit_test(else_the_command_line_or_the_configuration),
        cmocka_unit_test(the_running_kernel_gives_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
