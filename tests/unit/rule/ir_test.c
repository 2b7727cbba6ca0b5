/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void equal_checks_are_one_node(void **state)
{
    size_t before;
    uint32_t a = ok("proc.name = a and proc.pid = 1");

    (void)state;
    before = sk_filter_pool_nodes(pool);
    assert_int_equal(ok("proc.pid == 1 and proc.name = a"), a);
    assert_int_equal(ok("not not (proc.name = a and (proc.pid = 1 and proc.name == a))"), a);
    assert_int_equal(sk_filter_pool_nodes(pool), before);
}

static void constants_fold(void **state)
{
    uint32_t no = ok("proc.name in ()"), a = ok("proc.name = a");

    (void)state;
    assert_int_equal(ok("proc.name = a and proc.name in ()"), no);
    assert_int_equal(ok("proc.name = a or proc.name in ()"), a);
    assert_int_equal(ok("proc.name = a and not proc.name in ()"), a);
    assert_int_equal(ok("proc.name = a and proc.pid = 1 and not proc.name = a"), no);
    assert_int_equal(ok("proc.name = a or not proc.name = a"), ok("not proc.name in ()"));
    assert_int_not_equal(ok("proc.args in ()"), no); /* holds for an empty list */
}

static void a_string_is_not_the_field_of_that_name(void **state)
{
    (void)state;
    assert_int_not_equal(ok("join(\"-\", (\"proc.name\")) = a"),
                         ok("join(\"-\", (proc.name)) = a"));
    assert_int_not_equal(ok("join(\"-\", (\"a,b\")) = a"), ok("join(\"-\", (\"a\", \"b\")) = a"));
    assert_int_equal(ok("join('-', ( proc.name )) == a"), ok("join(\"-\", (proc.name)) = a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(equal_checks_are_one_node),
        T(constants_fold),
        T(a_string_is_not_the_field_of_that_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
