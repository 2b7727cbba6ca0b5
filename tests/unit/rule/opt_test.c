/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void cheap_checks_go_first_and_stateful_ones_stay(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    uint32_t root = ok("proc.name regex a[b]c and proc.aname = x and evt.type = open");
    const char *last;

    (void)state;
    sk_filter_dump(pool, root, &out);
    last = strstr(out.p, "= and");
    assert_non_null(last);
    assert_non_null(strstr(out.p, "n4 = evt.type = open"));
    assert_non_null(strstr(last, "= and n4 n3 n2"));
    assert_int_not_equal(ok("evt.deltatime > 1 and proc.pid = 1"),
                         ok("proc.pid = 1 and evt.deltatime > 1"));
}

static void exceptions_go_last_unless_they_are_nearly_free(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);
    uint32_t root =
        ok("not proc.name = a and not evt.rawres < 0 and (fd.name startswith /x or fd.name = /y)");
    const char *last;

    (void)state;
    sk_filter_dump(pool, root, &out);
    last = strstr(out.p, "n3 = not n2");
    assert_non_null(last);
    last = strstr(last, "n5 = not n4");
    assert_non_null(last);
    assert_non_null(strstr(last, "= and n5 n8 n3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(cheap_checks_go_first_and_stateful_ones_stay),
        T(exceptions_go_last_unless_they_are_nearly_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
