/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void only_the_nodes_of_one_condition_are_listed(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    uint32_t root;

    (void)state;
    ok("proc.name = other");
    root = ok("not (proc.name == a and proc.pid = 1)");
    sk_filter_dump(pool, root, &out);
    assert_string_equal(out.p, "n3 = proc.name = a  ; cost 5\n"
                               "n4 = proc.pid = 1  ; cost 3\n"
                               "n5 = and n4 n3  ; cost 8\n"
                               "n6 = not n5  ; cost 8\n");
}

static void constants_are_listed_as_such(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);

    (void)state;
    sk_filter_dump(pool, ok("proc.name in ()"), &out);
    assert_string_equal(out.p, "n0 = false  ; cost 0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(only_the_nodes_of_one_condition_are_listed),
        T(constants_are_listed_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
