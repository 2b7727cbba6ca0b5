/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/about.h"
#include "tests/unit/conf/util.h"

static void dashes_backslashes_and_first_dots_are_literal(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4096);

    (void)state;
    sk_man_text(&out, ".a-b\\ `c`\n'd");
    assert_string_equal(out.p, "\\&.a\\-b\\e c\n\\&'d");
}

static void every_key_has_a_paragraph(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4u << 20);

    (void)state;
    sk_conf_man(&out);
    has_every_key(&out, ".TP\n.B ", "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(dashes_backslashes_and_first_dots_are_literal),
        T(every_key_has_a_paragraph),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
