/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/rule/compile.h"

static void values_are_checked_one_by_one(void **state)
{
    struct sk_ast_err err = {.text = ""};
    uint32_t root;

    (void)state;
    refuses("evt.num in (1, 0x2)", "0x2 is not a valid number");
    refuses("proc.name regex anyof (a, 'b[')", "invalid regex pattern: missing ]: [");
    refuses("evt.buffer bcontains 6",
            "filter error: bcontains and bstartswith operator support hex strings only");
    assert_int_equal(compile(SK_STR("proc.name = a and proc.pid = x"), &root, &err), -EINVAL);
    assert_int_equal(err.pos.idx, 29);
}

static void likely_mistakes_are_warned_about(void **state)
{
    (void)state;
    ok("proc.name = proc.pname");
    assert_string_equal(warnings,
                        "'proc.pname' may be a valid field misused as a const string value");
    warnings[0] = '\0';
    ok("proc.name = 'tolower(proc.pname)'");
    assert_string_equal(
        warnings,
        "'tolower(proc.pname)' may be a valid field transformer misused as a const string value");
    warnings[0] = '\0';
    ok("proc.name regex ^abc.*$");
    ok("proc.name regex a[bc] or proc.name = tolower or proc.name = a.b");
    assert_string_equal(warnings,
                        "regex check with '^abc.*$' may be optimized with simpler operators "
                        "such as '=', 'contains', 'startswith', 'endswith'");
}

static void the_same_warning_comes_for_every_rule(void **state)
{
    (void)state;
    ok("proc.name = proc.pname");
    warnings[0] = '\0';
    ok("proc.name = proc.pname and proc.pid = 1");
    assert_string_not_equal(warnings, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(values_are_checked_one_by_one),
        T(likely_mistakes_are_warned_about),
        T(the_same_warning_comes_for_every_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
