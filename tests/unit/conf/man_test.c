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
    assert_false(out.failed);
    for (size_t i = 0; i < sk_conf_rows_n; i++) {
        char line[160];

        snprintf(line, sizeof(line), ".TP\n.B %s\n", sk_conf_rows[i].key);
        assert_non_null(strstr(out.p, line));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(dashes_backslashes_and_first_dots_are_literal),
        T(every_key_has_a_paragraph),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
