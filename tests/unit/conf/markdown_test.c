/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/about.h"
#include "tests/unit/conf/util.h"

static void every_key_has_a_line(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4u << 20);

    (void)state;
    sk_conf_markdown(&out);
    has_every_key(&out, "\n| `", "` | ");
    assert_non_null(strstr(out.p, "| `syscall_buf_size_preset` | 0.33 to 0.37 | "
                                  "`engine.modern_ebpf.buf_size_preset` |"));
    assert_non_null(strstr(out.p, "| `match.tags` | list of text |"));
    assert_non_null(strstr(out.p, "1 to 10"));
}

static void a_bar_in_a_text_does_not_end_its_cell(void **state)
{
    sk_auto(buf) struct sk_buf out = SK_BUF(4u << 20);

    (void)state;
    sk_conf_markdown(&out);
    for (const char *p = strstr(out.p, "\n| `"); p; p = strstr(p + 1, "\n| `")) {
        size_t n = strcspn(p + 1, "\n"), bars = 0;

        for (size_t i = 1; i <= n; i++)
            bars += p[i] == '|' && p[i - 1] != '\\';
        assert_in_range(bars, 5, 7);
        assert_int_equal(p[n], '|');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_key_has_a_line),
        T(a_bar_in_a_text_does_not_end_its_cell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
