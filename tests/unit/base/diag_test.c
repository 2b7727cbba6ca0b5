/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <errno.h>

#include "tests/unit/test.h"

static void messages_carry_the_known_part_of_their_place(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();
    struct sk_pos all = {"f.yaml", 3, 7}, file = {"f.yaml", 0, 0};

    (void)state;
    assert_int_equal(sk_err(dg, -EINVAL, &all, "bad '%s'", "x"), -EINVAL);
    assert_int_equal(sk_err(dg, -ENOENT, &file, "gone"), -ENOENT);
    assert_int_equal(sk_err(dg, -EIO, NULL, "no place"), -EIO);
    sk_warn(dg, NULL, "odd");
    assert_string_equal(sk_diag_text(dg, SK_DIAG_ERROR),
                        "f.yaml:3:7: bad 'x'\nf.yaml: gone\nno place\n");
    assert_string_equal(sk_diag_text(dg, SK_DIAG_WARNING), "odd\n");
    assert_int_equal(sk_diag_count(dg, SK_DIAG_ERROR), 3);
}

static void hostile_amounts_of_messages_stop_at_the_cap(void **state)
{
    sk_auto(diag) struct sk_diag *dg = sk_diag_new();

    (void)state;
    for (int i = 0; i < 100000; i++)
        sk_warn(dg, NULL, "%0100d", i);
    assert_int_equal(sk_diag_count(dg, SK_DIAG_WARNING), 100000);
    assert_true(strlen(sk_diag_text(dg, SK_DIAG_WARNING)) <= 1u << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_carry_the_known_part_of_their_place),
        cmocka_unit_test(hostile_amounts_of_messages_stop_at_the_cap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
